//! Wires the parts together, and is the only place that does.

use std::{
    collections::BTreeSet,
    future::Future,
    io,
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use app::{api::Door, assets::Assets};
use axum::{Router, middleware};
use ipnet::IpNet;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    auth::{
        context::OpContext,
        crypto::Vault,
        keeper::{AttemptKeeper, NoticeBoard, SessionKeeper},
        passkeys::Sites,
        passwords::Passwords,
        replicas,
        revocations::Revocations,
        sessions::Sessions,
    },
    clock::Clock,
    config::{Config, Limits, RedisUrl},
    database::{self, Database, DatabaseError, url::DatabaseUrl},
    http::{
        HttpState, Ready, assets, forwarded, health,
        live::StreamLimit,
        router::router,
        serve::{Bounds, serve},
    },
    kubernetes::fleet::Fleet,
    measures,
    openid::{self, OpenId},
    operations::{self, Engine},
    redis_store::{self, Redis, RedisSessions},
    registry::Registry,
    services::{self, Parts, platform::Doorkeeper, readiness::readiness, vitals},
};

/// Why the server cannot start or had to end.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    /// The data folder cannot be made or used.
    #[error("--data-dir (or LONGSHORE_DATA_DIR): the folder {0} cannot be made or used")]
    Data(PathBuf, #[source] io::Error),
    /// The encryption key cannot be read or made.
    #[error(
        "--encryption-key-file (or LONGSHORE_ENCRYPTION_KEY_FILE; by default encryption.key in the data folder) names {0}, \
         which cannot be used"
    )]
    Key(PathBuf, #[source] crate::auth::crypto::CryptoError),
    /// The database cannot be reached or opened, or a migration failed.
    #[error("the database {0} cannot be opened")]
    Database(Box<DatabaseUrl>, #[source] DatabaseError),
    /// The address of Redis cannot be read.
    #[error(
        "--redis-url (or LONGSHORE_REDIS_URL) cannot be read: write redis://[[USER:]PASSWORD@]HOST[:PORT][/DATABASE], \
         or rediss:// over TLS; signs in the password that mean something in an address are percent-encoded"
    )]
    Redis,
    /// An address cannot be listened on.
    #[error("--{0} (or {1}): cannot listen on {2}; is another server running there?")]
    Listen(&'static str, &'static str, SocketAddr, #[source] io::Error),
    /// The site has not been built into the binary.
    #[error("{0}")]
    Site(String),
    /// What has to be there at the first start could not be made.
    #[error("the first start failed: {0}")]
    FirstStart(String),
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
    /// Looks after the audit trail; ends after `stopping`, when it has written down what it counted.
    pub audit: JoinHandle<()>,
}

/// Where sessions, the limits of sign-in and the notices between replicas are kept.
pub struct Keepers {
    /// Keeps sessions.
    pub sessions: Arc<dyn SessionKeeper>,
    /// Counts attempts to sign in.
    pub attempts: Arc<dyn AttemptKeeper>,
    /// Carries notices.
    pub notices: Arc<dyn NoticeBoard>,
}

impl Keepers {
    /// In Redis when there is an address, else in the database. Redis need not be there yet. Fails when the address
    /// cannot be read.
    pub fn new(db: &Database, redis: Option<&RedisUrl>, limits: &Limits, clock: &Clock) -> Result<Self, BootError> {
        let Some(url) = redis else {
            return Ok(Self {
                sessions: Arc::new(db.clone()),
                attempts: Arc::new(db.clone()),
                notices: Arc::new(database::revocations::Board::new(db.clone(), clock.clone())),
            });
        };
        let url = url.reveal();
        if !url.starts_with("redis://") && !url.starts_with("rediss://") {
            return Err(BootError::Redis);
        }
        let redis = Redis::open(url).ok_or(BootError::Redis)?;
        Ok(Self {
            sessions: Arc::new(RedisSessions::new(redis.clone(), limits.session_idle(), limits.session_absolute())),
            attempts: Arc::new(redis.clone()),
            notices: Arc::new(redis_store::Board::new(redis)),
        })
    }
}

/// Opens the data folder, the key and the database, and puts the parts together.
pub async fn assemble(config: &Config, clock: Clock) -> Result<Assembled, BootError> {
    make_private_folder(&config.data_dir).map_err(|e| BootError::Data(config.data_dir.clone(), e))?;
    let key = config.encryption_key_file();
    let vault = Vault::open_file(&key, clock.clone()).map_err(|e| BootError::Key(key, e))?;
    let url = config.database_url();
    let db = Database::connect(&url).await.map_err(|e| BootError::Database(url.clone().into(), e))?;
    let stopping = CancellationToken::new();
    let keepers = Keepers::new(&db, config.redis_url.as_ref(), &config.limits, &clock)?;
    let revocations = Revocations::default();
    replicas::connect(&revocations, &keepers.notices, clock.uuid(), replicas::START, &stopping).await;

    let fleet = Arc::new(Fleet::new(clock.clone()));
    let parts = Arc::new(Parts {
        passwords: Passwords::new(config.limits.argon2_memory_kib, config.limits.argon2_passes, clock.clone())
            .map_err(|e| BootError::FirstStart(e.to_string()))?,
        sites: Sites::new(config.public_url.as_deref()),
        sessions: Sessions::new(keepers.sessions, revocations.clone(), clock.clone(), &config.limits),
        attempts: keepers.attempts,
        notices: keepers.notices,
        redis: config.redis_url.is_some(),
        revocations,
        operations: Arc::new(Engine::new(
            db.clone(),
            vault.clone(),
            clock.clone(),
            Arc::clone(&fleet),
            operations::Settings::default(),
        )),
        fleet,
        domains: services::Domains::new(&config.app_domain),
        registry: Registry::new(&config.insecure_registry).map_err(|e| BootError::FirstStart(e.to_string()))?,
        openid: OpenId::new(config.address_for_people(), openid::PATIENCE)
            .map_err(|e| BootError::FirstStart(e.to_string()))?,
        db: db.clone(),
        vault,
        clock: clock.clone(),
    });
    let first_password =
        services::first_start::first_start(&parts).await.map_err(|e| BootError::FirstStart(e.to_string()))?;
    let mut unusable = BTreeSet::new();
    services::following::keep_up(&parts, &mut unusable).await.map_err(|e| BootError::Database(url.into(), e))?;
    services::following::follow(&parts, unusable, stopping.clone());
    let operations = services::operations::start(&parts, stopping.clone());
    let audit = services::audit::start(&parts, config.limits.audit_retention_days, stopping.clone());

    let urls = assets::urls().map_err(BootError::Site)?;
    let ready: Ready = {
        let parts = Arc::clone(&parts);
        Arc::new(move || {
            let parts = Arc::clone(&parts);
            Box::pin(async move { readiness(&parts).await })
        })
    };
    let state = HttpState {
        door: Door(Arc::new(Doorkeeper::new(Arc::clone(&parts)))),
        assets: Assets(Arc::new(urls)),
        leptos: leptos::config::LeptosOptions::builder().output_name("longshore").build(),
        ready,
        streams: StreamLimit::new(config.limits.streams_per_session),
        stopping: stopping.clone(),
    };
    let sessions = parts.sessions.layer(config.secure());
    let proxies: Arc<[IpNet]> = config.trusted_proxy.clone().into();
    let router = router(state, sessions, clock).layer(middleware::from_fn_with_state(proxies, forwarded::believe));
    Ok(Assembled { router, parts, first_password, stopping, operations, audit })
}

/// Connections of those who ask for the metrics.
const SCRAPERS: u32 = 16;
/// How often the times of requests are sorted into their buckets; until then each takes memory by itself.
const SORTED: Duration = Duration::from_secs(5);

/// Begins to count, when somebody may ask for it. Fails when this process counts already.
fn count(config: &Config) -> Result<Option<PrometheusHandle>, BootError> {
    if config.metrics_listen.is_none() {
        return Ok(None);
    }
    let counts = measures::collector().and_then(PrometheusBuilder::install_recorder).map_err(BootError::Metrics)?;
    measures::begin();
    Ok(Some(counts))
}

/// Serves what is counted, on a listener of its own, until the server stops. Fails when the address is taken.
async fn serve_metrics(at: SocketAddr, counts: PrometheusHandle, server: &Assembled) -> Result<(), BootError> {
    let taken = |e| BootError::Listen("metrics-listen", "LONGSHORE_METRICS_LISTEN", at, e);
    let listener = TcpListener::bind(at).await.map_err(taken)?;
    let (parts, began, told) = (Arc::clone(&server.parts), Instant::now(), counts.clone());
    let router = health::metrics_router(Arc::new(move || {
        let (parts, told) = (Arc::clone(&parts), told.clone());
        Box::pin(async move { told.render() + &vitals::standing(&parts, began.elapsed()).await.render() })
    }));
    tokio::spawn(serve(listener, router, Bounds::of(SCRAPERS), server.stopping.clone()));
    let stopping = server.stopping.clone();
    tokio::spawn(async move {
        let mut tick = tokio::time::interval(SORTED);
        loop {
            tokio::select! {
                () = stopping.cancelled() => return,
                _ = tick.tick() => counts.run_upkeep(),
            }
        }
    });
    Ok(())
}

/// Runs until a signal to stop, then drains requests and streams within the configured time.
pub async fn run(config: Config) -> Result<(), BootError> {
    let counts = count(&config)?;
    let server = assemble(&config, Clock::system()).await?;
    let taken = |e| BootError::Listen("listen", "LONGSHORE_LISTEN", config.listen, e);
    let listener = TcpListener::bind(config.listen).await.map_err(taken)?;
    let address = listener.local_addr().map_err(taken)?;
    if let (Some(at), Some(counts)) = (config.metrics_listen, counts) {
        serve_metrics(at, counts, &server).await?;
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
    let serving = serve(listener, server.router, Bounds::of(config.limits.connections), server.stopping.clone());
    within_grace(serving, &server.stopping, &config).await;
    server.stopping.cancel();
    // Whoever starts next need not wait for the leases of this one to run out.
    if tokio::time::timeout(config.limits.shutdown_grace(), server.operations).await.is_err() {
        tracing::warn!("an operation's step did not end in time; it is done again after the next start");
    }
    // The trail's upkeep has ended at the signal; what was open then has been refused things since.
    let (parts, upkeep) = (server.parts, server.audit);
    let last = async move {
        upkeep.await.ok();
        parts.db.close_refusals(&OpContext::system(parts.clock.clone()), true).await
    };
    match tokio::time::timeout(config.limits.shutdown_grace(), last).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(%error, "the counted refusals could not be written to the audit trail"),
        Err(_) => tracing::warn!("counted refusals could not be written to the audit trail in time"),
    }
    Ok(())
}

/// Serves; after the signal, for at most the configured time.
async fn within_grace(serving: impl Future<Output = ()>, stopping: &CancellationToken, config: &Config) {
    let late = async {
        stopping.cancelled().await;
        tokio::time::sleep(config.limits.shutdown_grace()).await;
    };
    tokio::select! {
        () = serving => {}
        () = late => tracing::warn!("some requests did not finish in time and were cut off"),
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

#[cfg(test)]
mod tests;
