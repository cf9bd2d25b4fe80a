//! The notices between replicas, where there is no Redis: rows that each replica asks for twice a second and that go
//! after ten minutes.

use std::{collections::BTreeSet, time::Duration};

use async_trait::async_trait;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep},
};

use super::{Database, Result};
use crate::{
    auth::keeper::{Kept, NoticeBoard},
    clock::Clock,
};

pub(super) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "revocations")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub at: i64,
        pub notice: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity};

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How long a notice stays.
const STAYS: Duration = Duration::from_mins(10);

/// A notice may be committed after one with a higher number: this many numbers back are looked at again.
const AGAIN: i64 = 100;

/// The most new notices of one look; with more, some count as missed.
const AT_ONCE: u64 = 1_000;

/// The board in the database.
#[derive(Debug)]
pub struct Board {
    db: Database,
    clock: Clock,
}

impl Board {
    /// On this database.
    pub fn new(db: Database, clock: Clock) -> Self {
        Self { db, clock }
    }

    async fn last(&self) -> Result<i64> {
        let query = Entity::find().select_only().column_as(Column::Id.max(), "last");
        Ok(query.into_tuple::<Option<i64>>().one(self.db.read()).await?.flatten().unwrap_or(0))
    }

    async fn since(&self, last: i64) -> Result<Vec<entity::Model>> {
        let query = Entity::find().filter(Column::Id.gt(last - AGAIN)).order_by_asc(Column::Id);
        Ok(query.limit(AT_ONCE + AGAIN.unsigned_abs()).all(self.db.read()).await?)
    }
}

#[async_trait]
impl NoticeBoard for Board {
    async fn post(&self, notice: &str) -> Kept<()> {
        let now = self.clock.now();
        let row = entity::ActiveModel { id: NotSet, at: Set(now), notice: Set(notice.to_owned()) };
        Entity::insert(row).exec_without_returning(self.db.read()).await.map_err(super::DatabaseError::from)?;
        let over = now - i64::try_from(STAYS.as_millis()).unwrap_or(i64::MAX);
        let purge = Entity::delete_many().filter(Column::At.lt(over));
        purge.exec(self.db.read()).await.map_err(super::DatabaseError::from)?;
        Ok(())
    }

    async fn listen(&self, heard: mpsc::Sender<Option<String>>) -> Kept<()> {
        let mut last = self.last().await?;
        let mut known: BTreeSet<i64> = self.since(last).await?.into_iter().map(|row| row.id).collect();
        if heard.send(None).await.is_err() {
            return Ok(());
        }
        loop {
            let looked = Instant::now();
            sleep(LOOK_EVERY).await;
            let rows = self.since(last).await?;
            // Whoever was stopped for so long, or has so much to catch up, has missed some.
            if looked.elapsed() > STAYS / 2 || rows.len() as u64 > AT_ONCE {
                return Ok(());
            }
            for row in rows {
                last = last.max(row.id);
                if known.insert(row.id) && heard.send(Some(row.notice)).await.is_err() {
                    return Ok(());
                }
            }
            known = known.split_off(&(last - AGAIN));
        }
    }

    async fn ready(&self) -> Kept<()> {
        self.last().await?;
        Ok(())
    }
}
