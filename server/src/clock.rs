//! Time, identifiers and randomness, injected so that a test can say what they are.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use app::model::Millis;
use rand::TryRng;
use uuid::Uuid;

/// Something that is done now and then on the way, and not every time.
#[derive(Debug)]
pub struct Seldom {
    every: Millis,
    next: AtomicI64,
}

impl Seldom {
    /// Due at once, and then after `every` milliseconds.
    pub const fn new(every: Millis) -> Self {
        Self { every, next: AtomicI64::new(Millis::MIN) }
    }

    /// Whether it is due; of several that ask at the same time, one is told so.
    pub fn is_due(&self, now: Millis) -> bool {
        let next = self.next.load(Ordering::Relaxed);
        now >= next && self.next.compare_exchange(next, now + self.every, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

/// Where time and randomness come from.
pub trait Source: Send + Sync {
    /// Milliseconds since the Unix epoch.
    fn now(&self) -> Millis;
    /// Fills a buffer with bytes fit for keys. Panics only when the operating system gives none.
    fn fill(&self, bytes: &mut [u8]);
}

/// The clock that everything shares.
#[derive(Clone)]
pub struct Clock(Arc<dyn Source>);

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

impl Clock {
    /// The machine's own clock and random numbers.
    pub fn system() -> Self {
        Self(Arc::new(System))
    }

    /// A clock of another source.
    pub fn from_source(source: Arc<dyn Source>) -> Self {
        Self(source)
    }

    /// Milliseconds since the Unix epoch.
    pub fn now(&self) -> Millis {
        self.0.now()
    }

    /// A UUID of version 7: sortable by the time of its making (RFC 9562, section 5.7).
    pub fn uuid(&self) -> Uuid {
        let mut random = [0; 10];
        self.0.fill(&mut random);
        uuid::Builder::from_unix_timestamp_millis(self.now().cast_unsigned(), &random).into_uuid()
    }

    /// Random bytes fit for keys and tokens.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        bytes
    }
}

struct System;

impl Source for System {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    fn now(&self) -> Millis {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |d| Millis::try_from(d.as_millis()).unwrap_or(Millis::MAX))
    }

    #[expect(clippy::expect_used, reason = "nothing safe can be done without random numbers")]
    fn fill(&self, bytes: &mut [u8]) {
        rand::rngs::SysRng.try_fill_bytes(bytes).expect("the operating system gives random numbers");
    }
}

/// A clock for tests: stands still until moved; its random bytes are the system's.
#[derive(Debug)]
pub struct Manual(AtomicI64);

impl Manual {
    /// Starts at `now`.
    pub fn new(now: Millis) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(now)))
    }

    /// Moves on by some milliseconds.
    pub fn advance(&self, by: Millis) {
        self.0.fetch_add(by, Ordering::SeqCst);
    }
}

impl Source for Manual {
    fn now(&self) -> Millis {
        self.0.load(Ordering::SeqCst)
    }

    fn fill(&self, bytes: &mut [u8]) {
        System.fill(bytes);
    }
}
