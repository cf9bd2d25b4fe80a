//! CPU and memory over time where no cluster answers: what is asked, what is told, and who may name a source. What a real
//! source tells is in the browser's journeys.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    seed::estate,
    support::{Reply, Site, Visitor},
};

const UNPROCESSABLE: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

async fn put(admin: &mut Visitor, path: &str, service: &str) -> Reply {
    admin.put(path, json!({ "service": service })).await
}

#[tokio::test]
async fn without_a_source_the_releases_are_told_and_no_figure_is() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let own = estate(&site, &shop, &mut owner, "shop").await;
    let path = format!("/api/v1/apps/{}/usage", own.app);
    let usual = owner.get(&path).await;
    assert_eq!(usual.status, StatusCode::OK, "{}", usual.body);
    let usual = usual.json();
    assert_eq!((&usual["measured"], &usual["range"]), (&json!(false), &json!("6h")));
    assert_eq!((&usual["cpu"], &usual["memory"], &usual["pods"]), (&json!([]), &json!([]), &json!([])));
    assert_eq!(usual["releases"][0]["number"], 1);
    assert_eq!(usual["releases"][0]["cpu_per_pod"], Value::Null);

    let day = owner.get(&format!("{path}?range=24h")).await.json();
    let length = usual["from"].as_i64().expect("a time") - day["from"].as_i64().expect("a time");
    assert!((17 * 3_600_000..=19 * 3_600_000).contains(&length), "{length}");
    let wrong = owner.get(&format!("{path}?range=2h")).await;
    assert_eq!((wrong.status, wrong.fields()), (UNPROCESSABLE, vec!["range".to_owned()]), "{}", wrong.body);

    site.sql("UPDATE clusters SET metrics = 'monitoring/prometheus:9090'").await;
    let silent = owner.get(&path).await;
    assert_eq!(silent.status, StatusCode::SERVICE_UNAVAILABLE, "its cluster is not connected: {}", silent.body);
    assert!(!silent.body.contains("monitoring"), "where the platform keeps its figures is not for tenants");
}

#[tokio::test]
async fn a_source_is_the_platforms_to_name() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let own = estate(&site, &shop, &mut owner, "shop").await;
    let path = format!("/api/v1/clusters/{}/metrics", own.cluster);
    assert_eq!(admin.get(&path).await.json()["service"], "");
    for (service, status) in [
        ("prometheus:9090", UNPROCESSABLE),
        ("http://prometheus.example.org", UNPROCESSABLE),
        ("monitoring/prometheus:9090/../../secrets", UNPROCESSABLE),
        // It is looked at before it is kept, and nobody has connected the cluster.
        ("monitoring/prometheus:9090", StatusCode::SERVICE_UNAVAILABLE),
    ] {
        let tried = put(&mut admin, &path, service).await;
        assert_eq!(tried.status, status, "{service}: {}", tried.body);
        if status == UNPROCESSABLE {
            assert_eq!(tried.fields(), ["service"], "{}", tried.body);
        }
    }
    assert_eq!(put(&mut owner, &path, "").await.status, StatusCode::FORBIDDEN);
    assert_eq!(owner.get(&path).await.status, StatusCode::FORBIDDEN);
    let nowhere = "/api/v1/clusters/00000000-0000-4000-8000-000000000000/metrics";
    assert_eq!(put(&mut admin, nowhere, "").await.status, StatusCode::NOT_FOUND);

    site.sql("UPDATE clusters SET metrics = 'https:monitoring/thanos:web/prefix'").await;
    assert_eq!(admin.get(&path).await.json()["service"], "https:monitoring/thanos:web/prefix");
    let cleared = put(&mut admin, &path, "  ").await;
    assert_eq!((cleared.status, &cleared.json()["service"]), (StatusCode::OK, &json!("")));
    let trail = admin.get("/api/v1/audit?action=cluster.set_metrics").await.json();
    let sequence = &trail["rows"][0]["sequence"];
    let entry = admin.get(&format!("/api/v1/audit/{sequence}")).await.json();
    assert_eq!(entry["row"]["outcome"], "ok", "{entry}");
    let lines = entry["changes"].as_array().expect("lines");
    let gone = |line: &Value| line["tag"] == "removed" && line["text"].to_string().contains("thanos:web");
    assert!(lines.iter().any(gone), "{entry}");
}
