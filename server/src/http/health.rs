//! Whether the server lives and can serve, and what it measures of itself.

use axum::{Router, extract::State, response::IntoResponse, routing::get};
use http::StatusCode;
use metrics_exporter_prometheus::PrometheusHandle;

use super::Ready;
use crate::services::readiness::Readiness;

/// `GET /healthz`: the process answers.
pub async fn live() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the database answers and its migrations have run; 503 otherwise. A part that is missing in all
/// replicas alike is told with 200, so that a load balancer does not take every one of them away.
pub async fn ready(State(ready): State<Ready>) -> impl IntoResponse {
    match ready().await {
        Readiness::Ready => (StatusCode::OK, "ok\n".to_owned()),
        Readiness::Degraded(why) => (StatusCode::OK, format!("degraded: {why}\n")),
        Readiness::Not(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
    }
}

/// The metrics' own little server: `GET /metrics` in Prometheus' text format.
pub fn metrics_router(handle: PrometheusHandle) -> Router {
    Router::new().route("/metrics", get(move || std::future::ready(handle.render())))
}
