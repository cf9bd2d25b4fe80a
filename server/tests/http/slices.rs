//! Lists by name, and those with the newest first, come in parts: one walks through them in both directions, however many rows come and go meanwhile.

use app::model::{ClusterId, Permission};
use http::StatusCode;
use serde_json::{Value, json};
use server::{
    auth::context::OpContext,
    database::{
        DatabaseError,
        clusters::{self, Cluster},
    },
};

use super::{
    seed::estate,
    support::{Site, Visitor, new_account, new_tenant},
};

fn names(part: &Value, key: &str) -> Vec<String> {
    let rows = part["rows"].as_array().unwrap_or_else(|| panic!("{part}"));
    rows.iter().map(|row| row[key].as_str().expect("a name").to_owned()).collect()
}

async fn part(who: &mut Visitor, path: &str, cursor: &Value) -> Value {
    let cursor = cursor.as_str().map(|c| format!("&cursor={c}")).unwrap_or_default();
    let reply = who.get(&format!("{path}{cursor}")).await;
    assert_eq!(reply.status, StatusCode::OK, "{path}{cursor}: {}", reply.body);
    reply.json()
}

/// Walks to the end and back again; gives back the names that it met on each way.
async fn walk(who: &mut Visitor, path: &str, key: &str) -> (Vec<String>, Vec<String>) {
    let (mut there, mut back) = (Vec::new(), Vec::new());
    let mut now = part(who, path, &Value::Null).await;
    assert_eq!(now["previous"], Value::Null);
    loop {
        there.extend(names(&now, key));
        if now["next"].is_null() {
            break;
        }
        now = part(who, path, &now["next"]).await;
        assert!(there.len() <= 100, "no end: {there:?}");
    }
    loop {
        back.splice(0..0, names(&now, key));
        if now["previous"].is_null() {
            break;
        }
        now = part(who, path, &now["previous"]).await;
        assert!(back.len() <= 100, "no beginning: {back:?}");
    }
    (there, back)
}

#[tokio::test]
async fn one_walks_through_accounts_and_templates_in_both_directions() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let (_, mut banker) = site.tenant(&mut admin, "bank").await;
    let spec = json!({ "image": "registry.test/web:1", "replicas": "1", "cpu": "100m", "memory": "64Mi" });
    for n in 0..7 {
        let made = owner.post("/api/v1/accounts", new_account(&format!("hand-{n}"), "")).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        // The platform's and the tenant's templates may have the same names.
        for (who, name) in [(&mut owner, format!("web-{n}")), (&mut admin, format!("web-{n}"))] {
            let made = who.post("/api/v1/templates", json!({ "name": name, "description": "", "spec": spec })).await;
            assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        }
    }
    let mut people: Vec<_> = (0..7).map(|n| format!("hand-{n}")).collect();
    people.push("shop-owner".to_owned());
    for limit in [1, 3, 4, 8, 50] {
        let (there, back) = walk(&mut owner, &format!("/api/v1/accounts?limit={limit}"), "username").await;
        assert_eq!((&there, &back), (&people, &people), "{limit} at a time");
    }
    let path = format!("/api/v1/tenants/{shop}/accounts?limit=3");
    assert_eq!(walk(&mut admin, &path, "username").await.0, people);
    let templates: Vec<_> = (0..7).flat_map(|n| [format!("web-{n}"), format!("web-{n}")]).collect();
    let (there, back) = walk(&mut owner, "/api/v1/templates?limit=5", "name").await;
    assert_eq!((&there, &back), (&templates, &templates));
    assert_eq!(walk(&mut banker, "/api/v1/templates?limit=2", "name").await.0.len(), 7, "the platform's alone");

    // Looked for, whatever the case, in either name; what is a wildcard elsewhere stands for itself.
    assert_eq!(names(&part(&mut owner, "/api/v1/accounts?q=HAND-3", &Value::Null).await, "username"), ["hand-3"]);
    assert_eq!(names(&part(&mut owner, "/api/v1/accounts?q=%25", &Value::Null).await, "username"), [""; 0]);
    assert_eq!(walk(&mut owner, "/api/v1/accounts?q=hand&limit=2", "username").await.1, people[..7]);
}

#[tokio::test]
async fn who_may_do_something_comes_in_parts() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let mut ids = Vec::new();
    for n in 0..8 {
        let role = if n < 5 { "viewer" } else { "" };
        let made = owner.post("/api/v1/accounts", new_account(&format!("hand-{n}"), role)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        ids.push(made.json()["id"].as_str().expect("an id").to_owned());
    }
    let mut people: Vec<_> = (0..5).map(|n| format!("hand-{n}")).collect();
    people.push("shop-owner".to_owned());
    for limit in [1, 2, 6, 50] {
        let path = format!("/api/v1/access/who?permission=app.read&limit={limit}");
        assert_eq!(walk(&mut owner, &path, "username").await, (people.clone(), people.clone()), "{limit} at a time");
    }
    let found = part(&mut owner, "/api/v1/access/who?permission=app.read&q=hand-2", &Value::Null).await;
    assert_eq!(names(&found, "username"), ["hand-2"]);
    assert_eq!(found["rows"][0]["through"][0]["role"], "viewer");
    assert_eq!(
        owner.get("/api/v1/access/who?permission=app.read&cursor=x").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let path = format!("/api/v1/accounts/{}/disabled", ids[0]);
    let disabled = owner.ask(&http::Method::PUT, &path, Some(json!({}))).await;
    assert!(disabled.status.is_success(), "{}", disabled.body);
    let left = part(&mut owner, "/api/v1/access/who?permission=app.read", &Value::Null).await;
    assert_eq!(names(&left, "username"), people[1..]);
}

#[tokio::test]
async fn a_cursor_holds_while_rows_come_and_go_and_shows_nobody_elses() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let (_, mut banker) = site.tenant(&mut admin, "bank").await;
    for n in [2, 4, 6, 8] {
        owner.post("/api/v1/accounts", new_account(&format!("hand-{n}"), "")).await;
    }
    let path = "/api/v1/accounts?limit=2";
    let first = part(&mut owner, path, &Value::Null).await;
    assert_eq!(names(&first, "username"), ["hand-2", "hand-4"]);
    // The row that the cursor names goes, others come before and after it.
    let gone = first["rows"][1]["id"].as_str().expect("an id");
    let deleted = owner.delete(&format!("/api/v1/accounts/{gone}?confirm=hand-4")).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT, "{}", deleted.body);
    for n in [1, 5] {
        owner.post("/api/v1/accounts", new_account(&format!("hand-{n}"), "")).await;
    }
    let second = part(&mut owner, path, &first["next"]).await;
    assert_eq!(names(&second, "username"), ["hand-5", "hand-6"], "none twice, none left out");
    assert_eq!(names(&part(&mut owner, path, &second["previous"]).await, "username"), ["hand-1", "hand-2"]);
    // Everything behind a cursor is gone: from there one can go back.
    let last = part(&mut owner, "/api/v1/accounts?limit=2&q=hand", &second["next"]).await;
    assert_eq!(names(&last, "username"), ["hand-8"]);
    let gone = last["rows"][0]["id"].as_str().expect("an id");
    owner.delete(&format!("/api/v1/accounts/{gone}?confirm=hand-8")).await;
    let nothing = part(&mut owner, "/api/v1/accounts?limit=2&q=hand", &second["next"]).await;
    assert_eq!((&nothing["rows"], &nothing["next"]), (&json!([]), &Value::Null));
    let before = part(&mut owner, "/api/v1/accounts?limit=2&q=hand", &nothing["previous"]).await;
    assert_eq!(names(&before, "username"), ["hand-2", "hand-5"], "what is before the row that the cursor names");

    // Another tenant's cursor is but a place in the order of names.
    let theirs = part(&mut banker, path, &first["next"]).await;
    assert!(names(&theirs, "username").iter().all(|name| name.starts_with("bank")), "{theirs}");
}

#[tokio::test]
async fn tenants_come_in_parts_with_what_they_own() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let mut all = Vec::new();
    for n in 0..5 {
        let name = format!("tenant-{n}");
        let made = admin.post("/api/v1/tenants", new_tenant(&name, &format!("owner-{n}"))).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        all.push(name);
    }
    let (there, back) = walk(&mut admin, "/api/v1/tenants?limit=2", "name").await;
    assert_eq!((&there, &back), (&all, &all));
    let whole = part(&mut admin, "/api/v1/tenants", &Value::Null).await;
    assert!(whole["rows"].as_array().expect("rows").iter().all(|row| row["accounts"] == 1), "{whole}");
}

#[tokio::test]
async fn a_question_that_cannot_be_read_is_refused_at_its_field() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    for list in ["tenants", "accounts", "namespaces", "templates", "tokens"] {
        let long = "x".repeat(101);
        for (wrong, field) in
            [("cursor=backwards", "cursor"), ("cursor=after.7.web", "cursor"), (&format!("q={long}"), "q")]
        {
            let refused = admin.get(&format!("/api/v1/{list}?{wrong}")).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{list}?{wrong}: {}", refused.body);
            assert_eq!(refused.json()["errors"][0]["field"], field, "{}", refused.body);
        }
        let odd = admin.get(&format!("/api/v1/{list}?limit=many&q=%00&cursor=")).await;
        assert_eq!(odd.status, StatusCode::OK, "{list}: {}", odd.body);
    }
}

#[tokio::test]
async fn links_come_newest_first_in_parts_and_all_of_them() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let mut notes = Vec::new();
    for n in 0..7 {
        // Some at the same time.
        site.clock.advance(i64::from((n + 1) % 3));
        let made = owner.post("/api/v1/links", json!({ "kind": "member", "note": format!("for hand {n}") })).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        notes.push(format!("for hand {n}"));
    }
    let first = part(&mut owner, "/api/v1/links?limit=2", &Value::Null).await;
    assert_eq!(first["rows"][0]["note"], "for hand 6", "{first}");
    for limit in [1, 2, 3, 7, 50] {
        let (there, back) = walk(&mut owner, &format!("/api/v1/links?limit={limit}"), "note").await;
        assert_eq!(there, back, "{limit} at a time");
        let mut sorted = there;
        sorted.sort();
        assert_eq!(sorted, notes, "none twice, none left out");
    }
    let path = format!("/api/v1/links?tenant={shop}&limit=3");
    assert_eq!(walk(&mut admin, &path, "note").await.0.len(), 7, "by the platform, too");
    // One that comes meanwhile stands before the first, and moves nothing.
    site.clock.advance(1);
    owner.post("/api/v1/links", json!({ "kind": "member", "note": "late" })).await;
    let second = part(&mut owner, "/api/v1/links?limit=2", &first["next"]).await;
    let shown = [names(&first, "note"), names(&second, "note")].concat();
    assert_eq!(shown.iter().collect::<std::collections::HashSet<_>>().len(), 4, "{shown:?}");
    for wrong in ["backwards", "after.00000000-0000-0000-0000-000000000007.web"] {
        let refused = owner.get(&format!("/api/v1/links?cursor={wrong}")).await;
        assert_eq!(refused.fields(), ["cursor"], "{wrong}: {}", refused.body);
    }
}

#[tokio::test]
async fn operations_come_newest_first_in_parts() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let mut objects = Vec::new();
    for word in ["quay", "pier", "mole"] {
        site.clock.advance(1000);
        let (tenant, mut owner) = site.tenant(&mut admin, word).await;
        estate(&site, &tenant, &mut owner, word).await;
        let own = part(&mut owner, "/api/v1/operations?limit=50", &Value::Null).await;
        objects.splice(0..0, names(&own, "object"));
    }
    assert_eq!(objects.len(), 3, "{objects:?}");
    for limit in [1, 2, 3, 50] {
        let (there, back) = walk(&mut admin, &format!("/api/v1/operations?limit={limit}"), "object").await;
        assert_eq!((&there, &back), (&objects, &objects), "{limit} at a time");
    }
    let ended = part(&mut admin, "/api/v1/operations?state=ended&limit=1", &Value::Null).await;
    assert_eq!((&ended["rows"], &ended["next"]), (&json!([]), &Value::Null), "the filter holds for the neighbours");
    let refused = admin.get("/api/v1/operations?cursor=x").await;
    assert_eq!(refused.fields(), ["cursor"], "{}", refused.body);
}

#[tokio::test]
async fn tokens_come_in_parts_by_name() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let mut all = Vec::new();
    for n in 0..5 {
        let form = json!({ "name": format!("night-{n}"), "permissions": ["cluster.read"], "scopes": [], "days": "1" });
        let made = admin.post("/api/v1/tokens", form).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        all.push(format!("night-{n}"));
    }
    let (there, back) = walk(&mut admin, "/api/v1/tokens?limit=2", "name").await;
    assert_eq!((&there, &back), (&all, &all));
    let found = part(&mut admin, "/api/v1/tokens?q=NIGHT-3", &Value::Null).await;
    assert_eq!(names(&found, "name"), ["night-3"]);
    // The page is the same part, with the way to the next.
    let page = admin.get("/settings/tokens?limit=2").await.body;
    assert!(page.contains("night-1") && !page.contains("night-2") && page.contains("Next part"), "{page}");
    let next = part(&mut admin, "/api/v1/tokens?limit=2", &Value::Null).await["next"].as_str().map(str::to_owned);
    let page = admin.get(&format!("/settings/tokens?limit=2&cursor={}", next.expect("there are more"))).await.body;
    assert!(page.contains("night-2") && !page.contains("night-1<") && page.contains("Previous part"), "{page}");
}

/// They are listed all at once.
#[tokio::test]
async fn there_are_as_many_clusters_as_there_may_be() {
    let site = Site::start().await;
    let ctx = OpContext::system(site.parts.clock.clone());
    let mut last = Ok(());
    for n in 0..=clusters::MOST {
        let cluster = Cluster {
            id: ClusterId(ctx.clock().uuid()),
            name: format!("cluster-{n}"),
            server: "https://cluster.test".to_owned(),
            created_at: ctx.now(),
            uid: String::new(),
            version: 1,
        };
        assert!(last.is_ok(), "{n}: {last:?}");
        let granted = ctx.require(Permission::ClusterManage).expect("the system may");
        last = clusters::insert(&site.parts.db, &ctx, granted, &cluster, Vec::new()).await;
    }
    assert!(matches!(last, Err(DatabaseError::Taken("clusters"))), "{last:?}");
}

#[tokio::test]
async fn applications_are_found_by_name_namespace_and_image_and_come_in_pages() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    for word in ["quay", "pier"] {
        let (tenant, mut owner) = site.tenant(&mut admin, word).await;
        estate(&site, &tenant, &mut owner, word).await;
    }
    for (query, found) in [
        ("", &["pier-app", "quay-app"][..]),
        ("q=QUA", &["quay-app"]),
        ("q=pier-ns", &["pier-app"]),
        ("q=registry.test/quay", &["quay-app"]),
        ("q=registry.test/", &["pier-app", "quay-app"]),
        ("q=web:2", &[]),
        ("q=%25", &[]),
        ("per_page=1&page=2", &["quay-app"]),
        ("per_page=1&page=3", &[]),
    ] {
        let page = admin.get(&format!("/api/v1/apps?{query}")).await.json();
        let names: Vec<_> = page["rows"].as_array().expect("rows").iter().map(|row| &row["name"]).collect();
        assert_eq!(names, found, "{query}: {page}");
        let total = if query.contains("per_page") { 2 } else { found.len() };
        assert_eq!(page["total"], total, "{query}");
    }
    let long = "x".repeat(101);
    let refused = admin.get(&format!("/api/v1/apps?q={long}")).await;
    assert_eq!(
        (refused.status, &refused.json()["errors"][0]["field"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("q"))
    );
}
