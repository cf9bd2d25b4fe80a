//! Whether this replica can serve.

use super::Parts;

/// How well it can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// All is well.
    Ready,
    /// It serves, but not everything; for a reason that the other replicas share, so that it is no use to ask them
    /// instead.
    Degraded(&'static str),
    /// It cannot serve, because of this.
    Not(&'static str),
}

/// Asks the database, and Redis when there is one.
pub async fn readiness(parts: &Parts) -> Readiness {
    if !parts.db.ready().await.unwrap_or(false) {
        return Readiness::Not("the database is not ready");
    }
    if parts.redis && parts.notices.ready().await.is_err() {
        return Readiness::Degraded("Redis does not answer: nobody can sign in, and sessions cannot be looked up");
    }
    Readiness::Ready
}
