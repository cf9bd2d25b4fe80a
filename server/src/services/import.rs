//! Deployments that were in a namespace before Longshore knew of it: what they would be as applications, and how one becomes
//! one without a restart of its pods.
//!
//! The first release keeps the template of the pods word for word, so that the cluster has nothing to replace. Its
//! specification is what later releases are made from. What a specification has no words for would be lost with the next
//! release, so anything of the kind is named and the Deployment stays what it is.

use app::{
    ErrorKind, FieldError, UiError,
    i18n::Text,
    model::{
        AppId, ImportForm, ImportPlan, Millis, NamespaceId, OperationKind, Permission, Started, UnmanagedRow, document,
    },
    service::Answer,
    text,
};
use serde_json::Value;

use super::{
    drafts::{Draft, Drawn},
    import_around::is_managed,
    import_reading::{self as reading, Read, changed_later},
    import_sources as sources,
    namespaces::upstream,
    publishing::{check_reason, wrong_app_name},
    session::SessionServices,
};
use crate::{
    database::{
        apps::{self as records, App},
        namespaces::Namespace,
        takes::Takes,
    },
    kubernetes::{client::Identity, fault::ClusterError, kinds::ObjectRef},
    render::APP_LABEL,
};

/// Kind and API version of what can be taken over.
const DEPLOYMENT: (&str, &str) = ("apps/v1", "Deployment");

impl SessionServices {
    /// The Deployments of a namespace that are no application's, by name. Fails for more than 2,000.
    pub(super) async fn unmanaged_in(&self, id: NamespaceId) -> Answer<Vec<UnmanagedRow>> {
        let (namespace, _) = self.namespace_for(id, Permission::AppPublish, "app.plan_import").await?;
        let cluster = self.parts.fleet.get(namespace.cluster).ok_or_else(super::unavailable)?;
        let tenant = Identity::Tenant(namespace.tenant);
        let found = cluster.list_whole(&tenant, &namespace.name, DEPLOYMENT, &format!("!{APP_LABEL}")).await;
        let mut rows: Vec<UnmanagedRow> = found.map_err(|e| upstream(&e))?.iter().map(row).collect();
        rows.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(rows)
    }

    /// What would become of one of them; changes nothing.
    pub(super) async fn plan_import(&self, id: NamespaceId, name: &str) -> Answer<ImportPlan> {
        let (namespace, _) = self.namespace_for(id, Permission::AppPublish, "app.plan_import").await?;
        let read = self.read_deployment(&namespace, name).await?;
        Ok(ImportPlan {
            name: name.to_owned(),
            document: document::write(&read.spec),
            secrets: read.secrets.iter().map(|secret| secret.name.clone()).collect(),
            takes: read.takes.iter().map(|taken| format!("{} {}", taken.kind, taken.name)).collect(),
            later: changed_later(&read, &self.app_to_be(&namespace, name), &namespace.name),
            stays: read.stays,
            obstacles: read.obstacles,
        })
    }

    /// Records the application with its first release, and starts to take the Deployment over.
    pub(super) async fn import_deployment(&self, id: NamespaceId, name: &str, form: &ImportForm) -> Answer<Started> {
        let (namespace, right) = self.namespace_for(id, Permission::AppPublish, "app.import").await?;
        let reason = check_reason(&form.reason)?;
        let read = self.read_deployment(&namespace, name).await?;
        if !read.obstacles.is_empty() {
            return Err(refused(name, read.obstacles));
        }
        self.may_write(&read.secrets, &namespace.place(), "app.import", name).await?;
        let app = self.app_to_be(&namespace, name);
        let Read { spec, secrets, digests, takes, uid, template, .. } = read;
        let (secrets, sealed) = self.seal(&app, secrets, None).await?;
        let draft = Draft {
            app: &app,
            namespace: &namespace,
            kind: OperationKind::Import,
            number: 1,
            spec,
            digests,
            secrets,
            sealed,
            template: None,
            rollback_of: None,
            before: None,
            running: None,
            keeps_pods: false,
            pods_as_they_are: Some(template),
            reason,
        };
        let Drawn { mut publication, entry, started } = self.draw_up(draft, "app.import");
        publication.operation.input.takes = Some(Takes { uid, objects: takes });
        if let Err(e) = records::publish(&self.parts.db, &self.ctx, &right, &app, publication, entry).await {
            return Err(self.conflict(&app, &[], e).await);
        }
        self.parts.operations.begin(started.operation, app.tenant, Some(app.id));
        Ok(started)
    }

    /// An application that nobody has recorded yet.
    pub(super) fn app_to_be(&self, namespace: &Namespace, name: &str) -> App {
        App {
            id: AppId(self.ctx.clock().uuid()),
            tenant: namespace.tenant,
            cluster: namespace.cluster,
            namespace: namespace.id,
            name: name.to_owned(),
            newest_release: 1,
            live_release: None,
            operation: None,
            deleting: false,
            created_at: self.ctx.now(),
        }
    }

    /// A Deployment with everything around it, as a specification says it, and what is in the way. Fails with `NotFound` when
    /// there is none of the name that is no application's.
    async fn read_deployment(&self, namespace: &Namespace, name: &str) -> Answer<Read> {
        let cluster = self.parts.fleet.get(namespace.cluster).ok_or_else(super::unavailable)?;
        let tenant = Identity::Tenant(namespace.tenant);
        let reference = ObjectRef::namespaced(DEPLOYMENT.0, DEPLOYMENT.1, &namespace.name, name);
        // What is no name in Kubernetes is nothing that there is.
        let found = match cluster.get(&tenant, &reference).await {
            Err(ClusterError::Invalid { .. }) => None,
            other => other.map_err(|e| upstream(&e))?,
        };
        let deployment = found.filter(|found| !is_managed(found)).ok_or_else(UiError::not_found)?;
        let gathered = Box::pin(sources::gather(&cluster, &tenant, &namespace.name, &deployment)).await;
        let gathered = gathered.map_err(|e| upstream(&e))?;
        let mut read = reading::read(&deployment, &gathered);
        read.obstacles.extend(wrong_app_name(name));
        if records::is_taken(&self.parts.db, namespace.id, name).await? {
            read.obstacles.push(text!(
                "The namespace has an app {name} already; the Deployment's name would be the app's.",
                "命名空间中已有应用 {name}；导入后应用将使用 Deployment 的名称。"
            ));
        }
        let kept_out = sources::not_let_in(&cluster, &namespace.name, &deployment).await;
        read.obstacles.extend(kept_out.map_err(|e| upstream(&e))?);
        Ok(read)
    }
}

fn row(deployment: &Value) -> UnmanagedRow {
    let number = |at: &str| {
        let number = deployment.pointer(at).and_then(Value::as_u64);
        number.and_then(|number| u32::try_from(number).ok()).unwrap_or_default()
    };
    let containers = deployment["spec"]["template"]["spec"]["containers"].as_array().into_iter().flatten();
    let made = deployment["metadata"]["creationTimestamp"].as_str();
    UnmanagedRow {
        name: deployment["metadata"]["name"].as_str().unwrap_or_default().to_owned(),
        images: containers.filter_map(|c| c["image"].as_str().map(str::to_owned)).collect(),
        replicas: number("/spec/replicas"),
        ready: number("/status/readyReplicas"),
        created_at: made.and_then(|at| at.parse().ok()).map(|at: jiff::Timestamp| -> Millis { at.as_millisecond() }),
    }
}

/// Why it stays what it is: each thing that is in the way.
fn refused(name: &str, obstacles: Vec<Text>) -> UiError {
    let (n, first) = (obstacles.len(), obstacles.first().cloned().unwrap_or_default());
    let (en, zh) = (first.en, first.zh);
    let message = match n {
        1 => text!("The Deployment {name} cannot become an app. {en}", "Deployment {name} 无法成为应用。{zh}"),
        _ => text!(
            "The Deployment {name} cannot become an app: {n} things are in the way. {en}",
            "Deployment {name} 无法成为应用，存在 {n} 处障碍。{zh}"
        ),
    };
    let fields = obstacles.into_iter().map(|message| FieldError { field: "deployment".to_owned(), message }).collect();
    UiError { fields, ..UiError::new(ErrorKind::Conflict, message) }
}
