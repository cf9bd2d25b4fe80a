//! Tokens while Redis is stopped. They, and what they may do, are in the database: scripts read, change and delete, and
//! what they began is carried out. Where Redis is configured, wrong tokens are counted in it as guesses at passwords are:
//! without it none is tried uncounted, and whoever sends one gets the answer that signing in gets.

use app::model::Permission;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    redis_server::RedisServer,
    seed::{spec, token_form},
    support::{PASSWORD, Site, Visitor},
    tenant_changes::carry_out,
};

const OK: StatusCode = StatusCode::OK;
const CREATED: StatusCode = StatusCode::CREATED;
const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;
const UNAVAILABLE: StatusCode = StatusCode::SERVICE_UNAVAILABLE;
const SESSION: &str = "/api/v1/session";

/// A tenant with its owner, on a site that keeps sessions in Redis.
struct World {
    redis: RedisServer,
    site: Site,
    admin: Visitor,
    shop: String,
    owner: Visitor,
}

async fn world() -> World {
    let redis = RedisServer::start();
    let site = Site::start_with(Some(redis.url())).await;
    let mut admin = site.admin().await;
    let (shop, owner) = site.tenant(&mut admin, "shop").await;
    World { redis, site, admin, shop, owner }
}

/// Makes a token that may do all that its account may; answers it and its id.
async fn token(who: &mut Visitor, name: &str) -> (String, String) {
    let all: Vec<&str> = Permission::ALL.iter().map(|p| p.as_str()).collect();
    let made = who.post("/api/v1/tokens", token_form(name, &all, &[])).await;
    assert_eq!(made.status, CREATED, "{}", made.body);
    let made = made.json();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    (text(&made["token"]), text(&made["row"]["id"]))
}

async fn status(who: &mut Visitor) -> StatusCode {
    who.get(SESSION).await.status
}

#[tokio::test]
async fn a_token_reads_and_changes() {
    let World { mut redis, site, mut owner, .. } = world().await;
    let mut script = site.script(&token(&mut owner, "night").await.0);
    redis.stop();
    site.clock.advance(6_000);
    assert_eq!(status(&mut owner).await, UNAVAILABLE, "sessions cannot be looked up");
    let me = script.get(SESSION).await;
    assert_eq!((me.status, &me.json()["username"]), (OK, &json!("shop-owner")), "{}", me.body);

    let form = json!({ "name": "made", "description": "", "spec": spec("made") });
    let made = script.post("/api/v1/templates", form).await;
    assert_eq!(made.status, CREATED, "{}", made.body);
    let path = format!("/api/v1/templates/{}", made.json()["id"].as_str().expect("an id"));
    for path in ["/api/v1/templates", "/api/v1/accounts", "/api/v1/apps", path.as_str()] {
        let read = script.get(path).await;
        assert_eq!(read.status, OK, "{path}: {}", read.body);
    }

    redis.start_again();
    assert_eq!(owner.get(&path).await.json()["row"]["name"], "made", "whoever is signed in finds it");
    let used = owner.get("/api/v1/tokens").await.json()["rows"][0]["used_at"].clone();
    assert!(used.is_i64(), "its use was noted: {used}");
    let trail = owner.get("/api/v1/audit?q=template.create&limit=200").await.json();
    let rows = trail["rows"].as_array().expect("rows");
    assert!(rows.iter().any(|row| row["token"] == "night" && row["outcome"] == "ok"), "and what it did: {trail}");
}

#[tokio::test]
async fn whom_a_token_disables_is_out_at_once_and_stays_out() {
    let World { mut redis, site, mut owner, .. } = world().await;
    let mut developer = site.colleague(&mut owner, "shop-dev", "developer").await;
    let id = developer.get(SESSION).await.json()["id"].as_str().expect("an id").to_owned();
    let mut theirs = site.script(&token(&mut developer, "theirs").await.0);
    let mut script = site.script(&token(&mut owner, "night").await.0);
    assert_eq!((status(&mut developer).await, status(&mut theirs).await), (OK, OK));
    redis.stop();
    let disabled = script.ask(&Method::PUT, &format!("/api/v1/accounts/{id}/disabled"), None).await;
    assert_eq!(disabled.status, OK, "{}", disabled.body);
    assert_eq!(status(&mut developer).await, UNAVAILABLE, "the session is not believed any more");
    assert_eq!(status(&mut theirs).await, UNAVAILABLE, "nor is the token taken");
    assert_eq!(status(&mut script).await, OK);

    redis.start_again();
    assert_eq!((status(&mut developer).await, status(&mut theirs).await), (UNAUTHORIZED, UNAUTHORIZED));
    assert_eq!(site.visitor().sign_in("shop-dev", PASSWORD).await.status, UNAUTHORIZED);
}

#[tokio::test]
async fn a_wrong_token_is_not_tried_uncounted() {
    let World { mut redis, site, mut owner, .. } = world().await;
    let (revoked, id) = token(&mut owner, "revoked").await;
    assert_eq!(owner.delete(&format!("/api/v1/tokens/{id}")).await.status, StatusCode::NO_CONTENT);
    let (right, _) = token(&mut owner, "right").await;
    redis.stop();
    for wrong in ["nonsense", "lsp_nonsense", revoked.as_str()] {
        let refused = site.script(wrong).get(SESSION).await;
        assert_eq!(refused.status, UNAVAILABLE, "{wrong}: {}", refused.body);
        assert!(refused.body.contains("Sessions cannot be kept just now"), "{}", refused.body);
        assert_eq!(status(&mut site.script(&right)).await, OK, "a right one needs no counting");
    }
    redis.start_again();
    for wrong in ["nonsense", "lsp_nonsense", revoked.as_str()] {
        let mut heard = status(&mut site.script(wrong)).await;
        // One that is slow on a busy machine is asked again.
        for _ in 0..20 {
            if heard != UNAVAILABLE {
                break;
            }
            heard = status(&mut site.script(wrong)).await;
        }
        assert_eq!(heard, UNAUTHORIZED, "{wrong}");
    }
    assert_eq!(status(&mut site.script(&right)).await, OK);
}

#[tokio::test]
async fn a_deletion_that_a_token_began_is_carried_out() {
    let World { mut redis, site, mut admin, shop, mut owner } = world().await;
    site.colleague(&mut owner, "shop-dev", "developer").await;
    let (of_owner, _) = token(&mut owner, "theirs").await;
    let mut script = site.script(&token(&mut admin, "night").await.0);
    redis.stop();
    let path = format!("/api/v1/tenants/{shop}");
    let started = script.delete(&format!("{path}?confirm=shop")).await;
    assert_eq!(started.status, StatusCode::ACCEPTED, "{}", started.body);
    assert_eq!(status(&mut owner).await, UNAVAILABLE, "its people are not believed any more");
    let operation = started.json().as_str().expect("an id").to_owned();
    let detail = carry_out(&site, &mut script, &operation).await;
    assert_eq!((&detail["row"]["state"], &detail["row"]["object"]), (&json!("succeeded"), &json!("shop")), "{detail}");
    assert_eq!(script.get(&path).await.status, StatusCode::NOT_FOUND);

    redis.start_again();
    assert_eq!(status(&mut owner).await, UNAUTHORIZED, "a session that Redis still has is nobody's");
    assert_eq!(status(&mut site.script(&of_owner)).await, UNAUTHORIZED);
    assert_eq!(site.visitor().sign_in("shop-owner", PASSWORD).await.status, UNAUTHORIZED);
    assert_eq!(status(&mut admin).await, OK);
}
