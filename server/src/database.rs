//! The database: one file per noun. `sea_orm` stops here.
//!
//! There are three kinds: SQLite, PostgreSQL, MySQL. What they do differently is in [`portable`], how they are connected
//! to in [`connect`]. Every transaction that may write goes through [`Database::write`]. SQLite then writes one at a
//! time; elsewhere several run at once, so a transaction that writes because of what it has read locks the row that it
//! read ([`portable::lock_row`]) or changes it on a condition and looks whether it did.

pub mod account_changes;
pub mod account_list;
pub mod accounts;
pub mod app_list;
pub mod app_records;
pub mod app_secrets;
pub mod apps;
pub mod audit;
mod audit_chain;
pub mod audit_change;
pub mod audit_list;
mod audit_refusals;
mod audit_retention;
mod audit_states;
pub mod challenges;
pub mod claims;
pub mod clusters;
mod connect;
mod first_administrator;
pub mod identities;
pub mod identity_providers;
mod last_administrator;
pub mod links;
pub mod namespaces;
pub mod operation_counts;
pub mod operation_leases;
mod operation_wishes;
pub mod operation_work;
pub mod operations;
pub mod passkeys;
pub mod platform_settings;
mod portable;
pub mod pulls;
mod reach;
mod recovery_codes;
pub mod registries;
pub mod releases;
pub mod repeats;
pub mod revocations;
pub mod role_bindings;
pub mod roles;
pub mod routes;
pub mod second_factors;
pub mod secrets;
pub mod sessions;
pub mod sign_in_limits;
pub mod slice;
mod stored;
pub mod takes;
pub mod templates;
pub mod tenant_changes;
pub mod tenants;
pub mod tokens;
pub mod url;
pub mod version;

use std::{fmt, path::Path, sync::Arc};

use migrations::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};

use self::url::DatabaseUrl;
use crate::clock::Seldom;

/// A fault of the database. Its text is for the log, never for a person.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// What the database or its driver said.
    #[error("the database failed")]
    Failed(#[from] DbErr),
    /// A stored value could not be read back; `.0` names the column.
    #[error("the stored value of {0} cannot be read")]
    Corrupt(&'static str),
    /// Somebody else changed the row since it was read.
    #[error("the row was changed meanwhile")]
    Stale,
    /// A name or number is taken; `.0` names the field.
    #[error("{0} is taken")]
    Taken(&'static str),
}

impl DatabaseError {
    /// Whether a transaction was broken off because of others, so that it may succeed when it is done anew.
    pub fn is_broken_off(&self) -> bool {
        matches!(self, Self::Failed(error) if portable::is_broken_off(error))
    }
}

/// What a failed insertion or change means: a value that must be unique is another's already, or a fault.
pub(crate) fn taken(error: DbErr, field: &'static str) -> DatabaseError {
    if portable::is_unique_violation(&error) { DatabaseError::Taken(field) } else { DatabaseError::Failed(error) }
}

/// What repositories answer.
pub type Result<T, E = DatabaseError> = std::result::Result<T, E>;

/// The pool of connections.
#[derive(Clone)]
pub struct Database {
    pool: DatabaseConnection,
    refusals: Arc<audit_refusals::Refusals>,
    /// When old attempts at signing in are removed again.
    purge: Arc<Seldom>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Database({})", self.pool.get_database_backend().as_str())
    }
}

impl Database {
    /// Connects, and runs the migrations; one replica at a time does. What the audit trail had before it was a chain is
    /// put into the chain.
    pub async fn connect(url: &DatabaseUrl) -> Result<Self> {
        let pool = connect::connect(url).await?;
        migrations::up(&pool, None).await?;
        let purge = Arc::new(Seldom::new(sign_in_limits::PURGE_EVERY));
        let db = Self { pool, refusals: Arc::default(), purge };
        db.chain_old_audit().await?;
        Ok(db)
    }

    /// Opens (and makes, when missing) a SQLite file.
    pub async fn open(file: &Path) -> Result<Self> {
        Self::connect(&DatabaseUrl::file(file)).await
    }

    /// The pool, for reading, and for a change that is one statement by itself.
    pub(crate) fn read(&self) -> &DatabaseConnection {
        &self.pool
    }

    /// A transaction that may write. In SQLite it holds the only write lock from its start; elsewhere others write
    /// beside it, and it sees what they have committed.
    pub(crate) async fn write(&self) -> Result<DatabaseTransaction> {
        let sqlite = self.pool.get_database_backend() == sea_orm::DbBackend::Sqlite;
        let options = TransactionOptions {
            sqlite_transaction_mode: sqlite.then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.pool.begin_with_options(options).await?)
    }

    /// Connections that the pool has now: the most that there may be, those in use, those that are idle.
    pub fn connections(&self) -> (u32, u32, u32) {
        fn of<DB: sea_orm::sqlx::Database>(pool: &sea_orm::sqlx::Pool<DB>) -> (u32, u32, u32) {
            let (open, idle) = (pool.size(), u32::try_from(pool.num_idle()).unwrap_or(u32::MAX));
            (pool.options().get_max_connections(), open.saturating_sub(idle), idle)
        }
        let kind = self.pool.get_database_backend();
        if kind == sea_orm::DbBackend::Postgres {
            of(self.pool.get_postgres_connection_pool())
        } else if kind == sea_orm::DbBackend::MySql {
            of(self.pool.get_mysql_connection_pool())
        } else {
            of(self.pool.get_sqlite_connection_pool())
        }
    }

    /// Whether the database answers and all migrations have run.
    pub async fn ready(&self) -> Result<bool> {
        self.pool.execute_unprepared("SELECT 1").await?;
        Ok(Migrator::get_pending_migrations_read_only(&self.pool).await?.is_empty())
    }
}
