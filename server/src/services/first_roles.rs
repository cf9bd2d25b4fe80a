//! The roles that an account is made with, by a form or by a link: judged one by one as [`super::bindings`] judges a role
//! that is given later.

use app::{
    model::{AskedRole, RoleAt, TenantId},
    service::Answer,
};

use super::{fault::within, session::SessionServices};

impl SessionServices {
    /// The roles, when the actor may give each of them where it is to hold. `tenant` is that of the account. A refusal is
    /// written to the audit trail. Fails with the first that cannot be given, naming `roles.N.role` or `roles.N.scope`.
    pub(super) async fn may_give_first(
        &self,
        asked: &[AskedRole],
        tenant: Option<TenantId>,
        action: &'static str,
        object: &str,
    ) -> Answer<Vec<RoleAt>> {
        let mut roles = Vec::with_capacity(asked.len());
        for AskedRole { row, at } in asked {
            let judged = self.may_bind(*at, tenant, action, object).await;
            judged.map_err(|error| within(error, &format!("roles.{row}.")))?;
            roles.push(*at);
        }
        Ok(roles)
    }
}
