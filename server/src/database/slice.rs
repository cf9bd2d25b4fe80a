//! Parts of lists that are ordered by name and id, or by what is newest: the database begins right at the cursor, so that
//! the hundredth part costs what the first does.

use std::str::FromStr;

use app::model::{MAX_PER_PAGE, Millis, Slice};
use sea_orm::{Cursor, EntityTrait, Select, SelectorTrait, sea_query::IntoValueTuple};
use uuid::Uuid;

use super::{Database, Result};

/// A row's place in the order of names.
pub type Key = (String, Uuid);

/// A row's place in the order of when something happened to it.
pub type Moment = (Millis, Uuid);

/// A row's place in some order, as the columns of that order have it.
pub trait Order: Clone + IntoValueTuple {
    /// As a part of a cursor.
    fn written(&self) -> String;
    /// Reads it back; `None` for what no cursor has.
    fn read(text: &str) -> Option<Self>;
}

impl Order for Key {
    fn written(&self) -> String {
        format!("{}.{}", self.1, self.0)
    }

    fn read(text: &str) -> Option<Self> {
        let (id, name) = text.split_once('.')?;
        Some((name.to_owned(), id.parse().ok()?))
    }
}

impl Order for Moment {
    fn written(&self) -> String {
        format!("{}.{}", self.0, self.1)
    }

    fn read(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('.')?;
        Some((at.parse().ok()?, id.parse().ok()?))
    }
}

/// Numbers that no two rows of a list have in common.
impl Order for i64 {
    fn written(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// Where a part begins or ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place<K = Key> {
    /// At the first row.
    First,
    /// Behind a row.
    After(K),
    /// Before a row.
    Before(K),
}

/// What a cursor is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoCursor;

impl<K: Order> Place<K> {
    /// As text for the caller, who gives it back as it is.
    pub fn cursor(&self) -> Option<String> {
        let (word, key) = match self {
            Self::First => return None,
            Self::After(key) => ("after", key),
            Self::Before(key) => ("before", key),
        };
        Some(format!("{word}.{}", key.written()))
    }
}

impl<K: Order> FromStr for Place<K> {
    type Err = NoCursor;

    fn from_str(cursor: &str) -> std::result::Result<Self, NoCursor> {
        if cursor.is_empty() {
            return Ok(Self::First);
        }
        let (word, key) = cursor.split_once('.').ok_or(NoCursor)?;
        let key = K::read(key).ok_or(NoCursor)?;
        match word {
            "after" => Ok(Self::After(key)),
            "before" => Ok(Self::Before(key)),
            _ => Err(NoCursor),
        }
    }
}

/// Which part of a list, and of which rows.
#[derive(Clone, Debug)]
pub struct Window<K = Key> {
    /// Part of the name.
    pub words: Option<String>,
    /// Where it is.
    pub place: Place<K>,
    /// The most rows, at least one.
    pub limit: u64,
}

impl<K> Window<K> {
    /// The first of all rows, at most so many.
    pub fn first(limit: u64) -> Self {
        Self { words: None, place: Place::First, limit }
    }
}

impl<K> Default for Window<K> {
    /// The first of all rows, as many as a part may have.
    fn default() -> Self {
        Self::first(MAX_PER_PAGE.into())
    }
}

impl Database {
    /// The part of what `select` finds, in the order of `name` and `id`, with the cursors of its neighbours.
    pub(super) async fn slice<E>(
        &self,
        select: Select<E>,
        order: (E::Column, E::Column),
        window: &Window,
        key: impl Fn(&E::Model) -> Key,
    ) -> Result<Slice<E::Model>>
    where
        E: EntityTrait,
        E::Model: Sync,
    {
        self.part(select.cursor_by(order), window, key).await
    }

    /// The part of what `select` finds, the newest by `time` and `id` first, with the cursors of its neighbours. A row's
    /// time must stay as it is.
    pub(super) async fn newest<E>(
        &self,
        select: Select<E>,
        order: (E::Column, E::Column),
        window: &Window<Moment>,
        key: impl Fn(&E::Model) -> Moment,
    ) -> Result<Slice<E::Model>>
    where
        E: EntityTrait,
        E::Model: Sync,
    {
        let mut cursor = select.cursor_by(order);
        cursor.desc();
        self.part(cursor, window, key).await
    }

    /// The part of what `cursor` goes through, in the cursor's order, with the cursors of its neighbours. `key` tells a
    /// row's place in that order.
    pub(super) async fn part<S, K>(
        &self,
        mut cursor: Cursor<S>,
        window: &Window<K>,
        key: impl Fn(&S::Item) -> K,
    ) -> Result<Slice<S::Item>>
    where
        S: SelectorTrait,
        K: Order,
    {
        // One more than asked for tells whether there is a neighbour.
        let asked = window.limit + 1;
        match &window.place {
            Place::First => cursor.first(asked),
            Place::After(key) => cursor.after(key.clone()).first(asked),
            Place::Before(key) => cursor.before(key.clone()).last(asked),
        };
        let mut rows = cursor.all(self.read()).await?;
        let more = u64::try_from(rows.len()).is_ok_and(|n| n > window.limit);
        let backwards = matches!(window.place, Place::Before(_));
        if more && backwards {
            rows.remove(0);
        } else if more {
            rows.pop();
        }
        let (earlier, later) = match window.place {
            Place::First => (false, more),
            Place::After(_) => (true, more),
            Place::Before(_) => (more, true),
        };
        // Behind the last row there may be none left: from there one goes back as one came.
        let edge = || match &window.place {
            Place::First => None,
            Place::After(key) | Place::Before(key) => Some(key.clone()),
        };
        let first = rows.first().map(&key).or_else(edge).filter(|_| earlier);
        let last = rows.last().map(&key).or_else(edge).filter(|_| later);
        Ok(Slice {
            previous: first.and_then(|key| Place::Before(key).cursor()),
            next: last.and_then(|key| Place::After(key).cursor()),
            rows,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_read_back() {
        let key: Key = ("web.shop".to_owned(), Uuid::from_u128(7));
        for place in [Place::First, Place::After(key.clone()), Place::Before(key)] {
            assert_eq!(place.cursor().unwrap_or_default().parse(), Ok(place));
        }
        for wrong in ["after", "after.7.web", "aside.00000000-0000-0000-0000-000000000007.web", "…"] {
            assert_eq!(wrong.parse::<Place>(), Err(NoCursor), "{wrong}");
        }
    }

    #[test]
    fn those_of_other_orders_are_read_back_and_not_taken_for_one_another() {
        let number = Place::After(27_i64);
        let moment = Place::Before((1_700_000_000_000_i64, Uuid::from_u128(7)));
        let (by_number, by_moment) = (number.cursor().unwrap_or_default(), moment.cursor().unwrap_or_default());
        assert_eq!(by_number, "after.27");
        assert_eq!(by_number.parse::<Place<i64>>(), Ok(number));
        assert_eq!(by_moment.parse::<Place<Moment>>(), Ok(moment));
        assert_eq!(by_moment.parse::<Place<i64>>(), Err(NoCursor));
        assert_eq!(by_number.parse::<Place<Moment>>(), Err(NoCursor));
        assert_eq!(by_number.parse::<Place>(), Err(NoCursor));
    }
}
