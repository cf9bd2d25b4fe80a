//! The disks on which an application keeps its data: what the cluster has of them, and what may not change about them.

use app::{
    UiError,
    i18n::Text,
    model::{AppId, AppSpec, AppStorage, Bytes, Disk, DiskState, Millis, Permission},
    service::Answer,
    text,
};
use serde_json::Value;

use super::{namespaces::upstream, session::SessionServices};
use crate::{
    database::{apps::App, namespaces::Namespace},
    kubernetes::{client::Identity, fault::ClusterError, fleet::Cluster, index::AppView},
    render::{
        MANAGED_BY,
        stateful::{CLAIM, claim_selector},
    },
};

impl SessionServices {
    /// An application's disks, as the cluster has them now; those of pods that are gone among them.
    pub(super) async fn storage_of(&self, id: AppId) -> Answer<AppStorage> {
        let (app, _) = self.app_for(id, Permission::AppRead, "app.read").await?;
        let running = self.running_of(&app).await?;
        if !running.spec.is_stateful() {
            return Ok(AppStorage { disks: Vec::new() });
        }
        let namespace = self.namespace_name(&app).await?;
        let cluster = self.parts.fleet.get(app.cluster).ok_or_else(super::unavailable)?;
        let view = cluster.index().app_view(&namespace, id);
        Ok(AppStorage { disks: disks(&cluster, &app, &namespace, view.as_ref()).await? })
    }
}

impl SessionServices {
    /// Refuses to lose data of applications that are gone; and while the cluster cannot be asked.
    pub(super) async fn has_no_disks(&self, namespace: &Namespace) -> Answer<()> {
        let Some(cluster) = self.parts.fleet.get(namespace.cluster) else { return Ok(()) };
        let selector = format!("{}={}", MANAGED_BY.0, MANAGED_BY.1);
        let tenant = Identity::Tenant(namespace.tenant);
        let found = match cluster.list_labelled(&tenant, &namespace.name, &[CLAIM], &selector).await {
            // Then it has never had any.
            Err(ClusterError::Forbidden { .. } | ClusterError::NotFound) => Vec::new(),
            found => found.map_err(|e| upstream(&e))?,
        };
        let names: Vec<&str> =
            found.iter().take(5).filter_map(|claim| claim.pointer("/metadata/name")?.as_str()).collect();
        if names.is_empty() {
            return Ok(());
        }
        let (n, names) = (found.len(), names.join(", "));
        Err(UiError::invalid_field(
            "disks",
            text!(
                "{n} disks with data of apps that were deleted are in it: {names}. Say that they may go with the namespace.",
                "其中有 {n} 个已删除应用保留的磁盘：{names}。请确认随命名空间一并删除。"
            ),
        ))
    }
}

/// The disks of an application in its namespace, by name.
pub(super) async fn disks(cluster: &Cluster, app: &App, namespace: &str, view: Option<&AppView>) -> Answer<Vec<Disk>> {
    let selector = claim_selector(app.tenant, &app.name);
    let found = cluster.list_whole(&Identity::Tenant(app.tenant), namespace, CLAIM, &selector).await;
    let mut disks: Vec<Disk> = found.map_err(|e| upstream(&e))?.iter().map(|claim| disk(claim, &app.name)).collect();
    for disk in disks.iter_mut().filter(|disk| disk.state == DiskState::Pending) {
        let about = format!("PersistentVolumeClaim {}", disk.name);
        let event = view.and_then(|view| view.events.iter().find(|event| event.object == about && event.warning));
        disk.note = event.map(|event| Text::same(event.message.clone()));
    }
    disks.sort_by(|a, b| a.name.len().cmp(&b.name.len()).then_with(|| a.name.cmp(&b.name)));
    Ok(disks)
}

fn disk(claim: &Value, app: &str) -> Disk {
    let word = |at: &str| claim.pointer(at).and_then(Value::as_str).unwrap_or_default();
    let name = word("/metadata/name");
    let number = name.rsplit_once('-').map_or("", |(_, number)| number);
    let state = match word("/status/phase") {
        _ if !word("/metadata/deletionTimestamp").is_empty() => DiskState::Leaving,
        "Bound" => DiskState::Bound,
        "Lost" => DiskState::Lost,
        _ => DiskState::Pending,
    };
    let created: Option<jiff::Timestamp> = word("/metadata/creationTimestamp").parse().ok();
    Disk {
        name: name.to_owned(),
        pod: format!("{app}-{number}"),
        size: Bytes::parse(word("/spec/resources/requests/storage")).unwrap_or_default(),
        class: word("/spec/storageClassName").to_owned(),
        state,
        note: None,
        created_at: created.map(|at| -> Millis { at.as_millisecond() }),
    }
}

/// Refuses a release that keeps its data otherwise than the one before: Kubernetes never changes that of a `StatefulSet`, and
/// what would have to be made anew would begin without data.
///
/// Source: <https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#limitations>
pub(super) fn keeps_disks(before: &AppSpec, new: &AppSpec) -> Answer<()> {
    let claims = |spec: &AppSpec| -> Vec<(String, Bytes, Option<String>)> {
        let mut claims: Vec<_> =
            spec.claims().map(|(name, claim)| (name.to_owned(), claim.size, claim.class.clone())).collect();
        claims.sort();
        claims
    };
    if claims(before) == claims(new) && before.is_stateful() == new.is_stateful() {
        return Ok(());
    }
    let message = match (before.is_stateful(), new.is_stateful()) {
        (true, true) => text!(
            "The disks of an app stay as they were made: the same volumes, sizes and storage classes. Publish another app with larger ones and move the data.",
            "应用的磁盘创建后不可更改（卷、大小和存储类）。请发布一个磁盘更大的新应用并迁移数据。"
        ),
        (true, false) => text!(
            "This app keeps data, and cannot become one that does not. Publish another app, and delete this one when nobody needs its data.",
            "该应用保存数据，不能改为无状态应用。请发布新应用，并在不再需要数据时删除此应用。"
        ),
        (false, _) => text!(
            "An app that keeps no data cannot become one that does. Publish another app with the disk.",
            "无状态应用不能改为有状态应用。请发布一个带磁盘的新应用。"
        ),
    };
    Err(UiError::invalid_field("volumes[0].claim.size", message))
}

#[cfg(test)]
mod tests {
    use app::model::SpecForm;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_claim_tells_whose_it_is_and_how() {
        let claim = |phase: &str, gone: Value| {
            json!({
                "metadata": { "name": "data-db-11", "deletionTimestamp": gone, "creationTimestamp": "1970-01-01T00:00:01Z" },
                "spec": { "resources": { "requests": { "storage": "1Gi" } }, "storageClassName": "fast" },
                "status": { "phase": phase },
            })
        };
        let bound = disk(&claim("Bound", Value::Null), "db");
        assert_eq!((bound.pod.as_str(), bound.size, bound.class.as_str()), ("db-11", Bytes(1 << 30), "fast"));
        assert_eq!((bound.state, bound.created_at), (DiskState::Bound, Some(1000)));
        assert_eq!(disk(&claim("Bound", json!("1970-01-01T00:00:02Z")), "db").state, DiskState::Leaving);
        assert_eq!(disk(&claim("Lost", Value::Null), "db").state, DiskState::Lost);
        assert_eq!(disk(&claim("", Value::Null), "db").state, DiskState::Pending);
    }

    #[test]
    fn disks_stay_as_they_were_made() {
        let spec = |path: &str, size: &str| {
            let form = SpecForm {
                image: "db:1".into(),
                data_path: path.into(),
                data_size: size.into(),
                ..SpecForm::starter()
            };
            form.parse().expect("valid").0
        };
        let (before, none) = (spec("/data", "1Gi"), spec("", ""));
        assert!(keeps_disks(&before, &spec("/elsewhere", "1024Mi")).is_ok(), "where it is mounted may change");
        for (before, new) in [(&before, spec("/data", "2Gi")), (&before, none.clone()), (&none, before.clone())] {
            let error = keeps_disks(before, &new).expect_err("another disk");
            assert_eq!(error.fields[0].field, "volumes[0].claim.size");
        }
    }
}
