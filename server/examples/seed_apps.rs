//! Fills a database with applications that nobody has to run, so that lists of thousands can be measured, by
//! `end2end/load/apps.mjs`. The tenant is there already; the applications, each with one release that serves, are new, and so
//! are their namespaces and the cluster that they would be in, which nobody can reach.
//!
//!   cargo run --release -p longshore-server --example seed_apps -- DATABASE TENANT APPS NAMESPACES
//!
//! DATABASE is the SQLite file of a server that does not run at the moment.

use std::{collections::BTreeMap, error::Error, path::Path};

use app::model::{
    AppId, Bytes, ClusterId, CpuMillis, NamespaceId, OperationId, OperationKind, Permission, Quota, ReleaseId,
    SpecForm, TenantId,
};
use server::{
    auth::{authz, context::OpContext},
    clock::Clock,
    database::{
        Database,
        apps::{self, App, Publication},
        audit::Entry,
        clusters::{self, Cluster},
        namespaces::{self, Namespace},
        operation_leases::lease,
        operation_work::{Effect, Outcome, StepEnd, advance},
        operations::{Input, NewOperation},
        releases::NewRelease,
    },
    operations::steps_of,
    render::{self, Subject},
};

/// How many are published before they are said to serve.
const AT_ONCE: usize = 100;
/// For how long those are nobody else's, in milliseconds.
const LEASE: i64 = 10 * 60 * 1000;
/// What they are called, each with a number.
const NAMES: [&str; 10] =
    ["orders", "billing", "search", "web", "stock", "mail", "reports", "login", "images", "prices"];

/// What all of them have in common.
struct Seed {
    db: Database,
    ctx: OpContext,
    tenant: TenantId,
    cluster: ClusterId,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, tenant, apps, namespaces] = arguments.as_slice() else {
        return Err("usage: seed_apps DATABASE TENANT APPS NAMESPACES".into());
    };
    let (apps, namespaces): (usize, usize) = (apps.parse()?, namespaces.parse()?);
    let ctx = OpContext::system(Clock::system());
    let cluster = ClusterId(ctx.clock().uuid());
    let seed = Seed { db: Database::open(Path::new(file)).await?, ctx, tenant: tenant.parse()?, cluster };
    seed.connect().await?;
    let mut homes = Vec::new();
    for n in 0..namespaces.max(1) {
        homes.push(seed.namespace(n).await?);
    }
    let numbers: Vec<usize> = (0..apps).collect();
    for batch in numbers.chunks(AT_ONCE) {
        for n in batch {
            if let Some(home) = homes.get(n % homes.len()) {
                Box::pin(seed.publish(*n, home)).await?;
            }
        }
        seed.serve().await?;
    }
    println!("{apps} applications in {} namespaces", homes.len());
    Ok(())
}

impl Seed {
    /// Keeps the cluster.
    async fn connect(&self) -> Result<(), Box<dyn Error>> {
        let cluster = Cluster {
            id: self.cluster,
            name: "seeded".to_owned(),
            server: "https://127.0.0.1:1".to_owned(),
            created_at: self.ctx.now(),
            uid: String::new(),
            version: 1,
        };
        let granted = self.ctx.require(Permission::ClusterManage)?;
        clusters::insert(&self.db, &self.ctx, granted, &cluster, Vec::new()).await?;
        Ok(())
    }

    /// Keeps a namespace.
    async fn namespace(&self, n: usize) -> Result<Namespace, Box<dyn Error>> {
        let namespace = Namespace {
            id: NamespaceId(self.ctx.clock().uuid()),
            tenant: self.tenant,
            cluster: self.cluster,
            name: format!("team-{n:03}"),
            quota: Quota { cpu: CpuMillis(1_000_000), memory: Bytes(1 << 40), pods: 1000 },
            operation: None,
            created_at: self.ctx.now(),
            version: 1,
            waiting: false,
        };
        let granted = self.ctx.require(Permission::NamespaceManage)?;
        let entry = Entry::ok("namespace.create", format!("namespace/{}", namespace.name)).tenant(Some(self.tenant));
        namespaces::insert(&self.db, &self.ctx, granted, namespace.clone(), entry).await?;
        Ok(namespace)
    }

    /// Keeps an application with its first release, as publishing does.
    async fn publish(&self, n: usize, home: &Namespace) -> Result<(), Box<dyn Error>> {
        let ctx = &self.ctx;
        let word = NAMES.get(n % NAMES.len()).copied().unwrap_or("web");
        let app = App {
            id: AppId(ctx.clock().uuid()),
            tenant: self.tenant,
            cluster: self.cluster,
            namespace: home.id,
            name: format!("{word}-{n:05}"),
            newest_release: 1,
            live_release: None,
            operation: None,
            deleting: false,
            created_at: ctx.now(),
        };
        let form = SpecForm {
            image: format!("registry.example.org/shop/{word}:1.{}", n % 30),
            env: "LOG=info\nREGION=north".to_owned(),
            ..SpecForm::starter()
        };
        let (spec, _) = form.parse()?;
        let digests = BTreeMap::new();
        let manifests = render::release(&Subject {
            tenant: self.tenant,
            app: app.id,
            name: &app.name,
            namespace: &home.name,
            release: 1,
            pods: 1,
            spec: &spec,
            digests: &digests,
            secrets: &[],
        });
        let release = NewRelease {
            id: ReleaseId(ctx.clock().uuid()),
            number: 1,
            pods: 1,
            spec,
            digests,
            config_hash: String::new(),
            secrets: Vec::new(),
            manifests,
            changes: Vec::new(),
            template: None,
            rollback_of: None,
            reason: "first version".to_owned(),
        };
        let operation = NewOperation {
            id: OperationId(ctx.clock().uuid()),
            kind: OperationKind::Publish,
            tenant: self.tenant,
            cluster: self.cluster,
            namespace: home.id,
            app: Some(app.id),
            object: format!("{}/{}", home.name, app.name),
            input: Input { release: Some(1), ..Input::default() },
            // One is enough: nobody looks at how they were carried out.
            steps: steps_of(OperationKind::Publish).into_iter().rev().take(1).collect(),
        };
        let right = authz::Namespace::authorize(ctx, Permission::AppPublish, &home.place(), &home.name)?;
        let entry = Entry::ok("app.publish", format!("app/{}", app.name)).tenant(Some(self.tenant));
        let publication = Publication { release, secrets: Vec::new(), operation };
        apps::publish(&self.db, ctx, &right, &app, publication, entry).await?;
        Ok(())
    }

    /// Says of those that were published that they serve.
    async fn serve(&self) -> Result<(), Box<dyn Error>> {
        loop {
            let until = self.ctx.now() + LEASE;
            let leased = lease(&self.db, &self.ctx, "seed", until, AT_ONCE as u64, &[]).await?;
            if leased.is_empty() {
                return Ok(());
            }
            for operation in leased {
                let serves = StepEnd::Done(Effect::Live(Outcome::default()));
                advance(&self.db, &self.ctx, &operation, serves).await?;
            }
        }
    }
}
