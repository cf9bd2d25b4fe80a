//! The platform's own settings.

use app::{
    model::{Permission, PlatformForm, PlatformSettings},
    service::{Answer, PlatformControl},
};
use async_trait::async_trait;

use super::session::SessionServices;

#[async_trait]
impl PlatformControl for SessionServices {
    async fn get(&self) -> Answer<PlatformSettings> {
        let granted = self.require(Permission::PlatformManage, "platform.read", "platform").await?;
        Ok(self.parts.db.find_platform_settings(&self.ctx, granted).await?)
    }

    async fn update(&self, form: PlatformForm) -> Answer<PlatformSettings> {
        let granted = self.require(Permission::PlatformManage, "platform.update", "platform").await?;
        let registration = form.parse()?;
        Ok(self.parts.db.update_platform_settings(&self.ctx, granted, registration, form.version).await?)
    }
}
