//! Runs the steps, in one process at a time: replicas start together, and a step must not be taken twice.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{DatabaseConnection, DatabaseTransaction, DbBackend, Statement, TransactionTrait},
};

use crate::{Migrator, mysql};

/// The number under which the schema is locked in PostgreSQL; any, as long as it stays the same.
const LOCK: i64 = 0x6c6f_6e67_7368_6f72;

/// Whoever waits for another replica's steps gives up after this many seconds.
const PATIENCE: u32 = 600;

/// Takes the steps that the database has not seen: all of them, or as many as `steps` says. Waits while another process
/// takes them. Fails when a step does, when the wait is too long, or when the database knows steps that this version
/// does not.
pub async fn up(db: &DatabaseConnection, steps: Option<u32>) -> Result<(), DbErr> {
    match db.get_database_backend() {
        DbBackend::Postgres => {
            // The lock lives as long as this transaction, whose connection does nothing else meanwhile.
            let lock = db.begin().await?;
            lock.execute_unprepared("SET LOCAL idle_in_transaction_session_timeout = 0").await?;
            lock.execute_unprepared(&format!("SET LOCAL lock_timeout = '{PATIENCE}s'")).await?;
            lock.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
            let done = Migrator::up(db, steps).await;
            lock.commit().await?;
            done
        }
        DbBackend::MySql => {
            // This lock is its connection's, which the transaction holds on to.
            let lock = db.begin().await?;
            take(&lock).await?;
            let done = mysql::up(&lock, steps).await;
            lock.execute_unprepared(&format!("DO RELEASE_LOCK({NAME})")).await?;
            lock.commit().await?;
            done
        }
        // A file is one process's alone.
        _ => Migrator::up(db, steps).await,
    }
}

/// The lock's name: such locks are the whole server's, so it has the database in it; hashed, for it may be long.
const NAME: &str = "SHA1(CONCAT('longshore schema ', DATABASE()))";

async fn take(lock: &DatabaseTransaction) -> Result<(), DbErr> {
    let ask = Statement::from_string(DbBackend::MySql, format!("SELECT CAST(GET_LOCK({NAME}, {PATIENCE}) AS SIGNED)"));
    let taken = lock.query_one_raw(ask).await?.map(|row| row.try_get_by_index::<Option<i64>>(0)).transpose()?.flatten();
    match taken {
        Some(1) => Ok(()),
        _ => Err(DbErr::Custom(format!("another process has been changing the schema for {PATIENCE} s"))),
    }
}
