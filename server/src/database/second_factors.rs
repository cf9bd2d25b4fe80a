//! Second factors: the sealed secret that an account shares with an app, the last time step that counted, and the
//! hashes of recovery codes. A passkey is one, too ([`super::passkeys`]); the recovery codes belong to all of them.

use std::collections::HashSet;

use app::model::{AccountId, Millis};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    QuerySelect, sea_query::Expr,
};
use uuid::Uuid;

use super::{
    Database, DatabaseError, Result,
    accounts::{self, Account},
    audit::{self, Entry},
    audit_states::FactorsState,
    passkeys, recovery_codes,
    role_bindings::Target,
    sessions, tenants,
};
use crate::auth::{
    authz::{self, Granted},
    context::OpContext,
};

pub(super) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "second_factors")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub account_id: Uuid,
        pub sealed: Vec<u8>,
        pub created_at: i64,
        pub confirmed_at: Option<i64>,
        pub last_step: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity};

/// The second factor of an account.
#[derive(Clone)]
pub struct StoredFactor {
    /// The secret, sealed in the context of [`context`].
    pub sealed: Vec<u8>,
    /// When the enrolment was begun.
    pub created_at: Millis,
    /// Since when it is in use; `None` for one that nobody has confirmed.
    pub confirmed_at: Option<Millis>,
}

impl std::fmt::Debug for StoredFactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredFactor").field("confirmed_at", &self.confirmed_at).finish_non_exhaustive()
    }
}

/// What was shown besides the password.
#[derive(Clone)]
pub enum Proof {
    /// A code of the app: its time step.
    Step(i64),
    /// A recovery code: its hash.
    Recovery(String),
}

impl Proof {
    /// How the audit trail names it.
    fn named(&self) -> &'static str {
        match self {
            Self::Step(_) => "by a code of the app",
            Self::Recovery(_) => "by a recovery code",
        }
    }
}

/// The context in which a secret is sealed: moved to another account it does not open.
pub fn context(account: AccountId) -> String {
    format!("second-factor/{account}")
}

impl Database {
    /// The second factor of an account, confirmed or not.
    pub async fn find_second_factor(&self, _ctx: &OpContext, account: AccountId) -> Result<Option<StoredFactor>> {
        let row = Entity::find_by_id(account.0).one(self.read()).await?;
        Ok(row.map(|r| StoredFactor { sealed: r.sealed, created_at: r.created_at, confirmed_at: r.confirmed_at }))
    }

    /// Whether an account's tenant asks for a second factor.
    pub async fn is_second_factor_required(&self, _ctx: &OpContext, account: &Account) -> Result<bool> {
        let Some(tenant) = account.viewer.tenant else { return Ok(false) };
        Ok(tenants::membership(self.read(), tenant).await?.is_some_and(|m| m.second_factor_required))
    }

    /// The accounts of a tenant that have no second factor in use.
    pub async fn list_without_second_factor(&self, _ctx: &OpContext, tenant: &authz::Tenant) -> Result<Vec<AccountId>> {
        let all = accounts::ids_of(self.read(), tenant.id()).await?;
        let with = among(self.read(), all.iter().map(|a| a.0)).await?;
        Ok(all.into_iter().filter(|a| !with.contains(&a.0)).collect())
    }

    /// Begins an enrolment at a moment, which tells it from others, in the place of one that was not confirmed. Fails with `Stale` when one is in use.
    pub async fn begin_second_factor(
        &self,
        _ctx: &OpContext,
        account: &Account,
        sealed: Vec<u8>,
        now: Millis,
    ) -> Result<()> {
        let tx = self.write().await?;
        let id = account.viewer.id;
        Entity::delete_many()
            .filter(Column::AccountId.eq(id.0))
            .filter(Column::ConfirmedAt.is_null())
            .exec(&tx)
            .await?;
        let row = entity::ActiveModel {
            account_id: Set(id.0),
            sealed: Set(sealed),
            created_at: Set(now),
            confirmed_at: Set(None),
            last_step: Set(0),
        };
        match Entity::insert(row).exec_without_returning(&tx).await {
            Ok(_) => {}
            Err(e) if super::portable::is_unique_violation(&e) => return Err(DatabaseError::Stale),
            Err(e) => return Err(e.into()),
        }
        tx.commit().await?;
        Ok(())
    }

    /// Puts an enrolment into use together with its recovery codes, unless there are passkeys and so codes already;
    /// whether the codes are in use. `step` is that of the code that confirmed it, and counts as used. Fails with
    /// `Stale` when another one was begun or confirmed meanwhile.
    pub async fn confirm_second_factor(
        &self,
        ctx: &OpContext,
        account: &Account,
        sealed: &[u8],
        step: i64,
        codes: Vec<String>,
    ) -> Result<bool> {
        let id = account.viewer.id;
        let tx = self.write().await?;
        accounts::lock(&tx, id).await?;
        let before = FactorsState::find(&tx, id).await?;
        let done = Entity::update_many()
            .col_expr(Column::ConfirmedAt, Expr::value(ctx.now()))
            .col_expr(Column::LastStep, Expr::value(step))
            .filter(Column::AccountId.eq(id.0))
            .filter(Column::ConfirmedAt.is_null())
            .filter(Column::Sealed.eq(sealed))
            .exec(&tx)
            .await?;
        if done.rows_affected == 0 {
            return Err(DatabaseError::Stale);
        }
        let first = passkeys::of(&tx, id).await? == 0;
        if first {
            recovery_codes::replace(&tx, id, codes).await?;
        }
        let after = FactorsState::find(&tx, id).await?;
        let entry = Entry::ok("second_factor.add", object(account)).change(Some(&before), Some(&after));
        audit::record(&tx, ctx, of(account, entry)).await?;
        tx.commit().await?;
        Ok(first)
    }

    /// Completes a sign-in whose password was right. Whether the proof counts: a time step that was used, or is
    /// earlier than one that was, does not; nor does a recovery code that was used or is not the account's.
    pub async fn sign_in_with(&self, ctx: &OpContext, account: &Account, proof: Proof) -> Result<bool> {
        let tx = self.write().await?;
        let Some(used) = prove(&tx, ctx, account, &proof).await? else { return Ok(false) };
        let entry = accounts::note(&tx, ctx, account, None, "session.sign_in", proof.named()).await?;
        record_all(&tx, ctx, used, entry).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Makes new recovery codes in the place of all others. Whether the proof counts.
    pub async fn renew_recovery_codes(
        &self,
        ctx: &OpContext,
        account: &Account,
        proof: Proof,
        codes: Vec<String>,
    ) -> Result<bool> {
        let id = account.viewer.id;
        let tx = self.write().await?;
        accounts::lock(&tx, id).await?;
        let before = FactorsState::find(&tx, id).await?;
        let Some(used) = prove(&tx, ctx, account, &proof).await? else { return Ok(false) };
        recovery_codes::replace(&tx, id, codes).await?;
        let after = FactorsState::find(&tx, id).await?;
        let entry = Entry::ok("second_factor.renew_recovery_codes", object(account)).detail(proof.named());
        record_all(&tx, ctx, used, of(account, entry.change(Some(&before), Some(&after)))).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Takes one's own app away, and the recovery codes unless there are passkeys. Whether the proof counts.
    pub async fn remove_second_factor(&self, ctx: &OpContext, account: &Account, proof: Proof) -> Result<bool> {
        let id = account.viewer.id;
        let tx = self.write().await?;
        accounts::lock(&tx, id).await?;
        let before = FactorsState::find(&tx, id).await?;
        let Some(used) = prove(&tx, ctx, account, &proof).await? else { return Ok(false) };
        Entity::delete_by_id(id.0).exec(&tx).await?;
        if passkeys::of(&tx, id).await? == 0 {
            recovery_codes::replace(&tx, id, Vec::new()).await?;
        }
        let after = FactorsState::find(&tx, id).await?;
        let entry = Entry::ok("second_factor.remove", object(account)).detail(proof.named());
        record_all(&tx, ctx, used, of(account, entry.change(Some(&before), Some(&after)))).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Takes somebody else's second factors of all kinds away, and ends their sessions. Whether there was one.
    pub async fn reset_second_factor(&self, ctx: &OpContext, _granted: Granted, target: &Target) -> Result<bool> {
        let tx = self.write().await?;
        accounts::lock(&tx, target.account).await?;
        let before = FactorsState::find(&tx, target.account).await?;
        let had = forget(&tx, target.account).await?;
        if had {
            sessions::delete_of(&tx, target.account, None).await?;
            let after = FactorsState::find(&tx, target.account).await?;
            let entry = Entry::ok("second_factor.reset", format!("account/{}", target.username)).tenant(target.tenant);
            audit::record(&tx, ctx, entry.change(Some(&before), Some(&after))).await?;
        }
        tx.commit().await?;
        Ok(had)
    }
}

/// Whether an account has a second factor in use: an app, or a passkey.
pub(super) async fn in_use(on: &impl ConnectionTrait, account: AccountId) -> Result<bool> {
    let apps = Entity::find_by_id(account.0).filter(Column::ConfirmedAt.is_not_null()).count(on).await?;
    Ok(apps > 0 || passkeys::of(on, account).await? > 0)
}

/// Which of some accounts have a second factor in use: an app, or a passkey.
pub(super) async fn among(on: &impl ConnectionTrait, accounts: impl Iterator<Item = Uuid>) -> Result<HashSet<Uuid>> {
    let accounts: Vec<Uuid> = accounts.collect();
    let with = Entity::find()
        .select_only()
        .column(Column::AccountId)
        .filter(Column::ConfirmedAt.is_not_null())
        .filter(Column::AccountId.is_in(accounts.clone()));
    let with: Vec<Uuid> = with.into_tuple().all(on).await?;
    Ok(with.into_iter().chain(passkeys::among(on, accounts).await?).collect())
}

/// Uses a proof up. `None` when it does not count; else what is to be written down about it, which [`record_all`] does
/// when the rest of the transaction is done.
async fn prove(
    tx: &DatabaseTransaction,
    ctx: &OpContext,
    account: &Account,
    proof: &Proof,
) -> Result<Option<Option<Entry>>> {
    let id = account.viewer.id;
    match proof {
        Proof::Step(step) => {
            let done = Entity::update_many()
                .col_expr(Column::LastStep, Expr::value(*step))
                .filter(Column::AccountId.eq(id.0))
                .filter(Column::ConfirmedAt.is_not_null())
                .filter(Column::LastStep.lt(*step))
                .exec(tx)
                .await?;
            Ok((done.rows_affected > 0).then_some(None))
        }
        Proof::Recovery(hash) => {
            if !recovery_codes::take(tx, id, hash, ctx.now()).await? {
                return Ok(None);
            }
            let left = recovery_codes::left(tx, id).await?;
            let entry = Entry::ok("second_factor.use_recovery_code", object(account));
            Ok(Some(Some(of(account, entry.detail(format!("{left} left"))))))
        }
    }
}

/// Writes down that a recovery code was used, if one was, and then what it was used for.
async fn record_all(tx: &DatabaseTransaction, ctx: &OpContext, used: Option<Entry>, entry: Entry) -> Result<()> {
    if let Some(used) = used {
        audit::record(tx, ctx, used).await?;
    }
    audit::record(tx, ctx, entry).await
}

/// Removes all second factors and the recovery codes of an account whose row is held. Whether one was in use.
async fn forget(tx: &DatabaseTransaction, account: AccountId) -> Result<bool> {
    let had = in_use(tx, account).await?;
    Entity::delete_by_id(account.0).exec(tx).await?;
    passkeys::forget(tx, account).await?;
    recovery_codes::replace(tx, account, Vec::new()).await?;
    Ok(had)
}

fn object(account: &Account) -> String {
    format!("account/{}", account.viewer.username)
}

/// The account itself did it.
fn of(account: &Account, entry: Entry) -> Entry {
    let viewer = &account.viewer;
    entry.actor(Some(viewer.id), &viewer.username).tenant(viewer.tenant)
}
