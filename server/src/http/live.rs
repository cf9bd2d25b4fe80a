//! `GET /api/v1/live?t=TOPIC&t=TOPIC`: one stream of server-sent events for a tab.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use app::{
    ErrorKind, UiError,
    model::{AccountId, LiveMessage, MAX_TOPICS, Topic},
    text,
};
use axum::{
    extract::{RawQuery, State},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{Stream, StreamExt, stream};
use http::HeaderName;

use super::{Caller, HttpState, problem::Problem};
use crate::measures;

/// How many streams an account may have open.
#[derive(Clone, Debug)]
pub struct StreamLimit {
    most: u32,
    open: Arc<Mutex<HashMap<AccountId, u32>>>,
}

impl StreamLimit {
    /// At most `most` streams an account.
    pub fn new(most: u32) -> Self {
        Self { most, open: Arc::default() }
    }

    /// A place, given back when it is dropped; `None` when all are taken.
    fn take(&self, account: AccountId) -> Option<Place> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(account).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        measures::stream_opened();
        Some(Place { limit: self.clone(), account })
    }
}

/// A stream's place among the open ones.
struct Place {
    limit: StreamLimit,
    account: AccountId,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.limit.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.account) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.account);
            }
        }
        measures::stream_ended();
    }
}

/// The topics of a query; fails on one that cannot be read, and on too many.
fn topics(query: &str) -> Result<Vec<Topic>, UiError> {
    let topics = form_urlencoded::parse(query.as_bytes())
        .filter(|(key, _)| key == "t")
        .map(|(_, value)| {
            value
                .parse()
                .map_err(|e| UiError::invalid_field("t", text!("A topic cannot be read: {e}", "无法解析主题：{e}")))
        })
        .collect::<Result<Vec<Topic>, _>>()?;
    if topics.is_empty() || topics.len() > MAX_TOPICS {
        return Err(UiError::invalid_field(
            "t",
            text!("Ask for 1 to {MAX_TOPICS} topics.", "请指定 1 到 {MAX_TOPICS} 个主题。"),
        ));
    }
    Ok(topics)
}

/// Streams the topics' messages until the session ends, the reader goes or the server stops. A topic that the
/// account may not see, or that does not exist, says that it is gone.
pub async fn watch(
    State(state): State<HttpState>,
    Caller(session): Caller,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let topics = topics(query.as_deref().unwrap_or_default())?;
    let place = state.streams.take(session.viewer().id).ok_or_else(|| {
        UiError::new(
            ErrorKind::Unavailable,
            text!(
                "Too many live pages are open in this account; close some tabs.",
                "此账号打开的实时页面过多，请关闭一些标签页。"
            ),
        )
    })?;
    let mut streams: Vec<_> = Vec::with_capacity(topics.len());
    for (i, topic) in topics.into_iter().enumerate() {
        let messages: std::pin::Pin<Box<dyn Stream<Item = LiveMessage> + Send>> =
            match session.live().watch(topic).await {
                Ok(messages) => messages,
                Err(error) if error.kind == ErrorKind::SignedOut => return Err(error.into()),
                Err(_) => Box::pin(stream::once(std::future::ready(LiveMessage::Gone {}))),
            };
        streams.push(messages.map(move |message| (i, message)));
    }
    let events = stream::select_all(streams)
        .filter_map(|(i, message)| {
            std::future::ready(Event::default().event(i.to_string()).json_data(message).ok().map(Ok::<_, Infallible>))
        })
        .take_until(state.stopping.cancelled_owned())
        .inspect(move |_| {
            // The stream owns its place.
            let _ = &place;
        });
    let stream = Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)));
    Ok(([(HeaderName::from_static("x-accel-buffering"), "no")], stream).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_read_from_the_query() {
        let topic = Topic::Cluster(app::model::ClusterId(uuid::Uuid::nil()));
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("t", &topic.to_string()).finish();
        assert_eq!(topics(&query).expect("valid"), [topic]);
        assert!(topics("").is_err());
        assert!(topics("t=nonsense").is_err());
        assert!(topics(&vec![query; MAX_TOPICS + 1].join("&")).is_err());
    }

    #[test]
    fn places_are_given_back() {
        let limit = StreamLimit::new(1);
        let account = AccountId(uuid::Uuid::nil());
        let place = limit.take(account);
        assert!(place.is_some());
        assert!(limit.take(account).is_none());
        drop(place);
        assert!(limit.take(account).is_some());
    }
}
