//! A database of a test's own, gone when the test is over: a SQLite file, or a database on the server that
//! `LONGSHORE_TEST_DATABASE` (`postgres`, `mysql`) chooses and `LONGSHORE_TEST_DATABASE_URL` names, whose user may make
//! databases. `.ci/databases.sh` starts such servers and sets both.

use std::{
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
};

use sea_orm::{ConnectOptions, ConnectionTrait, Database};
use tempfile::TempDir;
use url::Url;

/// A database and a folder.
pub struct Scratch {
    url: String,
    on_server: Option<(Url, String)>,
    folder: TempDir,
}

impl Scratch {
    /// A new one, empty.
    pub async fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let folder = tempfile::tempdir().expect("a folder");
        let kind = std::env::var("LONGSHORE_TEST_DATABASE").unwrap_or_default();
        if matches!(kind.as_str(), "" | "sqlite") {
            let url = format!("sqlite://{}", folder.path().join("longshore.db").display());
            return Self { url, on_server: None, folder };
        }
        let server = std::env::var("LONGSHORE_TEST_DATABASE_URL").expect("LONGSHORE_TEST_DATABASE_URL is set");
        let server: Url = server.parse().expect("LONGSHORE_TEST_DATABASE_URL is a URL");
        assert!(server.scheme().starts_with(&kind), "LONGSHORE_TEST_DATABASE_URL is one of {kind}");
        let name = format!("longshore_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        // A process of the same id may have been killed before it could clear up.
        ask(&server, &[format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")])
            .await
            .expect("the test database's user may make databases");
        let mut url = server.clone();
        url.set_path(&name);
        Self { url: url.into(), on_server: Some((server, name)), folder }
    }

    /// The database's address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A folder for what else the test keeps.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let Some((server, name)) = self.on_server.take() else { return };
        // The test's pool may still be connected.
        let force = if server.scheme() == "mysql" { "" } else { " WITH (FORCE)" };
        let drop = format!("DROP DATABASE IF EXISTS {name}{force}");
        // A runtime of its own: this one may be ending, and cannot be waited on.
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(ask(&server, &[drop]))
        });
        match thread.join() {
            Ok(Ok(())) => {}
            other => eprintln!("a test's database stays behind: {other:?}"),
        }
    }
}

async fn ask(server: &Url, statements: &[String]) -> Result<(), sea_orm::DbErr> {
    let mut options = ConnectOptions::new(server.as_str());
    options.max_connections(1).sqlx_logging(false);
    let connection = Database::connect(options).await?;
    if server.scheme() == "mysql" {
        connection.execute_unprepared("SET SESSION lock_wait_timeout = 5").await?;
    }
    for statement in statements {
        connection.execute_unprepared(statement).await?;
    }
    connection.close().await
}
