//! Which applications are around another, among which those are looked for that speak to it.

use app::model::{Permission, TenantId};
use server::{
    auth::{authz, context::OpContext},
    database::{app_list::beside, apps, audit::Entry},
};

use crate::{
    seed::{application, cluster, namespace_with_app},
    support::Site,
};

#[tokio::test]
async fn around_an_application_are_those_of_its_tenant_in_its_cluster() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, _) = site.tenant(&mut admin, "shop").await;
    let (harbour, _) = site.tenant(&mut admin, "harbour").await;
    let [shop, harbour]: [TenantId; 2] = [shop, harbour].map(|id| id.parse().expect("an id"));
    let (here, elsewhere) = (cluster(&site, "here").await, cluster(&site, "elsewhere").await);

    let (namespace, web, _) = namespace_with_app(&site, shop, here, "web").await;
    let (_, far, _) = namespace_with_app(&site, shop, here, "far").await;
    namespace_with_app(&site, shop, elsewhere, "other").await;
    namespace_with_app(&site, harbour, here, "theirs").await;
    let ctx = OpContext::system(site.parts.clock.clone());
    let (near, publication) = application(&ctx, &namespace, "zeal");
    let right = authz::Namespace::authorize(&ctx, Permission::AppPublish, &namespace.place(), &namespace.name);
    let right = right.expect("the system may");
    let entry = Entry::ok("seed", "seed").tenant(Some(shop));
    apps::publish(&site.parts.db, &ctx, &right, &near, publication, entry).await.expect("an application");

    for (limit, expected) in [(9, vec![near.id, far.id]), (1, vec![near.id])] {
        let around = beside(&site.parts.db, &web, limit).await.expect("a read");
        assert_eq!(around.iter().map(|app| app.id).collect::<Vec<_>>(), expected, "its own namespace's come first");
    }
}
