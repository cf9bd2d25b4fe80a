//! The records of operations and the engine, with a database and without a cluster: leases, fencing, one operation
//! for an application at a time, giving way, failing and undoing.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use app::{
    model::{
        AppId, ClusterId, NamespaceId, OperationDetail, OperationId, OperationKind, Permission, Quota, ReleaseId,
        ReleaseState, SpecForm, WorkState,
    },
    text,
};
use tokio_util::sync::CancellationToken;

use super::{Engine, Settings, step_title, steps_of};
use crate::{
    auth::{authz, context::OpContext, crypto::Vault},
    clock::{Clock, Manual},
    database::{
        Database, DatabaseError,
        app_secrets::{self, SealedSecret, Values},
        apps::{self, App, Publication},
        audit::Entry,
        clusters::{self, Cluster},
        namespaces, operation_leases as leases,
        operation_work::{self as records, Effect, Outcome, StepEnd},
        operations::{self, Input, NewOperation, Operation},
        releases::{self, NewRelease},
        tenants::TenantToMake,
        url::DatabaseUrl,
    },
    kubernetes::fleet::Fleet,
    scratch::Scratch,
};

#[path = "routes_tests.rs"]
mod routes;
#[path = "tenant_tests.rs"]
mod tenant;
#[path = "wishes_tests.rs"]
mod wishes;

/// A database of its own with a namespace in it, and a clock that stands still.
struct World {
    scratch: Scratch,
    db: Database,
    time: Arc<Manual>,
    clock: Clock,
    ctx: OpContext,
    namespace: namespaces::Namespace,
}

impl World {
    async fn new() -> Self {
        let time = Manual::new(1_700_000_000_000);
        let clock = Clock::from_source(time.clone());
        let scratch = Scratch::new().await;
        let url = DatabaseUrl::parse(scratch.url()).expect("a database's address");
        let db = Database::connect(&url).await.expect("a database");
        let ctx = OpContext::system(clock.clone());
        let granted = ctx.require(Permission::ClusterManage).expect("the system may");
        let cluster = Cluster {
            id: ClusterId(clock.uuid()),
            name: "east".into(),
            server: "https://east.test".into(),
            created_at: clock.now(),
            uid: String::new(),
            version: 1,
        };
        clusters::insert(&db, &ctx, granted, &cluster, Vec::new()).await.expect("kept");
        let granted = ctx.require(Permission::TenantManage).expect("the system may");
        let shop = TenantToMake { name: "shop".into(), display_name: "Shop".into(), owner: tenant::account("owner") };
        let shop = db.create_tenant(&ctx, granted, shop).await.expect("a tenant");
        let namespace = namespaces::Namespace {
            id: NamespaceId(clock.uuid()),
            tenant: shop.id,
            cluster: cluster.id,
            name: "shop".into(),
            quota: Quota { cpu: app::model::CpuMillis(1000), memory: app::model::Bytes(1 << 30), pods: 10 },
            operation: None,
            created_at: clock.now(),
            version: 1,
            waiting: false,
        };
        let granted = ctx.require(Permission::NamespaceManage).expect("the system may");
        let entry = Entry::ok("namespace.create", "namespace/shop");
        namespaces::insert(&db, &ctx, granted, namespace.clone(), entry).await.expect("kept");
        Self { scratch, db, time, clock, ctx, namespace }
    }

    fn operation(&self, app: AppId, kind: OperationKind, release: Option<u32>) -> NewOperation {
        NewOperation {
            id: OperationId(self.clock.uuid()),
            kind,
            tenant: self.namespace.tenant,
            cluster: self.namespace.cluster,
            namespace: self.namespace.id,
            app: Some(app),
            object: "shop/web".into(),
            input: Input { release, ..Input::default() },
            steps: steps_of(kind),
        }
    }

    fn publication(&self, app: AppId, number: u32) -> Publication {
        let form = SpecForm { image: format!("demo:{number}"), ..SpecForm::starter() };
        let release = NewRelease {
            id: ReleaseId(self.clock.uuid()),
            number,
            pods: number,
            spec: form.parse().expect("valid").0,
            digests: BTreeMap::new(),
            config_hash: String::new(),
            secrets: vec![("TOKEN".into(), format!("v{number}"))],
            manifests: vec![],
            changes: vec![],
            template: None,
            rollback_of: None,
            reason: String::new(),
        };
        let secret =
            SealedSecret { name: "TOKEN".into(), version: format!("v{number}"), sealed: vec![1, 2, 3], origin: None };
        let operation = self.operation(app, OperationKind::Publish, Some(number));
        Publication { release, secrets: vec![secret], operation }
    }

    /// Publishes an application; gives back it and the operation.
    async fn publish(&self, name: &str) -> Result<(App, OperationId), DatabaseError> {
        let app = self.new_app(&self.namespace, name);
        let (publication, n) = (self.publication(app.id, 1), &self.namespace);
        let operation = publication.operation.id;
        let right =
            authz::Namespace::authorize(&self.ctx, Permission::AppPublish, &n.place(), &n.name).expect("it may");
        apps::publish(&self.db, &self.ctx, &right, &app, publication, Entry::ok("app.publish", name)).await?;
        Ok((app, operation))
    }

    fn right(&self, app: &App) -> authz::App {
        authz::App::authorize(&self.ctx, Permission::AppPublish, &app.place(), &app.name).expect("the system may")
    }

    async fn upgrade(&self, app: &App, newest: u32) -> Result<OperationId, DatabaseError> {
        let publication = self.publication(app.id, newest + 1);
        let operation = publication.operation.id;
        let entry = Entry::ok("app.upgrade", "app/web");
        apps::release(&self.db, &self.ctx, &self.right(app), newest, None, publication, entry).await?;
        Ok(operation)
    }

    async fn delete(&self, app: &App) -> Result<OperationId, DatabaseError> {
        let operation = self.operation(app.id, OperationKind::DeleteApp, None);
        let id = operation.id;
        let entry = Entry::ok("app.delete", "app/web");
        let why = text!("Given up.", "已中止。");
        apps::begin_delete(&self.db, &self.ctx, &self.right(app), &why, operation, entry).await?;
        Ok(id)
    }

    async fn lease(&self, owner: &str) -> Vec<Operation> {
        leases::lease(&self.db, &self.ctx, owner, self.clock.now() + 1000, 10, &[]).await.expect("a look")
    }

    /// Leases the one operation that is free. One that a refused change still locks is passed over: the database drivers
    /// roll back what is dropped when they get to it, which may be after the refusal is known.
    async fn take(&self, owner: &str) -> Operation {
        for _ in 0..500 {
            if let Some(operation) = self.lease(owner).await.pop() {
                return operation;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("nothing is free for {owner}");
    }

    async fn advance(&self, operation: &Operation, end: StepEnd) -> Result<Option<Operation>, DatabaseError> {
        records::advance(&self.db, &self.ctx, operation, end).await
    }

    /// Runs a publication to its end as if every step went well.
    async fn go_live(&self) {
        let mut operation = self.take("w").await;
        loop {
            let effect = match operation.step.as_str() {
                "apply" => Effect::RollingOut,
                "roll_out" => Effect::Live(Outcome::default()),
                _ => Effect::None,
            };
            match self.advance(&operation, StepEnd::Done(effect)).await.expect("recorded") {
                Some(next) => operation = next,
                None => return,
            }
        }
    }

    async fn detail(&self, id: OperationId) -> OperationDetail {
        operations::find(&self.db, &self.ctx, id, step_title).await.expect("a read").expect("the operation").0
    }

    async fn app(&self, id: AppId) -> App {
        apps::find(&self.db, &self.ctx, id).await.expect("a read").expect("the application")
    }

    async fn states(&self, app: AppId) -> Vec<ReleaseState> {
        let mut releases = releases::newest(&self.db, &self.ctx, app, 10).await.expect("a read");
        releases.reverse();
        releases.into_iter().map(|r| r.row.state).collect()
    }
}

#[tokio::test]
async fn an_operation_is_leased_to_one_and_the_one_before_can_record_nothing() {
    let world = World::new().await;
    world.publish("web").await.expect("published");
    let first = world.take("one").await;
    assert!(world.lease("two").await.is_empty(), "somebody works on it");
    assert!(leases::is_held(&world.db, first.id, first.fence, world.clock.now()).await.expect("a read"));
    world.time.advance(1000);
    assert!(!leases::is_held(&world.db, first.id, first.fence, world.clock.now()).await.expect("a read"));
    let second = world.take("two").await;
    assert_eq!((second.id, second.fence, second.step.as_str()), (first.id, first.fence + 1, "configure"));
    assert!(matches!(world.advance(&first, StepEnd::Done(Effect::None)).await, Err(DatabaseError::Stale)));
    assert!(matches!(records::set_note(&world.db, &first, None).await, Err(DatabaseError::Stale)));
    let next = world.advance(&second, StepEnd::Done(Effect::None)).await.expect("recorded").expect("goes on");
    assert_eq!(next.step, "apply");
    assert!(matches!(world.advance(&second, StepEnd::Done(Effect::None)).await, Ok(Some(_))), "the lease is the same");
}

#[tokio::test]
async fn a_heartbeat_keeps_the_lease() {
    let world = World::new().await;
    world.publish("web").await.expect("published");
    let held = world.take("one").await;
    world.publish("api").await.expect("published");
    let dropped = world.take("one").await;
    world.time.advance(900);
    leases::renew(&world.db, "one", &[held.id], world.clock.now() + 1000).await.expect("renewed");
    world.time.advance(900);
    let free = world.lease("two").await;
    assert_eq!(free.iter().map(|o| o.id).collect::<Vec<_>>(), [dropped.id], "what nobody works on is free again");
    leases::release_all(&world.db, "one").await.expect("let go");
    assert_eq!(world.lease("two").await.len(), 1);
}

#[tokio::test]
async fn an_application_that_is_worked_on_waits_and_holds_up_no_other() {
    let world = World::new().await;
    let (busy, _) = world.publish("web").await.expect("published");
    world.publish("api").await.expect("published");
    let until = world.clock.now() + 1000;
    let leased = leases::lease(&world.db, &world.ctx, "one", until, 10, &[busy.id]).await.expect("a look");
    assert_eq!(leased.len(), 1);
    assert_ne!(leased[0].app, Some(busy.id));
    assert_eq!(world.lease("one").await.pop().and_then(|o| o.app), Some(busy.id));
}

#[tokio::test]
async fn the_release_that_serves_supersedes_the_one_before() {
    let world = World::new().await;
    let (app, operation) = world.publish("web").await.expect("published");
    world.go_live().await;
    assert_eq!(world.states(app.id).await, [ReleaseState::Live]);
    assert_eq!(world.detail(operation).await.row.state, WorkState::Succeeded);
    assert_eq!((world.app(app.id).await.live_release, world.app(app.id).await.operation), (Some(1), None));
    world.upgrade(&app, 1).await.expect("upgraded");
    world.go_live().await;
    assert_eq!(world.states(app.id).await, [ReleaseState::Superseded, ReleaseState::Live]);
    assert_eq!(world.app(app.id).await.live_release, Some(2));
}

#[tokio::test]
async fn a_release_that_fails_is_taken_back_and_frees_the_application() {
    let world = World::new().await;
    let (app, _) = world.publish("web").await.expect("published");
    world.go_live().await;
    let upgrade = world.upgrade(&app, 1).await.expect("upgraded");
    let operation = world.take("w").await;
    let operation = world.advance(&operation, StepEnd::Done(Effect::None)).await.expect("recorded").expect("goes on");
    let problem = text!("It crashes.", "它崩溃了。");
    let end = StepEnd::Failed { problem: problem.clone(), undo: Some("restore") };
    let undo = world.advance(&operation, end).await.expect("recorded").expect("goes on");
    assert_eq!((undo.step.as_str(), undo.problem.as_ref()), ("restore", Some(&problem)));
    assert_eq!(world.states(app.id).await, [ReleaseState::Live, ReleaseState::Failed]);
    assert_eq!(world.app(app.id).await.operation, Some(upgrade), "it still runs");
    assert_eq!(world.advance(&undo, StepEnd::Undone { stands: Some(1) }).await.expect("recorded"), None);
    let detail = world.detail(upgrade).await;
    assert_eq!((detail.row.state, detail.row.problem), (WorkState::Failed, Some(problem)));
    let states: Vec<_> = detail.steps.iter().map(|s| s.state).collect();
    let cancelled = WorkState::Cancelled;
    assert_eq!(states, [WorkState::Succeeded, WorkState::Failed, cancelled, cancelled, WorkState::Succeeded]);
    let app = world.app(app.id).await;
    assert_eq!((app.operation, app.live_release), (None, Some(1)));
}

#[tokio::test]
async fn there_is_one_operation_for_an_application_and_a_deletion_takes_its_place() {
    let world = World::new().await;
    let (app, publish) = world.publish("web").await.expect("published");
    let worker = world.take("w").await;
    assert!(matches!(world.upgrade(&app, 1).await, Err(DatabaseError::Taken("operation"))));
    let delete = world.delete(&app).await.expect("begun");
    assert_eq!(world.detail(publish).await.row.state, WorkState::Cancelled);
    assert_eq!(world.states(app.id).await, [ReleaseState::Failed]);
    assert!(matches!(
        world.advance(&worker, StepEnd::Done(Effect::Live(Outcome::default()))).await,
        Err(DatabaseError::Stale)
    ));
    assert!(!leases::is_held(&world.db, worker.id, worker.fence, world.clock.now()).await.expect("a read"));
    assert!(matches!(world.delete(&app).await, Err(DatabaseError::Taken("operation"))), "it is being deleted");
    assert!(matches!(world.upgrade(&app, 1).await, Err(DatabaseError::Taken("operation"))));
    assert!(world.app(app.id).await.deleting);
    let active =
        operations::list(&world.db, &world.ctx, None, Some(true), &crate::database::slice::Window::default()).await;
    assert_eq!(active.expect("a read").rows.iter().map(|r| r.id).collect::<Vec<_>>(), [delete]);
}

#[tokio::test]
async fn what_is_deleted_frees_its_name_and_loses_its_secrets() {
    let world = World::new().await;
    let (app, _) = world.publish("web").await.expect("published");
    assert!(matches!(world.publish("web").await, Err(DatabaseError::Taken("name"))));
    world.delete(&app).await.expect("begun");
    let mut operation = world.take("w").await;
    for effect in [Effect::None, Effect::None] {
        operation = world.advance(&operation, StepEnd::Done(effect)).await.expect("recorded").expect("goes on");
    }
    let versions = [("TOKEN".to_owned(), "v1".to_owned())];
    let sealed = async || app_secrets::sealed(&world.db, app.id, &versions, Values::All).await.expect("a read");
    assert_eq!(sealed().await.len(), 1);
    assert_eq!(world.advance(&operation, StepEnd::Done(Effect::AppGone)).await.expect("recorded"), None);
    assert!(sealed().await.is_empty());
    assert_eq!(apps::find(&world.db, &world.ctx, app.id).await.expect("a read"), None);
    assert_eq!(world.states(app.id).await.len(), 1, "the record of its release stays");
    world.publish("web").await.expect("the name is free");
}

#[tokio::test]
async fn of_upgrades_made_at_once_one_wins() {
    let world = World::new().await;
    let (app, _) = world.publish("web").await.expect("published");
    world.go_live().await;
    let (one, two, three) = tokio::join!(world.upgrade(&app, 1), world.upgrade(&app, 1), world.upgrade(&app, 1));
    let won = [&one, &two, &three].into_iter().filter(|r| r.is_ok()).count();
    assert_eq!(won, 1, "{one:?} {two:?} {three:?}");
    assert_eq!(world.states(app.id).await.len(), 2);
}

#[tokio::test]
async fn nothing_is_published_into_a_namespace_that_is_being_deleted() {
    let world = World::new().await;
    let n = &world.namespace;
    let right = authz::Namespace::authorize(&world.ctx, Permission::NamespaceManage, &n.place(), &n.name);
    let operation =
        NewOperation { app: None, ..world.operation(AppId(world.clock.uuid()), OperationKind::DeleteNamespace, None) };
    let right = right.expect("the system may");
    let entry = Entry::ok("namespace.delete", "namespace/shop");
    namespaces::begin_delete(&world.db, &world.ctx, &right, operation, entry).await.expect("begun");
    assert!(matches!(world.publish("web").await, Err(DatabaseError::Stale)));
}

#[tokio::test]
async fn the_engine_waits_for_a_cluster_that_is_not_connected_and_says_so() {
    let world = World::new().await;
    let (app, operation) = world.publish("web").await.expect("published");
    let clock = Clock::system();
    let vault = Vault::open_file(&world.scratch.folder().join("key"), clock.clone()).expect("a key");
    let fleet = Arc::new(Fleet::new(clock.clone()));
    let settings = Settings { poll: std::time::Duration::from_millis(20), ..Settings::default() };
    let engine = Arc::new(Engine::new(world.db.clone(), vault, clock, fleet, settings));
    let mut notices = engine.notices();
    let stop = CancellationToken::new();
    let running = tokio::spawn(Arc::clone(&engine).run(stop.clone()));
    engine.begin(operation, app.tenant, Some(app.id));
    let note = tokio::time::timeout(std::time::Duration::from_secs(10), async {
        loop {
            notices.recv().await.expect("a notice");
            if let Some(note) = world.detail(operation).await.steps[0].note.clone() {
                return note;
            }
        }
    });
    let note = note.await.expect("in time");
    assert!(note.en.contains("not connected"), "{}", note.en);
    assert_eq!(world.detail(operation).await.row.state, WorkState::Running);
    assert_eq!(world.states(app.id).await, [ReleaseState::Pending]);
    stop.cancel();
    running.await.expect("it ends");
    world.time.advance(1_000_000_000_000);
    let next = world.lease("another").await;
    assert_eq!(next.len(), 1, "another goes on at once");
    assert!(next[0].attempt >= 1);
}
