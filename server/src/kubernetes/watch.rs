//! Lists and watches: what keeps an index true to its cluster.
//!
//! One task per kind lists it page by page and then watches from the version of the list, resuming where it was
//! when a connection ends, and listing anew only when the cluster has forgotten that version (410). A broken watch
//! is tried again after a pause that grows; meanwhile the index stays as it was, and the connection's status says
//! that it may be stale.

use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use kube::core::WatchEvent;
use tokio::time::Instant;

use super::{
    client::{Client, LIST_TIMEOUT},
    fault::ClusterError,
    index::{Change, Index, Watched},
    objects::percent_encode,
    wire::List,
};

/// Objects in a page: with the largest of real ones some 10 MB.
const PAGE: u32 = 1_000;
/// How long the API server lets a watch run before it ends it.
const WATCH_SECONDS: u64 = 290;
/// The longest silence: bookmarks come about every minute.
const SILENCE: Duration = Duration::from_secs(150);
/// The most changes that are taken in at once.
const BATCH: usize = 512;
/// The pauses after failures.
const PAUSE: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));
/// Before a list that the cluster forbids is tried again: somebody may be about to allow it.
const FORBIDDEN: Duration = Duration::from_secs(30);
/// A watch that lasts so long is one that works; what ends before is tried again after a pause that grows.
const STEADY: Duration = Duration::from_secs(10);
/// The most pages of a list: a million objects of a kind, several times what Kubernetes is made for.
const MOST_PAGES: usize = 1_000;

/// What a kind's task tells the supervisor.
#[derive(Clone, Debug)]
pub(super) enum Report {
    /// It holds all there is, and watches.
    Live,
    /// It does not get through.
    Broken(ClusterError),
}

/// Keeps one kind in the index up to date; never returns.
pub(super) async fn run<T: Watched>(client: &Client, index: &Arc<Index>, report: &impl Fn(Report)) {
    let (mut pause, mut epoch) = (PAUSE.0, 0);
    let mut version: Option<String> = None;
    loop {
        let began = Instant::now();
        let (outcome, listed) = match version.take() {
            Some(version) => (watch::<T>(client, index, version, epoch, report).await, false),
            None => {
                epoch = index.begin_list();
                (list::<T>(client, index, epoch).await.map(Some), true)
            }
        };
        if !listed && began.elapsed() >= STEADY {
            pause = PAUSE.0;
        }
        match outcome {
            Ok(next) => {
                version = next;
                // Its watch follows a list at once.
                if listed || began.elapsed() >= STEADY {
                    continue;
                }
            }
            Err((ClusterError::Forbidden { what }, _)) if T::OPTIONAL => {
                tracing::warn!(path = T::PATH, what, "the cluster forbids this list; going on without it");
                report(Report::Live);
                tokio::time::sleep(FORBIDDEN).await;
                continue;
            }
            Err((error, resume)) => {
                tracing::debug!(path = T::PATH, %error, "list or watch failed");
                // That a version is too old for once is nothing but a reason to list anew.
                if error != ClusterError::Expired || pause > PAUSE.0 {
                    report(Report::Broken(error));
                }
                version = resume;
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE.1);
    }
}

/// An error, and the version from which a watch may go on.
type Broken = (ClusterError, Option<String>);

/// Reads all of a kind; the version of what was read.
async fn list<T: Watched>(client: &Client, index: &Arc<Index>, epoch: u32) -> Result<String, Broken> {
    let selector = selector::<T>();
    let mut next = String::new();
    for _ in 0..MOST_PAGES {
        let path = format!("{}?limit={PAGE}{selector}{next}", T::PATH);
        let text = client.read_plain(&path, LIST_TIMEOUT).await.map_err(|e| (e, None))?;
        let into = Arc::clone(index);
        // Parsing a page takes tens of milliseconds; other requests must not wait for it.
        let page = tokio::task::spawn_blocking(move || {
            let page = read_page::<T>(&text)?;
            into.apply(page.items.into_iter().map(Change::Put).collect(), epoch);
            Ok(page.metadata)
        });
        let metadata = page.await.map_err(|e| ClusterError::Other(e.to_string())).flatten().map_err(|e| (e, None))?;
        if metadata.next.is_empty() {
            index.sweep::<T>(epoch);
            tracing::debug!(path = T::PATH, epoch, "listed");
            return Ok(metadata.resource_version);
        }
        next = format!("&continue={}", percent_encode(&metadata.next));
    }
    Err((ClusterError::TooLarge, None))
}

fn selector<T: Watched>() -> String {
    if T::SELECTOR.is_empty() { String::new() } else { format!("&labelSelector={}", percent_encode(T::SELECTOR)) }
}

/// Reads a page; an object that cannot be read is left out with a warning, and does not take the others with it.
fn read_page<T: Watched>(text: &str) -> Result<List<T>, ClusterError> {
    let whole = match serde_json::from_str::<List<T>>(text) {
        Ok(page) => return Ok(page),
        Err(error) => error,
    };
    let unreadable = |e: serde_json::Error| ClusterError::Other(format!("a list cannot be read: {e}"));
    let page: List<serde_json::Value> = serde_json::from_str(text).map_err(unreadable)?;
    let items = page
        .items
        .into_iter()
        .filter_map(|item| {
            let name = item.pointer("/metadata/name").and_then(|n| n.as_str()).unwrap_or_default().to_owned();
            T::deserialize(item)
                .inspect_err(|error| tracing::warn!(path = T::PATH, name, %error, %whole, "skipping an object"))
                .ok()
        })
        .collect();
    Ok(List { metadata: page.metadata, items })
}

/// Watches until the API server ends it; the version to go on from, or `None` when a new list is needed.
async fn watch<T: Watched>(
    client: &Client,
    index: &Arc<Index>,
    mut version: String,
    epoch: u32,
    report: &impl Fn(Report),
) -> Result<Option<String>, Broken> {
    let path = format!(
        "{}?watch=true&allowWatchBookmarks=true&timeoutSeconds={WATCH_SECONDS}&resourceVersion={}{}",
        T::PATH,
        percent_encode(&version),
        selector::<T>()
    );
    let events = match client.watch(&path, LIST_TIMEOUT).await {
        Ok(events) => events,
        Err(ClusterError::Expired) => return Err((ClusterError::Expired, None)),
        Err(error) => return Err((error, Some(version))),
    };
    report(Report::Live);
    let mut events = std::pin::pin!(events.ready_chunks(BATCH));
    loop {
        let batch = match tokio::time::timeout(SILENCE, events.next()).await {
            Ok(Some(batch)) => batch,
            Ok(None) => return Ok(Some(version)),
            Err(_) => return Err((ClusterError::Unreachable("the watch fell silent".to_owned()), Some(version))),
        };
        let mut changes = Vec::with_capacity(batch.len());
        let mut broken = None;
        for line in batch {
            let event = match line {
                Ok(line) => read_event::<T>(&line),
                Err(error) => Err(error),
            };
            match event {
                Ok(None) => {}
                Ok(Some(WatchEvent::Added(object) | WatchEvent::Modified(object))) => {
                    object.resource_version().clone_into(&mut version);
                    changes.push(Change::Put(object));
                }
                Ok(Some(WatchEvent::Deleted(object))) => {
                    object.resource_version().clone_into(&mut version);
                    changes.push(Change::Gone(object));
                }
                Ok(Some(WatchEvent::Bookmark(mark))) => version = mark.metadata.resource_version,
                Ok(Some(WatchEvent::Error(status))) => broken = Some(ClusterError::from(*status)),
                Err(error) => broken = Some(error),
            }
        }
        index.apply(changes, epoch);
        match broken {
            Some(ClusterError::Expired) => return Err((ClusterError::Expired, None)),
            Some(error) => return Err((error, Some(version))),
            None => {}
        }
    }
}

/// Reads a line of a watch; nothing when it is the beginning of one that was broken off, or of no sense, which a warning
/// tells. Fails with what the cluster says when it is no event.
fn read_event<T: Watched>(line: &str) -> Result<Option<WatchEvent<T>>, ClusterError> {
    match serde_json::from_str(line) {
        Ok(event) => Ok(Some(event)),
        Err(error) if error.is_eof() => Ok(None),
        Err(error) => match serde_json::from_str::<kube::core::Status>(line) {
            Ok(status) if status.code != 0 => Err(status.into()),
            _ => {
                tracing::warn!(path = T::PATH, %error, "skipping an event that cannot be read");
                Ok(None)
            }
        },
    }
}
