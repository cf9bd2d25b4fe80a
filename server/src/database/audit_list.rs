//! Reading the audit trail: pages by an entry's number, and parts for an export. The work of one call is bounded: what
//! an index answers stops at the page's end, and a search for words looks through [`WINDOW`] entries and says how far
//! it has come.

use std::cmp;

use app::model::{Millis, Outcome, TenantId};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::{
    Database, Result,
    audit::{Column, Entity, Stored, shown},
    portable::{begins, contains, storable},
    stored::word,
};
use crate::auth::{authz::Granted, context::OpContext};

/// Entries that one call looks through for words.
pub const WINDOW: i64 = 20_000;

/// Which entries; what is not set does not choose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Part of names or details.
    pub words: Option<String>,
    /// The actor's name.
    pub actor: Option<String>,
    /// The action, or its beginning with `*`.
    pub action: Option<String>,
    /// The object.
    pub object: Option<String>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// The tenant it concerns.
    pub tenant: Option<TenantId>,
    /// From when on.
    pub since: Option<Millis>,
    /// Before when.
    pub until: Option<Millis>,
}

/// Where a page lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// At the newest entry.
    Newest,
    /// Behind this entry, towards the older ones.
    OlderThan(i64),
    /// Before this entry, towards the newer ones.
    NewerThan(i64),
}

/// A page, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    /// The entries.
    pub entries: Vec<Stored>,
    /// Where the newer ones lie, when there are some.
    pub newer: Option<Place>,
    /// Where the older ones lie, when there are some or were not looked through.
    pub older: Option<Place>,
    /// The oldest entry that was looked at, when there are older ones that were not.
    pub searched_to: Option<i64>,
}

impl Database {
    /// A page of what the actor may read: of the tenant's own entries, or of all for the platform's people. `window` is
    /// how many entries a search for words looks through.
    pub async fn list_audit(
        &self,
        ctx: &OpContext,
        _granted: Granted,
        choice: &Choice,
        place: Place,
        limit: u64,
        window: i64,
    ) -> Result<Slice> {
        let head = self.audit_head().await?;
        let query = chosen(ctx, choice);
        let window = choice.words.as_ref().map(|_| window);
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        if let Place::NewerThan(start) = place {
            let top = window.map_or(head.seq, |window| cmp::min(start.saturating_add(window), head.seq));
            let query = query.filter(Column::Seq.gt(start)).filter(Column::Seq.lte(top)).order_by_asc(Column::Seq);
            let mut rows = query.limit(limit + 1).all(self.read()).await?;
            let more = rows.len() > most;
            rows.truncate(most);
            let newest = if more { rows.last().map(|row| row.seq) } else { (top < head.seq).then_some(top) };
            let older = rows.first().map_or(start + 1, |row| row.seq);
            rows.reverse();
            let entries = rows.into_iter().map(|row| shown(ctx, row)).collect::<Result<_>>()?;
            let (newer, older) = (newest.map(Place::NewerThan), Some(Place::OlderThan(older)));
            return Ok(Slice { entries, newer, older, searched_to: None });
        }
        let start = if let Place::OlderThan(start) = place { start } else { head.seq + 1 };
        let bottom = window.map_or(head.cut_seq, |window| cmp::max(start.saturating_sub(window + 1), head.cut_seq));
        let query = query.filter(Column::Seq.lt(start)).filter(Column::Seq.gt(bottom)).order_by_desc(Column::Seq);
        let mut rows = query.limit(limit + 1).all(self.read()).await?;
        let more = rows.len() > most;
        rows.truncate(most);
        let searched_to = (!more && bottom > head.cut_seq).then_some(bottom + 1);
        let oldest = if more { rows.last().map(|row| row.seq) } else { searched_to };
        let newer = matches!(place, Place::OlderThan(_)).then(|| rows.first().map_or(start - 1, |row| row.seq));
        let entries = rows.into_iter().map(|row| shown(ctx, row)).collect::<Result<_>>()?;
        Ok(Slice { entries, newer: newer.map(Place::NewerThan), older: oldest.map(Place::OlderThan), searched_to })
    }

    /// One entry, when the actor may read it.
    pub async fn find_audit(&self, ctx: &OpContext, _granted: Granted, sequence: i64) -> Result<Option<Stored>> {
        let row = chosen(ctx, &Choice::default()).filter(Column::Seq.eq(sequence)).one(self.read()).await?;
        row.map(|row| shown(ctx, row)).transpose()
    }

    /// The number of the newest entry.
    pub async fn last_audit(&self, _ctx: &OpContext, _granted: Granted) -> Result<i64> {
        Ok(self.audit_head().await?.seq)
    }

    /// At most `limit` entries that come after one and not after `last`, oldest first; and after which one to go on.
    pub async fn export_audit(
        &self,
        ctx: &OpContext,
        _granted: Granted,
        choice: &Choice,
        after: i64,
        last: i64,
        limit: u64,
    ) -> Result<(Vec<Stored>, i64)> {
        // What retention has deleted need not be walked through.
        let after = cmp::max(after, self.audit_head().await?.cut_seq);
        let top = cmp::min(after.saturating_add(WINDOW), last);
        let query = chosen(ctx, choice).filter(Column::Seq.gt(after)).filter(Column::Seq.lte(top));
        let rows = query.order_by_asc(Column::Seq).limit(limit).all(self.read()).await?;
        let full = u64::try_from(rows.len()).is_ok_and(|n| n == limit);
        let next = rows.last().filter(|_| full).map_or(cmp::max(top, after), |row| row.seq);
        let entries = rows.into_iter().map(|row| shown(ctx, row)).collect::<Result<_>>()?;
        Ok((entries, next))
    }
}

/// The entries that are chosen, of those that the actor may read.
fn chosen(ctx: &OpContext, choice: &Choice) -> Select<Entity> {
    let mut all = Condition::all();
    if let Some(own) = ctx.tenant() {
        all = all.add(Column::TenantId.eq(own.0));
    }
    if let Some(tenant) = choice.tenant {
        all = all.add(Column::TenantId.eq(tenant.0));
    }
    if let Some(actor) = &choice.actor {
        all = all.add(Column::ActorName.eq(storable(actor)));
    }
    if let Some(action) = &choice.action {
        all = match action.strip_suffix('*') {
            Some(beginning) => all.add(begins(Column::Action, beginning)),
            None => all.add(Column::Action.eq(storable(action))),
        };
    }
    if let Some(object) = &choice.object {
        all = all.add(Column::Object.eq(storable(object)));
    }
    if let Some(outcome) = choice.outcome {
        all = all.add(Column::Outcome.eq(word(&outcome)));
    }
    if let Some(since) = choice.since {
        all = all.add(Column::At.gte(since));
    }
    if let Some(until) = choice.until {
        all = all.add(Column::At.lt(until));
    }
    if let Some(words) = &choice.words {
        let mut any = Condition::any().add(Column::RequestId.eq(storable(words).to_lowercase()));
        let mut columns = vec![Column::Action, Column::Object, Column::ActorName, Column::Detail];
        // A tenant's people do not see all addresses, and must not find them by trying either.
        if ctx.tenant().is_none() {
            columns.push(Column::Address);
        }
        for column in columns {
            any = any.add(contains(column, words));
        }
        all = all.add(any);
    }
    Entity::find().filter(all)
}
