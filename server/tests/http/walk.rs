//! Every endpoint and server function there is, as the router lists them, each with its attempt, in the order in which
//! whoever walks over all of them tries.

use std::time::Duration;

use futures::StreamExt;
use http::Method;
use leptos::server_fn::axum::server_fn_paths;
use server::http::router::endpoints;
use tokio::time::timeout;

use crate::{
    attempts::{self, Attempt},
    same_for_all,
    seed::Estate,
    support::{Reply, Visitor},
};

/// How long a topic may take until its first message: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// One of them.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: Method,
    /// The path as the router has it: `/api/v1/apps/{id}`.
    pub route: String,
    pub attempt: Attempt,
    /// The arguments of a server function that is posted.
    form: Option<String>,
}

impl Asked {
    /// The method and the route.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.route)
    }

    /// Whether the REST API answers it.
    pub fn is_rest(&self) -> bool {
        self.route.starts_with("/api/v1/")
    }

    /// Tries it, and reads the answer to its end; of a stream the first message of each topic.
    pub async fn by(&self, who: &mut Visitor) -> Reply {
        if self.is_stream() {
            return self.begun_by(who).await;
        }
        match &self.form {
            Some(form) => who.submit(&self.attempt.path, form).await,
            None => who.ask(&self.method, &self.attempt.path, self.attempt.body.clone()).await,
        }
    }

    /// Whether it answers with a stream, which does not end by itself while there is something to watch.
    pub fn is_stream(&self) -> bool {
        self.route == "/api/v1/live"
    }

    async fn begun_by(&self, who: &mut Visitor) -> Reply {
        let (status, mut stream) = who.open(&self.attempt.path).await;
        let topics = self.attempt.path.matches("t=").count();
        let mut body = String::new();
        while !status.is_success() || (0..topics).any(|n| !body.contains(&format!("event: {n}\n"))) {
            let piece = timeout(PATIENCE, stream.next()).await.unwrap_or_else(|_| panic!("no more than {body}"));
            let Some(piece) = piece else { break };
            body.push_str(&String::from_utf8_lossy(&piece.expect("a piece")));
        }
        Reply {
            status,
            body,
            set_cookie: None,
            location: None,
            challenge: None,
            retry_after: None,
            tag: None,
            replayed: false,
        }
    }

    /// What ends sessions comes last: the others of one's own, then one's own.
    fn turn(&self) -> u8 {
        match self.route.as_str() {
            "/api/v1/sessions" if self.method == Method::DELETE => 1,
            "/api/sessions/revoke_other_sessions" => 1,
            "/api/v1/session" if self.method == Method::DELETE => 2,
            "/api/session/sign_out" => 3,
            _ => 0,
        }
    }
}

/// The server functions by their names: they come in no order, and what one changes is there for the next.
fn functions() -> Vec<(&'static str, Method)> {
    let mut all: Vec<_> = server_fn_paths().collect();
    // What is deleted cannot be changed any more.
    all.sort_by_key(|(path, _)| (path.ends_with("/delete_role"), *path));
    all
}

/// The attempts at all of them. Panics when one is missing in `attempts.rs`.
pub fn all(estate: &Estate) -> Vec<Asked> {
    let (mut all, mut missing) = (Vec::new(), Vec::new());
    for endpoint in endpoints() {
        let (method, route) = (endpoint.method, endpoint.path);
        let listed = attempts::rest(&method, &route, estate);
        match listed.or_else(|| same_for_all::rest(&method, &route)) {
            Some(attempt) => all.push(Asked { method, route, attempt, form: None }),
            None => missing.push(format!("{method} {route}")),
        }
    }
    for (route, method) in functions() {
        let for_anybody = || Some((same_for_all::function(&method, route)?, attempts::Expect::ForAnybody));
        let Some((arguments, expect)) = attempts::function(route, estate).or_else(for_anybody) else {
            missing.push(format!("{method} {route}"));
            continue;
        };
        let arguments = arguments.replace('[', "%5B").replace(']', "%5D");
        let (path, form) = if method == Method::GET {
            (format!("{route}?{arguments}"), None)
        } else {
            (route.to_owned(), Some(arguments))
        };
        all.push(Asked { method, route: route.to_owned(), attempt: Attempt { path, body: None, expect }, form });
    }
    assert!(missing.is_empty(), "give these an attempt in attempts.rs: {missing:#?}");
    all.sort_by_key(Asked::turn);
    all
}
