//! Redis, where it is configured: sessions, the limits of sign-in and the notices between replicas. `redis` stops
//! here.
//!
//! Every command has [`PATIENCE`] from start to end, the connecting with it, so that a Redis that is stopped or slow
//! makes nobody wait longer. A connection that broke is made anew by whoever needs it next. What is kept names a
//! session by the hash of its identifier, as in the database: who reads it cannot use one.

mod attempts;
mod notices;
mod sessions;

use std::{fmt, future::Future, sync::Arc, time::Duration};

use redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, RedisError, RedisResult, aio::MultiplexedConnection,
};
use tokio::{sync::Mutex, time::timeout};

pub use self::{notices::Board, sessions::RedisSessions};
use crate::auth::keeper::{KeeperError, Kept};

/// How long a command may take.
pub const PATIENCE: Duration = Duration::from_millis(500);

/// What every key and channel begins with.
const PREFIX: &str = "longshore";

/// A Redis server; connected when it is needed.
#[derive(Clone)]
pub struct Redis(Arc<Inner>);

struct Inner {
    client: Client,
    connection: Mutex<Option<(u64, MultiplexedConnection)>>,
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redis")
    }
}

impl Redis {
    /// The server of this address; it need not be there yet. `None` when the address cannot be read.
    pub fn open(url: &str) -> Option<Self> {
        let client = Client::open(url).ok()?;
        Some(Self(Arc::new(Inner { client, connection: Mutex::default() })))
    }

    /// Runs a command that does no harm when it is run twice: one whose connection turns out to be broken is sent once
    /// more.
    async fn run<T: FromRedisValue>(&self, cmd: &Cmd) -> Kept<T> {
        let ran = timeout(PATIENCE, async {
            let (number, mut connection) = self.connection().await?;
            match cmd.query_async(&mut connection).await {
                Err(error) if is_broken(&error) => {
                    self.forget(number).await;
                    cmd.query_async(&mut self.connection().await?.1).await
                }
                done => done,
            }
        });
        match ran.await {
            Ok(done) => done.map_err(failed),
            Err(_) => {
                // It may hang for good; another one does not, once the server is well again.
                if let Ok(mut connection) = self.0.connection.try_lock() {
                    *connection = None;
                }
                Err(slow())
            }
        }
    }

    /// The connection that all commands share, and its number.
    async fn connection(&self) -> RedisResult<(u64, MultiplexedConnection)> {
        let mut slot = self.0.connection.lock().await;
        if let Some((number, connection)) = &*slot {
            return Ok((*number, connection.clone()));
        }
        let config = AsyncConnectionConfig::new().set_connection_timeout(Some(PATIENCE)).set_response_timeout(None);
        let connection = self.0.client.get_multiplexed_async_connection_with_config(&config).await?;
        let number = NUMBERS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        *slot = Some((number, connection.clone()));
        Ok((number, connection))
    }

    async fn forget(&self, number: u64) {
        let mut slot = self.0.connection.lock().await;
        if slot.as_ref().is_some_and(|(of, _)| *of == number) {
            *slot = None;
        }
    }
}

static NUMBERS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

fn is_broken(error: &RedisError) -> bool {
    error.is_connection_dropped() || error.is_unrecoverable_error() || error.kind() == ErrorKind::Io
}

/// What went wrong, in the words of the server or the operating system. Neither knows the address's password.
fn failed(error: RedisError) -> KeeperError {
    KeeperError::Redis(error.to_string())
}

fn slow() -> KeeperError {
    KeeperError::Redis(format!("it did not answer within {} ms", PATIENCE.as_millis()))
}

/// Something that must be done within [`PATIENCE`].
async fn soon<T>(work: impl Future<Output = RedisResult<T>>) -> Kept<T> {
    timeout(PATIENCE, work).await.map_err(|_| slow())?.map_err(failed)
}

/// A script that runs on the server as one step, with the keys that it touches.
fn script(text: &str, keys: &[String]) -> Cmd {
    let mut cmd = redis::cmd("EVAL");
    cmd.arg(text).arg(keys.len());
    for key in keys {
        cmd.arg(key);
    }
    cmd
}
