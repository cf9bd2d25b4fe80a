//! What cannot be answered while no cluster is connected, as in these tests. Of everything else, an answer that says that
//! Longshore or something behind it is at fault is a mistake, whoever asks.

use http::{Method, StatusCode};

/// What asks a cluster and says 503 when it is not connected. Nothing else answers with a status from 500 on.
pub const ASK_A_CLUSTER: [&str; 27] = [
    "PUT /api/v1/clusters/{id}/metrics",
    "POST /api/clusters/set_metrics",
    "GET /api/v1/clusters/{id}/nodes",
    "GET /api/v1/clusters/{id}/nodes/{name}",
    "GET /api/v1/clusters/{id}/pods",
    "GET /api/v1/namespaces/{id}/disks",
    "DELETE /api/v1/namespaces/{id}/disks/{name}",
    "GET /api/v1/namespaces/{id}/unmanaged",
    "GET /api/v1/namespaces/{id}/unmanaged/{name}",
    "POST /api/v1/namespaces/{id}/unmanaged/{name}/import",
    "POST /api/v1/apps",
    "POST /api/v1/apps/fit",
    "GET /api/v1/apps/{id}/deletion",
    "GET /api/v1/apps/{id}/runs",
    "DELETE /api/v1/apps/{id}/runs/{name}",
    "GET /api/clusters/list_nodes",
    "GET /api/clusters/get_node",
    "GET /api/clusters/list_pods",
    "GET /api/namespaces/list_disks",
    "POST /api/namespaces/delete_disk",
    "GET /api/namespaces/list_unmanaged",
    "GET /api/namespaces/get_import_plan",
    "POST /api/namespaces/import_deployment",
    "POST /api/apps/check_fit",
    "POST /api/apps/publish_app",
    "GET /api/apps/preview_delete",
    "POST /api/apps/stop_run",
];

/// What asks a cluster once something has been recorded for it, which here is only after somebody has published again.
const ASK_LATER: [&str; 2] = ["GET /api/v1/apps/{id}/network", "GET /api/apps/get_network"];

/// Which of them an address is, with its parts and its query filled in or not.
pub fn asks_a_cluster(method: &Method, path: &str) -> Option<&'static str> {
    let path = path.split('?').next().unwrap_or_default();
    ASK_A_CLUSTER.into_iter().chain(ASK_LATER).find(|listed| {
        let (of, template) = listed.split_once(' ').expect("a method and a path");
        let (parts, there) = (template.split('/'), path.split('/'));
        of == method.as_str()
            && parts.clone().count() == there.clone().count()
            && parts.zip(there).all(|(part, there)| part.starts_with('{') || part == there)
    })
}

/// Whether an answer says that something is broken, and is not about a cluster that is not connected.
pub fn is_fault(method: &Method, path: &str, status: StatusCode) -> bool {
    let expected = status == StatusCode::SERVICE_UNAVAILABLE && asks_a_cluster(method, path).is_some();
    status.is_server_error() && !expected
}
