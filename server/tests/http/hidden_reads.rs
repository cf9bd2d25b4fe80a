//! Looking at what one may not see is on record although it is answered as if there were none, and so is a session that is
//! over although it is still kept. What a live stream reads by itself is nobody's attempt.

use std::time::Duration;

use app::model::{AccountId, Topic};
use futures::StreamExt;
use http::StatusCode;
use serde_json::json;
use server::auth::{context::OpContext, revocations::Revocation};
use tokio::time::timeout;

use crate::{
    refusals::rows,
    seed::{Estate, MARK, estate},
    support::{Site, Visitor},
};

const NOT_FOUND: StatusCode = StatusCode::NOT_FOUND;
const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;
const MINUTE: i64 = 60_000;
/// Longer than a session is believed to be as it was.
const FORGOTTEN: i64 = 6_000;
/// Far more than a message takes: the machine may be busy.
const SOON: Duration = Duration::from_secs(20);

/// Each way to look at one thing, with the action and the object under which it is on record.
fn looks(estate: &Estate) -> Vec<(String, &'static str, String)> {
    let Estate { app, operation, template, registry, .. } = estate;
    let of_app = ["", "/record", "/releases", "/releases/1", "/compare/1/1", "/deletion", "/storage", "/network"];
    let more = ["/usage", "/runs", "/drift"];
    let mut looks: Vec<_> = of_app
        .into_iter()
        .chain(more)
        .map(|rest| (format!("/api/v1/apps/{app}{rest}"), "app.read", format!("app/{app}")))
        .collect();
    for rest in ["", "/versions", "/compare/1/1"] {
        looks.push((format!("/api/v1/templates/{template}{rest}"), "template.read", format!("template/{template}")));
    }
    looks.push((format!("/api/v1/operations/{operation}"), "operation.read", format!("operation/{operation}")));
    looks.push((format!("/api/v1/registries/{registry}"), "registry.read", format!("registry/{registry}")));
    looks
}

#[tokio::test]
async fn what_another_tenant_has_is_looked_at_in_vain_and_on_record() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (tenant, mut owner) = site.tenant(&mut admin, MARK).await;
    let estate = estate(&site, &tenant, &mut owner, MARK).await;
    let (bank, mut stranger) = site.tenant(&mut admin, "bank").await;
    for (path, action, object) in looks(&estate) {
        let query = format!("outcome=refused&action={action}");
        let before = rows(&mut stranger, &query).await.len();
        // None is counted together with the one before.
        site.clock.advance(MINUTE);
        let reply = stranger.get(&path).await;
        assert_eq!(reply.status, NOT_FOUND, "{path}: {}", reply.body);
        let told = rows(&mut stranger, &query).await;
        assert_eq!(told.len(), before + 1, "{path}: {told:?}");
        let newest = &told[0];
        assert_eq!((&newest["object"], &newest["actor_name"]), (&json!(object), &json!("bank-owner")), "{path}");
        assert_eq!(newest["tenant"], json!(bank), "{path}: {newest}");
        assert!(!newest.to_string().contains(MARK), "{path}: {newest}");
        assert_ne!(owner.get(&path).await.status, NOT_FOUND, "{path} is there for its owner");
    }
    assert!(rows(&mut owner, "actor=bank-owner").await.is_empty(), "it is the stranger's tenant that is told");
    assert!(
        rows(&mut owner, &format!("outcome=refused&actor={MARK}-owner")).await.is_empty(),
        "nothing was refused its owner"
    );
}

#[tokio::test]
async fn what_a_colleague_may_not_see_is_on_record_with_the_tenant() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (tenant, mut owner) = site.tenant(&mut admin, MARK).await;
    let estate = estate(&site, &tenant, &mut owner, MARK).await;
    let mut roleless = site.colleague(&mut owner, "roleless", "").await;
    let Estate { app, operation, .. } = &estate;
    for path in [format!("/api/v1/apps/{app}"), format!("/api/v1/operations/{operation}")] {
        assert_eq!(roleless.get(&path).await.status, NOT_FOUND, "{path}");
    }
    let told = rows(&mut owner, "actor=roleless&outcome=refused").await;
    let told: Vec<_> = told.iter().map(|row| (row["action"].clone(), row["object"].clone())).collect();
    let expected = [("operation.read", format!("operation/{operation}")), ("app.read", format!("app/{app}"))];
    assert_eq!(told, expected.map(|(action, object)| (json!(action), json!(object))));
}

#[tokio::test]
async fn a_flood_of_looks_is_counted() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (tenant, mut owner) = site.tenant(&mut admin, MARK).await;
    let estate = estate(&site, &tenant, &mut owner, MARK).await;
    let (_, mut stranger) = site.tenant(&mut admin, "bank").await;
    for _ in 0..42 {
        assert_eq!(stranger.get(&format!("/api/v1/apps/{}", estate.app)).await.status, NOT_FOUND);
    }
    let query = "actor=bank-owner&outcome=refused";
    assert_eq!(rows(&mut stranger, query).await.len(), 10);
    site.clock.advance(MINUTE);
    let system = OpContext::system(site.parts.clock.clone());
    site.parts.db.close_refusals(&system, false).await.expect("closed");
    let told = rows(&mut stranger, query).await;
    assert_eq!(told.len(), 11);
    assert_eq!(told[0]["detail"], format!("and 32 more within a minute: app.read 32; app/{}", estate.app));
}

#[tokio::test]
async fn what_a_stream_reads_by_itself_leaves_nothing() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (tenant, mut owner) = site.tenant(&mut admin, MARK).await;
    site.tenant(&mut admin, "harbour").await;
    let estate = estate(&site, &tenant, &mut owner, MARK).await;
    let id = owner.get("/api/v1/session").await.json()["id"].as_str().expect("an id").to_owned();
    let id: AccountId = id.parse().expect("an id");
    let topics =
        [Topic::App(estate.app.parse().expect("an id")), Topic::Operation(estate.operation.parse().expect("an id"))];
    let mut query = form_urlencoded::Serializer::new(String::new());
    for topic in &topics {
        query.append_pair("t", &topic.to_string());
    }
    let path = format!("/api/v1/live?{}", query.finish());
    let (status, mut stream) = owner.open(&path).await;
    assert_eq!(status, StatusCode::OK);
    let mut said = String::new();
    let snapshots = async {
        while said.matches("\"snapshot\"").count() < topics.len() {
            let piece = stream.next().await.expect("it goes on").expect("bytes");
            said.push_str(&String::from_utf8_lossy(&piece));
        }
    };
    timeout(SOON, snapshots).await.expect("both are shown");

    // The account becomes one of another tenant; the stream finds out by itself, and so does one that is opened again.
    let harbour = "(SELECT id FROM tenants WHERE name = 'harbour')";
    site.sql(&format!("UPDATE accounts SET tenant_id = {harbour} WHERE username = '{MARK}-owner'")).await;
    site.parts.revocations.send(Revocation::Changed(id));
    let (_, again) = owner.open(&path).await;
    for mut stream in [stream, again] {
        let mut said = String::new();
        let end = async {
            while let Some(Ok(bytes)) = stream.next().await {
                said.push_str(&String::from_utf8_lossy(&bytes));
            }
        };
        timeout(SOON, end).await.expect("the stream ends");
        assert_eq!(said.matches("\"gone\"").count(), topics.len(), "{said}");
    }
    let refused = format!("outcome=refused&actor={MARK}-owner");
    assert!(rows(&mut admin, &refused).await.is_empty(), "nobody has tried anything");
    assert_eq!(owner.get(&format!("/api/v1/apps/{}", estate.app)).await.status, NOT_FOUND);
    assert_eq!(rows(&mut admin, &refused).await.len(), 1, "who asks has tried it");
}

async fn is_out(visitor: &mut Visitor) {
    let reply = visitor.get("/api/v1/apps").await;
    assert_eq!(reply.status, UNAUTHORIZED, "{}", reply.body);
}

#[tokio::test]
async fn a_session_that_is_over_and_still_kept_is_on_record() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let mut disabled = site.colleague(&mut owner, "shop-gone", "developer").await;
    let mut changed = site.colleague(&mut owner, "shop-dev", "developer").await;
    let (_, mut suspended) = site.tenant(&mut admin, "bank").await;
    let query = "action=session.use";
    assert!(rows(&mut admin, query).await.is_empty());

    // As when what ended the sessions could not reach where they are kept.
    for statement in [
        "UPDATE accounts SET disabled_at = 1 WHERE username = 'shop-gone'",
        "UPDATE accounts SET credential = id WHERE username = 'shop-dev'",
        "UPDATE tenants SET suspended_at = 1 WHERE name = 'bank'",
    ] {
        site.sql(statement).await;
    }
    site.clock.advance(FORGOTTEN);
    for visitor in [&mut disabled, &mut changed, &mut suspended] {
        is_out(visitor).await;
    }
    let told = rows(&mut admin, query).await;
    let told: Vec<_> = told
        .iter()
        .map(|row| {
            assert_eq!((&row["outcome"], &row["acting"]), (&json!("refused"), &json!("nobody")), "{row}");
            assert_eq!(row["object"], format!("account/{}", row["actor_name"].as_str().expect("a name")), "{row}");
            (row["actor_name"].as_str().expect("a name"), row["detail"].as_str().expect("why"))
        })
        .collect();
    let expected = [
        ("bank-owner", "the tenant is suspended"),
        ("shop-dev", "the password was changed after the session was opened"),
        ("shop-gone", "the account is disabled"),
    ];
    assert_eq!(told, expected);
    assert_eq!(rows(&mut owner, query).await.len(), 2, "its tenant is told");

    for _ in 0..30 {
        is_out(&mut changed).await;
    }
    assert_eq!(rows(&mut admin, &format!("{query}&actor=shop-dev")).await.len(), 10, "a flood is counted");
}

#[tokio::test]
async fn a_session_that_was_ended_leaves_nothing() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let mut left = owner.clone();
    assert_eq!(owner.delete("/api/v1/session").await.status, StatusCode::NO_CONTENT);
    is_out(&mut left).await;
    assert!(rows(&mut admin, "action=session.use").await.is_empty());
}
