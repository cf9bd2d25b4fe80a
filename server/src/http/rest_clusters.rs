//! The REST endpoints of clusters, their nodes and their pods.

use app::model::*;
use http::StatusCode;

use super::{
    Caller,
    problem::{Json, Path, Problem, Query},
    rest::{Confirm, Created, Reply, made, reply},
    version::{IfMatch, TaggedReply, tagged},
};

/// `GET /clusters`
pub async fn list_clusters(Caller(s): Caller) -> Reply<Vec<ClusterRow>> {
    reply(s.clusters().list().await)
}

/// `POST /clusters`
pub async fn connect_cluster(Caller(s): Caller, Json(form): Json<NewCluster>) -> Result<Created<ClusterRow>, Problem> {
    made(s.clusters().connect(form).await)
}

/// `POST /clusters/check`
pub async fn check_cluster(Caller(s): Caller, Json(form): Json<NewCluster>) -> Reply<ClusterCheck> {
    reply(s.clusters().check(form).await)
}

/// `GET /clusters/{id}`: its tag is that of the kubeconfig.
pub async fn get_cluster(Caller(s): Caller, Path(id): Path<ClusterId>) -> TaggedReply<ClusterOverview> {
    tagged(s.clusters().overview(id).await)
}

/// `PUT /clusters/{id}/kubeconfig`
pub async fn replace_kubeconfig(
    Caller(s): Caller,
    Path(id): Path<ClusterId>,
    asked: IfMatch,
    Json(form): Json<NewKubeconfig>,
) -> TaggedReply<ClusterRow> {
    let form = NewKubeconfig { version: asked.or(form.version)?, ..form };
    tagged(asked.held(s.clusters().replace_kubeconfig(id, form).await))
}

/// `DELETE /clusters/{id}?confirm=NAME`
pub async fn disconnect_cluster(
    Caller(s): Caller,
    Path(id): Path<ClusterId>,
    Query(sure): Query<Confirm>,
) -> Result<StatusCode, Problem> {
    s.clusters().disconnect(id, sure.confirm).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /clusters/{id}/metrics`
pub async fn get_metrics(Caller(s): Caller, Path(id): Path<ClusterId>) -> TaggedReply<MetricsForm> {
    tagged(s.clusters().metrics(id).await)
}

/// `PUT /clusters/{id}/metrics`
pub async fn set_metrics(
    Caller(s): Caller,
    Path(id): Path<ClusterId>,
    asked: IfMatch,
    Json(form): Json<MetricsForm>,
) -> TaggedReply<MetricsForm> {
    let form = MetricsForm { version: asked.or(form.version)?, ..form };
    tagged(asked.held(s.clusters().set_metrics(id, form).await))
}

/// `GET /clusters/{id}/nodes`
pub async fn list_nodes(
    Caller(s): Caller,
    Path(id): Path<ClusterId>,
    Query(query): Query<NodeQuery>,
) -> Reply<Page<NodeRow>> {
    reply(s.nodes().list(NodeQuery { cluster: id.to_string(), ..query }).await)
}

/// `GET /clusters/{id}/nodes/{name}`
pub async fn get_node(Caller(s): Caller, Path((id, name)): Path<(ClusterId, String)>) -> Reply<NodeDetail> {
    reply(s.nodes().get(id, name).await)
}

/// `GET /clusters/{id}/pods`
pub async fn list_pods(
    Caller(s): Caller,
    Path(id): Path<ClusterId>,
    Query(query): Query<PodQuery>,
) -> Reply<Page<PodRow>> {
    reply(s.pods().list(PodQuery { cluster: id.to_string(), ..query }).await)
}
