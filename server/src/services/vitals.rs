//! How this server stands, for whoever looks after it: its clusters, its work, its connections.

use std::time::Duration;

use super::Parts;
use crate::{database::operation_counts, measures::Standing};

/// How long the database may take to tell; whoever asks waits for some seconds only, and wants the rest in any case.
const PATIENCE: Duration = Duration::from_secs(2);

/// How things stand, after the process has served for so long. What is not known is left out.
pub async fn standing(parts: &Parts, uptime: Duration) -> Standing {
    let clusters = parts.fleet.all().iter().map(|cluster| (cluster.name().to_owned(), cluster.state())).collect();
    let counted = operation_counts::queue(&parts.db, parts.clock.now());
    let operations = match tokio::time::timeout(PATIENCE, counted).await {
        Ok(Ok(queue)) => {
            vec![("running", queue.running), ("waiting", queue.waiting), ("later", queue.later), ("held", queue.held)]
        }
        Ok(Err(error)) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "operations could not be counted");
            Vec::new()
        }
        Err(_) => {
            tracing::warn!("operations could not be counted in time");
            Vec::new()
        }
    };
    Standing { clusters, operations, connections: parts.db.connections(), uptime }
}
