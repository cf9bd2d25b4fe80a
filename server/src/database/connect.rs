//! Connections to the three kinds of database, each set so that the repositories find the same rules everywhere:
//! `READ COMMITTED`, no silent truncation, and nobody waits for a lock for longer than ten seconds.
//!
//! The servers' pools are made here rather than by `sea_orm::Database::connect`, which writes the whole address with
//! its password into the log at the level `trace`.

use std::{path::Path, str::FromStr, time::Duration};

use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DbErr, SqlxMySqlConnector, SqlxPostgresConnector,
    sqlx::{
        self, ConnectOptions as _, Executor,
        mysql::{MySqlConnectOptions, MySqlPoolOptions},
        postgres::{PgConnectOptions, PgPoolOptions},
    },
};

use super::url::{DatabaseUrl, Place};

/// Connections of one process to a server. PostgreSQL allows 100 by default over all; ten replicas find room.
const MOST_CONNECTIONS: u32 = 10;
/// How long a request waits for a connection, and the start for the server.
const ACQUIRE: Duration = Duration::from_secs(10);

const POSTGRES_SESSION: &str = "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED; \
                                SET lock_timeout = '10s'; SET client_min_messages = 'warning'";
const MYSQL_SESSION: &str = "SET SESSION transaction_isolation = 'READ-COMMITTED', \
                             SESSION innodb_lock_wait_timeout = 10, \
                             SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')";
/// MariaDB's name for it, which MySQL 8 does not know any more.
const MARIADB_SESSION: &str = "SET SESSION tx_isolation = 'READ-COMMITTED', \
                               SESSION innodb_lock_wait_timeout = 10, \
                               SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')";

/// Opens a pool.
pub(super) async fn connect(url: &DatabaseUrl) -> Result<DatabaseConnection, DbErr> {
    match url.place() {
        Place::Sqlite(file) => sqlite(file).await,
        Place::Postgres(url) => {
            let options = PgConnectOptions::from_str(url.as_str()).map_err(failed)?;
            let options = options.application_name("longshore").disable_statement_logging();
            let pool = PgPoolOptions::new()
                .max_connections(MOST_CONNECTIONS)
                .acquire_timeout(ACQUIRE)
                .after_connect(|connection, _| {
                    Box::pin(async move { connection.execute(POSTGRES_SESSION).await.map(|_| ()) })
                })
                .connect_with(options)
                .await
                .map_err(failed)?;
            Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
        }
        Place::MySql(url) => {
            let options = MySqlConnectOptions::from_str(url.as_str()).map_err(failed)?.disable_statement_logging();
            let pool = MySqlPoolOptions::new()
                .max_connections(MOST_CONNECTIONS)
                .acquire_timeout(ACQUIRE)
                .after_connect(|connection, _| {
                    Box::pin(async move {
                        let version: String =
                            sqlx::query_scalar("SELECT VERSION()").fetch_one(&mut *connection).await?;
                        let maria = version.contains("MariaDB");
                        connection.execute(if maria { MARIADB_SESSION } else { MYSQL_SESSION }).await.map(|_| ())
                    })
                })
                .connect_with(options)
                .await
                .map_err(failed)?;
            Ok(SqlxMySqlConnector::from_sqlx_mysql_pool(pool))
        }
    }
}

async fn sqlite(file: &Path) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", file.display()));
    options.max_connections(8).min_connections(1).sqlx_logging(false);
    options.map_sqlx_sqlite_opts(|o| {
        o.pragma("journal_mode", "WAL")
            .pragma("synchronous", "NORMAL")
            .pragma("busy_timeout", "10000")
            .pragma("foreign_keys", "ON")
    });
    Database::connect(options).await
}

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Custom(error.to_string())
}
