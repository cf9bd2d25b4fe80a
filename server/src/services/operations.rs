//! Durable operations, as those who wait for them see them.

use std::sync::Arc;

use app::{
    UiError,
    model::{AppId, OperationDetail, OperationId, OperationQuery, OperationRow, PartQuery, Permission, Slice},
    service::{Answer, Operations},
};
use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::{Parts, session::SessionServices, window::newest};
use crate::{database::operations as records, operations::step_title};

#[async_trait]
impl Operations for SessionServices {
    async fn list(&self, query: OperationQuery) -> Answer<Slice<OperationRow>> {
        self.require_anywhere(Permission::AppRead, "operation.list", "operation").await?;
        let window = newest(&PartQuery { cursor: query.cursor, limit: query.limit })?;
        let app = match query.app.as_deref().map(str::trim).filter(|id| !id.is_empty()) {
            Some(id) => Some(id.parse::<AppId>().map_err(|_| UiError::not_found())?),
            None => None,
        };
        let active = match query.state.as_deref() {
            Some("active") => Some(true),
            Some("ended") => Some(false),
            _ => None,
        };
        Ok(records::list(&self.parts.db, &self.ctx, app, active, &window).await?)
    }

    async fn get(&self, id: OperationId) -> Answer<OperationDetail> {
        let found = records::find(&self.parts.db, &self.ctx, id, step_title).await?;
        let seen = found.filter(|(_, place)| self.ctx.may_on(Permission::AppRead, place));
        let decided = seen.map(|(operation, _)| operation).ok_or_else(UiError::not_found);
        self.checked(decided, "operation.read", format!("operation/{id}")).await
    }
}

/// Starts to carry out operations, in the background, until `stop`.
pub fn start(parts: &Arc<Parts>, stop: CancellationToken) -> tokio::task::JoinHandle<()> {
    tokio::spawn(Arc::clone(&parts.operations).run(stop))
}
