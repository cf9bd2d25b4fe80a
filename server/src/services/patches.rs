//! Patches of what specifications become: who may write them, and whether they can be applied.

use std::collections::BTreeMap;

use app::{
    ErrorKind, UiError,
    model::{AppId, AppSpec, Patch, Permission, TenantId},
    service::Answer,
    text,
};
use uuid::Uuid;

use super::session::SessionServices;
use crate::{
    database::templates::Values,
    render::{Subject, wrong_patches},
};

impl SessionServices {
    /// Refuses `patches` that the actor may not write. `approved` is what somebody who may has written before, in the template or
    /// in the release before: with that, or with none, anybody goes on.
    pub(super) async fn may_patch(
        &self,
        approved: &[Patch],
        patches: &[Patch],
        action: &'static str,
        object: String,
    ) -> Answer<()> {
        if patches.is_empty() || patches == approved || self.ctx.may(Permission::AppPatch) {
            return Ok(());
        }
        let refused = UiError::new(
            ErrorKind::Forbidden,
            text!(
                "Patches are written by the platform's administrators (app.patch). Leave them as they were, or take all of them away.",
                "补丁由平台管理员编写（app.patch）。请保持原样，或全部移除。"
            ),
        );
        self.checked(Err(refused), action, object).await
    }
}

/// The patches that a template brings along. Fails when it cannot be read.
pub(super) fn patches_of(template: &Values) -> Answer<Vec<Patch>> {
    Ok(template.spec.parse_template()?.0.patches)
}

/// That a specification's patches can be applied to what it becomes, whatever that will be called. Fails naming the places
/// in the document.
pub(super) fn patches_apply(spec: &AppSpec) -> Answer<()> {
    if spec.patches.is_empty() {
        return Ok(());
    }
    let secrets: Vec<_> = spec.secrets().into_iter().map(|name| (name.to_owned(), "version".to_owned())).collect();
    let errors = wrong_patches(&Subject {
        tenant: TenantId(Uuid::nil()),
        app: AppId(Uuid::nil()),
        name: "app",
        namespace: "namespace",
        release: 1,
        pods: 1,
        spec,
        digests: &BTreeMap::new(),
        secrets: &secrets,
    });
    if errors.is_empty() { Ok(()) } else { Err(UiError::invalid(errors)) }
}
