//! For `make dev`, and in no release build: a page that another process has shown is loaded anew.

use std::{convert::Infallible, time::Duration};

use axum::{
    Router,
    extract::State,
    response::{
        IntoResponse,
        sse::{Event, Sse},
    },
    routing::get,
};
use futures::{StreamExt, stream};

use super::HttpState;

/// Adds `/dev`, a stream that says which process answers and ends with it, when the server is started to be worked on.
pub fn reloading(router: Router<HttpState>) -> Router<HttpState> {
    if app::shell::reloads() { router.route("/dev", get(watch)) } else { router }
}

async fn watch(State(state): State<HttpState>) -> impl IntoResponse {
    let process = Event::default().retry(Duration::from_millis(300)).data(std::process::id().to_string());
    let events = stream::once(std::future::ready(Ok::<_, Infallible>(process))).chain(stream::pending());
    Sse::new(events.take_until(state.stopping.cancelled_owned()))
}
