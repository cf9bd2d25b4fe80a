//! The flow of one live topic: wait for something to change, read, send what is different.
//!
//! The first change after a quiet time goes out at once; those right behind it are gathered into at most four
//! messages a second.

use std::{sync::Arc, time::Duration};

use app::{
    model::{ClusterId, ClusterState, Keyed, LiveMessage, Page, RawJson},
    service::LiveStream,
};
use futures::future::BoxFuture;
use serde::Serialize;
use tokio::{
    sync::{broadcast, watch},
    time::{Instant, Interval, MissedTickBehavior},
};

use crate::{
    kubernetes::{
        fleet::{Cluster, Status},
        index::Scope,
    },
    operations::Notice,
};

/// Between two messages of a topic.
const BETWEEN: Duration = Duration::from_millis(250);
/// Between two reads that find nothing new; and as a multiple of what a read costs.
const IDLE: (Duration, u32) = (Duration::from_millis(25), 10);
/// Before a read that failed is tried again.
const AGAIN: Duration = Duration::from_secs(2);

/// What a read found.
#[derive(Debug)]
pub(super) enum Reading<T> {
    /// The thing as it is now.
    Value(T),
    /// It is gone, or hidden now.
    Gone,
    /// It cannot be read just now.
    Later,
}

/// Of which part of a cluster changes matter.
#[derive(Clone, Debug)]
pub(super) enum Part {
    /// What a scope covers.
    Scope(Scope),
    /// The namespaces of all tenants.
    Tenants,
    /// One namespace.
    Namespace(String),
}

#[derive(Debug)]
struct IndexWake {
    cluster: Arc<Cluster>,
    changes: watch::Receiver<u64>,
    part: Part,
    seen: u64,
}

impl IndexWake {
    fn count(&self) -> u64 {
        let index = self.cluster.index();
        match &self.part {
            Part::Scope(scope) => index.scope_changes(scope),
            Part::Tenants => index.tenant_changes(),
            Part::Namespace(name) => index.namespace_changes(name),
        }
    }

    /// Whether the part has changed since it was last asked.
    fn moved(&mut self) -> bool {
        let count = self.count();
        std::mem::replace(&mut self.seen, count) != count
    }
}

type Matters = Box<dyn Fn(&Notice) -> bool + Send>;

/// What wakes a topic.
#[derive(Default)]
pub(super) struct Wake {
    indexes: Vec<IndexWake>,
    /// Of each cluster once.
    status: Vec<(ClusterId, watch::Receiver<Status>)>,
    notices: Option<(broadcast::Receiver<Notice>, Matters)>,
    /// For what nobody tells of.
    pace: Option<Interval>,
}

impl Wake {
    /// Changes of a part of a cluster, and of the connection to it.
    pub(super) fn cluster(mut self, cluster: &Arc<Cluster>, part: Part) -> Self {
        if self.status.iter().all(|(id, _)| *id != cluster.id()) {
            self.status.push((cluster.id(), cluster.status_changes()));
        }
        let mut wake = IndexWake { cluster: Arc::clone(cluster), changes: cluster.index().changes(), part, seen: 0 };
        wake.seen = wake.count();
        self.indexes.push(wake);
        self
    }

    /// Notices of operations that matter.
    pub(super) fn operations(
        mut self,
        notices: broadcast::Receiver<Notice>,
        matters: impl Fn(&Notice) -> bool + Send + 'static,
    ) -> Self {
        self.notices = Some((notices, Box::new(matters)));
        self
    }

    /// The passing of time, where nobody tells of changes.
    pub(super) fn every(mut self, pace: Duration) -> Self {
        let mut interval = tokio::time::interval_at(Instant::now() + pace, pace);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        self.pace = Some(interval);
        self
    }

    fn is_stale(&self) -> bool {
        let broken = |s: &Status| matches!(s.state, ClusterState::Stale | ClusterState::Unreachable);
        self.status.iter().any(|(_, status)| broken(&status.borrow()))
    }

    /// Resolves when something that matters has changed since the last read.
    async fn changed(&mut self) {
        loop {
            let woken = tokio::select! {
                at = any(&mut self.indexes) => self.indexes[at].moved(),
                () = status(&mut self.status) => true,
                matters = notice(&mut self.notices) => matters,
                () = tick(&mut self.pace) => true,
            };
            if woken {
                return;
            }
        }
    }

    /// What has changed until now will be in the read that follows.
    fn catch_up(&mut self) {
        for index in &mut self.indexes {
            index.changes.mark_unchanged();
            index.seen = index.count();
        }
    }
}

async fn any(indexes: &mut [IndexWake]) -> usize {
    if indexes.is_empty() {
        return std::future::pending().await;
    }
    let all = indexes.iter_mut().map(|index| Box::pin(index.changes.changed()));
    match futures::future::select_all(all).await {
        (Ok(()), at, _) => at,
        // The index lives as long as its cluster is held here, and so does its sender.
        (Err(_), ..) => std::future::pending().await,
    }
}

/// Resolves when the connection to one of the clusters is another than before; never when there is none left.
async fn status(all: &mut Vec<(ClusterId, watch::Receiver<Status>)>) {
    while !all.is_empty() {
        let changes = all.iter_mut().map(|(_, status)| Box::pin(status.changed()));
        let (outcome, at, _) = futures::future::select_all(changes).await;
        if outcome.is_ok() {
            return;
        }
        all.swap_remove(at);
    }
    std::future::pending::<()>().await;
}

async fn notice(notices: &mut Option<(broadcast::Receiver<Notice>, Matters)>) -> bool {
    let Some((receiver, matters)) = notices else { return std::future::pending().await };
    match receiver.recv().await {
        Ok(notice) => matters(&notice),
        Err(broadcast::error::RecvError::Lagged(_)) => true,
        Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
    }
}

async fn tick(pace: &mut Option<Interval>) {
    match pace {
        Some(pace) => drop(pace.tick().await),
        None => std::future::pending().await,
    }
}

/// The topic of a page of rows: a snapshot, then the rows that are different.
pub(super) fn page<T, F>(wake: Wake, read: F) -> LiveStream
where
    T: Keyed + PartialEq + Serialize + Send + Sync + 'static,
    F: FnMut() -> BoxFuture<'static, Reading<Page<T>>> + Send + 'static,
{
    flow(wake, read, |last, next| delta(last, next))
}

/// The topic of one thing: a snapshot whenever it is different.
pub(super) fn value<T, F>(wake: Wake, read: F) -> LiveStream
where
    T: PartialEq + Serialize + Send + Sync + 'static,
    F: FnMut() -> BoxFuture<'static, Reading<T>> + Send + 'static,
{
    flow(wake, read, |last, next| if last == Some(next) { None } else { snapshot(next) })
}

fn snapshot<T: Serialize>(value: &T) -> Option<LiveMessage> {
    RawJson::of(value).map(|value| LiveMessage::Snapshot { value })
}

/// What turns one page into the other; `None` when they are the same.
fn delta<T: Keyed + PartialEq + Serialize>(last: Option<&Page<T>>, next: &Page<T>) -> Option<LiveMessage> {
    let Some(last) = last else { return snapshot(next) };
    if last == next {
        return None;
    }
    let before: std::collections::HashMap<String, &T> = last.rows.iter().map(|row| (row.key(), row)).collect();
    let rows = next
        .rows
        .iter()
        .filter(|row| before.get(&row.key()).is_none_or(|was| was != row))
        .map(RawJson::of)
        .collect::<Option<Vec<_>>>()?;
    Some(LiveMessage::Delta { total: next.total, keys: next.rows.iter().map(Keyed::key).collect(), rows })
}

struct Flow<T, F> {
    wake: Wake,
    read: F,
    differ: fn(Option<&T>, &T) -> Option<LiveMessage>,
    last: Option<T>,
    stale: bool,
    gone: bool,
    /// No read before.
    not_before: Instant,
}

fn flow<T, F>(wake: Wake, read: F, differ: fn(Option<&T>, &T) -> Option<LiveMessage>) -> LiveStream
where
    T: Send + Sync + 'static,
    F: FnMut() -> BoxFuture<'static, Reading<T>> + Send + 'static,
{
    let flow = Flow { wake, read, differ, last: None, stale: false, gone: false, not_before: Instant::now() };
    Box::pin(futures::stream::unfold(flow, Flow::next))
}

impl<T, F> Flow<T, F>
where
    F: FnMut() -> BoxFuture<'static, Reading<T>>,
{
    async fn next(mut self) -> Option<(LiveMessage, Self)> {
        if self.gone {
            return None;
        }
        let mut failed = false;
        loop {
            if self.last.is_some() {
                let stale = self.wake.is_stale();
                if stale != self.stale {
                    self.stale = stale;
                    return Some((LiveMessage::Stale { stale }, self));
                }
                if !failed {
                    self.wake.changed().await;
                }
            }
            tokio::time::sleep_until(self.not_before).await;
            self.wake.catch_up();
            let began = Instant::now();
            failed = false;
            match (self.read)().await {
                Reading::Value(value) => {
                    let message = (self.differ)(self.last.as_ref(), &value);
                    if let Some(message) = message {
                        self.last = Some(value);
                        self.not_before = Instant::now() + BETWEEN;
                        return Some((message, self));
                    }
                    self.not_before = Instant::now() + IDLE.0.max(began.elapsed() * IDLE.1);
                }
                Reading::Gone => {
                    self.gone = true;
                    return Some((LiveMessage::Gone {}, self));
                }
                Reading::Later => {
                    failed = true;
                    self.not_before = Instant::now() + AGAIN;
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
