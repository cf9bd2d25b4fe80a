//! What happens at once: of those who want the same, one gets it. On every kind of database; each contender has a pool
//! of connections of its own, as a replica has.

use std::sync::Arc;

use app::model::{
    AccountKind, Bytes, ClusterId, CpuMillis, NamespaceId, OperationId, OperationKind, Permission, Quota, TenantId,
};
use futures::future::join_all;
use http::StatusCode;
use server::{
    auth::{
        attempts::{Attempt, Limit},
        authz,
        context::OpContext,
        keeper::AttemptKeeper,
    },
    database::{
        Database, DatabaseError,
        accounts::{AccountToMake, PasswordHash},
        apps,
        audit::Entry,
        claims, clusters, namespaces, operation_leases as leases,
        operations::{Input, NewOperation},
        slice::Window,
        tenants::TenantToMake,
        url::DatabaseUrl,
    },
    operations::steps_of,
};

use crate::{
    seed::{Estate, application, estate},
    support::{Site, new_tenant},
};

/// Replicas beside the site itself.
const REPLICAS: usize = 4;

struct World {
    site: Site,
    replicas: Vec<Database>,
    ctx: OpContext,
}

impl World {
    async fn new() -> Self {
        let site = Site::start().await;
        let url = DatabaseUrl::parse(site.database_url()).expect("an address");
        // They start together, as replicas do after an upgrade.
        let replicas = join_all((0..REPLICAS).map(|_| Database::connect(&url))).await;
        let replicas = replicas.into_iter().map(|db| db.expect("a connection")).collect();
        let ctx = OpContext::system(site.parts.clock.clone());
        Self { site, replicas, ctx }
    }

    async fn estate(&self) -> Estate {
        let mut admin = self.site.admin().await;
        let (tenant, mut owner) = self.site.tenant(&mut admin, "shop").await;
        estate(&self.site, &tenant, &mut owner, "shop").await
    }

    fn unkept(&self, tenant: TenantId, cluster: ClusterId, name: &str) -> namespaces::Namespace {
        namespaces::Namespace {
            id: NamespaceId(self.ctx.clock().uuid()),
            tenant,
            cluster,
            name: name.into(),
            quota: Quota { cpu: CpuMillis(1), memory: Bytes(1), pods: 1 },
            operation: None,
            created_at: self.ctx.now(),
            version: 1,
            waiting: false,
        }
    }

    async fn namespace(&self, tenant: &str, cluster: &str, name: &str) -> namespaces::Namespace {
        let new = self.unkept(tenant.parse().expect("an id"), cluster.parse().expect("an id"), name);
        let may = self.ctx.require(Permission::NamespaceManage).expect("the system may");
        namespaces::insert(&self.site.parts.db, &self.ctx, may, new.clone(), entry()).await.expect("kept");
        new
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_operation_is_leased_once_however_many_ask() {
    let world = World::new().await;
    let Estate { operation, .. } = world.estate().await;
    for round in 0_u32..8 {
        let asked = world.replicas.iter().enumerate().map(|(n, db)| {
            let (db, ctx) = (db.clone(), world.ctx.clone());
            let until = ctx.now() + 1_000;
            tokio::spawn(async move { leases::lease(&db, &ctx, &format!("worker-{n}"), until, 10, &[]).await })
        });
        let mut leased = Vec::new();
        for answer in join_all(asked).await {
            leased.extend(answer.expect("no panic").expect("a look"));
        }
        assert_eq!(leased.len(), 1, "round {round}: {leased:?}");
        assert_eq!((leased[0].id.to_string(), leased[0].fence), (operation.clone(), i64::from(round) + 1));
        world.site.clock.advance(1_000);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_those_who_make_the_same_name_at_once_one_does() {
    let world = World::new().await;
    for round in 0..5 {
        let made = world.replicas.iter().enumerate().map(|(n, db)| {
            let (db, ctx) = (db.clone(), world.ctx.clone());
            tokio::spawn(async move {
                let owner = AccountToMake {
                    username: format!("owner-{round}-{n}"),
                    display_name: "Owner".into(),
                    email: String::new(),
                    roles: Vec::new(),
                    kind: AccountKind::Person,
                    password: PasswordHash("no hash".into()),
                    one_time: true,
                };
                let tenant = TenantToMake { name: format!("shop-{round}"), display_name: "Shop".into(), owner };
                let granted = ctx.require(Permission::TenantManage).expect("the system may");
                db.create_tenant(&ctx, granted, tenant).await
            })
        });
        let answers: Vec<_> = join_all(made).await.into_iter().map(|a| a.expect("no panic")).collect();
        let taken = answers.iter().filter(|a| matches!(a, Err(DatabaseError::Taken("name")))).count();
        assert_eq!((answers.iter().filter(|a| a.is_ok()).count(), taken), (1, REPLICAS - 1), "{answers:?}");
    }
    let granted = world.ctx.require(Permission::TenantManage).expect("the system may");
    let tenants = world.site.parts.db.list_tenants(&world.ctx, granted, &Window::default()).await;
    let tenants = tenants.expect("a read").rows;
    assert!(tenants.len() == 5 && tenants.iter().all(|t| t.accounts == 1), "{tenants:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_name_through_http_is_refused_at_its_field() {
    let world = World::new().await;
    let admin = world.site.admin().await;
    let asked = (0..4).map(|n| {
        let mut admin = admin.clone();
        async move { admin.post("/api/v1/tenants", new_tenant("market", &format!("owner-{n}"))).await }
    });
    let answers = join_all(asked).await;
    assert_eq!(answers.iter().filter(|a| a.status == StatusCode::CREATED).count(), 1, "{answers:?}");
    for refused in answers.iter().filter(|a| a.status != StatusCode::CREATED) {
        assert_eq!((refused.status, &refused.json()["errors"][0]["field"]), (StatusCode::CONFLICT, &"name".into()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_attempt_slips_past_a_limit() {
    let world = World::new().await;
    let limits = Arc::new([Limit::new("name", "shop-owner", 10), Limit::new("address", "10.0.0.1", 25)]);
    let attempt = |n: usize, limits: Arc<[Limit; 2]>, backwards: bool| {
        let (db, ctx) = (world.replicas[n % REPLICAS].clone(), world.ctx.clone());
        tokio::spawn(async move {
            let mut limits = limits.to_vec();
            // Whoever names them the other way round must not wait for one who waits for them.
            if backwards {
                limits.reverse();
            }
            db.take_attempt(&ctx, &limits, true).await.expect("an answer")
        })
    };
    let answers = join_all((0..40).map(|n| attempt(n, Arc::clone(&limits), n % 3 == 0))).await;
    let answers: Vec<_> = answers.into_iter().map(|a| a.expect("no panic")).collect();
    assert_eq!(answers.iter().filter(|a| matches!(a, Attempt::Allowed { .. })).count(), 10, "{answers:?}");
    let first = answers.iter().filter(|a| matches!(a, Attempt::Refused { first: true, .. })).count();
    assert_eq!(first, 1, "{answers:?}");

    // Given back from everywhere at once, while others try.
    let others = Arc::new([Limit::new("name", "shop-dev", 100), limits[1].clone()]);
    let back = (0..10).map(|n| {
        let (db, limits) = (world.replicas[n % REPLICAS].clone(), Arc::clone(&limits));
        tokio::spawn(async move {
            db.give_back_attempt(Some(&limits[0]), &limits[1..]).await.expect("given back");
            Attempt::Allowed { people_next: false }
        })
    });
    let all = back.chain((0..10).map(|n| attempt(n, Arc::clone(&others), n % 2 == 0))).collect::<Vec<_>>();
    for answer in join_all(all).await {
        assert!(matches!(answer.expect("no panic"), Attempt::Allowed { .. }));
    }
    // Ten for the name, ten given back, ten for the other name: ten are counted for the address.
    let left = join_all((0..20).map(|n| attempt(n, Arc::new([Limit::new("name", "x", 99), limits[1].clone()]), false)));
    let allowed =
        left.await.into_iter().filter(|a| matches!(a.as_ref().expect("no panic"), Attempt::Allowed { .. })).count();
    assert_eq!(allowed, 15);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_claimed_is_one_holders_until_its_time_is_over() {
    let world = World::new().await;
    let mut before = None;
    for round in 0..8 {
        let asked = world.replicas.iter().map(|db| {
            let (db, ctx) = (db.clone(), world.ctx.clone());
            tokio::spawn(async move { claims::take(&db, &ctx, "namespace/x".into(), 1_000).await })
        });
        let answers = join_all(asked).await.into_iter().map(|a| a.expect("no panic").expect("an answer"));
        let mut held: Vec<_> = answers.flatten().collect();
        assert_eq!(held.len(), 1, "round {round}: {held:?}");
        if let Some(before) = before.take() {
            claims::let_go(&world.replicas[0], &before).await.expect("nothing happens");
            let again = claims::take(&world.replicas[1], &world.ctx, "namespace/x".into(), 1_000).await;
            assert_eq!(again.expect("an answer"), None, "whose time was over lets nothing go");
        }
        // In turns it is let go and left to run out.
        let claim = held.remove(0);
        if round % 2 == 0 {
            claims::let_go(&world.replicas[0], &claim).await.expect("let go");
        } else {
            world.site.clock.advance(1_000);
            before = Some(claim);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cluster_goes_or_gets_a_namespace_and_never_both() {
    let world = World::new().await;
    let (tenant, _) = world.site.tenant(&mut world.site.admin().await, "shop").await;
    let tenant: TenantId = tenant.parse().expect("an id");
    for round in 0..6 {
        let ctx = &world.ctx;
        let cluster = clusters::Cluster {
            id: ClusterId(ctx.clock().uuid()),
            name: format!("east-{round}"),
            server: "https://east.test".into(),
            created_at: ctx.now(),
            uid: String::new(),
            version: 1,
        };
        let granted = ctx.require(Permission::ClusterManage).expect("the system may");
        clusters::insert(&world.replicas[0], ctx, granted, &cluster, vec![0; 100_000]).await.expect("kept");
        let namespace = world.unkept(tenant, cluster.id, "shop");
        let may = ctx.require(Permission::NamespaceManage).expect("the system may");
        let (removed, made) = tokio::join!(
            clusters::remove(&world.replicas[1], ctx, granted, &cluster),
            namespaces::insert(&world.replicas[2], ctx, may, namespace, entry()),
        );
        match (removed.expect("an answer"), made) {
            (0, Err(DatabaseError::Stale)) | (1, Ok(())) => {}
            other => panic!("round {round}: {other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_empty_namespace_goes_or_gets_an_application_and_never_both() {
    let world = World::new().await;
    let Estate { tenant, cluster, .. } = world.estate().await;
    for round in 0..6 {
        let ctx = &world.ctx;
        let namespace = world.namespace(&tenant, &cluster, &format!("empty-{round}")).await;
        let right = |what| authz::Namespace::authorize(ctx, what, &namespace.place(), &namespace.name);
        let (goes, gets) = (right(Permission::NamespaceManage), right(Permission::AppPublish));
        let (goes, gets) = (goes.expect("the system may"), gets.expect("the system may"));
        let (app, publication) = application(ctx, &namespace, "web");
        let (gone, made) = tokio::join!(
            namespaces::begin_delete(&world.replicas[0], ctx, &goes, deletion(ctx, &namespace), entry()),
            apps::publish(&world.replicas[1], ctx, &gets, &app, publication, entry()),
        );
        match (gone, made) {
            (Ok(()), Err(DatabaseError::Stale)) | (Err(DatabaseError::Stale), Ok(())) => {}
            other => panic!("round {round}: {other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_object_is_not_given_to_two_operations() {
    let world = World::new().await;
    let ctx = &world.ctx;
    let Estate { tenant, cluster, .. } = world.estate().await;
    let namespace = world.namespace(&tenant, &cluster, "empty").await;
    let right = authz::Namespace::authorize(ctx, Permission::NamespaceManage, &namespace.place(), "empty");
    let right = right.expect("the system may");
    let begun =
        world.replicas.iter().map(|db| namespaces::begin_delete(db, ctx, &right, deletion(ctx, &namespace), entry()));
    let answers = join_all(begun).await;
    assert_eq!(answers.iter().filter(|a| a.is_ok()).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|a| matches!(a, Ok(()) | Err(DatabaseError::Stale))), "{answers:?}");
    let leased = leases::lease(&world.replicas[1], ctx, "worker", ctx.now() + 1_000, 10, &[]).await.expect("a look");
    let deletions = leased.iter().filter(|o| o.kind == OperationKind::DeleteNamespace).count();
    assert_eq!((leased.len(), deletions), (2, 1), "{leased:?}");
}

fn entry() -> Entry {
    Entry::ok("test", "test")
}

fn deletion(ctx: &OpContext, namespace: &namespaces::Namespace) -> NewOperation {
    NewOperation {
        id: OperationId(ctx.clock().uuid()),
        kind: OperationKind::DeleteNamespace,
        tenant: namespace.tenant,
        cluster: namespace.cluster,
        namespace: namespace.id,
        app: None,
        object: namespace.name.clone(),
        input: Input::default(),
        steps: steps_of(OperationKind::DeleteNamespace),
    }
}
