//! A tenant that is suspended by the platform's administrator: what its people and their scripts have open ends within a
//! second, nothing new is let in, and afterwards it goes on.

use std::time::Duration;

use app::model::{AppQuery, Topic};
use axum::body::BodyDataStream;
use futures::{StreamExt, future::join_all};
use http::{Method, StatusCode};
use serde_json::json;
use tokio::time::timeout;

use crate::{
    seed::{Estate, estate, token_form},
    support::{PASSWORD, Site, Visitor},
};

const OK: StatusCode = StatusCode::OK;
const CREATED: StatusCode = StatusCode::CREATED;
const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;
/// How soon everything has to be over.
const AT_ONCE: Duration = Duration::from_secs(1);
/// Far more than a first message takes: the machine may be busy.
const SOON: Duration = Duration::from_secs(20);

fn live(topic: &Topic) -> String {
    let topic: String = form_urlencoded::byte_serialize(topic.to_string().as_bytes()).collect();
    format!("/api/v1/live?t={topic}")
}

/// A stream that has sent its first message.
async fn opened(who: &Visitor, live: &str) -> BodyDataStream {
    let (status, mut stream) = who.clone().open(live).await;
    assert_eq!(status, OK);
    assert!(timeout(SOON, stream.next()).await.expect("in time").is_some(), "the first message");
    stream
}

async fn to_its_end(mut stream: BodyDataStream) {
    while stream.next().await.is_some() {}
}

async fn make_token(who: &mut Visitor, path: &str) -> String {
    let made = who.post(path, token_form("night", &["app.read"], &[])).await;
    assert_eq!(made.status, CREATED, "{}", made.body);
    made.json()["token"].as_str().expect("a token").to_owned()
}

/// A developer's session and token, and a service account's token, with what each has open.
struct AtWork {
    who: Vec<Visitor>,
    live: String,
}

impl AtWork {
    async fn new(site: &Site, owner: &mut Visitor, estate: &Estate) -> Self {
        let mut developer = site.colleague(owner, "shop-dev", "developer").await;
        let Estate { app, service, .. } = estate;
        let bound = json!({ "role": "viewer", "scope": format!("app/{app}") });
        let bound = owner.post(&format!("/api/v1/accounts/{service}/bindings"), bound).await;
        assert_eq!(bound.status, CREATED, "{}", bound.body);
        let own = make_token(&mut developer, "/api/v1/tokens").await;
        let services = make_token(owner, &format!("/api/v1/accounts/{service}/tokens")).await;
        let live = live(&Topic::App(app.parse().expect("an id")));
        Self { who: vec![developer, site.script(&own), site.script(&services)], live }
    }

    async fn streams(&self) -> Vec<BodyDataStream> {
        join_all(self.who.iter().map(|who| opened(who, &self.live))).await
    }

    /// What each is answered to a read and to a stream.
    async fn answers(&self, path: &str) -> Vec<(StatusCode, StatusCode)> {
        let mut answers = Vec::new();
        for who in &self.who {
            let (read, stream) = (who.clone().get(path).await.status, who.clone().open(&self.live).await.0);
            answers.push((read, stream));
        }
        answers
    }
}

#[tokio::test]
async fn a_suspension_ends_sessions_and_tokens_with_their_streams_and_both_come_back() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let (_, banker) = site.tenant(&mut admin, "bank").await;
    let estate = estate(&site, &shop, &mut owner, "shop").await;
    let at_work = AtWork::new(&site, &mut owner, &estate).await;
    let app = format!("/api/v1/apps/{}", estate.app);
    assert_eq!(at_work.answers(&app).await, [(OK, OK); 3]);
    let streams = at_work.streams().await;
    let mut others = opened(&banker, &live(&Topic::Apps(AppQuery::default()))).await;

    let suspended = format!("/api/v1/tenants/{shop}/suspended");
    let done = admin.ask(&Method::PUT, &suspended, Some(json!({ "reason": "Unpaid since March" }))).await;
    assert_eq!(done.status, OK, "{}", done.body);
    let ended = timeout(AT_ONCE, join_all(streams.into_iter().map(to_its_end))).await;
    assert!(ended.is_ok(), "a stream goes on");
    assert_eq!(at_work.answers(&app).await, [(UNAUTHORIZED, UNAUTHORIZED); 3]);
    assert_eq!(site.visitor().sign_in("shop-dev", PASSWORD).await.status, StatusCode::FORBIDDEN);
    assert!(timeout(Duration::from_millis(50), others.next()).await.is_err(), "nobody else's stream ends");
    // What was remembered of them a moment ago is no way in later either.
    site.clock.advance(60_000);
    assert_eq!(at_work.answers(&app).await, [(UNAUTHORIZED, UNAUTHORIZED); 3]);

    let resumed = admin.delete(&suspended).await;
    assert_eq!(resumed.status, OK, "{}", resumed.body);
    let again = [(UNAUTHORIZED, UNAUTHORIZED), (OK, OK), (OK, OK)];
    assert_eq!(at_work.answers(&app).await, again, "tokens go on, and an old session stays over");
    let mut developer = site.visitor();
    assert_eq!(developer.sign_in("shop-dev", PASSWORD).await.status, CREATED);
    assert_eq!(developer.get(&app).await.status, OK);
    drop(opened(&developer, &at_work.live).await);
}
