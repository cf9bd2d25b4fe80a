//! What of operations is told in figures.

use tracing::warn;

use super::Engine;
use crate::{
    database::{operation_counts, operations::Operation},
    measures,
};

impl Engine {
    /// Counts an operation that has ended; one that waits for a person has not.
    pub(super) async fn count(&self, operation: &Operation) {
        match operation_counts::state_of(&self.db, operation.id).await {
            Ok(Some(state)) => measures::operation_ended(operation.kind, state),
            Ok(None) => {}
            Err(e) => warn!(operation = %operation.id, error = &e as &dyn std::error::Error,
                "how an operation ended could not be counted"),
        }
    }
}
