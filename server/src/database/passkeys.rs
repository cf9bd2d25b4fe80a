//! Passkeys of accounts. Each is a second factor, too, so what is done to one looks at the others and at the tenant's
//! rule, with the account's row held.

use app::model::{AccountId, MAX_PASSKEYS, Millis, PasskeyId};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use super::{
    Database, Result,
    accounts::{self, Account},
    audit::{self, Entry},
    audit_states::{FactorsState, PasskeyState},
    portable::{insert_unless_exists, lock_row},
    recovery_codes, second_factors, tenants, version,
};
use crate::auth::context::OpContext;

pub(super) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "passkeys")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub account_id: Uuid,
        pub credential: String,
        pub name: String,
        pub site: String,
        pub checked_by: String,
        pub counter: i64,
        pub created_at: i64,
        pub used_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity};

/// A passkey of an account.
#[derive(Clone, Debug)]
pub struct StoredPasskey {
    /// Its id.
    pub id: PasskeyId,
    /// Whose it is.
    pub account: AccountId,
    /// The hash of the credential's id.
    pub credential: String,
    /// What its owner calls it.
    pub name: String,
    /// The name of the site that it was made for.
    pub site: String,
    /// What its answers are checked by, as JSON.
    pub checked_by: String,
    /// When it was added.
    pub created_at: Millis,
    /// When somebody last signed in by it.
    pub used_at: Option<Millis>,
}

/// A passkey to be added.
#[derive(Clone, Debug)]
pub struct PasskeyToAdd {
    /// The hash of the credential's id.
    pub credential: String,
    /// What its owner calls it.
    pub name: String,
    /// The name of the site that it was made for.
    pub site: String,
    /// What its answers are checked by, as JSON.
    pub checked_by: String,
}

/// What became of an addition.
#[derive(Clone, Debug)]
pub enum Addition {
    /// It was added. `first`: it is the account's first second factor, and the recovery codes are in use.
    Added {
        /// The passkey.
        passkey: StoredPasskey,
        /// Whether the recovery codes were needed.
        first: bool,
    },
    /// There are as many as there may be.
    Full,
    /// It is an account's already.
    Known,
}

/// What became of a removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It is gone.
    Removed,
    /// There is no such one of the account's.
    NotFound,
    /// It is the last second factor, and the tenant asks for one.
    Needed,
}

/// A use of a passkey that was checked.
#[derive(Clone, Debug)]
pub struct PasskeyUse {
    /// The hash of the credential's id.
    pub credential: String,
    /// What its next answer is checked by.
    pub checked_by: String,
    /// The signature counter.
    pub counter: u32,
}

/// Whether a use counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Used {
    /// It does, and the sign-in was noted.
    Counts,
    /// The passkey was removed meanwhile, or is another account's.
    Gone,
    /// The signature counter is not beyond the one that was last seen.
    CounterBack,
}

impl Database {
    /// An account's passkeys, the oldest first.
    pub async fn list_passkeys(&self, _ctx: &OpContext, account: AccountId) -> Result<Vec<StoredPasskey>> {
        let query = Entity::find().filter(Column::AccountId.eq(account.0));
        let rows = query.order_by_asc(Column::CreatedAt).order_by_asc(Column::Id).all(self.read()).await?;
        Ok(rows.into_iter().map(StoredPasskey::from).collect())
    }

    /// The passkey of a credential, whose ever it is.
    pub async fn find_passkey(&self, _ctx: &OpContext, credential: &str) -> Result<Option<StoredPasskey>> {
        let row = Entity::find().filter(Column::Credential.eq(credential)).one(self.read()).await?;
        Ok(row.map(StoredPasskey::from))
    }

    /// Whether an account has a second factor in use, of whatever kind.
    pub async fn has_second_factor(&self, _ctx: &OpContext, account: AccountId) -> Result<bool> {
        second_factors::in_use(self.read(), account).await
    }

    /// Adds a passkey, with recovery codes when it is the account's first second factor.
    pub async fn add_passkey(
        &self,
        ctx: &OpContext,
        account: &Account,
        new: PasskeyToAdd,
        codes: Vec<String>,
    ) -> Result<Addition> {
        let id = account.viewer.id;
        let tx = self.write().await?;
        accounts::lock(&tx, id).await?;
        if of(&tx, id).await? >= MAX_PASSKEYS {
            return Ok(Addition::Full);
        }
        let before = FactorsState::find(&tx, id).await?;
        let first = !second_factors::in_use(&tx, id).await?;
        let passkey = entity::Model {
            id: ctx.clock().uuid(),
            account_id: id.0,
            credential: new.credential,
            name: super::portable::storable(&new.name),
            site: new.site,
            checked_by: new.checked_by,
            // Of sign-ins; the one that it was made with is part of what it is checked by.
            counter: 0,
            created_at: ctx.now(),
            used_at: None,
        };
        if !insert_unless_exists(&tx, active(passkey.clone())).await? {
            return Ok(Addition::Known);
        }
        if first {
            recovery_codes::replace(&tx, id, codes).await?;
        }
        let passkey = StoredPasskey::from(passkey);
        let after = FactorsState::find(&tx, id).await?;
        let entry = about(account, "passkey.add", &passkey.name).change(Some(&before), Some(&after));
        audit::record(&tx, ctx, entry).await?;
        tx.commit().await?;
        Ok(Addition::Added { passkey, first })
    }

    /// Gives a passkey of the account's another name, in the place of the version that was read, if one is named; whether
    /// there is such a passkey. Fails with `Stale` when it has another name by now.
    pub async fn rename_passkey(
        &self,
        ctx: &OpContext,
        account: &Account,
        id: PasskeyId,
        (name, expected): (&str, Option<i64>),
    ) -> Result<bool> {
        let tx = self.write().await?;
        let found = lock_row::<Entity>(&tx, id.0).await?;
        let Some(row) = found.filter(|row| row.account_id == account.viewer.id.0) else { return Ok(false) };
        version::meant_for(expected, version_of(&row.name))?;
        let before = PasskeyState { name: row.name };
        let after = PasskeyState { name: super::portable::storable(name) };
        let done = Entity::update_many()
            .col_expr(Column::Name, Expr::value(after.name.as_str()))
            .filter(Column::Id.eq(id.0))
            .filter(Column::AccountId.eq(account.viewer.id.0))
            .exec(&tx)
            .await?;
        if done.rows_affected == 0 {
            return Ok(false);
        }
        let entry = about(account, "passkey.rename", name).change(Some(&before), Some(&after));
        audit::record(&tx, ctx, entry).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Removes a passkey of the account's, and the recovery codes with the last second factor.
    pub async fn remove_passkey(&self, ctx: &OpContext, account: &Account, id: PasskeyId) -> Result<Removal> {
        let owner = account.viewer.id;
        let tx = self.write().await?;
        accounts::lock(&tx, owner).await?;
        let own = Entity::find_by_id(id.0).filter(Column::AccountId.eq(owner.0));
        let Some(row) = own.one(&tx).await? else { return Ok(Removal::NotFound) };
        let before = FactorsState::find(&tx, owner).await?;
        Entity::delete_by_id(id.0).exec(&tx).await?;
        if !second_factors::in_use(&tx, owner).await? {
            let needed = match account.viewer.tenant {
                Some(tenant) => tenants::membership(&tx, tenant).await?.is_some_and(|m| m.second_factor_required),
                None => false,
            };
            if needed {
                // Without a commit nothing was removed.
                return Ok(Removal::Needed);
            }
            recovery_codes::replace(&tx, owner, Vec::new()).await?;
        }
        let after = FactorsState::find(&tx, owner).await?;
        let entry = about(account, "passkey.remove", &row.name).change(Some(&before), Some(&after));
        audit::record(&tx, ctx, entry).await?;
        tx.commit().await?;
        Ok(Removal::Removed)
    }

    /// Completes a sign-in by a passkey whose answer was right: `how` is what the audit trail says of it. Fails with
    /// `Stale` when the account's password was changed meanwhile.
    pub async fn sign_in_by_passkey(
        &self,
        ctx: &OpContext,
        account: &Account,
        used: PasskeyUse,
        how: &str,
    ) -> Result<Used> {
        let owner = account.viewer.id;
        let counter = i64::from(used.counter);
        let tx = self.write().await?;
        // The account's row first, as whoever adds and removes passkeys does. Without a commit nothing was noted.
        let entry = accounts::note(&tx, ctx, account, None, "session.sign_in", how).await?;
        let forward = match counter {
            0 => Column::Counter.eq(0),
            n => Column::Counter.lt(n),
        };
        let this = || Column::Credential.eq(&used.credential).and(Column::AccountId.eq(owner.0));
        let done = Entity::update_many()
            .col_expr(Column::CheckedBy, Expr::value(used.checked_by.clone()))
            .col_expr(Column::Counter, Expr::value(counter))
            .col_expr(Column::UsedAt, Expr::value(ctx.now()))
            .filter(this())
            .filter(forward)
            .exec(&tx)
            .await?;
        if done.rows_affected == 0 {
            let there = Entity::find().filter(this()).count(&tx).await? > 0;
            return Ok(if there { Used::CounterBack } else { Used::Gone });
        }
        audit::record(&tx, ctx, entry).await?;
        tx.commit().await?;
        Ok(Used::Counts)
    }
}

/// The version of a passkey: that of its name, which alone can be changed.
pub fn version_of(name: &str) -> i64 {
    version::of_content(&name)
}

/// How many passkeys an account has.
pub(super) async fn of(on: &impl ConnectionTrait, account: AccountId) -> Result<u64> {
    Ok(Entity::find().filter(Column::AccountId.eq(account.0)).count(on).await?)
}

/// What an account's passkeys are called, the oldest first.
pub(super) async fn names_of(on: &impl ConnectionTrait, account: AccountId) -> Result<Vec<String>> {
    let own = Entity::find().select_only().column(Column::Name).filter(Column::AccountId.eq(account.0));
    Ok(own.order_by_asc(Column::CreatedAt).order_by_asc(Column::Id).into_tuple().all(on).await?)
}

/// Which of some accounts have passkeys.
pub(super) async fn among(on: &impl ConnectionTrait, accounts: Vec<Uuid>) -> Result<Vec<Uuid>> {
    let with = Entity::find().select_only().column(Column::AccountId).distinct();
    Ok(with.filter(Column::AccountId.is_in(accounts)).into_tuple().all(on).await?)
}

/// Removes all passkeys of an account.
pub(super) async fn forget(tx: &DatabaseTransaction, account: AccountId) -> Result<()> {
    Entity::delete_many().filter(Column::AccountId.eq(account.0)).exec(tx).await?;
    Ok(())
}

impl From<entity::Model> for StoredPasskey {
    fn from(row: entity::Model) -> Self {
        Self {
            id: PasskeyId(row.id),
            account: AccountId(row.account_id),
            credential: row.credential,
            name: row.name,
            site: row.site,
            checked_by: row.checked_by,
            created_at: row.created_at,
            used_at: row.used_at,
        }
    }
}

fn active(row: entity::Model) -> entity::ActiveModel {
    entity::ActiveModel {
        id: Set(row.id),
        account_id: Set(row.account_id),
        credential: Set(row.credential),
        name: Set(row.name),
        site: Set(row.site),
        checked_by: Set(row.checked_by),
        counter: Set(row.counter),
        created_at: Set(row.created_at),
        used_at: Set(row.used_at),
    }
}

/// An entry about a passkey, by its owner.
fn about(account: &Account, action: &'static str, name: &str) -> Entry {
    let viewer = &account.viewer;
    Entry::ok(action, format!("account/{}", viewer.username))
        .actor(Some(viewer.id), &viewer.username)
        .tenant(viewer.tenant)
        .detail(name)
}
