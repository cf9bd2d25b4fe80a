//! How long the audit trail is kept. What is too old is deleted from the chain's beginning in small batches; the head
//! keeps the number and the hash of the last entry that went, and an entry of the trail says the same, so that the rest
//! still verifies and nobody can pass off a cut of their own as this one.

use app::model::Millis;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};
use serde::{Deserialize, Serialize};

use super::{
    Database, Result,
    audit::{Column, Entity, Entry, head, lock_head, record},
    audit_chain::Link,
    audit_change::Recorded,
    stored::from_json,
};
use crate::auth::context::OpContext;

/// The action of the entry that says what was deleted.
const ACTION: &str = "audit.purge";

/// What one batch has deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cut {
    /// How many entries.
    entries: usize,
    /// The last of them.
    sequence: i64,
    /// Its hash.
    hash: String,
}

impl Recorded for Cut {}

impl Cut {
    pub(super) fn into_link(self) -> Link {
        Link { sequence: self.sequence, hash: self.hash }
    }
}

impl Database {
    /// Deletes at most `most` entries that are older than `before`, from the chain's beginning up to the first that is
    /// not; answers how many.
    pub async fn purge_audit(&self, ctx: &OpContext, before: Millis, most: u64) -> Result<usize> {
        let first = Entity::find().order_by_asc(Column::Seq).one(self.read()).await?;
        if first.is_none_or(|row| row.at >= before) {
            return Ok(0);
        }
        let tx = self.write().await?;
        let head = lock_head(&tx).await?;
        let rows: Vec<(i64, i64, String)> = Entity::find()
            .select_only()
            .columns([Column::Seq, Column::At, Column::Hash])
            .filter(Column::Seq.gt(head.cut_seq))
            .order_by_asc(Column::Seq)
            .limit(most)
            .into_tuple()
            .all(&tx)
            .await?;
        let entries = rows.iter().take_while(|(_, at, _)| *at < before).count();
        let Some((sequence, _, hash)) = entries.checked_sub(1).and_then(|last| rows.into_iter().nth(last)) else {
            return Ok(0);
        };
        Entity::delete_many().filter(Column::Seq.lte(sequence)).exec(&tx).await?;
        head::Entity::update_many()
            .col_expr(head::Column::CutSeq, Expr::value(sequence))
            .col_expr(head::Column::CutHash, Expr::value(hash.as_str()))
            .filter(head::Column::Id.eq(head.id))
            .exec(&tx)
            .await?;
        let detail = format!("{entries} entries, up to {sequence}");
        let entry = Entry::ok(ACTION, "audit").detail(detail).made(&Cut { entries, sequence, hash });
        record(&tx, ctx, entry).await?;
        tx.commit().await?;
        Ok(entries)
    }
}

/// What the trail says was deleted last; nothing when that cannot be read, as of an entry that was altered.
pub(super) async fn last_cut(on: &impl ConnectionTrait) -> Result<Option<Cut>> {
    let said: Option<Option<String>> = Entity::find()
        .select_only()
        .column(Column::StateAfter)
        .filter(Column::Action.eq(ACTION))
        .filter(Column::Outcome.eq("ok"))
        .order_by_desc(Column::Seq)
        .into_tuple()
        .one(on)
        .await?;
    Ok(said.flatten().and_then(|json| from_json(&json, "audit_entries.state_after").ok()))
}
