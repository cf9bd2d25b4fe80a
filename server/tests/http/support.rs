//! A site to knock at, and visitors that keep a cookie as a browser does.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use app::{
    api::Door,
    assets::{AssetUrls, Assets},
};
use axum::{Router, body::Body, extract::ConnectInfo};
use http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use server::{
    auth::{
        context::OpContext, crypto::Vault, passkeys::Sites, passwords::Passwords, replicas, revocations::Revocations,
        sessions::Sessions,
    },
    boot::Keepers,
    captcha::Question,
    clock::{Clock, Manual},
    config::{Config, RedisUrl},
    database::{Database, url::DatabaseUrl},
    http::{HttpState, live::StreamLimit, router::router},
    kubernetes::fleet::Fleet,
    openid::OpenId,
    operations::{Engine, Settings},
    registry::Registry,
    services::{Parts, captchas, first_start::first_start, platform::Doorkeeper, readiness::readiness},
};
use tokio_util::sync::{CancellationToken, DropGuard};
use tower::ServiceExt;

use crate::scratch::Scratch;

/// How long a replica of the tests waits until it hears the others.
const PATIENCE: Duration = Duration::from_secs(30);

/// A password that every account of these tests ends up with.
pub const PASSWORD: &str = "lantern orbit velvet cactus";

/// A server without a listener.
pub struct Site {
    pub router: Router,
    pub parts: Arc<Parts>,
    pub clock: Arc<Manual>,
    pub first_password: Option<String>,
    scratch: Arc<Scratch>,
    way: Way,
    pub stopping: DropGuard,
}

/// How a site is started, and another replica of it.
#[derive(Clone, Default)]
struct Way {
    redis: Option<String>,
    listed: Vec<String>,
    flags: Vec<String>,
}

impl Site {
    /// A new one, with an empty database.
    pub async fn start() -> Self {
        Self::start_with(None).await
    }

    /// A new one that keeps sessions in the Redis of this address, when there is one.
    pub async fn start_with(redis: Option<String>) -> Self {
        Self::start_by(&[], redis).await
    }

    /// The same with flags of the command line.
    pub async fn start_by(flags: &[&str], redis: Option<String>) -> Self {
        let flags = flags.iter().copied().map(str::to_owned).collect();
        let way = Way { redis, flags, ..Way::default() };
        Self::over(Scratch::new().await.into(), Manual::new(1_700_000_000_000), way).await
    }

    /// A new one that asks a registry on this machine by plain HTTP.
    pub async fn start_listing(registry: &str) -> Self {
        let way = Way { listed: vec![registry.to_owned()], ..Way::default() };
        Self::over(Scratch::new().await.into(), Manual::new(1_700_000_000_000), way).await
    }

    /// The same database and time under a new server.
    pub async fn restart(self) -> Self {
        let Self { router, parts, clock, scratch, way, .. } = self;
        drop((router, parts));
        Self::over(scratch, clock, way).await
    }

    /// A second replica beside this one. Start it once the administrator has signed in.
    pub async fn beside(&self) -> Self {
        Self::over(Arc::clone(&self.scratch), Arc::clone(&self.clock), self.way.clone()).await
    }

    /// Changes the database behind the server's back.
    pub async fn sql(&self, statement: &str) {
        use sea_orm::ConnectionTrait;
        let db = sea_orm::Database::connect(self.scratch.url()).await.expect("the database");
        assert!(db.execute_unprepared(statement).await.expect("a statement").rows_affected() > 0, "{statement}");
        db.close().await.expect("closed");
    }

    async fn over(scratch: Arc<Scratch>, manual: Arc<Manual>, way: Way) -> Self {
        // What the server warns of stands beside the test that failed by it.
        let log = tracing_subscriber::fmt().with_test_writer().with_max_level(tracing::Level::WARN);
        log.try_init().ok();
        let clock = Clock::from_source(Arc::<Manual>::clone(&manual));
        let url = DatabaseUrl::parse(scratch.url()).expect("a database's address");
        let db = Database::connect(&url).await.expect("a database");
        let vault = Vault::open_file(&scratch.folder().join("encryption.key"), clock.clone()).expect("a key");
        let fleet = Arc::new(Fleet::new(clock.clone()));
        let engine = Engine::new(db.clone(), vault.clone(), clock.clone(), Arc::clone(&fleet), Settings::default());
        let flags = std::iter::once("longshore").chain(way.flags.iter().map(String::as_str));
        let config = Config::read(flags.map(Into::into)).expect("flags that there are");
        let url = way.redis.clone().map(RedisUrl::from);
        let keepers = Keepers::new(&db, url.as_ref(), &config.limits, &clock).expect("an address");
        let (revocations, stopping) = (Revocations::default(), CancellationToken::new());
        // A busy machine may take longer than a server's start waits, and all streams ended when it caught up.
        replicas::connect(&revocations, &keepers.notices, clock.uuid(), PATIENCE, &stopping).await;
        let parts = Arc::new(Parts {
            db,
            vault,
            // The least that Argon2 allows: the tests are about the doors, not about the hash.
            passwords: Passwords::new(8, 1, clock.clone()).expect("allowed"),
            sites: Sites::new(Some("https://longshore.test")),
            sessions: Sessions::new(keepers.sessions, revocations.clone(), clock.clone(), &config.limits),
            attempts: keepers.attempts,
            notices: keepers.notices,
            redis: way.redis.is_some(),
            revocations,
            fleet,
            operations: Arc::new(engine),
            domains: server::services::Domains::default(),
            registry: Registry::new(&way.listed).expect("a client"),
            openid: OpenId::new(Some("http://longshore.test".into()), Duration::from_secs(1)).expect("a client"),
            clock: clock.clone(),
        });
        let first_password = first_start(&parts).await.expect("a first start");
        let asked = Arc::clone(&parts);
        let state = HttpState {
            door: Door(Arc::new(Doorkeeper::new(Arc::clone(&parts)))),
            assets: Assets(Arc::new(AssetUrls::default())),
            leptos: leptos::config::LeptosOptions::builder().output_name("longshore").build(),
            ready: Arc::new(move || {
                let parts = Arc::clone(&asked);
                Box::pin(async move { readiness(&parts).await })
            }),
            streams: StreamLimit::new(16),
            stopping: stopping.clone(),
        };
        let router = router(state, parts.sessions.layer(false), clock);
        Self { router, parts, clock: manual, first_password, scratch, way, stopping: stopping.drop_guard() }
    }

    /// The database's address, for another replica.
    pub fn database_url(&self) -> &str {
        self.scratch.url()
    }

    /// The data folder.
    pub fn folder(&self) -> &std::path::Path {
        self.scratch.folder()
    }

    /// Somebody who is not signed in.
    pub fn visitor(&self) -> Visitor {
        let address = ([10, 0, 0, 1], 40_000).into();
        Visitor { router: self.router.clone(), cookie: None, begun: None, address, token: None, headers: Vec::new() }
    }

    /// Somebody with a cookie that was taken from elsewhere.
    pub fn visitor_with(&self, cookie: &str) -> Visitor {
        Visitor { cookie: Some(cookie.to_owned()), ..self.visitor() }
    }

    /// A script with a token.
    pub fn script(&self, token: &str) -> Visitor {
        Visitor { token: Some(token.to_owned()), ..self.visitor() }
    }

    /// Signs in, changes the first password, and is ready to work.
    pub async fn member(&self, username: &str, first: &str) -> Visitor {
        let mut visitor = self.visitor();
        let signed_in = visitor.sign_in(username, first).await;
        assert_eq!(signed_in.status, StatusCode::CREATED, "{}", signed_in.body);
        let changed = visitor.change_password(first, PASSWORD).await;
        assert_eq!(changed.status, StatusCode::NO_CONTENT, "{}", changed.body);
        visitor
    }

    /// The platform's administrator.
    pub async fn admin(&self) -> Visitor {
        self.member("admin", self.first_password.as_deref().expect("the first start")).await
    }

    /// A tenant with an owner of the name `<tenant>-owner`; answers the tenant's id and the owner.
    pub async fn tenant(&self, admin: &mut Visitor, name: &str) -> (String, Visitor) {
        let owner = format!("{name}-owner");
        let made = admin.post("/api/v1/tenants", new_tenant(name, &owner)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        let id = made.json()["id"].as_str().expect("an id").to_owned();
        (id, self.member(&owner, "the very first password").await)
    }

    /// An account that its owner makes; ready to work.
    pub async fn colleague(&self, owner: &mut Visitor, username: &str, role: &str) -> Visitor {
        let made = owner.post("/api/v1/accounts", new_account(username, role)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        self.member(username, "the very first password").await
    }

    /// A captcha that a visitor has asked for: its id, and the question that only a person could read.
    pub async fn captcha(&self, visitor: &mut Visitor) -> (String, Question) {
        let made = visitor.post("/api/v1/session/captcha", json!({})).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        let id = made.json()["id"].as_str().expect("an id").to_owned();
        let ctx = OpContext::system(self.parts.clock.clone());
        let question = captchas::find(&self.parts, &ctx, &id).await.expect("the database answers");
        (id, question.expect("it was just made"))
    }

    /// Signs in and reads a captcha, as a person does after several failures.
    pub async fn sign_in_by_hand(&self, visitor: &mut Visitor, username: &str, password: &str) -> Reply {
        let (id, question) = self.captcha(visitor).await;
        let form = json!({
            "username": username, "password": password, "captcha_id": id, "captcha_answer": question.answers().0,
        });
        visitor.post("/api/v1/session", form).await
    }
}

/// The form of a new account, with a role in the whole tenant unless that is empty.
pub fn new_account(username: &str, role: &str) -> Value {
    json!({
        "username": username,
        "display_name": format!("Person {username}"),
        "roles": [{ "role": role }],
        "password": "the very first password",
    })
}

/// The form of a new tenant.
pub fn new_tenant(name: &str, owner: &str) -> Value {
    json!({ "name": name, "display_name": format!("Tenant {name}"), "owner": new_account(owner, "") })
}

/// Somebody with a browser.
#[derive(Clone)]
pub struct Visitor {
    pub router: Router,
    pub cookie: Option<String>,
    /// What was begun at an identity provider, sealed.
    pub begun: Option<String>,
    pub address: SocketAddr,
    /// Sent behind `Authorization: Bearer`.
    pub token: Option<String>,
    /// Further headers.
    pub headers: Vec<(header::HeaderName, &'static str)>,
}

/// What the server said.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub body: String,
    pub set_cookie: Option<String>,
    pub location: Option<String>,
    pub challenge: Option<String>,
    pub retry_after: Option<String>,
    pub tag: Option<String>,
    /// Whether it is the answer to an earlier request with the same key.
    pub replayed: bool,
}

impl Reply {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The names of the fields that are wrong.
    pub fn fields(&self) -> Vec<String> {
        let errors = self.json()["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|e| e["field"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

impl Visitor {
    pub async fn get(&mut self, path: &str) -> Reply {
        self.ask(&Method::GET, path, None).await
    }

    pub async fn post(&mut self, path: &str, body: Value) -> Reply {
        self.ask(&Method::POST, path, Some(body)).await
    }

    pub async fn put(&mut self, path: &str, body: Value) -> Reply {
        self.ask(&Method::PUT, path, Some(body)).await
    }

    pub async fn delete(&mut self, path: &str) -> Reply {
        self.ask(&Method::DELETE, path, None).await
    }

    pub async fn sign_in(&mut self, username: &str, password: &str) -> Reply {
        self.post("/api/v1/session", json!({ "username": username, "password": password })).await
    }

    pub async fn change_password(&mut self, current: &str, new: &str) -> Reply {
        let form = json!({ "current": current, "new": new, "repeat": new });
        self.ask(&Method::PUT, "/api/v1/session/password", Some(form)).await
    }

    /// With a JSON body or none.
    pub async fn ask(&mut self, method: &Method, path: &str, body: Option<Value>) -> Reply {
        let (kind, body) = match body {
            Some(json) => (Some("application/json"), Body::from(json.to_string())),
            None => (None, Body::empty()),
        };
        self.send(method, path, kind, body).await
    }

    /// With a form's body, as pages send it.
    pub async fn submit(&mut self, path: &str, form: &str) -> Reply {
        let kind = Some("application/x-www-form-urlencoded");
        self.send(&Method::POST, path, kind, Body::from(form.to_owned())).await
    }

    /// A stream of server-sent events that is open, piece by piece.
    pub async fn open(&mut self, path: &str) -> (StatusCode, axum::body::BodyDataStream) {
        let response = self.respond(self.request(&Method::GET, path), Body::empty()).await;
        (response.status(), response.into_body().into_data_stream())
    }

    /// The page that a browser without script shows after a form was posted from it.
    pub async fn page_after(&mut self, path: &str, form: &str, page: &str) -> Reply {
        let request = self
            .request(&Method::POST, path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "text/html")
            .header(header::REFERER, format!("http://longshore.test{page}"));
        let reply = self.answered(request, Body::from(form.to_owned())).await;
        let to = reply.location.clone().expect("it leads back to a page");
        let to = to.strip_prefix("http://longshore.test").unwrap_or(&to).to_owned();
        self.get(&to).await
    }

    fn request(&self, method: &Method, path: &str) -> http::request::Builder {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "longshore.test");
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, format!("longshore={cookie}"));
        }
        if let Some(begun) = &self.begun {
            request = request.header(header::COOKIE, format!("longshore-openid={begun}"));
        }
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in &self.headers {
            request = request.header(name, *value);
        }
        request
    }

    async fn respond(&self, request: http::request::Builder, body: Body) -> http::Response<Body> {
        let request = request.extension(ConnectInfo(self.address)).body(body).expect("a request");
        self.router.clone().oneshot(request).await.expect("a response")
    }

    async fn send(&mut self, method: &Method, path: &str, kind: Option<&str>, body: Body) -> Reply {
        let mut request = self.request(method, path);
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        self.answered(request, body).await
    }

    async fn answered(&mut self, request: http::request::Builder, body: Body) -> Reply {
        let (answer, body) = self.respond(request, body).await.into_parts();
        let status = answer.status;
        let header =
            |name| answer.headers.get(name).and_then(|v: &http::HeaderValue| Some(v.to_str().ok()?.to_owned()));
        let (location, challenge) = (header(header::LOCATION), header(header::WWW_AUTHENTICATE));
        let (retry_after, tag) = (header(header::RETRY_AFTER), header(header::ETAG));
        let set = || answer.headers.get_all(header::SET_COOKIE).iter().filter_map(|v| v.to_str().ok());
        let set_cookie = set().find(|c| !c.starts_with("longshore-openid=")).map(str::to_owned);
        if let Some(value) = set().find_map(|c| c.strip_prefix("longshore-openid=")) {
            let value = value.split(';').next().unwrap_or_default();
            self.begun = (!value.is_empty()).then(|| value.to_owned());
        }
        let replayed = answer.headers.contains_key("idempotent-replayed");
        if let Some(value) = set_cookie.as_deref().and_then(|c| c.strip_prefix("longshore=")) {
            let value = value.split(';').next().unwrap_or_default();
            self.cookie = (!value.is_empty()).then(|| value.to_owned());
        }
        let body = axum::body::to_bytes(body, 8 << 20).await.expect("a body");
        let body = String::from_utf8_lossy(&body).into_owned();
        Reply { status, body, set_cookie, location, challenge, retry_after, tag, replayed }
    }
}
