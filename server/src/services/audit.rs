//! The audit trail.

use app::{
    model::{AuditQuery, AuditRow, Page, PageRequest, Permission},
    service::{Answer, Audit},
};
use async_trait::async_trait;

use super::session::SessionServices;

#[async_trait]
impl Audit for SessionServices {
    async fn list(&self, query: AuditQuery) -> Answer<Page<AuditRow>> {
        let granted = self.require(Permission::AuditRead, "audit.list", "audit").await?;
        let page = PageRequest::parse(query.page.as_deref(), query.per_page.as_deref());
        Ok(self.parts.db.list_audit(&self.ctx, granted, query.q.as_deref(), page).await?)
    }
}
