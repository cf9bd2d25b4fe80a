//! The database: one file per noun. `sea_orm` stops here.
//!
//! `SQLite` writes one transaction at a time. A transaction that begins by reading and then writes can fail in
//! the middle because another wrote first, so every transaction that may write goes through [`Database::write`],
//! which takes the write lock at its start.

pub mod account_changes;
pub mod accounts;
pub mod app_secrets;
pub mod apps;
pub mod audit;
pub mod clusters;
pub mod namespaces;
pub mod operation_leases;
pub mod operation_work;
pub mod operations;
pub mod releases;
pub mod role_bindings;
pub mod roles;
pub mod sessions;
pub mod sign_in_limits;
mod stored;
pub mod templates;
pub mod tenants;

use std::path::Path;

use migrations::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, SqlErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};

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

/// What a failed insertion or change means: a value that must be unique is another's already, or a fault.
pub(crate) fn taken(error: DbErr, field: &'static str) -> DatabaseError {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => DatabaseError::Taken(field),
        _ => DatabaseError::Failed(error),
    }
}

/// What repositories answer.
pub type Result<T, E = DatabaseError> = std::result::Result<T, E>;

/// The pool of connections.
#[derive(Clone, Debug)]
pub struct Database {
    pool: DatabaseConnection,
}

impl Database {
    /// Opens (and makes, when missing) the `SQLite` file, and runs the migrations.
    pub async fn open(file: &Path) -> Result<Self> {
        let url = format!("sqlite://{}?mode=rwc", file.display());
        let mut options = ConnectOptions::new(url);
        options.max_connections(8).min_connections(1).sqlx_logging(false);
        options.map_sqlx_sqlite_opts(|o| {
            o.pragma("journal_mode", "WAL")
                .pragma("synchronous", "NORMAL")
                .pragma("busy_timeout", "10000")
                .pragma("foreign_keys", "ON")
        });
        let pool = sea_orm::Database::connect(options).await?;
        Migrator::up(&pool, None).await?;
        Ok(Self { pool })
    }

    /// A connection for reading.
    pub(crate) fn read(&self) -> &DatabaseConnection {
        &self.pool
    }

    /// A transaction that may write; it holds the write lock from its start until it is committed or dropped.
    pub(crate) async fn write(&self) -> Result<DatabaseTransaction> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.pool.begin_with_options(options).await?)
    }

    /// Whether the database answers and all migrations have run.
    pub async fn ready(&self) -> Result<bool> {
        self.pool.execute_unprepared("SELECT 1").await?;
        Ok(Migrator::get_pending_migrations(&self.pool).await?.is_empty())
    }
}

/// Whether a statement failed because a value that must be unique is there already.
fn is_unique_violation(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}
