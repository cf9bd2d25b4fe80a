//! Parts of lists that are ordered by name and id: the database begins right at the cursor, so that the hundredth part
//! costs what the first does.

use std::str::FromStr;

use app::model::{MAX_PER_PAGE, Slice};
use sea_orm::{EntityTrait, Select};
use uuid::Uuid;

use super::{Database, Result};

/// A row's place in the order of names.
pub type Key = (String, Uuid);

/// Where a part begins or ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// At the first name.
    #[default]
    First,
    /// Behind a row.
    After(Key),
    /// Before a row.
    Before(Key),
}

/// What a cursor is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoCursor;

impl Place {
    /// As text for the caller, who gives it back as it is.
    pub fn cursor(&self) -> Option<String> {
        let (word, (name, id)) = match self {
            Self::First => return None,
            Self::After(key) => ("after", key),
            Self::Before(key) => ("before", key),
        };
        Some(format!("{word}.{id}.{name}"))
    }
}

impl FromStr for Place {
    type Err = NoCursor;

    fn from_str(cursor: &str) -> std::result::Result<Self, NoCursor> {
        if cursor.is_empty() {
            return Ok(Self::First);
        }
        let mut parts = cursor.splitn(3, '.');
        let (Some(word), Some(id), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoCursor);
        };
        let key = (name.to_owned(), id.parse().map_err(|_| NoCursor)?);
        match word {
            "after" => Ok(Self::After(key)),
            "before" => Ok(Self::Before(key)),
            _ => Err(NoCursor),
        }
    }
}

/// Which part of a list, and of which rows.
#[derive(Clone, Debug)]
pub struct Window {
    /// Part of the name.
    pub words: Option<String>,
    /// Where it is.
    pub place: Place,
    /// The most rows, at least one.
    pub limit: u64,
}

impl Default for Window {
    /// The first of all rows, as many as a part may have.
    fn default() -> Self {
        Self { words: None, place: Place::First, limit: MAX_PER_PAGE.into() }
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
        let mut cursor = select.cursor_by(order);
        // One more than asked for tells whether there is a neighbour.
        let asked = window.limit + 1;
        match &window.place {
            Place::First => cursor.first(asked),
            Place::After((name, id)) => cursor.after((name.as_str(), *id)).first(asked),
            Place::Before((name, id)) => cursor.before((name.as_str(), *id)).last(asked),
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
        let key = ("web.shop".to_owned(), Uuid::from_u128(7));
        for place in [Place::First, Place::After(key.clone()), Place::Before(key)] {
            assert_eq!(place.cursor().unwrap_or_default().parse(), Ok(place));
        }
        for wrong in ["after", "after.7.web", "aside.00000000-0000-0000-0000-000000000007.web", "…"] {
            assert_eq!(wrong.parse::<Place>(), Err(NoCursor), "{wrong}");
        }
    }
}
