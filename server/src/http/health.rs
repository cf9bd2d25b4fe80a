//! Whether the server lives and can serve, and what it measures of itself.

use axum::{Router, extract::State, response::IntoResponse, routing::get};
use http::StatusCode;
use metrics_exporter_prometheus::PrometheusHandle;

use super::Readiness;

/// `GET /healthz`: the process answers.
pub async fn live() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the database answers and its migrations have run; 503 otherwise.
pub async fn ready(State(ready): State<Readiness>) -> impl IntoResponse {
    if ready().await {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the database is not ready\n")
    }
}

/// The metrics' own little server: `GET /metrics` in Prometheus' text format.
pub fn metrics_router(handle: PrometheusHandle) -> Router {
    Router::new().route("/metrics", get(move || std::future::ready(handle.render())))
}
