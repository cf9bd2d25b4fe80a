//! Versions of templates: listed, compared, and which applications run which.

use app::model::Permission;
use http::StatusCode;
use serde_json::{Value, json};
use server::{
    auth::{authz, context::OpContext},
    database::{apps, audit::Entry, namespaces},
};

use super::{
    seed::{application, estate, spec},
    support::{Site, Visitor},
};

/// The names of the applications that a question finds.
async fn names(who: &mut Visitor, asked: &str) -> Vec<String> {
    let found = who.get(&format!("/api/v1/apps?{asked}")).await.json();
    let rows = found["rows"].as_array().unwrap_or_else(|| panic!("{found}"));
    assert_eq!(found["total"], rows.len(), "{found}");
    rows.iter().map(|row| row["name"].as_str().expect("a name").to_owned()).collect()
}

#[tokio::test]
async fn versions_are_listed_compared_and_counted() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let own = estate(&site, &shop, &mut owner, "shop").await;
    let path = format!("/api/v1/templates/{}", own.template);
    for next in 2..=5 {
        let mut spec = json!(spec("shop"));
        spec["env"] = format!("WORD=version-{next}").into();
        let form = json!({ "name": "shop-template", "description": "", "spec": spec, "version": next - 1 });
        let changed = owner.put(&path, form).await;
        assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
    }
    let ctx = OpContext::system(site.parts.clock.clone());
    let found = namespaces::find(&site.parts.db, &ctx, own.namespace.parse().expect("an id")).await.expect("a read");
    let namespace = found.expect("a namespace");
    for (word, version) in [("one", 2), ("two", 2), ("three", 5)] {
        let (app, mut publication) = application(&ctx, &namespace, word);
        let template = own.template.parse().expect("an id");
        publication.release.template = Some((template, "shop-template".to_owned(), version));
        let right = authz::Namespace::authorize(&ctx, Permission::AppPublish, &namespace.place(), &namespace.name);
        let right = right.expect("the system may");
        let entry = Entry::ok("seed", "seed");
        apps::publish(&site.parts.db, &ctx, &right, &app, publication, entry).await.expect("an application");
    }

    let mut viewer = site.colleague(&mut owner, "reader", "viewer").await;
    for (page, expected) in [(1, vec![(5, 1), (4, 0)]), (2, vec![(3, 0), (2, 2)]), (3, vec![(1, 0)]), (4, vec![])] {
        let part = viewer.get(&format!("{path}/versions?per_page=2&page={page}")).await.json();
        assert_eq!(part["total"], 5, "{part}");
        let rows = part["rows"].as_array().expect("rows");
        let said = |row: &Value| (row["number"].as_i64().unwrap_or(0), row["apps"].as_i64().unwrap_or(-1));
        assert_eq!(rows.iter().map(said).collect::<Vec<_>>(), expected, "page {page}");
        assert!(rows.iter().all(|row| row["actor_name"] == "shop-owner"), "{part}");
    }

    let diff = viewer.get(&format!("{path}/compare/2/5")).await.json();
    assert_eq!(
        (&diff["name"], &diff["left"]["apps"], &diff["right"]["number"]),
        (&json!("shop-template"), &json!(2), &json!(5))
    );
    let changed = diff["sections"].as_array().expect("sections").iter().filter(|s| s["changed"] == true);
    let changed: Vec<_> = changed.map(|s| s["title"]["en"].as_str().expect("a title")).collect();
    assert_eq!(changed, ["Environment"]);
    assert!(diff.to_string().contains("WORD=version-2") && diff.to_string().contains("WORD=version-5"), "{diff}");
    for missing in ["compare/2/9", "compare/0/1"] {
        assert_eq!(viewer.get(&format!("{path}/{missing}")).await.status, StatusCode::NOT_FOUND, "{missing}");
    }

    let apps = viewer.get(&format!("/api/v1/apps?template={}", own.template)).await.json();
    assert_eq!(apps["total"], 3, "{apps}");
    assert_eq!(apps["rows"][0]["template"], json!(["shop-template", 2]), "{apps}");
    for (asked, expected) in [
        (format!("template={}&version=2", own.template), vec!["one-app", "two-app"]),
        (format!("template={}&version=5", own.template), vec!["three-app"]),
        (format!("template={}&version=4", own.template), vec![]),
        ("version=5".to_owned(), vec!["three-app"]),
        (format!("template={}&version=", own.template), vec!["one-app", "three-app", "two-app"]),
    ] {
        assert_eq!(names(&mut viewer, &asked).await, expected, "{asked}");
    }
    let wrong = viewer.get(&format!("/api/v1/apps?template={}&version=two", own.template)).await;
    assert_eq!(wrong.status, StatusCode::NOT_FOUND, "{}", wrong.body);
    // Of another tenant neither the template nor its versions lead to anything.
    let (_, mut banker) = site.tenant(&mut admin, "bank").await;
    for asked in [format!("template={}&version=2", own.template), "version=2".to_owned()] {
        assert_eq!(names(&mut banker, &asked).await, Vec::<String>::new(), "{asked}");
    }
    assert_eq!(names(&mut admin, "version=2").await, ["one-app", "two-app"], "the platform sees every tenant's");
    let mut nobody = site.colleague(&mut owner, "newcomer", "").await;
    let hidden = nobody.get(&format!("{path}/versions")).await;
    assert_eq!(hidden.status, StatusCode::FORBIDDEN, "{}", hidden.body);
}
