//! Live values: what a page has loaded, kept up to date by the tab's one stream.
//!
//! A view calls [`page`] or [`value`] with what it has loaded; in the browser this subscribes to the topic for as
//! long as the view lives. All subscriptions of a tab share one `EventSource`, opened anew when they change. On the
//! server the loaded value is returned as it is.

use leptos::prelude::*;
use serde::de::DeserializeOwned;

use crate::model::{Keyed, LiveMessage, Page, RawJson, Topic};

/// How the tab's stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// Nothing is watched, or the stream is being opened.
    Connecting,
    /// What is shown is live.
    Live,
    /// The stream has broken; it is tried again by itself.
    Lost,
    /// The stream has ended because nobody is signed in any more.
    SignedOut,
    /// The stream is well, but the cluster behind it does not answer: what is shown may be old.
    Stale,
}

/// Makes the tab's stream available to all pages. Called once, by the application.
pub fn provide_live() {
    provide_context(ConnectionSignal(RwSignal::new(Connection::Connecting)));
}

#[derive(Clone, Copy)]
struct ConnectionSignal(RwSignal<Connection>);

/// How the tab's stream is now.
pub fn connection() -> Signal<Connection> {
    use_context::<ConnectionSignal>().map_or_else(|| Signal::stored(Connection::Connecting), |c| c.0.into())
}

/// A page of a list, live: rows that change are replaced in place.
pub fn page<T>(topic: Topic, initial: Page<T>) -> ReadSignal<Page<T>>
where
    T: Keyed + Clone + PartialEq + DeserializeOwned + Send + Sync + 'static,
{
    let (read, write) = signal(initial);
    subscribe(topic, move |message| {
        let next = read.with_untracked(|page| apply_to_page(page, message));
        if let Some(next) = next
            && read.with_untracked(|page| *page != next)
        {
            write.set(next);
        }
    });
    read
}

/// One thing, live.
pub fn value<T>(topic: Topic, initial: T) -> ReadSignal<T>
where
    T: Clone + PartialEq + DeserializeOwned + Send + Sync + 'static,
{
    let (read, write) = signal(initial);
    subscribe(topic, move |message| {
        if let LiveMessage::Snapshot { value } = message
            && let Some(next) = value.read::<T>()
            && read.with_untracked(|now| *now != next)
        {
            write.set(next);
        }
    });
    read
}

/// The page after a message; `None` when the message changes nothing or does not belong to it.
fn apply_to_page<T: Keyed + Clone + DeserializeOwned>(page: &Page<T>, message: LiveMessage) -> Option<Page<T>> {
    match message {
        LiveMessage::Snapshot { value } => value.read(),
        LiveMessage::Delta { total, keys, rows } => {
            let fresh: Vec<T> = rows.iter().map(RawJson::read).collect::<Option<_>>()?;
            let rows = keys
                .iter()
                .map(|key| fresh.iter().chain(&page.rows).find(|row| row.key() == *key).cloned())
                .collect::<Option<Vec<T>>>()?;
            Some(Page { rows, total, page: page.page, per_page: page.per_page })
        }
        LiveMessage::Gone {} | LiveMessage::Stale { .. } => None,
    }
}

/// Which of a stream's topics have a cluster behind them that does not answer, by their place in it.
#[derive(Default)]
#[cfg(any(test, feature = "hydrate"))]
struct StaleTopics(std::collections::BTreeSet<usize>);

#[cfg(any(test, feature = "hydrate"))]
impl StaleTopics {
    /// How the stream is after a message of a topic. What another topic has to tell does not make a stale one live: a
    /// cluster's own row goes on changing while its nodes cannot be watched.
    fn after(&mut self, topic: usize, message: &LiveMessage) -> Connection {
        match message {
            LiveMessage::Stale { stale: true } => _ = self.0.insert(topic),
            LiveMessage::Stale { stale: false } | LiveMessage::Gone {} => _ = self.0.remove(&topic),
            LiveMessage::Snapshot { .. } | LiveMessage::Delta { .. } => {}
        }
        if self.0.is_empty() { Connection::Live } else { Connection::Stale }
    }
}

#[cfg(not(feature = "hydrate"))]
fn subscribe(_topic: Topic, _on_message: impl Fn(LiveMessage) + 'static) {}

#[cfg(feature = "hydrate")]
fn subscribe(topic: Topic, on_message: impl Fn(LiveMessage) + 'static) {
    let connection = use_context::<ConnectionSignal>();
    let on_message = StoredValue::new_local(on_message);
    Effect::new(move |_| {
        let id = hub::add(&topic, connection.map(|c| c.0), move |message| {
            on_message.try_with_value(|f| f(message));
        });
        on_cleanup(move || hub::remove(id));
    });
}

#[cfg(feature = "hydrate")]
mod hub {
    //! The stream itself. The browser has one thread, so its state is thread-local.

    use std::{cell::RefCell, rc::Rc, time::Duration};

    use futures::{
        StreamExt,
        future::{AbortHandle, abortable},
        stream::select_all,
    };
    use gloo_net::eventsource::{State, futures::EventSource};
    use leptos::{
        prelude::{RwSignal, Set, set_timeout},
        task::spawn_local,
    };

    use super::{Connection, StaleTopics};
    use crate::{
        api::session::current_viewer,
        model::{LiveMessage, MAX_TOPICS, Topic},
    };

    /// What is done with a topic's messages.
    type OnMessage = Rc<dyn Fn(LiveMessage)>;

    struct Subscription {
        id: u64,
        topic: String,
        on_message: OnMessage,
    }

    #[derive(Default)]
    struct Hub {
        subscriptions: Vec<Subscription>,
        connection: Option<RwSignal<Connection>>,
        last_id: u64,
        /// Ends the stream that is open.
        open: Option<AbortHandle>,
        scheduled: bool,
        failures: u32,
    }

    thread_local! {
        static HUB: RefCell<Hub> = RefCell::default();
    }

    pub(super) fn add(
        topic: &Topic,
        connection: Option<RwSignal<Connection>>,
        on_message: impl Fn(LiveMessage) + 'static,
    ) -> u64 {
        let id = HUB.with_borrow_mut(|hub| {
            hub.last_id += 1;
            hub.connection = connection.or(hub.connection);
            let id = hub.last_id;
            hub.subscriptions.push(Subscription { id, topic: topic.to_string(), on_message: Rc::new(on_message) });
            id
        });
        schedule(Duration::ZERO);
        id
    }

    pub(super) fn remove(id: u64) {
        HUB.with_borrow_mut(|hub| hub.subscriptions.retain(|s| s.id != id));
        schedule(Duration::ZERO);
    }

    /// Opens the stream anew, once for all changes that are made in the same turn.
    fn schedule(after: Duration) {
        let first = HUB.with_borrow_mut(|hub| !std::mem::replace(&mut hub.scheduled, true));
        if first {
            set_timeout(open, after);
        }
    }

    fn say(connection: Connection) {
        if let Some(signal) = HUB.with_borrow(|hub| hub.connection) {
            signal.set(connection);
        }
    }

    fn open() {
        let topics = HUB.with_borrow_mut(|hub| {
            hub.scheduled = false;
            if let Some(stream) = hub.open.take() {
                stream.abort();
            }
            let subscriptions = hub.subscriptions.iter().take(MAX_TOPICS);
            subscriptions.map(|s| (s.topic.clone(), Rc::clone(&s.on_message))).collect::<Vec<_>>()
        });
        if topics.is_empty() {
            return;
        }
        let (stream, handle) = abortable(run(topics));
        HUB.with_borrow_mut(|hub| hub.open = Some(handle));
        spawn_local(async move {
            // An error says that another stream took this one's place.
            if stream.await.is_ok() {
                let failures = HUB.with_borrow_mut(|hub| {
                    hub.failures = hub.failures.saturating_add(1);
                    hub.failures
                });
                // A stream does not say why it is refused.
                if let Ok(None) = current_viewer().await {
                    say(Connection::SignedOut);
                    return;
                }
                schedule(Duration::from_millis(500 << failures.min(5)));
            }
        });
    }

    /// Reads one stream until it ends.
    async fn run(topics: Vec<(String, OnMessage)>) {
        let query: Vec<String> =
            topics.iter().map(|(t, _)| format!("t={}", String::from(js_sys::encode_uri_component(t)))).collect();
        let Ok(mut source) = EventSource::new(&format!("/api/v1/live?{}", query.join("&"))) else {
            say(Connection::Lost);
            return;
        };
        let streams = (0..topics.len())
            .filter_map(|i| source.subscribe(i.to_string()).ok().map(|s| s.map(move |message| (i, message))))
            .collect::<Vec<_>>();
        let mut messages = select_all(streams);
        let mut stale = StaleTopics::default();
        while let Some((i, message)) = messages.next().await {
            match message {
                Ok((_, event)) => {
                    let Some(message) = event.data().as_string().and_then(|d| serde_json::from_str(&d).ok()) else {
                        continue;
                    };
                    HUB.with_borrow_mut(|hub| hub.failures = 0);
                    say(stale.after(i, &message));
                    (topics[i].1)(message);
                }
                Err(_) => {
                    say(Connection::Lost);
                    if source.state() == State::Closed {
                        break;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Row {
        name: String,
        n: u32,
    }

    impl Keyed for Row {
        fn key(&self) -> String {
            self.name.clone()
        }
    }

    fn row(name: &str, n: u32) -> Row {
        Row { name: name.into(), n }
    }

    #[test]
    fn a_delta_keeps_what_did_not_change() {
        let page = Page { rows: vec![row("a", 1), row("b", 1)], total: 2, page: 1, per_page: 50 };
        let delta = LiveMessage::Delta {
            total: 3,
            keys: vec!["c".into(), "a".into()],
            rows: RawJson::of(&row("c", 7)).into_iter().collect(),
        };
        let next = apply_to_page(&page, delta).expect("applies");
        assert_eq!(next.rows, [row("c", 7), row("a", 1)]);
        assert_eq!(next.total, 3);
    }

    #[test]
    fn a_topic_stays_stale_whatever_the_others_tell() {
        let row = LiveMessage::Snapshot { value: RawJson::of(&7).expect("writes") };
        let stale = |stale| LiveMessage::Stale { stale };
        let mut topics = StaleTopics::default();
        assert_eq!(topics.after(1, &row), Connection::Live);
        assert_eq!(topics.after(1, &stale(true)), Connection::Stale);
        assert_eq!(topics.after(0, &row), Connection::Stale);
        assert_eq!(topics.after(1, &row), Connection::Stale, "what was last known of it may be sent anew");
        assert_eq!(topics.after(0, &stale(true)), Connection::Stale);
        assert_eq!(topics.after(1, &stale(false)), Connection::Stale);
        assert_eq!(topics.after(0, &LiveMessage::Gone {}), Connection::Live);
    }

    #[test]
    fn a_delta_with_an_unknown_row_is_ignored() {
        let page = Page { rows: vec![row("a", 1)], total: 1, page: 1, per_page: 50 };
        let delta = LiveMessage::Delta { total: 1, keys: vec!["x".into()], rows: vec![] };
        assert_eq!(apply_to_page(&page, delta), None);
    }
}
