//! The audit trail: searching it, walking through it, who sees what of it, exports, and floods of refusals.

use std::collections::BTreeSet;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use server::{
    auth::context::OpContext,
    database::{
        audit::Entry,
        audit_list::{Choice, Place},
    },
};

use crate::support::{PASSWORD, Site, Visitor, new_account};

const DAY: i64 = 24 * 60 * 60 * 1000;

fn system(site: &Site) -> OpContext {
    OpContext::system(site.parts.clock.clone())
}

/// Rows of the audit trail, as somebody is told them.
pub async fn rows(visitor: &mut Visitor, query: &str) -> Vec<Value> {
    let reply = visitor.get(&format!("/api/v1/audit?{query}")).await;
    assert_eq!(reply.status, StatusCode::OK, "{query}: {}", reply.body);
    reply.json()["rows"].as_array().expect("rows").clone()
}

async fn objects(visitor: &mut Visitor, query: &str) -> Vec<String> {
    rows(visitor, query).await.iter().map(|r| r["object"].as_str().expect("an object").to_owned()).collect()
}

fn sequences(rows: &[Value]) -> Vec<u64> {
    rows.iter().map(|r| r["sequence"].as_u64().expect("a number")).collect()
}

#[tokio::test]
async fn entries_are_found_by_who_what_how_it_ended_and_when() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    site.clock.advance(2 * DAY);
    // Nobody's session lasts that long.
    admin.sign_in("admin", PASSWORD).await;
    owner.sign_in("shop-owner", PASSWORD).await;
    site.colleague(&mut owner, "shop-dev", "developer").await;
    owner.post("/api/v1/accounts", new_account("boss", "platform_admin")).await;

    assert_eq!(
        objects(&mut admin, "actor=shop-owner&action=account.create").await,
        ["account/boss", "account/shop-dev"]
    );
    assert_eq!(objects(&mut admin, "object=account%2Fboss").await, ["account/boss"]);
    assert_eq!(objects(&mut admin, "outcome=refused").await, ["account/boss"]);
    let all = rows(&mut admin, "limit=200").await;
    let of_tenants: Vec<_> =
        all.iter().filter(|r| r["action"].as_str().is_some_and(|a| a.starts_with("tenant."))).collect();
    assert_eq!(rows(&mut admin, "action=tenant.*").await.len(), of_tenants.len());
    let of_shop = rows(&mut admin, &format!("tenant={shop}&limit=200")).await;
    assert!(of_shop.len() > 4 && of_shop.iter().all(|r| r["tenant"] == shop.as_str() && r["tenant_name"] == "shop"));

    let recent = rows(&mut admin, "since=24h&limit=200").await;
    let early = rows(&mut admin, "until=2023-11-14&limit=200").await;
    assert_eq!(recent.len() + early.len(), all.len(), "the first day was 2023-11-14");
    assert!(recent.iter().all(|r| r["at"] == 1_700_000_000_000_i64 + 2 * DAY) && early.len() > 2);
    assert!(rows(&mut admin, "since=2023-11-15&until=2023-11-15").await.is_empty());

    assert_eq!(objects(&mut admin, "q=SHOP-DEV&action=account.create").await, ["account/shop-dev"]);
    for wildcards in ["%25", "account_create", "shop%25dev", "shop_dev", "%21", "%5C"] {
        assert!(rows(&mut admin, &format!("q={wildcards}&action=account.create")).await.is_empty(), "{wildcards}");
    }
    assert!(rows(&mut admin, "action=t%25*").await.is_empty());

    let refused = admin.get("/api/v1/audit?outcome=maybe&since=soon&tenant=shop").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields: Vec<_> =
        refused.json()["errors"].as_array().expect("errors").iter().map(|e| e["field"].clone()).collect();
    assert_eq!(fields, ["outcome", "tenant", "since"]);
    assert_eq!(admin.get("/api/v1/audit?cursor=nowhere").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn pages_lead_to_the_end_and_back_without_a_count() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    for n in 0..10 {
        site.parts.db.record(&system(&site), Entry::ok("seed", format!("thing/{n}"))).await.expect("recorded");
    }
    let all = sequences(&rows(&mut admin, "limit=200").await);
    let mut walked = Vec::new();
    let mut cursor = String::new();
    let mut pages = Vec::new();
    loop {
        let page = admin.get(&format!("/api/v1/audit?limit=3&cursor={cursor}")).await.json();
        assert!(page["total"].is_null() && page["previous"].is_null() == cursor.is_empty(), "{page}");
        let here = sequences(page["rows"].as_array().expect("rows"));
        walked.extend(here.clone());
        pages.push(here);
        match page["next"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(walked, all);
    assert!(all.windows(2).all(|pair| pair[0] == pair[1] + 1), "newest first, without a gap");
    // And back again, to the very pages.
    let last = admin.get(&format!("/api/v1/audit?limit=3&cursor={cursor}")).await.json();
    let mut previous = last["previous"].as_str().map(str::to_owned);
    for expected in pages.iter().rev().skip(1) {
        let page = admin.get(&format!("/api/v1/audit?limit=3&cursor={}", previous.expect("a way back"))).await.json();
        assert_eq!(&sequences(page["rows"].as_array().expect("rows")), expected);
        previous = page["previous"].as_str().map(str::to_owned);
    }
    assert_eq!(previous, None, "the newest page");
}

#[tokio::test]
async fn a_search_for_words_stops_after_its_share_and_says_where() {
    let site = Site::start().await;
    let ctx = system(&site);
    for n in 0..30 {
        site.parts.db.record(&ctx, Entry::ok("seed", format!("thing/{n}"))).await.expect("recorded");
    }
    let granted = ctx.require(app::model::Permission::AuditRead).expect("the system may");
    let choice = Choice { words: Some("thing/0".to_owned()), ..Choice::default() };
    let (mut place, mut steps, mut found) = (Place::Newest, 0, Vec::new());
    loop {
        let slice = site.parts.db.list_audit(&ctx, granted, &choice, place, 50, 10).await.expect("a page");
        found.extend(slice.entries.into_iter().map(|e| e.row.object));
        assert_eq!(slice.searched_to.is_some(), slice.older.is_some());
        steps += 1;
        match slice.older {
            Some(older) => place = older,
            None => break,
        }
    }
    assert_eq!(found, ["thing/0"]);
    assert_eq!(steps, 4, "31 entries, 10 at a time");
}

#[tokio::test]
async fn a_tenants_owner_sees_the_own_entries_and_no_address_of_the_platform() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    admin.address = ([192, 0, 2, 77], 40_000).into();
    let (shop, mut shopkeeper) = site.tenant(&mut admin, "shop").await;
    let (bank, mut banker) = site.tenant(&mut admin, "bank").await;
    admin.post(&format!("/api/v1/tenants/{bank}/accounts"), new_account("bank-dev", "developer")).await;

    let own = rows(&mut banker, "limit=200").await;
    assert!(own.iter().all(|r| r["tenant"] == bank.as_str()));
    assert!(own.iter().any(|r| r["actor_name"] == "admin" && r["address"] == "" && r["object"] == "account/bank-dev"));
    assert!(own.iter().any(|r| r["actor_name"] == "bank-owner" && r["address"] == "10.0.0.1"));
    assert!(rows(&mut banker, &format!("tenant={shop}")).await.is_empty());
    assert!(rows(&mut banker, "q=192.0.2").await.is_empty(), "nor is it found by trying");
    assert!(!rows(&mut admin, "q=192.0.2").await.is_empty(), "the platform's people find it");
    for export in ["csv", "json"] {
        let text = banker.get(&format!("/api/v1/audit/export?format={export}")).await.body;
        assert!(text.contains("bank-dev") && !text.contains("192.0.2") && !text.contains("shop"), "{text}");
    }

    let foreign = sequences(&rows(&mut shopkeeper, "limit=1").await)[0];
    assert_eq!(banker.get(&format!("/api/v1/audit/{foreign}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(shopkeeper.get(&format!("/api/v1/audit/{foreign}")).await.status, StatusCode::OK);
    assert_eq!(banker.get("/api/v1/audit/verification").await.status, StatusCode::FORBIDDEN);
    let verified = admin.get("/api/v1/audit/verification").await.json();
    assert_eq!((&verified["complete"], &verified["broken"]), (&json!(true), &Value::Null), "{verified}");
}

#[tokio::test]
async fn a_change_shows_before_and_after_and_no_secret() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let spec = |image: &str, secret: &str| {
        json!({
            "image": image, "replicas": "1", "port": "", "cpu": "100m", "memory": "64Mi", "health_path": "",
            "env": format!("PASSWORD={secret}-env"), "config_path": "/etc/app.conf",
            "config_content": format!("key = {secret}-config\n"), "secrets": format!("TOKEN={secret}-secret"),
            "deadline": "60",
        })
    };
    let form = |image, secret| json!({ "name": "web", "description": "", "spec": spec(image, secret) });
    let made = owner.post("/api/v1/templates", form("registry.test/web:1", "hunter2")).await.json();
    let path = format!("/api/v1/templates/{}", made["id"].as_str().expect("an id"));
    let changed = owner.ask(&Method::PUT, &path, Some(form("registry.test/web:2", "hunter3"))).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);

    let entry = sequences(&rows(&mut owner, "action=template.update").await)[0];
    let detail = owner.get(&format!("/api/v1/audit/{entry}")).await;
    let lines = detail.json()["changes"].as_array().expect("lines").clone();
    let has = |tag: &str, text: &str| {
        lines.iter().any(|l| l["tag"] == tag && l["text"].as_str().is_some_and(|t| t.contains(text)))
    };
    assert!(has("removed", "registry.test/web:1") && has("added", "registry.test/web:2"), "{}", detail.body);
    assert!(has("removed", "\"PASSWORD\": \"sha256:") && has("added", "\"config\": \"sha256:"), "{}", detail.body);
    let page = owner.get(&format!("/audit/{entry}")).await.body;
    assert!(page.contains("Change template") && page.contains("registry.test/web:"), "{page}");
    let everything = admin.get("/api/v1/audit/export?format=json").await.body;
    assert!(everything.contains("registry.test/web:2") && !everything.contains("hunter"), "{everything}");
}

#[tokio::test]
async fn exports_are_safe_to_open_and_leave_an_entry() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let mut developer = site.colleague(&mut owner, "shop-dev", "developer").await;
    let hostile = "=cmd|' /C calc'!A0,\"x\"\r\n@next";
    site.parts.db.record(&system(&site), Entry::ok("seed", hostile).detail("+1 港")).await.expect("recorded");

    let csv = admin.get("/api/v1/audit/export?format=csv&action=seed").await.body;
    let lines: Vec<&str> = csv.split("\r\n").collect();
    assert!(lines[0].starts_with("sequence,time,acting,actor,") && lines.len() == 3, "{csv}");
    // Line ends within a value were replaced when it was written down.
    assert!(lines[1].contains(",\"'=cmd|' /C calc'!A0,\"\"x\"\"\u{fffd}\u{fffd}@next\","), "{csv}");
    assert!(lines[1].contains(",'+1 港,"), "{csv}");

    let jsonl = admin.get("/api/v1/audit/export?format=json&actor=shop-owner").await.body;
    let entries: Vec<Value> = jsonl.lines().map(|l| serde_json::from_str(l).expect("an object a line")).collect();
    assert!(entries.len() > 2 && entries.iter().all(|e| e["actor_name"] == "shop-owner" && e["time"].is_string()));
    assert!(sequences(&entries).is_sorted(), "oldest first");

    let said = rows(&mut admin, "action=audit.export").await;
    assert_eq!(said[0]["detail"], "json, actor shop-owner");
    assert_eq!(said[1]["detail"], "csv, action seed");
    assert_eq!(admin.get("/api/v1/audit/export?format=xml").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(developer.get("/api/v1/audit/export?format=csv").await.status, StatusCode::FORBIDDEN);
    assert_eq!(rows(&mut owner, "action=audit.export").await.len(), 1, "the refusal is the tenant's");
}

#[tokio::test]
async fn a_flood_of_refusals_is_counted_and_not_written() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let mut developer = site.colleague(&mut owner, "shop-dev", "developer").await;
    for _ in 0..42 {
        assert_eq!(developer.get("/api/v1/audit").await.status, StatusCode::FORBIDDEN);
    }
    let query = "actor=shop-dev&outcome=refused";
    assert_eq!(rows(&mut owner, query).await.len(), 10);
    site.parts.db.close_refusals(&system(&site), false).await.expect("closed");
    assert_eq!(rows(&mut owner, query).await.len(), 10, "the minute is not over");
    site.clock.advance(60_000);
    site.parts.db.close_refusals(&system(&site), false).await.expect("closed");
    let refusals = rows(&mut owner, query).await;
    assert_eq!(refusals.len(), 11);
    assert_eq!(refusals[0]["action"], "audit.list");
    assert_eq!(refusals[0]["detail"], "and 32 more within a minute: audit.list 32; audit");
    assert!(site.parts.db.verify_audit(0, 10_000).await.expect("verified").complete);
}

#[tokio::test]
async fn parallel_writers_leave_no_gap() {
    let site = Site::start().await;
    let before = site.parts.db.verify_audit(0, 10_000).await.expect("verified");
    let writers = (0..50).map(|n| {
        let (db, ctx) = (site.parts.db.clone(), system(&site));
        tokio::spawn(async move { db.record(&ctx, Entry::ok("seed", format!("thing/{n}"))).await })
    });
    for done in futures::future::join_all(writers).await {
        done.expect("no panic").expect("recorded");
    }
    let after = site.parts.db.verify_audit(0, 10_000).await.expect("verified");
    assert!(after.complete && after.broken.is_none(), "{after:?}");
    assert_eq!(after.entries, before.entries + 50);
    assert_eq!(after.verified_to, after.entries);
    let mut admin = site.admin().await;
    let things: BTreeSet<_> = objects(&mut admin, "action=seed&limit=200").await.into_iter().collect();
    assert_eq!(things.len(), 50);
}

/// What locks rows first and the end of the chain last, in the order in which everybody does.
#[tokio::test]
async fn parallel_changes_of_many_kinds_wait_for_each_other_and_leave_no_gap() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (tenant, owner) = site.tenant(&mut admin, "shop").await;
    let (bank, banker) = site.tenant(&mut admin, "bank").await;
    let before = site.parts.db.verify_audit(0, 10_000).await.expect("verified");
    let role = |name: String| json!({ "name": name, "description": "", "permissions": ["app.read"] });
    let security = json!({ "second_factor_required": false });
    let mut changes = Vec::new();
    for n in 0..8 {
        for (who, tenant) in [(&owner, &tenant), (&banker, &bank)] {
            let template = json!({ "name": format!("web-{n}"), "description": "", "spec": crate::seed::spec("web") });
            changes.push((who.clone(), Method::POST, "/api/v1/templates".to_owned(), template));
            changes.push((who.clone(), Method::POST, "/api/v1/roles".to_owned(), role(format!("role-{n}"))));
            changes.push((who.clone(), Method::PUT, format!("/api/v1/tenants/{tenant}/security"), security.clone()));
            // Refused; so few of one account's are written one by one.
            changes.push((who.clone(), Method::GET, format!("/api/v1/audit/{}", i64::MAX), Value::Null));
        }
    }
    let all = changes.len() as u64;
    let done = changes.into_iter().map(|(mut who, method, path, body)| async move {
        let body = (!body.is_null()).then_some(body);
        (who.ask(&method, &path, body).await, method, path)
    });
    for (reply, method, path) in futures::future::join_all(done).await {
        let hidden = reply.status == StatusCode::NOT_FOUND && method == Method::GET;
        assert!(reply.status.is_success() || hidden, "{method} {path}: {} {}", reply.status, reply.body);
    }
    let after = site.parts.db.verify_audit(0, 10_000).await.expect("verified");
    assert!(after.complete && after.broken.is_none(), "{after:?}");
    assert_eq!(after.entries, before.entries + all);
}

#[tokio::test]
async fn the_page_shows_what_is_chosen_in_words() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    site.tenant(&mut admin, "shop").await;
    let page = admin.get("/audit?action=tenant.create&since=24h").await;
    assert!(page.body.contains("Create tenant") && page.body.contains("tenant/shop"), "{}", page.body);
    assert!(!page.body.contains("account/shop-owner"), "only what is chosen");
    assert!(page.body.contains("format=csv&amp;action=tenant.create&amp;since=24h"), "{}", page.body);
    let nothing = admin.get("/audit?q=nothing-of-the-sort").await;
    assert!(nothing.body.contains("No entry matches"), "{}", nothing.body);
    let missing = admin.get("/audit/999999").await;
    assert!(missing.status.as_u16() < 500);
}
