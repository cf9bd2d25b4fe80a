//! The disks on which an application keeps its data: what the cluster has of them, and what may not change about them.

use app::{
    UiError,
    i18n::Text,
    model::{AppId, AppSpec, AppStorage, Bytes, Disk, DiskState, Millis, NamespaceId, Permission},
    service::Answer,
    text,
};
use serde_json::Value;

use super::{
    namespaces::{confirmed, upstream},
    session::SessionServices,
};
use crate::{
    auth::{authz, context::OpContext},
    database::{
        apps::{self, App},
        audit::Entry,
        namespaces::{self, Namespace},
    },
    kubernetes::{client::Identity, fault::ClusterError, fleet::Cluster, kinds::ObjectRef},
    render::{
        MANAGED_BY, NAME_LABEL,
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
        Ok(AppStorage { disks: disks(&cluster, &app, &namespace).await? })
    }

    /// The disks in a namespace that applications which are gone have left.
    pub(super) async fn disks_left(&self, id: NamespaceId) -> Answer<AppStorage> {
        let (namespace, _) = self.namespace_for(id, Permission::NamespaceRead, "namespace.read").await?;
        let found = self.left(&namespace).await?;
        let disks = found.iter().map(|claim| disk(claim, owner(claim))).collect();
        Ok(AppStorage { disks })
    }

    /// Deletes one of them with the data on it.
    pub(super) async fn delete_disk_left(&self, id: NamespaceId, name: &str, confirm: &str) -> Answer<()> {
        const ACTION: &str = "namespace.delete_disk";
        let object = format!("namespace/{id}");
        let found = namespaces::find(&self.parts.db, &self.ctx, id).await?.ok_or_else(UiError::not_found);
        let decided = found.and_then(|n| {
            authz::Namespace::authorize(&self.ctx, Permission::AppDelete, &n.place(), &n.name)?;
            Ok(n)
        });
        let namespace = self.checked(decided, ACTION, object).await?;
        let cluster = self.parts.fleet.get(namespace.cluster).ok_or_else(super::unavailable)?;
        confirmed(confirm, name)?;
        let claim = self.left(&namespace).await?.into_iter().find(|claim| claim["metadata"]["name"] == name);
        let claim = claim.ok_or_else(UiError::not_found)?;
        let uid = claim.pointer("/metadata/uid").and_then(Value::as_str);
        let reference = ObjectRef::namespaced(CLAIM.0, CLAIM.1, &namespace.name, name);
        cluster.delete(&Identity::Tenant(namespace.tenant), &reference, uid).await.map_err(|e| upstream(&e))?;
        let entry = Entry::ok(ACTION, format!("namespace/{}", namespace.name)).tenant(Some(namespace.tenant));
        Ok(self.parts.db.record(&self.ctx, entry.detail(format!("the disk {name} with the data on it"))).await?)
    }

    /// The claims in a namespace whose application is gone.
    async fn left(&self, namespace: &Namespace) -> Answer<Vec<Value>> {
        let cluster = self.parts.fleet.get(namespace.cluster).ok_or_else(super::unavailable)?;
        let found = claims(&cluster, &namespace.name).await?;
        // Also those of applications that the actor may not see are there.
        let system = OpContext::system(self.ctx.clock().clone());
        let apps = apps::of_namespace(&self.parts.db, &system, namespace.id).await?;
        let is_there = |name: &str| apps.iter().any(|app| app.name == name);
        Ok(found.into_iter().filter(|claim| !is_there(owner(claim))).collect())
    }

    /// Refuses to lose data of applications that are gone. What cannot be seen now is looked for once more when the namespace
    /// is about to go.
    pub(super) async fn has_no_disks(&self, namespace: &Namespace) -> Answer<()> {
        let Some(cluster) = self.parts.fleet.get(namespace.cluster) else { return Ok(()) };
        let found = claims(&cluster, &namespace.name).await?;
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

/// The claims in a namespace, whichever application's they are; at most 2,000.
async fn claims(cluster: &Cluster, namespace: &str) -> Answer<Vec<Value>> {
    let selector = format!("{}={}", MANAGED_BY.0, MANAGED_BY.1);
    match cluster.list_whole(&Identity::Platform, namespace, CLAIM, &selector).await {
        // Whoever may not see disks has never let anybody make one.
        Err(ClusterError::Forbidden { .. }) => Ok(Vec::new()),
        found => found.map_err(|e| upstream(&e)),
    }
}

/// The disks of an application in its namespace, by name.
pub(super) async fn disks(cluster: &Cluster, app: &App, namespace: &str) -> Answer<Vec<Disk>> {
    let selector = claim_selector(app.tenant, &app.name);
    let found = cluster.list_whole(&Identity::Tenant(app.tenant), namespace, CLAIM, &selector).await;
    let mut disks: Vec<Disk> = found.map_err(|e| upstream(&e))?.iter().map(|claim| disk(claim, &app.name)).collect();
    for disk in disks.iter_mut().filter(|disk| disk.state == DiskState::Pending) {
        let said = cluster.index().warning_about(namespace, CLAIM.1, &disk.name);
        disk.note = said.map(|event| Text::same(event.message));
    }
    disks.sort_by(|a, b| a.name.len().cmp(&b.name.len()).then_with(|| a.name.cmp(&b.name)));
    Ok(disks)
}

/// The application whose a claim is, by its name.
fn owner(claim: &Value) -> &str {
    claim["metadata"]["labels"][NAME_LABEL].as_str().unwrap_or_default()
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
        app: app.to_owned(),
        pod: format!("{app}-{number}"),
        size: Bytes::parse(word("/spec/resources/requests/storage")).unwrap_or_default(),
        class: word("/spec/storageClassName").to_owned(),
        state,
        note: None,
        created_at: created.map(|at| -> Millis { at.as_millisecond() }),
    }
}

/// Refuses a new application whose disks are there already, of another size or class than it asks for, or are another
/// application's: Kubernetes takes up what has the name, whatever it is.
pub(super) async fn takes_up_disks(cluster: &Cluster, app: &App, namespace: &str, spec: &AppSpec) -> Answer<()> {
    if !spec.is_stateful() {
        return Ok(());
    }
    claims(cluster, namespace).await?.iter().try_for_each(|claim| may_take_up(claim, app, spec))
}

fn may_take_up(claim: &Value, app: &App, spec: &AppSpec) -> Answer<()> {
    let there = disk(claim, &app.name);
    let Some((base, _)) = there.name.rsplit_once('-') else { return Ok(()) };
    let of_app = |volume: &str| base.strip_prefix(volume).and_then(|rest| rest.strip_prefix('-')) == Some(&app.name);
    let Some(index) = spec.volumes.iter().position(|v| v.claim.is_some() && of_app(&v.name)) else { return Ok(()) };
    let field = format!("volumes[{index}].claim.size");
    let (name, size) = (&there.name, there.size);
    let owner = owner(claim);
    if owner != app.name {
        return Err(UiError::invalid_field(
            &field,
            text!(
                "The disk {name} is the app {owner}'s. Choose another name for this app, or for the volume.",
                "磁盘 {name} 属于应用 {owner}。请更换此应用或该卷的名称。"
            ),
        ));
    }
    let asked = spec.volumes.get(index).and_then(|volume| volume.claim.as_ref());
    let same = asked.is_some_and(|claim| claim.size == size && claim.class.as_ref().is_none_or(|c| *c == there.class));
    if same {
        return Ok(());
    }
    let class = &there.class;
    Err(UiError::invalid_field(
        &field,
        text!(
            "An earlier app of this name kept the disk {name} of {size}, of the class {class}. Ask for the same to take it up, choose another name, or have it deleted.",
            "此前同名应用保留了磁盘 {name}（{size}，存储类 {class}）。请填写相同的大小和存储类以继续使用，或更换名称，或删除该磁盘。"
        ),
    ))
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
            "The disks of an app stay as they were made: the same volumes, sizes and storage classes. Where there are no data yet, delete the app with its disks and publish it again; else publish another one and move the data.",
            "应用的磁盘创建后不可更改（卷、大小和存储类）。若尚无数据，请连同磁盘删除应用后重新发布；否则请发布新应用并迁移数据。"
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
    let index = new.volumes.iter().position(|volume| volume.claim.is_some()).unwrap_or(0);
    Err(UiError::invalid_field(&format!("volumes[{index}].claim.size"), message))
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
    fn a_disk_that_is_there_is_taken_up_by_who_asks_for_the_same() {
        let app = |name: &str| App {
            id: AppId(uuid::Uuid::nil()),
            tenant: app::model::TenantId(uuid::Uuid::nil()),
            cluster: app::model::ClusterId(uuid::Uuid::nil()),
            namespace: app::model::NamespaceId(uuid::Uuid::nil()),
            name: name.into(),
            newest_release: 1,
            live_release: None,
            operation: None,
            deleting: false,
            created_at: 0,
        };
        let spec = |volume: &str, size: &str, class: Option<&str>| {
            let form = SpecForm {
                image: "db:1".into(),
                data_path: "/d".into(),
                data_size: size.into(),
                ..SpecForm::starter()
            };
            let mut spec = form.parse().expect("valid").0;
            spec.volumes[0].name = volume.into();
            spec.volumes[0].claim.as_mut().expect("a claim").class = class.map(str::to_owned);
            spec
        };
        let claim = json!({
            "metadata": { "name": "data-cache-web-0", "labels": { "app.kubernetes.io/name": "web" } },
            "spec": { "resources": { "requests": { "storage": "1Gi" } }, "storageClassName": "fast" },
        });
        let may = |name: &str, spec: &AppSpec| {
            may_take_up(&claim, &app(name), spec).map_err(|e| e.fields[0].message.en.clone())
        };
        assert_eq!(may("web", &spec("data-cache", "1Gi", None)), Ok(()));
        assert_eq!(may("web", &spec("data-cache", "1024Mi", Some("fast"))), Ok(()));
        assert_eq!(may("web", &spec("data", "2Gi", None)), Ok(()), "another disk");
        let larger = may("web", &spec("data-cache", "2Gi", None)).expect_err("larger");
        assert!(larger.contains("data-cache-web-0 of ") && larger.contains("of the class fast"), "{larger}");
        assert!(may("web", &spec("data-cache", "1Gi", Some("slow"))).expect_err("slower").contains("fast"));
        let theirs = may("cache-web", &spec("data", "1Gi", None)).expect_err("the same name");
        assert!(theirs.contains("data-cache-web-0 is the app web's"), "{theirs}");
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
