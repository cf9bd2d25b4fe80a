//! Refused attempts that come in floods. Of one actor's, the first [`AT_ONCE`] of a minute are written down at once; the
//! rest is counted and written as one entry when the minute is over. What is counted lives in memory, and is bounded: a
//! server that is killed loses the count of its last minute, and no more.
//!
//! Whoever is not signed in is counted by the address, and there are many of those: only [`MOST_ADDRESSES`] are told apart
//! in a minute, so that nobody fills the database by asking from everywhere.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use app::model::Millis;
use uuid::Uuid;

use super::audit::Model;
use crate::auth::attempts::address_counted;

/// Refusals of one actor that are written one by one within [`WINDOW`].
const AT_ONCE: u32 = 10;
/// How long an actor's refusals are counted together, from the first.
const WINDOW: Millis = 60_000;
/// Actors that are counted apart; the ones beyond share one count.
const MOST_ACTORS: usize = 1_000;
/// Of these, addresses of people who are not signed in.
const MOST_ADDRESSES: usize = 100;
/// Different actions and objects that the entry at the end names.
const MOST_NAMED: usize = 10;

/// The refusals of the last minute.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<HashMap<Key, Window>>);

/// Whose refusals are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Account(Uuid),
    /// Of people who are not signed in.
    Address(String),
    Others,
}

impl Key {
    /// Whether there are as many of its kind already, and it is none of them.
    fn has_no_room(&self, windows: &HashMap<Self, Window>) -> bool {
        if windows.contains_key(self) {
            return false;
        }
        let of_addresses = || windows.keys().filter(|key| matches!(key, Self::Address(_))).count();
        windows.len() >= MOST_ACTORS || (matches!(self, Self::Address(_)) && of_addresses() >= MOST_ADDRESSES)
    }
}

#[derive(Debug)]
struct Window {
    started: Millis,
    written: u32,
    held: Option<Held>,
}

/// What was counted and not written.
#[derive(Debug)]
struct Held {
    last: Model,
    count: u64,
    actions: BTreeMap<String, u64>,
    objects: Vec<String>,
}

impl Refusals {
    /// Takes a refusal; answers what is to be written now.
    pub(super) fn admit(&self, row: Model) -> Vec<Model> {
        let now = row.at;
        let mut key = match row.actor_id {
            Some(id) => Key::Account(id),
            None => Key::Address(address_counted(&row.address)),
        };
        let mut windows = self.lock();
        let mut due = Vec::new();
        if key.has_no_room(&windows) {
            due = take_ended(&mut windows, now, false);
            if key.has_no_room(&windows) {
                key = Key::Others;
            }
        }
        let window = windows.entry(key).or_insert_with(|| Window::new(now));
        if window.is_over(now) {
            due.extend(std::mem::replace(window, Window::new(now)).close());
        }
        if window.written < AT_ONCE {
            window.written += 1;
            due.push(row);
        } else {
            window.hold(row);
        }
        due
    }

    /// The entries of what was counted in the minutes that are over at `now`, or in `all`.
    pub(super) fn close(&self, now: Millis, all: bool) -> Vec<Model> {
        take_ended(&mut self.lock(), now, all)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Window>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn take_ended(windows: &mut HashMap<Key, Window>, now: Millis, all: bool) -> Vec<Model> {
    let ended = windows.extract_if(|_, window| all || window.is_over(now));
    let mut rows: Vec<Model> = ended.filter_map(|(_, window)| window.close()).collect();
    rows.sort_by_key(|row| (row.at, row.id));
    rows
}

impl Window {
    fn new(started: Millis) -> Self {
        Self { started, written: 0, held: None }
    }

    /// Also when the clock was put back: a count must not wait for it.
    fn is_over(&self, now: Millis) -> bool {
        !(0..WINDOW).contains(&(now - self.started))
    }

    fn hold(&mut self, row: Model) {
        let held = self.held.get_or_insert_with(|| Held {
            last: row.clone(),
            count: 0,
            actions: BTreeMap::new(),
            objects: Vec::new(),
        });
        held.count += 1;
        if held.actions.len() < MOST_NAMED || held.actions.contains_key(&row.action) {
            *held.actions.entry(row.action.clone()).or_default() += 1;
        }
        if held.objects.len() <= MOST_NAMED && !held.objects.contains(&row.object) {
            held.objects.push(row.object.clone());
        }
        held.last = row;
    }

    /// The entry of what was counted, under the name of the last one.
    fn close(self) -> Option<Model> {
        let Held { last, count, actions, objects } = self.held?;
        if count == 1 {
            return Some(last);
        }
        let counts: Vec<String> = actions.iter().map(|(action, n)| format!("{action} {n}")).collect();
        let more = if objects.len() > MOST_NAMED { ", …" } else { "" };
        let named = objects.iter().take(MOST_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
        let one = actions.len() == 1;
        Some(Model {
            action: if one { last.action } else { "audit.more_refusals".to_owned() },
            object: if objects.len() == 1 { last.object } else { "several".to_owned() },
            detail: format!("and {count} more within a minute: {}; {named}{more}", counts.join(", ")),
            ..last
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(actor: u128, at: Millis, action: &str, object: &str) -> Model {
        Model {
            seq: 0,
            id: Uuid::from_u128(u128::try_from(at).unwrap_or_default()),
            at,
            acting: "account".to_owned(),
            actor_id: Some(Uuid::from_u128(actor)),
            actor_name: format!("actor-{actor}"),
            actor_tenant_id: None,
            token_name: None,
            tenant_id: None,
            action: action.to_owned(),
            object: object.to_owned(),
            outcome: "refused".to_owned(),
            detail: String::new(),
            state_before: None,
            state_after: None,
            address: "10.0.0.1".to_owned(),
            request_id: String::new(),
            hash: String::new(),
        }
    }

    #[test]
    fn the_first_of_a_minute_are_written_and_the_rest_is_counted() {
        let refusals = Refusals::default();
        let written: usize = (0..322).map(|n| refusals.admit(refusal(1, n, "app.delete", "app/web")).len()).sum();
        assert_eq!(written, 10);
        assert_eq!(refusals.admit(refusal(2, 5, "app.delete", "app/web")).len(), 1, "another actor is another count");
        assert!(refusals.close(WINDOW - 1, false).is_empty(), "the minute is not over");
        let next = refusals.admit(refusal(1, WINDOW, "app.delete", "app/web"));
        assert_eq!(next.len(), 2, "the entry of what was counted, and the new refusal");
        assert_eq!((next[0].action.as_str(), next[0].object.as_str()), ("app.delete", "app/web"));
        assert_eq!(next[0].detail, "and 312 more within a minute: app.delete 312; app/web");
        assert!(next[1].detail.is_empty());
    }

    #[test]
    fn different_attempts_are_told_apart_within_bounds() {
        let refusals = Refusals::default();
        for n in 0..1_000 {
            let action = if n % 2 == 0 { "app.get" } else { "app.delete" };
            refusals.admit(refusal(1, n, action, &format!("app/{n}")));
        }
        let [entry] = &refusals.close(1_000, true)[..] else { panic!("one entry") };
        assert_eq!((entry.action.as_str(), entry.object.as_str()), ("audit.more_refusals", "several"));
        assert!(entry.detail.starts_with("and 990 more within a minute: app.delete 495, app.get 495; app/10, app/11"));
        assert!(entry.detail.ends_with("app/19, …"), "{}", entry.detail);
    }

    #[test]
    fn whoever_asks_from_everywhere_is_counted_once() {
        let refusals = Refusals::default();
        let from = |n: u32| Model {
            actor_id: None,
            address: std::net::Ipv4Addr::from(n).to_string(),
            ..refusal(1, 0, "request.from_elsewhere", "GET /api/v1/apps")
        };
        let written: usize = (0..10_000).map(|n| refusals.admit(from(n)).len()).sum();
        assert_eq!(written, MOST_ADDRESSES + 10, "one of each of some addresses, and ten of all others");
        assert_eq!(refusals.lock().len(), MOST_ADDRESSES + 1);
        assert_eq!(refusals.admit(refusal(7, 1, "app.delete", "app/web")).len(), 1, "an account has room of its own");
        let [entry] = &refusals.close(WINDOW, false)[..] else { panic!("one entry") };
        assert!(entry.detail.starts_with("and 9890 more"), "{}", entry.detail);
    }

    #[test]
    fn a_network_of_somebody_is_one_address() {
        let refusals = Refusals::default();
        let from = |n: u128| Model {
            actor_id: None,
            address: std::net::Ipv6Addr::from((0x2001_0db8_u128 << 96) + n).to_string(),
            ..refusal(1, 0, "request.from_elsewhere", "GET /api/v1/apps")
        };
        let written: usize = (0..50).map(|n| refusals.admit(from(n)).len()).sum();
        assert_eq!(written, 10);
    }

    #[test]
    fn memory_is_bounded_by_a_count_that_many_share() {
        let refusals = Refusals::default();
        for actor in 0..5_000 {
            refusals.admit(refusal(actor, 0, "app.get", "app/web"));
        }
        assert_eq!(refusals.lock().len(), MOST_ACTORS + 1);
        let [entry] = &refusals.close(WINDOW, false)[..] else { panic!("one entry") };
        assert!(entry.detail.starts_with("and 3990 more"), "{}", entry.detail);
        assert!(refusals.lock().is_empty());
    }
}
