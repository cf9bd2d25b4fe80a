//! Wires the parts together, and is the only place that does.

use std::{future::Future, io, net::SocketAddr, path::PathBuf, sync::Arc};

use app::{api::Door, assets::Assets};
use axum::{Router, middleware};
use ipnet::IpNet;
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    auth::{crypto::Vault, passwords::Passwords, revocations::Revocations, sessions},
    clock::Clock,
    config::Config,
    database::{Database, DatabaseError, url::DatabaseUrl},
    http::{HttpState, Readiness, assets, forwarded, health, live::StreamLimit, router::router},
    kubernetes::fleet::Fleet,
    operations::{self, Engine},
    registry::Registry,
    services::{self, Parts, platform::Doorkeeper},
};

/// Why the server cannot start or had to end.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    /// The data folder cannot be made or used.
    #[error("the data folder {0} cannot be used")]
    Data(PathBuf, #[source] io::Error),
    /// The encryption key cannot be read or made.
    #[error("the encryption key {0} cannot be used")]
    Key(PathBuf, #[source] crate::auth::crypto::CryptoError),
    /// The database cannot be reached or opened, or a migration failed.
    #[error("the database {0} cannot be opened")]
    Database(DatabaseUrl, #[source] DatabaseError),
    /// An address cannot be listened on.
    #[error("cannot listen on {0}; is another server running there?")]
    Listen(SocketAddr, #[source] io::Error),
    /// The site has not been built into the binary.
    #[error("{0}")]
    Site(String),
    /// What has to be there at the first start could not be made.
    #[error("the first start failed: {0}")]
    FirstStart(String),
    /// Serving ended with a fault.
    #[error("serving failed")]
    Serve(#[source] io::Error),
    /// The metrics cannot be collected.
    #[error("the metrics cannot be collected")]
    Metrics(#[source] metrics_exporter_prometheus::BuildError),
}

/// A server that is put together and not yet listening.
pub struct Assembled {
    /// Answers requests.
    pub router: Router,
    /// The parts, for background work and tests.
    pub parts: Arc<Parts>,
    /// The administrator's one-time password, at the first start.
    pub first_password: Option<String>,
    /// Cancelled to stop: open streams and background work end.
    pub stopping: CancellationToken,
    /// Carries out operations; ends after `stopping`, when it has let go of those it held.
    pub operations: JoinHandle<()>,
}

/// Opens the data folder, the key and the database, and puts the parts together.
pub async fn assemble(config: &Config, clock: Clock) -> Result<Assembled, BootError> {
    make_private_folder(&config.data_dir).map_err(|e| BootError::Data(config.data_dir.clone(), e))?;
    let key = config.encryption_key_file();
    let vault = Vault::open_file(&key, clock.clone()).map_err(|e| BootError::Key(key, e))?;
    let url = config.database_url();
    let db = Database::connect(&url).await.map_err(|e| BootError::Database(url.clone(), e))?;
    let stopping = CancellationToken::new();

    let fleet = Arc::new(Fleet::new(clock.clone()));
    let parts = Arc::new(Parts {
        passwords: Passwords::new(config.limits.argon2_memory_kib, config.limits.argon2_passes, clock.clone())
            .map_err(|e| BootError::FirstStart(e.to_string()))?,
        revocations: Revocations::default(),
        operations: Arc::new(Engine::new(
            db.clone(),
            vault.clone(),
            clock.clone(),
            Arc::clone(&fleet),
            operations::Settings::default(),
        )),
        fleet,
        registry: Registry::new(&config.insecure_registry).map_err(|e| BootError::FirstStart(e.to_string()))?,
        db: db.clone(),
        vault,
        clock: clock.clone(),
    });
    let first_password =
        services::first_start::first_start(&parts).await.map_err(|e| BootError::FirstStart(e.to_string()))?;
    services::clusters::connect_all(&parts).await.map_err(|e| BootError::Database(url, e))?;
    let operations = services::operations::start(&parts, stopping.clone());

    let urls = assets::urls().map_err(BootError::Site)?;
    let ready: Readiness = Arc::new(move || {
        let db = db.clone();
        Box::pin(async move { db.ready().await.unwrap_or(false) })
    });
    let state = HttpState {
        door: Door(Arc::new(Doorkeeper::new(Arc::clone(&parts)))),
        assets: Assets(Arc::new(urls)),
        leptos: leptos::config::LeptosOptions::builder().output_name("longshore").build(),
        ready,
        streams: StreamLimit::new(config.limits.streams_per_session),
        stopping: stopping.clone(),
    };
    let sessions = sessions::layer(&parts.db, &parts.clock, &config.limits, config.secure());
    let proxies: Arc<[IpNet]> = config.trusted_proxy.clone().into();
    let router = router(state, sessions, clock).layer(middleware::from_fn_with_state(proxies, forwarded::believe));
    Ok(Assembled { router, parts, first_password, stopping, operations })
}

/// Runs until a signal to stop, then drains requests and streams within the configured time.
pub async fn run(config: Config) -> Result<(), BootError> {
    let metrics = PrometheusBuilder::new().install_recorder().map_err(BootError::Metrics)?;
    let server = assemble(&config, Clock::system()).await?;
    let listener = TcpListener::bind(config.listen).await.map_err(|e| BootError::Listen(config.listen, e))?;
    let address = listener.local_addr().map_err(|e| BootError::Listen(config.listen, e))?;
    if let Some(at) = config.metrics_listen {
        let listener = TcpListener::bind(at).await.map_err(|e| BootError::Listen(at, e))?;
        tokio::spawn(async move { axum::serve(listener, health::metrics_router(metrics)).await });
    }

    let url = config.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    println!("Longshore listens on {url}");
    if let Some(password) = &server.first_password {
        println!("Sign in as: admin");
        println!("One-time administrator password: {password}");
    }

    let stopping = server.stopping.clone();
    tokio::spawn(async move {
        stop_signal().await;
        tracing::info!("stopping: open requests are finished first");
        stopping.cancel();
    });
    let service = server.router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(server.stopping.clone().cancelled_owned());
    let served = within_grace(serving.into_future(), &server.stopping, &config).await;
    server.stopping.cancel();
    // Whoever starts next need not wait for the leases of this one to run out.
    if tokio::time::timeout(config.limits.shutdown_grace(), server.operations).await.is_err() {
        tracing::warn!("an operation's step did not end in time; it is done again after the next start");
    }
    served
}

/// Serves; after the signal, for at most the configured time.
async fn within_grace(
    serving: impl Future<Output = io::Result<()>>,
    stopping: &CancellationToken,
    config: &Config,
) -> Result<(), BootError> {
    let late = async {
        stopping.cancelled().await;
        tokio::time::sleep(config.limits.shutdown_grace()).await;
    };
    tokio::select! {
        result = serving => result.map_err(BootError::Serve),
        () = late => {
            tracing::warn!("some requests did not finish in time and were cut off");
            Ok(())
        }
    }
}

/// Waits for Ctrl-C or SIGTERM.
async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = match signal(SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(error) => {
            tracing::error!(%error, "SIGTERM cannot be watched");
            return std::future::pending().await;
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// Makes the folder, readable by its owner alone.
fn make_private_folder(path: &std::path::Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    if path.is_dir() {
        return Ok(());
    }
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}
