//! Patches of what specifications become: who may write them, and whether they can be applied.

use std::collections::BTreeMap;

use app::{
    ErrorKind, UiError,
    i18n::Text,
    model::{AppId, AppSpec, Patch, Patched, Permission, TenantId},
    service::Answer,
    text,
};
use uuid::Uuid;

use super::{rollback::object_name, session::SessionServices};
use crate::{
    database::{
        releases::{self, Release},
        templates::Values,
    },
    render::{Subject, wrong_patches},
};

/// How many releases back it is looked for who approved a release's patches.
const LOOKED_BACK: u32 = 20;

impl SessionServices {
    /// Who approved a release's patches, as far as the releases shortly before it tell; `None` without any.
    pub(super) async fn approval_of(&self, release: &Release) -> Answer<Option<Text>> {
        if release.spec.patches.is_empty() {
            return Ok(None);
        }
        let number = release.row.number;
        let earlier: Vec<_> =
            (number.saturating_sub(LOOKED_BACK).max(1)..number).map(|number| (release.app, number)).collect();
        let earlier = releases::of_numbers(&self.parts.db, &self.ctx, &earlier).await?;
        Ok(approval(release, &earlier))
    }

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

/// What patches changed of a release's objects.
pub(super) fn patched(release: &Release, approved: Option<Text>) -> Vec<Patched> {
    let objects =
        |kind: &str| release.manifests.iter().filter(|object| object["kind"] == kind).map(object_name).collect();
    let told =
        |patch: &Patch| Patched { objects: objects(&patch.kind), patch: patch.clone(), approved: approved.clone() };
    release.spec.patches.iter().map(told).collect()
}

/// Who made the release by which a release's patches came: whoever carries on with patches, or brings them back, approves of
/// none. `None` when that one is not among `earlier`.
fn approval(release: &Release, earlier: &[Release]) -> Option<Text> {
    let find = |number: u32| earlier.iter().find(|release| release.row.number == number);
    let mut since = release;
    loop {
        let number = since.row.number;
        if let Some(of) = since.row.rollback_of.filter(|of| *of < number) {
            since = find(of)?;
        } else if number > 1 {
            let before = find(number - 1)?;
            if before.spec.patches != since.spec.patches {
                break;
            }
            since = before;
        } else {
            break;
        }
    }
    let (number, who) = (since.row.number, &since.row.actor_name);
    Some(match &since.row.template {
        // The template may have brought them along, which its own administrators approved.
        Some((template, version)) if number == 1 => text!(
            "since release 1 by {who}, from the template {template} v{version}",
            "自 {who} 的发布 1 起，基于模板 {template} v{version}"
        ),
        _ => text!("approved by {who} in release {number}", "由 {who} 在发布 {number} 中批准"),
    })
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

#[cfg(test)]
mod tests {
    use app::model::{ReleaseId, ReleaseRow, ReleaseState, SpecForm};
    use serde_json::json;

    use super::*;

    fn release(number: u32, who: &str, patched: bool, rollback_of: Option<u32>) -> Release {
        let mut spec = SpecForm { image: "demo:1".into(), ..SpecForm::starter() }.parse().expect("valid").0;
        if patched {
            spec.patches.push(Patch { kind: "Deployment".into(), operations: Vec::new() });
        }
        let object = |kind: &str| json!({ "kind": kind, "metadata": { "name": "web" } });
        Release {
            row: ReleaseRow {
                id: ReleaseId(Uuid::from_u128(u128::from(number))),
                number,
                state: ReleaseState::Superseded,
                image: "demo:1".into(),
                digest: String::new(),
                pods: number,
                rollback_of,
                template: None,
                actor_name: who.into(),
                reason: String::new(),
                created_at: 0,
                ended_at: None,
                problem: None,
                changes: Vec::new(),
            },
            app: AppId(Uuid::nil()),
            spec,
            digests: BTreeMap::new(),
            config_hash: String::new(),
            secrets: Vec::new(),
            manifests: vec![object("Service"), object("Deployment")],
            operation: None,
            template_id: None,
        }
    }

    #[test]
    fn a_patch_is_told_with_its_objects() {
        let told = patched(&release(1, "admin", true, None), None);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].objects, ["Deployment web"], "and not the Service");
        assert!(patched(&release(1, "admin", false, None), None).is_empty());
    }

    #[test]
    fn who_carries_on_with_patches_or_brings_them_back_has_not_approved_them() {
        let all = [
            release(1, "dev", false, None),
            release(2, "admin", true, None),
            release(3, "dev", true, None),
            release(4, "dev", false, None),
            release(5, "ops", true, Some(3)),
        ];
        let said = |n: usize, from: usize| approval(&all[n], &all[from..n]).map(|text| text.en);
        let by_admin = Some("approved by admin in release 2".to_owned());
        assert_eq!([said(1, 0), said(2, 0), said(4, 0)], [by_admin.clone(), by_admin.clone(), by_admin]);
        assert_eq!(said(2, 2), None, "it is not known who made the ones before");
        let mut first = release(1, "dev", true, None);
        assert_eq!(approval(&first, &[]).map(|text| text.en), Some("approved by dev in release 1".to_owned()));
        first.row.template = Some(("patched".into(), 3));
        assert!(approval(&first, &[]).is_some_and(|text| text.en.ends_with("from the template patched v3")));
    }
}
