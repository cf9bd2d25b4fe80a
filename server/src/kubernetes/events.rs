//! The newest events of a cluster, bounded.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use app::model::{EventRow, Millis};

use super::{intern::Interner, rows::uid, wire};

/// Events kept of namespaces of Longshore's tenants, and as many of all others.
const MOST: usize = 2_000;

/// An event.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Event {
    pub uid: u128,
    pub namespace: Arc<str>,
    pub kind: Arc<str>,
    pub name: Box<str>,
    pub reason: Arc<str>,
    pub message: Box<str>,
    pub warning: bool,
    pub count: u32,
    pub at: Millis,
}

impl Event {
    pub(super) fn read(event: wire::Event, strings: &mut Interner) -> Self {
        let about = event.involved_object;
        let namespace = if about.namespace.is_empty() { &event.metadata.namespace } else { &about.namespace };
        let series = event.series.unwrap_or_default();
        Self {
            uid: uid(&event.metadata.uid),
            namespace: strings.get(namespace),
            kind: strings.get(&about.kind),
            name: about.name.into_boxed_str(),
            reason: strings.get(&event.reason),
            message: event.message.into_boxed_str(),
            warning: event.kind == "Warning",
            count: event.count.unwrap_or_default().max(series.count).max(1),
            at: [series.last_observed_time, event.last_timestamp, event.event_time, event.first_timestamp]
                .into_iter()
                .flatten()
                .max()
                .or(event.metadata.creation_timestamp)
                .unwrap_or_default(),
        }
    }

    pub(super) fn row(&self) -> EventRow {
        EventRow {
            warning: self.warning,
            reason: self.reason.to_string(),
            message: self.message.to_string(),
            object: format!("{}/{}", self.kind.to_lowercase(), self.name),
            namespace: self.namespace.to_string(),
            count: self.count,
            at: self.at,
        }
    }
}

/// A bounded set of events, by time.
#[derive(Debug, Default)]
pub(super) struct Events {
    /// Of namespaces of Longshore's, so that a noisy cluster does not push them out.
    ours: Ring,
    others: Ring,
}

#[derive(Debug, Default)]
struct Ring {
    by_uid: HashMap<u128, Event>,
    times: BTreeSet<(Millis, u128)>,
}

impl Ring {
    fn put(&mut self, event: Event) -> bool {
        if let Some(before) = self.by_uid.get(&event.uid) {
            if *before == event {
                return false;
            }
            self.times.remove(&(before.at, before.uid));
        }
        self.times.insert((event.at, event.uid));
        self.by_uid.insert(event.uid, event);
        if self.times.len() > MOST
            && let Some((_, oldest)) = self.times.pop_first()
        {
            self.by_uid.remove(&oldest);
        }
        true
    }

    fn remove(&mut self, uid: u128) -> Option<Event> {
        let event = self.by_uid.remove(&uid)?;
        self.times.remove(&(event.at, uid));
        Some(event)
    }

    fn forget(&mut self, namespace: &str, before: Millis) {
        let gone = |event: &Event| &*event.namespace == namespace && event.at < before;
        let uids: Vec<u128> = self.by_uid.values().filter(|event| gone(event)).map(|event| event.uid).collect();
        for uid in uids {
            self.remove(uid);
        }
    }

    fn newest(&self) -> impl Iterator<Item = &Event> {
        self.times.iter().rev().filter_map(|(_, uid)| self.by_uid.get(uid))
    }
}

impl Events {
    /// Takes in an event; whether that changed anything.
    pub(super) fn put(&mut self, event: Event, ours: bool) -> bool {
        if ours { self.ours.put(event) } else { self.others.put(event) }
    }

    /// Drops an event.
    pub(super) fn remove(&mut self, uid: u128) -> Option<Event> {
        self.ours.remove(uid).or_else(|| self.others.remove(uid))
    }

    /// Drops what happened in a namespace before a time: a name may be another tenant's next.
    pub(super) fn forget(&mut self, namespace: &str, before: Millis) {
        self.ours.forget(namespace, before);
        self.others.forget(namespace, before);
    }

    /// Newest first, of a kind of namespace that the object is in.
    pub(super) fn newest(&self) -> impl Iterator<Item = &Event> {
        let mut ours = self.ours.newest().peekable();
        let mut others = self.others.newest().peekable();
        std::iter::from_fn(move || match (ours.peek(), others.peek()) {
            (Some(a), Some(b)) if a.at >= b.at => ours.next(),
            (Some(_), None) => ours.next(),
            _ => others.next(),
        })
    }

    /// Newest first, of the namespaces of Longshore's tenants.
    pub(super) fn ours(&self) -> impl Iterator<Item = &Event> {
        self.ours.newest()
    }
}
