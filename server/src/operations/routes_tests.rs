//! Web addresses over the life of applications: who has one, from when, and until when.

use app::{model::SpecForm, text};

use super::*;
use crate::database::{namespaces::Namespace, routes};

impl World {
    /// An application that nobody has yet.
    pub(super) fn new_app(&self, namespace: &namespaces::Namespace, name: &str) -> App {
        App {
            id: AppId(self.clock.uuid()),
            tenant: namespace.tenant,
            cluster: namespace.cluster,
            namespace: namespace.id,
            name: name.into(),
            newest_release: 1,
            live_release: None,
            operation: None,
            deleting: false,
            created_at: self.clock.now(),
        }
    }

    /// A publication whose release has these addresses.
    fn at(&self, namespace: &Namespace, app: AppId, number: u32, addresses: &str) -> Publication {
        let form = SpecForm { image: "demo:1".into(), routes: addresses.into(), ..SpecForm::starter() };
        let mut publication = self.publication(app, number);
        publication.release.spec = form.parse().expect("valid").0;
        publication.operation.tenant = namespace.tenant;
        publication.operation.namespace = namespace.id;
        publication
    }

    async fn publish_at(&self, namespace: &Namespace, name: &str, addresses: &str) -> Result<App, DatabaseError> {
        let app = self.new_app(namespace, name);
        let right = authz::Namespace::authorize(&self.ctx, Permission::AppPublish, &namespace.place(), "n");
        let (right, publication) = (right.expect("the system may"), self.at(namespace, app.id, 1, addresses));
        apps::publish(&self.db, &self.ctx, &right, &app, publication, Entry::ok("app.publish", name)).await?;
        Ok(app)
    }

    async fn upgrade_at(&self, app: &App, newest: u32, addresses: &str) -> Result<(), DatabaseError> {
        let publication = self.at(&self.namespace, app.id, newest + 1, addresses);
        let entry = Entry::ok("app.upgrade", "app/web");
        apps::release(&self.db, &self.ctx, &self.right(app), newest, None, publication, entry).await
    }

    /// A namespace of another tenant in the same cluster.
    async fn elsewhere(&self) -> Namespace {
        let granted = self.ctx.require(Permission::TenantManage).expect("the system may");
        let tenant =
            TenantToMake { name: "dock".into(), display_name: "Dock".into(), owner: tenant::account("docker") };
        let tenant = self.db.create_tenant(&self.ctx, granted, tenant).await.expect("a tenant");
        let namespace = Namespace {
            id: NamespaceId(self.clock.uuid()),
            tenant: tenant.id,
            name: "dock".into(),
            ..self.namespace.clone()
        };
        let granted = self.ctx.require(Permission::NamespaceManage).expect("the system may");
        let entry = Entry::ok("namespace.create", "namespace/dock");
        namespaces::insert(&self.db, &self.ctx, granted, namespace.clone(), entry).await.expect("kept");
        namespace
    }

    /// Which of some addresses a new application could have.
    async fn free<'a>(&self, addresses: &[&'a str]) -> Vec<&'a str> {
        let wanting = routes::Wanting {
            cluster: self.namespace.cluster,
            tenant: self.namespace.tenant,
            app: AppId(self.clock.uuid()),
        };
        let mut free = Vec::new();
        for address in addresses {
            let form = SpecForm { image: "demo:1".into(), routes: (*address).into(), ..SpecForm::starter() };
            let spec = form.parse().expect("valid").0;
            if routes::taken(&self.db, wanting, spec.routes()).await.expect("a read").is_none() {
                free.push(*address);
            }
        }
        free
    }
}

fn is_taken<T>(result: &Result<T, DatabaseError>) -> bool {
    matches!(result, Err(DatabaseError::Taken("routes")))
}

#[tokio::test]
async fn an_address_is_one_applications_and_a_host_one_tenants() {
    let world = World::new().await;
    let (own, other) = (world.namespace.clone(), world.elsewhere().await);
    let web = world.publish_at(&own, "web", "shop.example.org\nshop.example.org/api").await.expect("free");
    assert!(is_taken(&world.publish_at(&own, "api", "www.example.org\nshop.example.org/api").await));
    assert_eq!(world.free(&["www.example.org"]).await, ["www.example.org"], "a refusal takes nothing");
    let api = world.publish_at(&own, "api", "shop.example.org/v2").await.expect("another path of an own host");
    let wanting = routes::Wanting { cluster: own.cluster, tenant: own.tenant, app: web.id };
    let wanted = world.at(&own, web.id, 2, "shop.example.org\nshop.example.org/v3\nnew.example.org").release.spec;
    let new = routes::new(&world.db, wanting, wanted.routes()).await.expect("a read");
    let new: Vec<_> = new.into_iter().map(|new| (new.index, new.neighbours.into_iter().collect::<Vec<_>>())).collect();
    assert_eq!(new, [(1, vec![api.id]), (2, vec![])], "what it has is not asked for again");
    assert!(is_taken(&world.publish_at(&other, "thief", "shop.example.org/login").await), "another tenant's host");
    world.publish_at(&other, "dock", "dock.example.org").await.expect("free");
    let wanting = routes::Wanting { cluster: own.cluster, tenant: other.tenant, app: web.id };
    let spec = world.at(&own, web.id, 2, "free.example.org\nshop.example.org/v2").release.spec;
    let taken = routes::taken(&world.db, wanting, spec.routes()).await.expect("a read").expect("taken");
    assert_eq!((taken.index, taken.by), (1, None), "whose it is stays untold");
    let elsewhere = routes::Wanting { cluster: ClusterId(world.clock.uuid()), ..wanting };
    assert_eq!(routes::taken(&world.db, elsewhere, spec.routes()).await.expect("a read"), None, "another cluster");
}

#[tokio::test]
async fn addresses_are_had_from_the_release_on_until_nothing_of_it_stands() {
    let world = World::new().await;
    let all = ["a.example.org", "b.example.org", "c.example.org"];
    let own = world.namespace.clone();
    let web = world.publish_at(&own, "web", all[0]).await.expect("free");
    world.go_live().await;
    assert_eq!(world.free(&all).await, all[1..]);

    world.upgrade_at(&web, 1, all[1]).await.expect("free");
    assert_eq!(world.free(&all).await, all[2..], "of the one that serves, and of the one on its way");
    let operation = world.take("w").await;
    let undo = StepEnd::Failed { problem: text!("No.", "否。"), undo: Some("restore") };
    let undoing = world.advance(&operation, undo).await.expect("recorded").expect("it goes on");
    assert_eq!(world.free(&all).await, all[2..], "the cluster may have it still");
    let undone = StepEnd::Undone { stands: Some(1) };
    assert!(world.advance(&undoing, undone).await.expect("recorded").is_none());
    assert_eq!(world.free(&all).await, all[1..], "it was undone");

    world.upgrade_at(&web, 2, all[2]).await.expect("free");
    world.go_live().await;
    assert_eq!(world.free(&all).await, all[..2]);
    world.upgrade_at(&web, 3, "").await.expect("none");
    world.go_live().await;
    assert_eq!(world.free(&all).await, all);

    world.upgrade_at(&web, 4, all[0]).await.expect("free");
    world.go_live().await;
    world.delete(&web).await.expect("begun");
    assert_eq!(world.free(&all).await, all[1..], "it is still there");
    let mut operation = world.take("w").await;
    loop {
        let effect = if operation.step == "forget" { Effect::AppGone } else { Effect::None };
        match world.advance(&operation, StepEnd::Done(effect)).await.expect("recorded") {
            Some(next) => operation = next,
            None => break,
        }
    }
    assert_eq!(world.free(&all).await, all);
}

#[tokio::test]
async fn of_what_failed_half_way_the_addresses_stay_taken() {
    let world = World::new().await;
    let all = ["a.example.org", "b.example.org", "c.example.org"];
    let own = world.namespace.clone();
    let fails = async |undo: Option<&'static str>, end: Option<StepEnd>| {
        let operation = world.take("w").await;
        let failed = StepEnd::Failed { problem: text!("No.", "否。"), undo };
        let undoing = world.advance(&operation, failed).await.expect("recorded");
        if let Some((undoing, end)) = undoing.zip(end) {
            assert!(world.advance(&undoing, end).await.expect("recorded").is_none());
        }
    };
    let web = world.publish_at(&own, "web", all[0]).await.expect("free");
    fails(Some("restore"), Some(StepEnd::Undone { stands: None })).await;
    world.upgrade_at(&web, 1, all[1]).await.expect("free");
    fails(None, None).await;
    assert_eq!(world.free(&all).await, all[2..], "nothing was ever taken away");
    world.upgrade_at(&web, 2, all[1]).await.expect("its own");
    world.go_live().await;
    assert_eq!(world.free(&all).await, [all[0], all[2]]);

    world.upgrade_at(&web, 3, all[2]).await.expect("free");
    fails(Some("freeze"), Some(StepEnd::Undone { stands: None })).await;
    world.upgrade_at(&web, 4, all[1]).await.expect("its own");
    fails(None, None).await;
    assert_eq!(world.free(&all).await, all[..1], "what was frozen is still there");
    world.delete(&web).await.expect("begun");
    fails(None, None).await;
    assert_eq!(world.free(&all).await, all[..1], "a deletion that failed");
}

#[tokio::test]
async fn of_two_at_once_one_gets_it() {
    let world = World::new().await;
    let (own, other) = (world.namespace.clone(), world.elsewhere().await);
    for round in 0..5 {
        let address = format!("round{round}.example.org");
        let (one, two) = (format!("one{round}"), format!("two{round}"));
        let (one, two) = tokio::join!(world.publish_at(&own, &one, &address), world.publish_at(&other, &two, &address));
        let refused = if one.is_ok() { two } else { one };
        assert!(is_taken(&refused), "round {round}: {refused:?}");
    }
}
