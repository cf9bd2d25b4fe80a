//! The notices between replicas by Redis' channels. A replica that listens asks once a second whether the server is
//! still there, since a silent one looks the same.

use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use tokio::{
    sync::mpsc,
    time::{MissedTickBehavior, interval},
};

use super::{PREFIX, Redis, failed, soon};
use crate::auth::keeper::{KeeperError, Kept, NoticeBoard};

/// Between two questions whether the server is there.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// The board in Redis.
#[derive(Debug)]
pub struct Board(Redis);

impl Board {
    /// On this server.
    pub fn new(redis: Redis) -> Self {
        Self(redis)
    }
}

fn channel() -> String {
    format!("{PREFIX}:revocations")
}

#[async_trait]
impl NoticeBoard for Board {
    async fn post(&self, notice: &str) -> Kept<()> {
        let mut cmd = redis::cmd("PUBLISH");
        cmd.arg(channel()).arg(notice);
        self.0.run::<i64>(&cmd).await.map(drop)
    }

    async fn listen(&self, heard: mpsc::Sender<Option<String>>) -> Kept<()> {
        let mut connection = soon(self.0.0.client.get_async_pubsub()).await?;
        soon(connection.subscribe(channel())).await?;
        let (mut questions, mut notices) = connection.split();
        if heard.send(None).await.is_err() {
            return Ok(());
        }
        let mut ask = interval(ASK_EVERY);
        ask.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let notice = tokio::select! {
                notice = notices.next() => notice,
                _ = ask.tick() => {
                    soon(questions.ping::<redis::Value>()).await?;
                    continue;
                }
            };
            let Some(notice) = notice else {
                return Err(KeeperError::Redis("the connection broke".to_owned()));
            };
            let text = notice.get_payload().map_err(failed)?;
            if heard.send(Some(text)).await.is_err() {
                return Ok(());
            }
        }
    }

    async fn ready(&self) -> Kept<()> {
        self.0.run::<String>(&redis::cmd("PING")).await.map(drop)
    }
}
