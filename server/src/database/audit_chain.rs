//! The chain of the audit trail: how an entry is hashed, and whether the entries are as they were written.
//!
//! An entry's hash is SHA-256, in hexadecimal, over the UTF-8 of a JSON array without spaces: the hash of the entry
//! before (64 zeros before the first), then the columns in the order of [`hash_of`], identifiers with hyphens, `null`
//! for what is not there. Whoever alters, removes, inserts or moves an entry breaks the chain there, unless the whole
//! rest of it is written anew; against that helps the last hash, kept elsewhere.

use app::{
    i18n::Text,
    model::{AuditVerification, BrokenEntry},
    text,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use sha2::{Digest, Sha256};

use super::{
    Database, Result,
    audit::{Column, Entity, Model, append, head, lock_head},
    audit_retention::{self, Cut},
    stored::{signed, unsigned},
};
use crate::auth::crypto::hex;

/// Entries that are read at a time.
const PAGE: u64 = 500;

/// The hash of an entry that follows one with the hash `previous`.
pub(super) fn hash_of(previous: &str, row: &Model) -> String {
    let content = serde_json::json!([
        previous,
        row.seq,
        row.id,
        row.at,
        row.acting,
        row.actor_id,
        row.actor_name,
        row.actor_tenant_id,
        row.token_name,
        row.tenant_id,
        row.action,
        row.object,
        row.outcome,
        row.detail,
        row.state_before,
        row.state_after,
        row.address,
        row.request_id,
    ]);
    hex(&Sha256::digest(content.to_string()))
}

/// A place in the chain: an entry's number and hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// The number.
    pub(super) sequence: i64,
    /// The hash.
    pub(super) hash: String,
}

impl Database {
    /// Verifies the chain behind entry `after` (0: from where retention has cut it), at most about `most` entries. The
    /// last part also compares the chain's ends with what is kept of them.
    pub async fn verify_audit(&self, after: u64, most: u64) -> Result<AuditVerification> {
        loop {
            let head = self.audit_head().await?;
            let found = self.walk(&head, signed(after), most).await?;
            // Retention may have cut in the middle of the walk; then nothing was found out.
            if found.broken.is_none() || self.audit_head().await?.cut_seq == head.cut_seq {
                return Ok(found);
            }
        }
    }

    async fn walk(&self, head: &head::Model, after: i64, most: u64) -> Result<AuditVerification> {
        let mut at = Link { sequence: head.cut_seq, hash: head.cut_hash.clone() };
        let mut entries = 0;
        let mut broken = None;
        if after > head.cut_seq {
            match Entity::find_by_id(after).one(self.read()).await? {
                Some(row) => at = Link { sequence: row.seq, hash: row.hash },
                None => broken = Some((after, missing())),
            }
        }
        while broken.is_none() && at.sequence < head.seq && entries < most {
            let rows = Entity::find()
                .filter(Column::Seq.gt(at.sequence))
                .filter(Column::Seq.lte(head.seq))
                .order_by_asc(Column::Seq)
                .limit(PAGE)
                .all(self.read())
                .await?;
            let (verified, wrong) = follow(&mut at, &rows);
            entries += verified;
            broken = wrong;
            if rows.is_empty() {
                broken = Some((at.sequence + 1, missing()));
            }
        }
        let complete = broken.is_none() && at.sequence >= head.seq;
        if complete {
            broken = self.compare_ends(head, &at).await?;
        }
        let broken = match broken {
            Some((sequence, what)) => Some(BrokenEntry { sequence: unsigned(sequence, "audit_entries.seq")?, what }),
            None => None,
        };
        Ok(AuditVerification {
            entries,
            cut: unsigned(head.cut_seq, "audit_head.cut_seq")?,
            verified_to: unsigned(at.sequence, "audit_entries.seq")?,
            hash: at.hash,
            complete: complete && broken.is_none(),
            broken,
        })
    }

    /// Whether the chain ends where the head says, nothing lies outside of it, and its beginning was cut by retention.
    async fn compare_ends(&self, head: &head::Model, end: &Link) -> Result<Option<(i64, Text)>> {
        if end.hash != head.hash {
            let (kept, found) = (&head.hash, &end.hash);
            let what = text!(
                "the head of the chain keeps the hash {kept} for it, but it has {found}",
                "链头记录的哈希为 {kept}，而该记录的哈希为 {found}"
            );
            return Ok(Some((head.seq, what)));
        }
        // In this order: what is appended meanwhile moves the head first.
        let last = Entity::find().order_by_desc(Column::Seq).one(self.read()).await?;
        if let Some(last) = last.filter(|row| row.seq > head.seq)
            && last.seq > self.audit_head().await?.seq
        {
            let what = text!("it was added without the chain", "该记录绕过链条被直接添加");
            return Ok(Some((last.seq, what)));
        }
        let first = Entity::find().order_by_asc(Column::Seq).one(self.read()).await?;
        if let Some(first) = first.filter(|row| row.seq <= head.cut_seq) {
            let what = text!("retention had deleted it, and it is there again", "该记录已按保留期删除，却再次出现");
            return Ok(Some((first.seq, what)));
        }
        let said = audit_retention::last_cut(self.read()).await?;
        let kept = (head.cut_seq > 0).then(|| Link { sequence: head.cut_seq, hash: head.cut_hash.clone() });
        if said.map(Cut::into_link) != kept {
            let what = text!(
                "the trail does not say that retention has deleted all up to it",
                "审计记录中没有“保留期清理到此处”的对应条目"
            );
            return Ok(Some((head.cut_seq, what)));
        }
        Ok(None)
    }

    /// Puts the entries that were written before there was a chain into it, oldest first.
    pub(super) async fn chain_old_audit(&self) -> Result<()> {
        while old::Entity::find().one(self.read()).await?.is_some() {
            let tx = self.write().await?;
            // Before anything is read, so that two servers that start at once do not both move the same entries.
            lock_head(&tx).await?;
            let rows = old::Entity::find().order_by_asc(old::Column::Id).limit(PAGE).all(&tx).await?;
            let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
            for row in rows {
                let home = tenant_of(&tx, row.actor_id).await?;
                append(&tx, row.chained(home)).await?;
            }
            old::Entity::delete_many().filter(old::Column::Id.is_in(ids)).exec(&tx).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// Goes along rows that should follow `at`; answers how many do, and the first one that does not.
fn follow(at: &mut Link, rows: &[Model]) -> (u64, Option<(i64, Text)>) {
    let mut verified = 0;
    for row in rows {
        let expected = at.sequence + 1;
        if row.seq != expected {
            return (verified, Some((expected, missing())));
        }
        let hash = hash_of(&at.hash, row);
        if hash != row.hash {
            return (verified, Some((expected, difference(at, row, &hash, rows))));
        }
        *at = Link { sequence: expected, hash };
        verified += 1;
    }
    (verified, None)
}

fn missing() -> Text {
    text!("it is missing", "该记录缺失")
}

/// What is wrong with an entry that does not follow: another one belongs here, or what is written is not what was.
fn difference(at: &Link, found: &Model, hash: &str, rows: &[Model]) -> Text {
    let belongs = |row: &&Model| {
        let here = Model { seq: found.seq, ..(*row).clone() };
        row.seq != found.seq && hash_of(&at.hash, &here) == row.hash
    };
    if let Some(other) = rows.iter().find(belongs) {
        let n = other.seq;
        return text!("the entry that belongs here stands at {n}", "应位于此处的记录现位于 {n}");
    }
    let kept = &found.hash;
    text!(
        "it, or the one before it, was altered: its hash is {kept}, but what is written gives {hash}",
        "该记录或其前一条记录被篡改：其哈希为 {kept}，而现有内容的哈希为 {hash}"
    )
}

async fn tenant_of(on: &impl ConnectionTrait, account: Option<uuid::Uuid>) -> Result<Option<uuid::Uuid>> {
    use super::accounts::entity::{Column as Account, Entity as Accounts};
    let Some(id) = account else { return Ok(None) };
    let found: Option<Option<uuid::Uuid>> =
        Accounts::find_by_id(id).select_only().column(Account::TenantId).into_tuple().one(on).await?;
    Ok(found.flatten())
}

/// The trail as it was before there was a chain.
mod old {
    use app::model::Acting;
    use sea_orm::entity::prelude::*;

    use super::super::stored::word;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub at: i64,
        pub actor_id: Option<Uuid>,
        pub actor_name: String,
        pub tenant_id: Option<Uuid>,
        pub action: String,
        pub object: String,
        pub outcome: String,
        pub detail: String,
        pub address: String,
        pub request_id: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl Model {
        /// As an entry of the chain; `home` is the tenant of the actor's account.
        pub fn chained(self, home: Option<Uuid>) -> super::Model {
            let acting = match (self.actor_id, self.address.is_empty()) {
                (Some(_), _) => Acting::Account,
                (None, true) => Acting::System,
                (None, false) => Acting::Nobody,
            };
            super::Model {
                seq: 0,
                id: self.id,
                at: self.at,
                acting: word(&acting),
                actor_id: self.actor_id,
                actor_name: self.actor_name,
                actor_tenant_id: home,
                token_name: None,
                tenant_id: self.tenant_id,
                action: self.action,
                object: self.object,
                outcome: self.outcome,
                detail: self.detail,
                state_before: None,
                state_after: None,
                address: self.address,
                request_id: self.request_id,
                hash: String::new(),
            }
        }
    }
}
