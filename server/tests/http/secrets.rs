//! Secrets that the applications of a namespace share: who makes and changes them, and that no answer and no record tells a
//! value.

use http::{Method, StatusCode, header};
use serde_json::{Value, json};

use super::{
    seed::estate,
    support::{Reply, Site, Visitor},
};

const CONFLICT: StatusCode = StatusCode::CONFLICT;
const INVALID: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

async fn ask(who: &mut Visitor, method: Method, path: &str, body: Value) -> Reply {
    who.ask(&method, &format!("/api/v1{path}"), Some(body)).await
}

/// A tenant with a namespace: the site, its owner and the namespace's secrets.
async fn shop() -> (Site, Visitor, String) {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (tenant, mut owner) = site.tenant(&mut admin, "shop").await;
    let shop = estate(&site, &tenant, &mut owner, "shop").await;
    (site, owner, format!("/namespaces/{}/secrets", shop.namespace))
}

#[tokio::test]
async fn a_secret_has_versions_and_nobody_reads_its_value() {
    let (_site, mut owner, all) = shop().await;
    for (field, form) in [
        ("name", json!({ "name": "No Name", "value": "hunter2" })),
        ("value", json!({ "name": "db-password", "value": "" })),
        ("value", json!({ "name": "db-password", "value": "x".repeat(32 * 1024 + 1) })),
    ] {
        let refused = ask(&mut owner, Method::POST, &all, form).await;
        assert_eq!((refused.status, refused.fields()), (INVALID, vec![field.to_owned()]), "{}", refused.body);
    }
    let form = json!({ "name": "db-password", "value": "hunter2" });
    let made = ask(&mut owner, Method::POST, &all, form.clone()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let again = ask(&mut owner, Method::POST, &all, form).await;
    assert_eq!((again.status, again.fields()), (CONFLICT, vec!["name".to_owned()]), "{}", again.body);
    let one = format!("/secrets/{}", made.json()["row"]["id"].as_str().expect("an id"));

    let mut late = owner.clone();
    late.headers.push((header::IF_MATCH, "\"1\""));
    let first = ask(&mut late, Method::PUT, &one, json!({ "value": "hunter3" })).await;
    assert_eq!((first.status, first.tag.as_deref()), (StatusCode::OK, Some("\"2\"")), "{}", first.body);
    let lost = ask(&mut late, Method::PUT, &one, json!({ "value": "hunter4" })).await;
    assert_eq!(lost.status, StatusCode::PRECONDITION_FAILED, "{}", lost.body);

    let read = owner.get(&format!("/api/v1{one}")).await;
    let numbers: Vec<_> =
        read.json()["versions"].as_array().expect("versions").iter().map(|v| v["number"].clone()).collect();
    assert_eq!(numbers, [json!(2), json!(1)], "{}", read.body);
    assert_eq!((&read.json()["uses"], &read.json()["editable"]), (&json!([]), &json!(true)), "{}", read.body);
    let listed = owner.get(&format!("/api/v1{all}")).await;
    assert_eq!(listed.json()["rows"].as_array().expect("secrets").len(), 2, "the estate has one: {}", listed.body);
    let trail = owner.get("/api/v1/audit?q=secret/db-password").await;
    let actions: Vec<_> = trail.json()["rows"].as_array().expect("rows").iter().map(|r| r["action"].clone()).collect();
    assert_eq!(actions, [json!("secret.update"), json!("secret.create")], "{}", trail.body);
    let page = owner.get(&format!("/secrets/{}", one.rsplit('/').next().expect("an id"))).await;
    for reply in [&made, &first, &read, &listed, &trail, &page] {
        assert!(!reply.body.contains("hunter"), "{}", reply.body);
    }

    let none = owner.ask(&Method::POST, &format!("/api/v1{one}/releases"), Some(json!({ "reason": "" }))).await;
    assert_eq!((none.status, none.json()), (StatusCode::OK, json!([])), "nobody is behind: {}", none.body);
    let wrong = owner.ask(&Method::DELETE, &format!("/api/v1{one}?confirm=other"), None).await;
    assert_eq!((wrong.status, wrong.fields()), (INVALID, vec!["confirm".to_owned()]), "{}", wrong.body);
    let gone = owner.ask(&Method::DELETE, &format!("/api/v1{one}?confirm=db-password"), None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.body);
    assert_eq!(owner.get(&format!("/api/v1{one}")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn of_values_given_at_once_each_is_a_version() {
    let (_site, owner, all) = shop().await;
    let mut maker = owner.clone();
    let made = ask(&mut maker, Method::POST, &all, json!({ "name": "key", "value": "a" })).await;
    let one = format!("/secrets/{}", made.json()["row"]["id"].as_str().expect("an id"));
    let change = |n: u32| {
        let (mut who, one) = (owner.clone(), one.clone());
        async move { ask(&mut who, Method::PUT, &one, json!({ "value": n.to_string() })).await.status }
    };
    let answers = futures::future::join_all((0..6).map(change)).await;
    let kept = answers.iter().filter(|status| **status == StatusCode::OK).count();
    assert!(kept > 0 && answers.iter().all(|s| [StatusCode::OK, CONFLICT].contains(s)), "{answers:?}");
    let now = maker.get(&format!("/api/v1{one}")).await.json();
    assert_eq!(now["row"]["version"], json!(kept + 1), "{now}");
    assert_eq!(now["versions"].as_array().expect("versions").len(), kept + 1, "{now}");
}
