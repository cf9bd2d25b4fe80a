//! Rows that belong to Longshore's applications, whatever their kind: found by their uid, and by their application.

use std::{collections::HashMap, sync::Arc};

use uuid::Uuid;

use super::{
    index::{Change, Seen, State},
    rows::uid,
    wire::{Meta, WorkloadLabels},
};

/// The label by which they are picked.
pub(super) const SELECTOR: &str = "longshore.dev/app";

/// The rows of a kind; `V` is what is told of one.
#[derive(Debug)]
pub(super) struct OfApps<V> {
    /// By uid.
    rows: HashMap<u128, Seen<Row<V>>>,
    /// Each application's: one, unless somebody has made another by hand, or it runs again and again.
    by_app: HashMap<Uuid, Vec<u128>>,
}

/// A row, where it is and whose.
#[derive(Debug, PartialEq)]
struct Row<V> {
    namespace: Arc<str>,
    app: Uuid,
    view: V,
}

impl<V> Default for OfApps<V> {
    fn default() -> Self {
        Self { rows: HashMap::new(), by_app: HashMap::new() }
    }
}

impl<V: PartialEq> OfApps<V> {
    /// An application's in a namespace.
    pub(super) fn of(&self, app: Uuid, namespace: &str) -> impl Iterator<Item = &V> {
        let keys = self.by_app.get(&app).map_or(&[][..], Vec::as_slice);
        let rows = keys.iter().filter_map(|key| self.rows.get(key)).map(|seen| &seen.row);
        rows.filter(move |row| &*row.namespace == namespace).map(|row| &row.view)
    }

    /// Takes one in; whether that changed anything.
    fn put(&mut self, key: u128, row: Row<V>, epoch: u32) -> bool {
        match self.rows.get_mut(&key) {
            Some(seen) if seen.row.app == row.app => seen.renew(row, epoch),
            _ => {
                self.remove(key);
                self.by_app.entry(row.app).or_default().push(key);
                self.rows.insert(key, Seen { row, epoch }).is_none()
            }
        }
    }

    /// Drops one; the namespace that it was in.
    fn remove(&mut self, key: u128) -> Option<Arc<str>> {
        let gone = self.rows.remove(&key)?;
        if let Some(keys) = self.by_app.get_mut(&gone.row.app) {
            keys.retain(|k| *k != key);
            if keys.is_empty() {
                self.by_app.remove(&gone.row.app);
            }
        }
        Some(gone.row.namespace)
    }
}

/// Takes in a change of an object, of which `view` is told.
pub(super) fn apply<A, V: PartialEq>(
    state: &mut State,
    rows: fn(&mut State) -> &mut OfApps<V>,
    metadata: &Meta<WorkloadLabels, A>,
    view: Change<V>,
    epoch: u32,
) -> bool {
    let namespace = state.strings.get(&metadata.namespace);
    let (key, app) = (uid(&metadata.uid), metadata.labels.app.as_deref().and_then(|id| Uuid::parse_str(id).ok()));
    let changed = match (view, app) {
        (Change::Put(view), Some(app)) => {
            rows(state).put(key, Row { namespace: Arc::clone(&namespace), app, view }, epoch)
        }
        // One whose label was taken away is nobody's any more.
        _ => rows(state).remove(key).is_some(),
    };
    if changed {
        state.touch(&namespace);
    }
    changed
}

/// Drops what the list of that epoch has not shown, of those that it was to show.
pub(super) fn sweep<V: PartialEq>(
    state: &mut State,
    rows: fn(&mut State) -> &mut OfApps<V>,
    epoch: u32,
    shown: impl Fn(&V) -> bool,
) -> bool {
    let stale = |seen: &Seen<Row<V>>| seen.epoch != epoch && shown(&seen.row.view);
    let gone: Vec<u128> = rows(state).rows.iter().filter(|(_, seen)| stale(seen)).map(|(key, _)| *key).collect();
    for key in &gone {
        if let Some(namespace) = rows(state).remove(*key) {
            state.touch(&namespace);
        }
    }
    !gone.is_empty()
}

/// The release in an object's labels.
pub(super) fn release_of(labels: &WorkloadLabels) -> Option<u32> {
    labels.release.as_deref().and_then(|release| release.parse().ok())
}
