//! Carries revocations from this replica to the others and from them to this one.
//!
//! Whoever cannot hear the others believes nothing old: when notices may have been missed, everything that is
//! remembered is forgotten and every stream ends, to be opened anew.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    keeper::NoticeBoard,
    revocations::{Revocation, Revocations},
    session_cache::BELIEVED,
};

/// Before something that failed is tried again.
const AGAIN: Duration = Duration::from_millis(500);

/// How long a server's start waits until the others are heard.
pub const START: Duration = Duration::from_secs(1);

/// For how long a replica that hears nothing keeps its streams: as long as it believes a session.
const DEAF: Duration = Duration::from_millis(BELIEVED.cast_unsigned());

/// A revocation on its way.
#[derive(Debug, Serialize, Deserialize)]
struct Notice {
    /// The process that sent it; it has acted already.
    origin: Uuid,
    what: Revocation,
}

/// Starts to carry notices until `stopping`. Returns when the others are heard, or after `patience` without them.
/// `origin` is this process's own id.
pub async fn connect(
    revocations: &Revocations,
    board: &Arc<dyn NoticeBoard>,
    origin: Uuid,
    patience: Duration,
    stopping: &CancellationToken,
) {
    let (listening, listens) = oneshot::channel();
    let posting = post(revocations.clone(), Arc::clone(board), origin);
    let hearing = hear(revocations.clone(), Arc::clone(board), origin, listening);
    let stopped = stopping.clone();
    tokio::spawn(async move {
        stopped.run_until_cancelled(futures::future::join(posting, hearing)).await;
    });
    timeout(patience, listens).await.ok();
}

/// Posts what is sent here, in order, each until it is posted.
async fn post(revocations: Revocations, board: Arc<dyn NoticeBoard>, origin: Uuid) {
    loop {
        let what = revocations.to_post().await;
        let notice = match serde_json::to_string(&Notice { origin, what }) {
            Ok(notice) => notice,
            Err(error) => {
                tracing::error!(%error, "a revocation could not be written down");
                continue;
            }
        };
        let mut failed = false;
        while let Err(error) = board.post(&notice).await {
            if !std::mem::replace(&mut failed, true) {
                tracing::warn!("other replicas cannot be told of a revocation yet: {error}");
            }
            sleep(AGAIN).await;
        }
    }
}

/// Acts on what others send.
async fn hear(revocations: Revocations, board: Arc<dyn NoticeBoard>, origin: Uuid, listening: oneshot::Sender<()>) {
    let mut first = Some(listening);
    let mut deaf_since = Instant::now();
    let (mut warned, mut ended) = (false, false);
    loop {
        let (sender, mut heard) = mpsc::channel(64);
        let mut listens = board.listen(sender);
        let mut listening = false;
        let fault = loop {
            tokio::select! {
                biased;
                Some(notice) = heard.recv() => match notice {
                    Some(text) => read(&text, origin).into_iter().for_each(|what| revocations.apply(what)),
                    None => {
                        listening = true;
                        // While the start still waits, nothing is remembered that could have been missed.
                        if first.take().is_none_or(|start| start.send(()).is_err()) {
                            tracing::info!("other replicas are heard again");
                            revocations.apply(Revocation::Everything);
                        }
                    }
                },
                fault = &mut listens => break fault,
                () = sleep_until(deaf_since + DEAF), if !listening && !ended => {
                    ended = true;
                    revocations.apply(Revocation::Everything);
                }
            }
        };
        if listening {
            (deaf_since, warned, ended) = (Instant::now(), false, false);
        }
        if let Err(error) = fault
            && !std::mem::replace(&mut warned, true)
        {
            tracing::warn!("other replicas are not heard: {error}");
        }
        // A board that fails at once leaves no time above.
        if !ended && deaf_since.elapsed() >= DEAF {
            ended = true;
            revocations.apply(Revocation::Everything);
        }
        sleep(AGAIN).await;
    }
}

/// What another replica has revoked; `None` for what this one has sent. What cannot be read, as from a newer version,
/// may be anything.
fn read(text: &str, origin: Uuid) -> Option<Revocation> {
    match serde_json::from_str::<Notice>(text) {
        Ok(notice) => (notice.origin != origin).then_some(notice.what),
        Err(_) => Some(Revocation::Everything),
    }
}

#[cfg(test)]
mod tests {
    use app::model::AccountId;
    use async_trait::async_trait;
    use tokio::sync::broadcast;

    use super::*;
    use crate::auth::{
        keeper::{KeeperError, Kept},
        revocations::{Heard, SessionKey},
    };

    /// A board in memory, which fails while `broken`.
    #[derive(Debug)]
    struct Board {
        notices: broadcast::Sender<String>,
        broken: tokio::sync::watch::Sender<bool>,
    }

    #[async_trait]
    impl NoticeBoard for Board {
        async fn post(&self, notice: &str) -> Kept<()> {
            self.ready().await?;
            self.notices.send(notice.to_owned()).ok();
            Ok(())
        }

        async fn listen(&self, heard: mpsc::Sender<Option<String>>) -> Kept<()> {
            self.ready().await?;
            let (mut notices, mut broken) = (self.notices.subscribe(), self.broken.subscribe());
            heard.send(None).await.ok();
            loop {
                tokio::select! {
                    Ok(notice) = notices.recv() => heard.send(Some(notice)).await.unwrap_or_default(),
                    _ = async { broken.wait_for(|b| *b).await.is_ok() } => return self.ready().await,
                }
            }
        }

        async fn ready(&self) -> Kept<()> {
            if *self.broken.borrow() { Err(KeeperError::Redis("broken".into())) } else { Ok(()) }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_revocation_reaches_the_others_and_deafness_ends_everything() {
        let (broken, _) = tokio::sync::watch::channel(false);
        let board = Arc::new(Board { notices: broadcast::channel(16).0, broken });
        let shared: Arc<dyn NoticeBoard> = Arc::<Board>::clone(&board);
        let (here, there) = (Revocations::default(), Revocations::default());
        let stopping = CancellationToken::new();
        connect(&here, &shared, Uuid::from_u128(1), START, &stopping).await;
        connect(&there, &shared, Uuid::from_u128(2), START, &stopping).await;
        let account = AccountId(Uuid::from_u128(7));
        let watch = |who: &Revocations| who.watch(account, SessionKey([1; 32]), who.mark());

        let (mut own, mut others) = (watch(&here), watch(&there));
        here.send(Revocation::Changed(account));
        assert_eq!((own.next().await, others.next().await), (Heard::Changed, Heard::Changed));
        assert!(timeout(Duration::from_secs(3), own.next()).await.is_err(), "its own notice does not come back");

        board.broken.send_replace(true);
        here.send(Revocation::Session(SessionKey([2; 32])));
        assert!(timeout(Duration::from_secs(3), others.next()).await.is_err(), "a short silence ends nothing");
        assert_eq!(timeout(DEAF, others.next()).await, Ok(Heard::Ended));
        assert!(timeout(Duration::from_mins(10), others.next()).await.is_err(), "once");
        let mut late = there.watch(account, SessionKey([2; 32]), there.mark());
        board.broken.send_replace(false);
        assert_eq!(timeout(Duration::from_secs(2), late.next()).await, Ok(Heard::Ended), "what was missed");
        stopping.cancel();
    }

    #[test]
    fn what_cannot_be_read_may_be_anything() {
        let origin = Uuid::from_u128(1);
        assert_eq!(read(r#"{"origin":"x","what":"tomorrow"}"#, origin), Some(Revocation::Everything));
        let own = serde_json::to_string(&Notice { origin, what: Revocation::Everything }).expect("JSON");
        assert_eq!(read(&own, origin), None);
    }
}
