//! Whether the server lives and can serve, and what it measures of itself.

use std::sync::Arc;

use axum::{Router, extract::State, response::IntoResponse, routing::get};
use futures::future::BoxFuture;
use http::{StatusCode, header::CONTENT_TYPE};

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

/// Tells everything that is measured, in Prometheus' text format.
pub type Measures = Arc<dyn Fn() -> BoxFuture<'static, String> + Send + Sync>;

/// The metrics' own little server: `GET /metrics`.
pub fn metrics_router(measures: Measures) -> Router {
    let told = move || {
        let told = measures();
        async move { ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], told.await) }
    };
    Router::new().route("/metrics", get(told))
}
