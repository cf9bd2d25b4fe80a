//! The removal of a tenant, cut off at every point at which a server can die.

use app::model::{AccountId, AccountKind, Outcome, SecretId};

use super::*;
use crate::{
    database::{
        accounts::AccountToMake,
        accounts::PasswordHash,
        audit_list::{Choice, Place},
        secrets::{self, Secret},
        slice::Window,
    },
    measures,
    operations::{tenant, work::Work},
};

/// When the worker dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// The step has done its work; nothing is recorded.
    Done(&'static str),
    /// Its end is recorded.
    Recorded(&'static str),
}

impl World {
    fn engine(&self) -> Engine {
        let vault = Vault::from_key([7; 32], self.clock.clone());
        let fleet = Arc::new(Fleet::new(self.clock.clone()));
        Engine::new(self.db.clone(), vault, self.clock.clone(), fleet, Settings::default())
    }

    /// The tenant without its namespace, with as many accounts as one transaction removes and one more.
    async fn emptied(&self) -> authz::Tenant {
        let tenant = authz::Tenant::authorize(&self.ctx, Permission::TenantManage, self.namespace.tenant, "shop");
        let tenant = tenant.expect("the system may");
        let n = &self.namespace;
        let right = authz::Namespace::authorize(&self.ctx, Permission::NamespaceManage, &n.place(), &n.name);
        let removal = self.operation(AppId(self.clock.uuid()), OperationKind::DeleteNamespace, None);
        let removal = NewOperation { app: None, ..removal };
        let entry = Entry::ok("namespace.delete", "namespace/shop");
        let right = right.expect("the system may");
        namespaces::begin_delete(&self.db, &self.ctx, &right, removal, entry).await.expect("begun");
        let mut next = Some(self.take("w").await);
        while let Some(operation) = next {
            let effect = if operation.step == "forget" { Effect::NamespaceGone } else { Effect::None };
            next = self.advance(&operation, StepEnd::Done(effect)).await.expect("recorded");
        }
        let granted = self.ctx.require(Permission::AccountManage).expect("the system may");
        for n in 0..50 {
            let account = account(&format!("person{n}"));
            self.db.create_account(&self.ctx, granted, Some(&tenant), account).await.expect("made");
        }
        tenant
    }

    async fn people(&self, tenant: &authz::Tenant) -> usize {
        let granted = self.ctx.require(Permission::AccountRead).expect("the system may");
        self.db.list_accounts(&self.ctx, granted, Some(tenant), &Window::default()).await.expect("a read").rows.len()
    }

    async fn delete_tenant(&self, tenant: &authz::Tenant) -> Result<(OperationId, Vec<AccountId>), DatabaseError> {
        let (id, kind) = (OperationId(self.clock.uuid()), OperationKind::DeleteTenant);
        let operation = NewOperation::of_tenant(id, kind, tenant.id(), "shop".into(), steps_of(kind));
        let people = self.db.begin_tenant_deletion(&self.ctx, tenant, operation).await?;
        Ok((id, people))
    }

    /// Works until the operation ends, or dies at `cut`; whether it ended.
    async fn work_until(&self, engine: &Engine, owner: &str, cut: Option<Cut>) -> bool {
        let Some(mut operation) = self.lease(owner).await.pop() else { return false };
        loop {
            let step = STEPS.into_iter().find(|s| *s == operation.step).expect("a step of it");
            let end = tenant::step(&Work::new(engine, &operation)).await.expect("done");
            if cut == Some(Cut::Done(step)) {
                return false;
            }
            let next = self.advance(&operation, end).await.expect("recorded");
            if cut == Some(Cut::Recorded(step)) {
                return next.is_none();
            }
            match next {
                Some(next) => operation = next,
                None => return true,
            }
        }
    }
}

const STEPS: [&str; 3] = tenant::STEPS;

pub(super) fn account(username: &str) -> AccountToMake {
    AccountToMake {
        username: username.into(),
        display_name: username.into(),
        email: String::new(),
        roles: Vec::new(),
        kind: AccountKind::Person,
        password: PasswordHash("none".into()),
        one_time: true,
    }
}

#[tokio::test]
async fn a_namespaces_secrets_go_with_it() {
    let world = World::new().await;
    let n = &world.namespace;
    let right = authz::Namespace::authorize(&world.ctx, Permission::SecretWrite, &n.place(), &n.name);
    let right = right.expect("the system may");
    let secret = Secret {
        id: SecretId(world.clock.uuid()),
        tenant: n.tenant,
        namespace: n.id,
        name: "key".into(),
        version: 1,
        sealed: vec![1, 2, 3],
        created_at: world.clock.now(),
        updated_at: world.clock.now(),
        actor_name: "keeper".into(),
    };
    secrets::insert(&world.db, &world.ctx, &right, &secret).await.expect("kept");
    assert_eq!(secrets::versions(&world.db, secret.id).await.expect("a read").len(), 1);
    world.emptied().await;
    assert_eq!(secrets::find(&world.db, &world.ctx, secret.id).await.expect("a read"), None);
    assert_eq!(secrets::versions(&world.db, secret.id).await.expect("a read"), []);
    let refused = secrets::insert(&world.db, &world.ctx, &right, &secret).await;
    assert!(matches!(refused, Err(DatabaseError::Stale)), "nothing is kept in a namespace that is gone: {refused:?}");
}

#[tokio::test]
async fn a_deletion_that_is_cut_off_between_any_two_steps_is_finished() {
    let cuts = STEPS.into_iter().flat_map(|step| [Cut::Done(step), Cut::Recorded(step)]);
    for cut in cuts.map(Some).chain([None]) {
        let world = World::new().await;
        let tenant = world.emptied().await;
        let (operation, out) = world.delete_tenant(&tenant).await.expect("begun");
        assert_eq!(out.len(), 51, "everybody is out at once");
        let engine = world.engine();
        let ended = world.work_until(&engine, "first", cut).await;
        if !ended {
            assert!(world.lease("second").await.is_empty(), "{cut:?}: the dead worker's lease holds for a while");
            world.time.advance(1000);
            assert!(world.work_until(&engine, "second", None).await, "{cut:?}");
        }
        assert_eq!(world.people(&tenant).await, 0, "{cut:?}");
        assert_eq!(world.db.find_tenant_name(&world.ctx, tenant.id()).await.expect("a read"), None, "{cut:?}");
        let detail = world.detail(operation).await;
        assert_eq!(detail.row.state, WorkState::Succeeded, "{cut:?}");
        assert!(detail.steps.iter().all(|s| s.state == WorkState::Succeeded), "{cut:?}");
        let read = world.ctx.require(Permission::AuditRead).expect("the system may");
        let choice = Choice { action: Some("tenant.delete".to_owned()), ..Choice::default() };
        let trail = world.db.list_audit(&world.ctx, read, &choice, Place::Newest, 10, 1_000).await;
        let trail = trail.expect("a read").entries;
        assert_eq!(trail.len(), 1, "{cut:?}");
        assert_eq!((trail[0].row.tenant, trail[0].row.outcome), (Some(tenant.id()), Outcome::Ok));
    }
}

#[tokio::test]
async fn a_tenant_with_a_namespace_stays() {
    let world = World::new().await;
    let tenant = authz::Tenant::authorize(&world.ctx, Permission::TenantManage, world.namespace.tenant, "shop");
    let tenant = tenant.expect("the system may");
    assert!(matches!(world.delete_tenant(&tenant).await, Err(DatabaseError::Taken("tenant"))));
    assert!(world.db.is_tenant_open(&world.ctx, tenant.id()).await.expect("a read"));
    assert!(world.lease("w").await.is_empty());
}

#[tokio::test]
async fn of_a_namespace_and_a_deletion_made_at_once_one_wins() {
    for _ in 0..10 {
        let world = World::new().await;
        let tenant = world.emptied().await;
        let late = namespaces::Namespace {
            id: NamespaceId(world.clock.uuid()),
            name: "late".into(),
            ..world.namespace.clone()
        };
        let granted = world.ctx.require(Permission::NamespaceManage).expect("the system may");
        let entry = Entry::ok("namespace.create", "namespace/late");
        let (made, deleted) =
            tokio::join!(namespaces::insert(&world.db, &world.ctx, granted, late, entry), world.delete_tenant(&tenant));
        assert_ne!(made.is_ok(), deleted.is_ok(), "{made:?} {deleted:?}");
    }
}

#[tokio::test]
async fn the_engine_counts_what_it_has_brought_to_its_end() {
    let recorder = measures::collector().expect("buckets").build_recorder();
    let _mine = metrics::set_default_local_recorder(&recorder);
    let world = World::new().await;
    let tenant = world.emptied().await;
    let (operation, _) = world.delete_tenant(&tenant).await.expect("begun");
    let (engine, stop) = (Arc::new(world.engine()), CancellationToken::new());
    let running = tokio::spawn(Arc::clone(&engine).run(stop.clone()));
    engine.begin(operation, tenant.id(), None);
    let counted = "longshore_operations_total{kind=\"delete_tenant\",outcome=\"succeeded\"} 1";
    let told = async {
        while !recorder.handle().render().contains(counted) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), told).await.expect("counted");
    assert_eq!(world.detail(operation).await.row.state, WorkState::Succeeded);
    stop.cancel();
    running.await.expect("it ends");
}
