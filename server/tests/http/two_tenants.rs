//! A second tenant sees nothing of the first and changes nothing of it: every endpoint, every server function and
//! every page there is, as the router lists them. One that is new must be given its attempt in `attempts.rs`.

use std::collections::BTreeSet;

use http::{Method, StatusCode};
use leptos::server_fn::axum::server_fn_paths;
use serde_json::Value;
use server::http::router::{endpoints, page_routes};

use crate::{
    attempts::{self, Attempt, Expect},
    audit_changes::last_entry,
    exceptions::{DONE_WITHOUT_ENTRY, NOT_REFUSED_TO_READERS, TELL_OF_NOBODY},
    expected_statuses::{Seen, assert_as_expected},
    same_for_all::SAME_FOR_ALL,
    seed::{Estate, MARK, estate, token_form},
    support::{Reply, Site, Visitor},
    walk::{self, Asked},
    without_cluster::{ASK_A_CLUSTER, asks_a_cluster, is_fault},
};

/// The site owns the database's folder: whoever takes the world apart keeps it.
struct World {
    site: Site,
    admin: Visitor,
    first: Visitor,
    second: Visitor,
    estate: Estate,
}

/// A first tenant that has everything, and a second one that has as much.
async fn world() -> World {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (id, mut first) = site.tenant(&mut admin, MARK).await;
    let (other, mut second) = site.tenant(&mut admin, "harbour").await;
    let estate = estate(&site, &id, &mut first, MARK).await;
    crate::seed::estate(&site, &other, &mut second, "harbour").await;
    World { site, admin, first, second, estate }
}

fn is_right(expect: Expect, reply: &Reply) -> bool {
    let status = reply.status.as_u16();
    let fitting = match expect {
        Expect::Hidden | Expect::HiddenFromTenants | Expect::NothingOfOnes => status == 404,
        Expect::Refused => status == 403,
        Expect::Own => (200..300).contains(&status),
        Expect::NoSuchChoice => status == 404 || status == 422,
        Expect::NothingThere => status == 409,
        Expect::NotBegun => status == 401,
        Expect::ForAnybody => status < 500,
    };
    fitting && !reply.body.contains(MARK)
}

/// What the first tenant sees of its own, to compare before and after.
async fn everything(visitor: &mut Visitor, estate: &Estate) -> Vec<Value> {
    let Estate { namespace, template, app, operation, .. } = estate;
    let mut seen = Vec::new();
    for path in [
        "/api/v1/accounts".to_owned(),
        "/api/v1/roles".to_owned(),
        "/api/v1/namespaces".to_owned(),
        "/api/v1/templates".to_owned(),
        "/api/v1/apps".to_owned(),
        "/api/v1/operations".to_owned(),
        "/api/v1/links".to_owned(),
        format!("/api/v1/namespaces/{namespace}"),
        format!("/api/v1/templates/{template}"),
        format!("/api/v1/apps/{app}"),
        format!("/api/v1/apps/{app}/record"),
        format!("/api/v1/apps/{app}/releases"),
        format!("/api/v1/apps/{app}/releases/1"),
        format!("/api/v1/operations/{operation}"),
    ] {
        let reply = visitor.get(&path).await;
        assert_eq!(reply.status, StatusCode::OK, "the first tenant's own {path}: {}", reply.body);
        assert!(reply.body.contains(MARK), "the first tenant's own {path} says nothing of it: {}", reply.body);
        seen.push(reply.json());
    }
    seen
}

#[tokio::test]
async fn another_tenant_gets_nothing_by_any_address() {
    let World { site: _site, mut first, mut second, estate, .. } = world().await;
    let before = everything(&mut first, &estate).await;
    let (mut wrong, mut seen) = (Vec::new(), Seen::by("other"));
    for asked in walk::all(&estate) {
        let reply = asked.by(&mut second).await;
        seen.note(&asked, &reply);
        let expect = asked.attempt.expect;
        if !is_right(expect, &reply) {
            wrong.push(format!("{}: {expect:?}, but {} {}", asked.name(), reply.status, reply.body));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(before, everything(&mut first, &estate).await, "nothing has changed");
    assert_as_expected(&[seen]);
}

#[tokio::test]
async fn another_tenants_page_is_a_page_about_nothing() {
    let World { site: _site, mut first, mut second, estate, .. } = world().await;
    let mut pages = 0;
    for listing in page_routes() {
        let path = attempts::page(listing.path(), &estate);
        let reply = second.get(&path).await;
        // The address itself stands in the page; a node's name is a part of it.
        let body = reply.body.replace(&format!("{MARK}-node"), "");
        assert!(!body.contains(MARK), "{path} tells of the other tenant: {body}");
        assert!(reply.status.as_u16() < 500, "{path}: {}", reply.status);
        pages += 1;
    }
    assert!(pages > 20, "{pages} pages");
    for path in [format!("/apps/{}", estate.app), format!("/templates/{}", estate.template)] {
        assert!(first.get(&path).await.body.contains(MARK), "its own people see {path}");
    }
}

/// What is answered to anybody: that nobody is signed in, and how one could sign in.
fn tells_of_nobody(asked: &Asked, reply: &Reply) -> bool {
    match asked.name().as_str() {
        "POST /api/session/viewer" | "POST /api/session/awaits_code" => reply.body == "null",
        "POST /api/session/offers_passkeys" => reply.body == "true",
        // Whoever begins to sign in by a passkey is told of no account, and of no passkey.
        "POST /api/v1/session/passkey" | "POST /api/session/begin_passkey_sign_in" => {
            reply.status.is_success() && reply.body.contains(r#""allowCredentials":[]"#)
        }
        _ => false,
    }
}

#[tokio::test]
async fn who_is_not_signed_in_gets_nothing() {
    let World { site, estate, .. } = world().await;
    let (mut seen, mut telling) = (Seen::by("nobody"), BTreeSet::new());
    for asked in walk::all(&estate) {
        let reply = asked.by(&mut site.visitor()).await;
        seen.note(&asked, &reply);
        if asked.attempt.expect == Expect::ForAnybody || reply.status == StatusCode::UNAUTHORIZED {
            continue;
        }
        assert!(tells_of_nobody(&asked, &reply), "{}: {} {}", asked.name(), reply.status, reply.body);
        telling.insert(asked.name());
    }
    let telling: Vec<String> = telling.into_iter().collect();
    assert_eq!(telling, TELL_OF_NOBODY, "no exception may be added or exchanged");
    assert_as_expected(&[seen]);
}

#[tokio::test]
async fn a_reader_of_the_tenant_changes_nothing() {
    let World { site, mut first, estate, .. } = world().await;
    let mut reader = site.colleague(&mut first, "quiet-reader", "viewer").await;
    let before = everything(&mut first, &estate).await;
    let mut not_refused = BTreeSet::new();
    for asked in walk::all(&estate) {
        if asked.method == Method::GET || asked.attempt.expect == Expect::ForAnybody {
            continue;
        }
        let reply = asked.by(&mut reader).await;
        // Who may not see accounts is not told whether there is one.
        let unseen = reply.status == StatusCode::NOT_FOUND && reply_is_about_an_account(&asked.attempt.path);
        if !unseen && reply.status != StatusCode::FORBIDDEN {
            not_refused.insert(asked.name());
        }
    }
    let not_refused: Vec<String> = not_refused.into_iter().collect();
    assert_eq!(not_refused, NOT_REFUSED_TO_READERS, "the rest is not for readers");
    assert_eq!(before, everything(&mut first, &estate).await);
}

fn reply_is_about_an_account(path: &str) -> bool {
    ["/api/v1/accounts/", "/api/v1/tokens/", "/api/tokens/"].iter().any(|start| path.starts_with(start))
        || path.starts_with("/api/accounts/")
        || path.ends_with("bind")
        || path.ends_with("create_link")
}

/// What a token answers to, at every endpoint: `/api/v1` and nothing else takes it.
async fn walk_by_token(
    site: &Site,
    token: &str,
    estate: &Estate,
    mut seen: Seen,
    right: impl Fn(&Attempt, &Reply) -> bool,
) {
    let mut wrong = Vec::new();
    for (i, asked) in walk::all(estate).into_iter().enumerate() {
        // From an address each, so that the limit of wrong tokens is not what answers.
        let host = u8::try_from(i % 250).expect("small");
        let net = u8::try_from(i / 250).expect("small");
        let mut script = Visitor { address: ([10, 9, net, host], 40_000).into(), ..site.script(token) };
        let reply = asked.by(&mut script).await;
        seen.note(&asked, &reply);
        let is_right = if asked.attempt.expect == Expect::ForAnybody || asked.is_stream() {
            reply.status.as_u16() < 500
        } else if asked.is_rest() {
            right(&asked.attempt, &reply)
        } else {
            reply.status == StatusCode::UNAUTHORIZED || tells_of_nobody(&asked, &reply)
        };
        if !is_right {
            wrong.push(format!("{}: {} {}", asked.name(), reply.status, reply.body));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_as_expected(&[seen]);
}

#[tokio::test]
async fn an_expired_token_gets_nothing() {
    let World { site, mut first, estate, .. } = world().await;
    let made = first.post("/api/v1/tokens", token_form("night", &["app.read", "app.delete"], &[])).await;
    let token = made.json()["token"].as_str().expect("a token").to_owned();
    assert_eq!(site.script(&token).get("/api/v1/apps").await.status, StatusCode::OK);
    site.clock.advance(30 * 24 * 60 * 60 * 1000);
    walk_by_token(&site, &token, &estate, Seen::by("expired"), |_, reply| {
        let challenge = reply.challenge.as_deref().is_some_and(|c| c.contains("invalid_token"));
        reply.status == StatusCode::UNAUTHORIZED && challenge && reply.body.contains("expired")
    })
    .await;
}

#[tokio::test]
async fn a_token_limited_to_one_app_reads_that_and_changes_nothing() {
    let World { site, mut first, estate, .. } = world().await;
    let app = format!("app/{}", estate.app);
    let form = token_form("app", &["app.read", "namespace.read", "template.read"], std::slice::from_ref(&app));
    let made = first.post("/api/v1/tokens", form).await;
    let token = made.json()["token"].as_str().expect("a token").to_owned();
    let before = everything(&mut first, &estate).await;
    let of_app = format!("/api/v1/apps/{}", estate.app);
    let operation = format!("/api/v1/operations/{}", estate.operation);
    let right = |attempt: &Attempt, reply: &Reply| {
        let path = attempt.path.split('?').next().unwrap_or_default();
        let expected: &[u16] = match path {
            // The app itself, and what would become of it. Nobody has connected its cluster.
            p if p == of_app && attempt.body.is_none() && !attempt.path.contains("confirm") => &[200],
            p if p == operation || p.ends_with("/releases/1") || p.contains("/compare/") => &[200],
            p if p.starts_with(&of_app) && (p.ends_with("/releases") || p.ends_with("/record")) => &[200],
            p if p.ends_with("/releases/1/rollback") && attempt.body.is_none() => &[200],
            p if p.contains("/apps/specification") => &[200],
            // It does not run to its end; and nobody has connected its cluster.
            p if p.ends_with("/runs") && attempt.body.is_none() => &[404, 503],
            p if p.ends_with("/network") || p.ends_with("/storage") => &[200, 503],
            p if p.ends_with("/usage") => &[200],
            p if p.ends_with("/apps/fit") || p.ends_with("/deletion") => &[503],
            // Its release is under way.
            p if p.ends_with("/drift") => &[409],
            // Who it is, and lists that are cut to what it may see.
            "/api/v1/session"
            | "/api/v1/access/own"
            | "/api/v1/apps"
            | "/api/v1/deleted-apps"
            | "/api/v1/operations"
            | "/api/v1/namespaces"
            | "/api/v1/templates"
            | "/api/v1/search"
            | "/api/v1/openapi.json"
                if attempt.body.is_none() =>
            {
                &[200]
            }
            p if p.starts_with("/api/v1/templates/") && attempt.body.is_none() => &[200],
            // What the account may do and the token is not for, and all the rest.
            _ => &[403, 404, 422],
        };
        expected.contains(&reply.status.as_u16())
    };
    walk_by_token(&site, &token, &estate, Seen::by("app-token"), right).await;
    assert_eq!(before, everything(&mut first, &estate).await, "nothing has changed");
}

/// Tries what may change something, and names it when it succeeds without an entry in the audit trail, which `watcher` reads.
async fn on_record(
    asked: &Asked,
    who: &mut Visitor,
    watcher: &mut Visitor,
    unrecorded: &mut BTreeSet<String>,
) -> Reply {
    if asked.method == Method::GET {
        return asked.by(who).await;
    }
    let before = last_entry(watcher, "").await;
    let reply = asked.by(who).await;
    if reply.status.is_success() && last_entry(watcher, "").await == before {
        unrecorded.insert(asked.name());
    }
    reply
}

#[tokio::test]
async fn the_attempts_would_succeed_for_the_tenant_itself() {
    let World { site: _site, mut admin, mut first, estate, .. } = world().await;
    let (mut wrong, mut unavailable) = (Vec::new(), BTreeSet::new());
    let (mut watcher, mut unrecorded) = (admin.clone(), BTreeSet::new());
    let (mut owner, mut platform) = (Seen::by("owner"), Seen::by("platform"));
    for asked in walk::all(&estate) {
        let mut reply = on_record(&asked, &mut first, &mut watcher, &mut unrecorded).await;
        owner.note(&asked, &reply);
        match asked.attempt.expect {
            Expect::Own | Expect::NothingOfOnes | Expect::ForAnybody => continue,
            Expect::Refused | Expect::HiddenFromTenants => {
                reply = on_record(&asked, &mut admin, &mut watcher, &mut unrecorded).await;
                platform.note(&asked, &reply);
            }
            Expect::Hidden | Expect::NoSuchChoice | Expect::NothingThere | Expect::NotBegun => {}
        }
        let fault = is_fault(&asked.method, &asked.attempt.path, reply.status);
        if fault || matches!(reply.status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN) {
            wrong.push(format!("{}: {} {}", asked.name(), reply.status, reply.body));
        }
        if reply.status == StatusCode::SERVICE_UNAVAILABLE {
            unavailable.extend(asks_a_cluster(&asked.method, &asked.attempt.path));
        }
    }
    assert!(wrong.is_empty(), "these prove nothing, because they fail for those who may: {wrong:#?}");
    assert_eq!(unavailable, BTreeSet::from(ASK_A_CLUSTER), "what does not ask a cluster is not excused");
    let unrecorded: Vec<String> = unrecorded.into_iter().collect();
    assert_eq!(unrecorded, DONE_WITHOUT_ENTRY, "whatever changes something is on record");
    assert_as_expected(&[owner, platform]);
}

/// What may be the same for all. Whatever goes from `same_for_all.rs` goes from here; nothing comes.
const EXCEPTIONS: [&str; 16] = [
    "DELETE /api/v1/session",
    "GET /api/links/get_registration",
    "GET /api/session/offered_providers",
    "GET /api/v1/registration",
    "GET /api/v1/session/captcha/{file}",
    "POST /api/links/follow_link",
    "POST /api/links/look_at_link",
    "POST /api/links/register",
    "POST /api/session/new_captcha",
    "POST /api/session/sign_in",
    "POST /api/session/sign_out",
    "POST /api/v1/links/follow",
    "POST /api/v1/links/look",
    "POST /api/v1/registration",
    "POST /api/v1/session",
    "POST /api/v1/session/captcha",
];

#[test]
fn the_list_of_exceptions_only_shrinks() {
    let there: BTreeSet<String> = endpoints()
        .into_iter()
        .map(|e| format!("{} {}", e.method, e.path))
        .chain(server_fn_paths().map(|(path, method)| format!("{method} {path}")))
        .collect();
    assert_eq!(BTreeSet::from(SAME_FOR_ALL), BTreeSet::from(EXCEPTIONS), "no exception may be added or exchanged");
    assert!(SAME_FOR_ALL.iter().all(|e| there.contains(*e)), "an exception that is no more must go");
    assert!(server_fn_paths().count() > 30, "the server functions are linked in");
}
