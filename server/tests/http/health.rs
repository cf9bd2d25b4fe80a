//! What whoever looks after the server is told: whether it can serve, and what it measures of itself.

use std::{sync::Arc, time::Duration};

use http::StatusCode;
use metrics_exporter_prometheus::PrometheusHandle;
use server::{http::health::metrics_router, measures, services::vitals};

use crate::{
    seed::estate,
    support::{Site, Visitor},
};

/// Somebody who asks the metrics' own listener.
fn scraper(site: &Site, counts: PrometheusHandle) -> Visitor {
    let parts = Arc::clone(&site.parts);
    let router = metrics_router(Arc::new(move || {
        let (parts, counts) = (Arc::clone(&parts), counts.clone());
        Box::pin(async move { counts.render() + &vitals::standing(&parts, Duration::from_secs(60)).await.render() })
    }));
    Visitor { router, ..site.visitor() }
}

/// The number behind the name that has all of these labels; `None` when there is none.
fn value(told: &str, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let labels: Vec<_> = labels.iter().map(|(label, value)| format!("{label}=\"{value}\"")).collect();
    let named = |line: &&str| {
        line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']))
            && labels.iter().all(|label| line.contains(label.as_str()))
    };
    told.lines().find(named)?.rsplit(' ').next()?.parse().ok()
}

#[tokio::test]
async fn what_is_measured_is_told_on_a_listener_of_its_own() {
    // The tests of this process share no counts: a test runs on one thread.
    let recorder = measures::collector().expect("buckets").build_recorder();
    let _mine = metrics::set_default_local_recorder(&recorder);
    measures::begin();
    let site = Site::start().await;
    let mut scraper = scraper(&site, recorder.handle());
    let before = scraper.get("/metrics").await;
    assert_eq!(before.status, StatusCode::OK);
    let (requests, seconds) = ("longshore_http_requests_total", "longshore_http_request_seconds_count");
    let health = [("route", "/healthz"), ("method", "GET"), ("status", "2xx")];
    assert_eq!(value(&before.body, requests, &health), Some(0.0), "{}", before.body);

    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let estate = estate(&site, &shop, &mut owner, "shop").await;
    let mut visitor = site.visitor();
    assert_eq!(visitor.get("/healthz").await.status, StatusCode::OK);
    assert_eq!(visitor.get("/metrics").await.status, StatusCode::NOT_FOUND, "not where people are served");
    assert_eq!(visitor.get(&format!("/api/v1/apps/{}", estate.app)).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(visitor.sign_in("admin", "wrong").await.status, StatusCode::UNAUTHORIZED);

    let told = scraper.get("/metrics").await.body;
    let app = [("route", "/api/v1/apps/{id}"), ("method", "GET"), ("status", "4xx")];
    for (name, labels, expected) in [
        (requests, &health[..], Some(1.0)),
        (seconds, &health[..], Some(1.0)),
        (requests, &app[..], Some(1.0)),
        (requests, &[("route", "none"), ("status", "4xx")], Some(1.0)),
        ("longshore_sign_ins_total", &[("by", "password"), ("outcome", "refused")], Some(1.0)),
        ("longshore_sign_ins_total", &[("by", "passkey"), ("outcome", "succeeded")], Some(0.0)),
        ("longshore_operations", &[("state", "waiting")], Some(1.0)),
        ("longshore_operations_total", &[("kind", "publish"), ("outcome", "failed")], Some(0.0)),
        ("longshore_live_streams", &[], Some(0.0)),
        ("longshore_build_info", &[("version", env!("CARGO_PKG_VERSION"))], Some(1.0)),
        ("longshore_uptime_seconds", &[], Some(60.0)),
    ] {
        assert_eq!(value(&told, name, labels), expected, "{name} {labels:?}: {told}");
    }
    for name in ["longshore_database_connections_max", "process_resident_memory_bytes", "process_open_fds"] {
        assert!(value(&told, name, &[]).is_some_and(|number| number > 0.0), "{name}: {told}");
    }
    let signed_in = [("by", "password"), ("outcome", "succeeded")];
    assert!(value(&told, "longshore_sign_ins_total", &signed_in).is_some_and(|count| count >= 2.0), "{told}");
    assert!(!told.contains(&estate.app), "a label has what somebody put into an address");
    assert_eq!(told.matches("# TYPE ").count(), told.matches("# HELP ").count(), "each is explained: {told}");
}

#[tokio::test]
async fn a_database_without_a_migration_is_not_ready_and_the_process_lives() {
    let site = Site::start().await;
    let mut visitor = site.visitor();
    assert_eq!(visitor.get("/readyz").await.status, StatusCode::OK);
    site.sql("DELETE FROM seaql_migrations WHERE version LIKE 'm0006%'").await;
    let ready = visitor.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ready.body, "the database lacks migrations of this version, which run at the start\n");
    assert_eq!(visitor.get("/healthz").await.status, StatusCode::OK, "nobody has to start it anew");
}
