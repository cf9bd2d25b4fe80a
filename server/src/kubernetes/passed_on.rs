//! Questions that the API server passes on to a service of the cluster, so that Longshore needs no way to it of its own.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::Semaphore, time::Instant};

use super::{fault::ClusterError, fleet::Cluster};

/// How many questions to a cluster's services may be under way; others wait for their turn.
const AT_ONCE: usize = 6;
/// How long one may take, with the wait for its turn.
const PATIENCE: Duration = Duration::from_secs(12);
/// The most bytes of an answer.
const MOST_BYTES: usize = 1 << 20;
/// How long an answer is good for whoever asks the same.
const KEPT_FOR: Duration = Duration::from_secs(30);
/// The most answers that are kept, and the most bytes of one of them.
const MOST_KEPT: usize = 256;
const MOST_KEPT_BYTES: usize = 16 << 10;

/// What a cluster's services are asked, and have answered lately.
#[derive(Debug)]
pub(super) struct Asked {
    turns: Semaphore,
    kept: Mutex<HashMap<String, (Instant, Arc<str>)>>,
}

impl Default for Asked {
    fn default() -> Self {
        Self { turns: Semaphore::new(AT_ONCE), kept: Mutex::default() }
    }
}

impl Asked {
    fn kept(&self, path: &str, now: Instant) -> Option<Arc<str>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(path).filter(|(at, _)| now - *at < KEPT_FOR).map(|(_, answer)| Arc::clone(answer))
    }

    fn keep(&self, path: &str, now: Instant, answer: &Arc<str>) {
        if answer.len() > MOST_KEPT_BYTES {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.retain(|_, (at, _)| now - *at < KEPT_FOR);
        }
        if kept.len() < MOST_KEPT {
            kept.insert(path.to_owned(), (now, Arc::clone(answer)));
        }
    }
}

impl Cluster {
    /// What a service answers, or answered within the last half minute; as [`Self::ask_service_now`].
    pub async fn ask_service(&self, path: &str) -> Result<Arc<str>, ClusterError> {
        match self.asked.kept(path, Instant::now()) {
            Some(answer) => Ok(answer),
            None => self.ask_service_now(path).await,
        }
    }

    /// What a service answers; `path` is that of the API server's proxy to it. Fails with `NotFound` when there is no such
    /// service, or when that has no such path; with `Busy` when none of its pods is ready, or when too many ask; with
    /// `TooLarge`.
    pub async fn ask_service_now(&self, path: &str) -> Result<Arc<str>, ClusterError> {
        let asked = async {
            let _turn = self.asked.turns.acquire().await.map_err(|e| ClusterError::Other(e.to_string()))?;
            let answer: Arc<str> = self.client().read_at_most(path, PATIENCE, MOST_BYTES).await?.into();
            self.asked.keep(path, Instant::now(), &answer);
            Ok(answer)
        };
        match tokio::time::timeout(PATIENCE, asked).await {
            Ok(answer) => answer,
            Err(_) => Err(ClusterError::Busy(format!("no answer within {} s", PATIENCE.as_secs()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn answers_are_kept_for_a_while_and_not_without_end() {
        let asked = Asked::default();
        let answer = |size: usize| Arc::<str>::from("x".repeat(size));
        asked.keep("/a", Instant::now(), &answer(3));
        asked.keep("/large", Instant::now(), &answer(MOST_KEPT_BYTES + 1));
        assert_eq!(asked.kept("/a", Instant::now()).as_deref(), Some("xxx"));
        assert_eq!(asked.kept("/large", Instant::now()), None);
        for n in 0..MOST_KEPT * 2 {
            asked.keep(&format!("/{n}"), Instant::now(), &answer(1));
        }
        let count = || asked.kept.lock().expect("whole").len();
        assert_eq!(count(), MOST_KEPT);
        tokio::time::advance(KEPT_FOR).await;
        assert_eq!(asked.kept("/a", Instant::now()), None, "that was too long ago");
        asked.keep("/new", Instant::now(), &answer(1));
        assert_eq!(count(), 1);
    }
}
