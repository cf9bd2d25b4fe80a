//! Whether this replica can serve.

use super::Parts;
use crate::database::Database;

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
    if let Err(why) = database(&parts.db).await {
        return Readiness::Not(why);
    }
    if parts.redis && parts.notices.ready().await.is_err() {
        return Readiness::Degraded("Redis does not answer: nobody can sign in, and sessions cannot be looked up");
    }
    Readiness::Ready
}

/// Whether the database can be worked with; else why not.
async fn database(db: &Database) -> Result<(), &'static str> {
    match db.ready().await {
        Ok(true) => Ok(()),
        Ok(false) => Err("the database lacks migrations of this version, which run at the start"),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "the database does not answer");
            Err("the database does not answer")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{database::url::DatabaseUrl, scratch::Scratch};

    #[tokio::test]
    async fn a_database_that_does_not_answer_is_not_ready() {
        let scratch = Scratch::new().await;
        let url = DatabaseUrl::parse(scratch.url()).expect("a database's address");
        let db = Database::connect(&url).await.expect("a database");
        assert_eq!(database(&db).await, Ok(()));
        db.read().clone().close().await.expect("closed");
        assert_eq!(database(&db).await, Err("the database does not answer"));
    }
}
