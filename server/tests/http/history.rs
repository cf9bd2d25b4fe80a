//! The record of releases: all of them part by part, and still there when the application is not.

use app::{
    model::{OperationKind, Permission},
    text,
};
use http::StatusCode;
use serde_json::{Value, json};
use server::{
    auth::{authz, context::OpContext},
    database::{
        apps::{self, App},
        audit::Entry,
        namespaces::{self, Namespace},
        operation_leases as leases,
        operation_work::{self as work, Effect, StepEnd},
        operations::Operation,
    },
};

use crate::{
    seed::{Estate, MARK, application, estate},
    support::{Site, Visitor},
    walk,
};

/// What of an application is read also when that is deleted, as the router has it.
const READ: [&str; 4] = [
    "/api/v1/apps/{id}/record",
    "/api/v1/apps/{id}/releases",
    "/api/v1/apps/{id}/releases/{number}",
    "/api/v1/apps/{id}/compare/{left}/{right}",
];

fn system(site: &Site) -> OpContext {
    OpContext::system(site.parts.clock.clone())
}

fn entry(namespace: &Namespace) -> Entry {
    Entry::ok("seed", "seed").tenant(Some(namespace.tenant))
}

async fn namespace_of(site: &Site, own: &Estate) -> Namespace {
    let id = own.namespace.parse().expect("an id");
    namespaces::find(&site.parts.db, &system(site), id).await.expect("a read").expect("a namespace")
}

/// Records releases of an estate's application up to this number, each in the place of the one before.
async fn release_up_to(site: &Site, own: &Estate, word: &str, last: u32) {
    let (db, ctx, namespace) = (&site.parts.db, system(site), namespace_of(site, own).await);
    let id = own.app.parse().expect("an id");
    let app: App = apps::find(db, &ctx, id).await.expect("a read").expect("an application");
    let right = authz::App::authorize(&ctx, Permission::AppPublish, &app.place(), &app.name).expect("the system may");
    let why = text!("Another one came.", "被新的发布取代。");
    for number in app.newest_release + 1..=last {
        let (_, mut publication) = application(&ctx, &namespace, word);
        (publication.release.number, publication.release.pods) = (number, number);
        publication.operation.app = Some(app.id);
        publication.operation.input.release = Some(number);
        let recorded = apps::release(db, &ctx, &right, number - 1, Some(&why), publication, entry(&namespace)).await;
        recorded.expect("recorded");
    }
}

/// Another application beside an estate's own; answers its id.
async fn another(site: &Site, own: &Estate, word: &str) -> String {
    let (db, ctx, namespace) = (&site.parts.db, system(site), namespace_of(site, own).await);
    let (app, publication) = application(&ctx, &namespace, word);
    let right = authz::Namespace::authorize(&ctx, Permission::AppPublish, &namespace.place(), &namespace.name);
    let right = right.expect("the system may");
    apps::publish(db, &ctx, &right, &app, publication, entry(&namespace)).await.expect("published");
    app.id.to_string()
}

/// The deletion that waits for its worker. One that is still locked by what was just refused is passed over at first.
async fn deletion(site: &Site) -> Operation {
    let (db, ctx) = (&site.parts.db, system(site));
    for _ in 0..500 {
        let leased = leases::lease(db, &ctx, "worker", ctx.now() + 600_000, 50, &[]).await.expect("a look");
        if let Some(found) = leased.into_iter().find(|operation| operation.kind == OperationKind::DeleteApp) {
            return found;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("nothing is to be deleted");
}

/// Deletes an application as a person does, and does the work as if the cluster had let everything go.
async fn delete(site: &Site, owner: &mut Visitor, app: &str, name: &str) {
    site.clock.advance(1_000);
    let begun = owner.delete(&format!("/api/v1/apps/{app}?confirm={name}")).await;
    assert_eq!(begun.status, StatusCode::ACCEPTED, "{}", begun.body);
    let mut next = Some(deletion(site).await);
    while let Some(operation) = next {
        let effect = if operation.step == "forget" { Effect::AppGone } else { Effect::None };
        next = work::advance(&site.parts.db, &system(site), &operation, StepEnd::Done(effect)).await.expect("recorded");
    }
}

async fn part(who: &mut Visitor, path: &str, cursor: &Value) -> Value {
    let cursor = cursor.as_str().map(|c| format!("&cursor={c}")).unwrap_or_default();
    let reply = who.get(&format!("{path}{cursor}")).await;
    assert_eq!(reply.status, StatusCode::OK, "{path}{cursor}: {}", reply.body);
    reply.json()
}

fn values(part: &Value, key: &str) -> Vec<Value> {
    part["rows"].as_array().unwrap_or_else(|| panic!("{part}")).iter().map(|row| row[key].clone()).collect()
}

/// Walks to the end and back again; gives back what it met on each way.
async fn walk_through(who: &mut Visitor, path: &str, key: &str) -> (Vec<Value>, Vec<Value>) {
    let (mut there, mut back) = (Vec::new(), Vec::new());
    let mut now = part(who, path, &Value::Null).await;
    assert_eq!(now["previous"], Value::Null);
    loop {
        there.extend(values(&now, key));
        if now["next"].is_null() {
            break;
        }
        now = part(who, path, &now["next"]).await;
        assert!(there.len() <= 100, "no end: {there:?}");
    }
    loop {
        back.splice(0..0, values(&now, key));
        if now["previous"].is_null() {
            break;
        }
        now = part(who, path, &now["previous"]).await;
        assert!(back.len() <= 100, "no beginning: {back:?}");
    }
    (there, back)
}

fn down_from(newest: u32, oldest: u32) -> Vec<Value> {
    (oldest..=newest).rev().map(Value::from).collect()
}

#[tokio::test]
async fn all_releases_are_read_part_by_part_newest_first() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let own = estate(&site, &shop, &mut owner, "shop").await;
    release_up_to(&site, &own, "shop", 27).await;
    let path = format!("/api/v1/apps/{}/releases", own.app);
    let all = down_from(27, 1);
    for limit in [1, 5, 9, 27, 50] {
        let walked = walk_through(&mut owner, &format!("{path}?limit={limit}"), "number").await;
        assert_eq!(walked, (all.clone(), all.clone()), "{limit} at a time");
    }

    // The application carries the newest, and leads to those before them.
    let detail = owner.get(&format!("/api/v1/apps/{}", own.app)).await.json();
    let newest: Vec<_> = detail["releases"].as_array().expect("rows").iter().map(|row| row["number"].clone()).collect();
    assert_eq!(newest, down_from(27, 8));
    let older = part(&mut owner, &format!("{path}?limit=50"), &detail["older"]).await;
    assert_eq!((values(&older, "number"), &older["next"]), (down_from(7, 1), &Value::Null));
    assert_eq!(detail["live"], Value::Null, "none ever served");
    let tab = owner.get(&format!("/apps/{}?tab=releases", own.app)).await;
    assert!(tab.body.contains(&format!("/apps/{}/releases?cursor=after.8\"", own.app)), "{}", tab.body);

    // A row tells who, when, why and what came of it, and carries nothing large.
    let row = &older["rows"][0];
    assert_eq!((&row["state"], &row["reason"]), (&json!("failed"), &json!("because of shop")));
    assert_eq!((&row["image"], &row["actor_name"]), (&json!("registry.test/shop/web:1"), &json!("longshore")));
    assert!(row["spec"].is_null() && row["manifests"].is_null(), "{row}");

    // What comes meanwhile moves nothing.
    let first = part(&mut owner, &format!("{path}?limit=5"), &Value::Null).await;
    release_up_to(&site, &own, "shop", 28).await;
    let second = part(&mut owner, &format!("{path}?limit=5"), &first["next"]).await;
    assert_eq!(values(&second, "number"), down_from(22, 18), "none twice, none left out");
    let back = part(&mut owner, &format!("{path}?limit=6"), &second["previous"]).await;
    assert_eq!((values(&back, "number"), &back["previous"]), (down_from(28, 23), &Value::Null));

    let names = format!("after.{}.web", own.app);
    for wrong in ["backwards", "after.", "after.web", "aside.7", names.as_str()] {
        let refused = owner.get(&format!("{path}?cursor={wrong}")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}: {}", refused.body);
        assert_eq!(refused.fields(), ["cursor"], "{wrong}");
    }
    assert_eq!(owner.get(&format!("{path}?limit=many&cursor=")).await.status, StatusCode::OK);
    assert_eq!(owner.get(&format!("{path}?cursor=after.1")).await.json()["rows"], json!([]), "behind the last one");
    let nowhere = "/api/v1/apps/00000000-0000-4000-8000-000000000000/releases";
    assert_eq!(owner.get(nowhere).await.status, StatusCode::NOT_FOUND);
    let page = owner.get(&format!("/apps/{}/releases?limit=5&cursor=after.20", own.app)).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for word in ["/releases/19\"", "/rollback/15\"", "cursor=after.15", "cursor=before.19"] {
        assert!(page.body.contains(word), "{word}: {}", page.body);
    }
    assert!(!page.body.contains("/releases/20\""), "{}", page.body);
}

#[tokio::test]
async fn what_was_deleted_is_read_as_before_by_those_who_might() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let own = estate(&site, &shop, &mut owner, "shop").await;
    let (bank, mut banker) = site.tenant(&mut admin, "bank").await;
    estate(&site, &bank, &mut banker, "bank").await;
    let mut reader = site.colleague(&mut owner, "quiet-reader", "viewer").await;
    release_up_to(&site, &own, "shop", 3).await;
    let of_app = |rest: &str| format!("/api/v1/apps/{}{rest}", own.app);
    let there = reader.get(&of_app("/record")).await.json();
    assert_eq!((&there["name"], &there["release"]), (&json!("shop-app"), &json!(3)));
    assert_eq!((&there["deleted_at"], &there["deleted_by"]), (&Value::Null, &json!("")));
    let before = reader.get(&of_app("/releases/2")).await;
    assert!(before.body.contains("word = shop") && before.body.contains("Deployment"), "{}", before.body);
    let compared = reader.get(&of_app("/compare/1/2")).await;
    assert_eq!(reader.get("/api/v1/deleted-apps").await.json()["rows"], json!([]), "none yet");

    delete(&site, &mut owner, &own.app, "shop-app").await;
    site.sql("UPDATE namespaces SET deleted_at = 1700000000001 WHERE name = 'shop-ns'").await;
    assert_eq!(reader.get(&of_app("")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(reader.get("/api/v1/apps").await.json()["total"], 0);
    let gone = reader.get(&of_app("/record")).await.json();
    assert!(
        gone["deleted_at"].as_i64().is_some_and(|at| at > there["created_at"].as_i64().unwrap_or(i64::MAX)),
        "{gone}"
    );
    assert_eq!((&gone["deleted_by"], &gone["namespace_name"]), (&json!("shop-owner"), &json!("shop-ns")));
    for who in [&mut reader, &mut owner, &mut admin] {
        assert_eq!(values(&who.get("/api/v1/deleted-apps").await.json(), "id"), [json!(own.app)]);
        assert_eq!(walk_through(who, &of_app("/releases?limit=2"), "number").await.0, down_from(3, 1));
        let now = who.get(&of_app("/releases/2")).await;
        assert_eq!((now.status, now.json()), (StatusCode::OK, before.json()));
        let now = who.get(&of_app("/compare/1/2")).await;
        assert_eq!((now.status, now.json()), (StatusCode::OK, compared.json()));
    }
    assert_eq!(admin.get("/api/v1/deleted-apps").await.json()["rows"][0]["tenant_name"], "shop");

    // Nobody else learns that it ever was.
    assert_eq!(banker.get("/api/v1/deleted-apps").await.json()["rows"], json!([]));
    assert_eq!(banker.get("/api/v1/deleted-apps?q=shop").await.json()["rows"], json!([]));
    for rest in ["/record", "/releases", "/releases/2", "/compare/1/2"] {
        assert_eq!(banker.get(&of_app(rest)).await.status, StatusCode::NOT_FOUND, "{rest}");
    }

    // The pages say so, and offer nothing that changes it.
    let list = reader.get("/apps/deleted").await;
    assert!(list.body.contains(&format!("/apps/{}/releases", own.app)), "{}", list.body);
    for rest in ["/releases", "/releases/2", "/compare/1/2"] {
        let page = owner.get(&format!("/apps/{}{rest}", own.app)).await;
        assert_eq!(page.status, StatusCode::OK, "{rest}: {}", page.body);
        assert!(page.body.contains("its record stays"), "{rest}: {}", page.body);
        assert!(!page.body.contains("/rollback/"), "{rest}: {}", page.body);
    }
    let page = owner.get(&format!("/apps/{}", own.app)).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND, "{}", page.body);
    assert!(page.body.contains("its record stays"), "{}", page.body);
}

#[tokio::test]
async fn nothing_but_its_record_is_left_of_a_deleted_application() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, MARK).await;
    let own = estate(&site, &shop, &mut owner, MARK).await;
    delete(&site, &mut owner, &own.app, &format!("{MARK}-app")).await;
    let (mut read, mut refused) = (0, 0);
    for asked in walk::all(&own).into_iter().filter(|asked| asked.route.starts_with("/api/v1/apps/{id}")) {
        let reply = asked.by(&mut owner).await;
        if READ.contains(&asked.route.as_str()) {
            assert_eq!(reply.status, StatusCode::OK, "{}: {}", asked.name(), reply.body);
            read += 1;
        } else {
            assert_eq!(reply.status, StatusCode::NOT_FOUND, "{}: {}", asked.name(), reply.body);
            refused += 1;
        }
    }
    assert!(read == READ.len() && refused > 15, "{read} and {refused}");
}

#[tokio::test]
async fn a_binding_to_a_namespace_shows_what_was_deleted_there_alone() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let own = estate(&site, &shop, &mut owner, "shop").await;
    let mut bound = site.colleague(&mut owner, "bound", "").await;
    let id = owner.get("/api/v1/accounts?q=bound").await.json()["rows"][0]["id"].as_str().expect("an id").to_owned();
    delete(&site, &mut owner, &own.app, "shop-app").await;
    let releases = format!("/api/v1/apps/{}/releases", own.app);
    assert_eq!(bound.get("/api/v1/deleted-apps").await.status, StatusCode::FORBIDDEN);
    assert_eq!(bound.get(&releases).await.status, StatusCode::NOT_FOUND);
    let other = another(&site, &own, "other").await;
    let bindings = format!("/api/v1/accounts/{id}/bindings");
    let to_app = owner.post(&bindings, json!({ "role": "viewer", "scope": format!("app/{other}") })).await;
    assert_eq!(to_app.status, StatusCode::CREATED, "{}", to_app.body);
    assert_eq!(bound.get("/api/v1/deleted-apps").await.json()["rows"], json!([]), "of another app alone");
    assert_eq!(bound.get(&releases).await.status, StatusCode::NOT_FOUND);
    let scope = format!("namespace/{}", own.namespace);
    let to_namespace = owner.post(&bindings, json!({ "role": "viewer", "scope": scope })).await;
    assert_eq!(to_namespace.status, StatusCode::CREATED, "{}", to_namespace.body);
    assert_eq!(values(&bound.get("/api/v1/deleted-apps").await.json(), "name"), [json!("shop-app")]);
    assert_eq!(bound.get(&releases).await.status, StatusCode::OK);
}

#[tokio::test]
async fn deleted_applications_come_in_parts_the_last_one_first() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let own = estate(&site, &shop, &mut owner, "shop").await;
    // A name is free again, and both keep their records.
    for word in ["web", "api", "web", "job"] {
        let app = another(&site, &own, word).await;
        delete(&site, &mut owner, &app, &format!("{word}-app")).await;
    }
    let all = ["job-app", "web-app", "api-app", "web-app"].map(Value::from).to_vec();
    for limit in [1, 2, 3, 4, 50] {
        let path = format!("/api/v1/deleted-apps?limit={limit}");
        assert_eq!(walk_through(&mut owner, &path, "name").await, (all.clone(), all.clone()), "{limit} at a time");
    }
    for (q, found) in [("WEB", 2), ("shop-ns", 4), ("shop-app", 0), ("%25", 0)] {
        let rows = owner.get(&format!("/api/v1/deleted-apps?q={q}")).await.json();
        assert_eq!(values(&rows, "name").len(), found, "{q}: {rows}");
    }
    let refused = owner.get("/api/v1/deleted-apps?cursor=after.7").await;
    assert_eq!((refused.status, refused.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["cursor".to_owned()]));
    assert_eq!(owner.get("/api/v1/apps").await.json()["total"], 1, "the one that is there");
}
