//! Web addresses, as far as no cluster is needed.

use http::StatusCode;
use serde_json::json;

use super::{
    seed::{estate, spec},
    support::Site,
};

#[tokio::test]
async fn the_address_of_longshore_itself_is_nobodys() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let own = estate(&site, &shop, &mut owner, "shop").await;
    let mut fields = json!(spec("shop"));
    fields["routes"] = "https://shop.example.org\nhttps://Longshore.test/sign-in".into();
    let whole = json!({ "source": "document", "document": json!({
        "containers": [{ "image": "web:1", "ports": [{ "port": 80 }] }],
        "routing": { "routes": [{ "host": "shop.example.org" }, { "host": "longshore.test" }] },
    }).to_string() });
    for (spec, field, said) in [
        (fields, "routes", "Longshore itself answers there"),
        (whole, "document", "routing.routes[1].host: Longshore itself answers there"),
    ] {
        let new = json!({ "namespace": own.namespace, "name": "mirror", "spec": spec, "reason": "" });
        let upgrade = json!({ "spec": spec, "reason": "", "based_on": "1" });
        let path = format!("/api/v1/apps/{}", own.app);
        for reply in [owner.post("/api/v1/apps", new).await, owner.put(&path, upgrade).await] {
            assert_eq!(reply.status, StatusCode::CONFLICT, "{}", reply.body);
            let reply = reply.json();
            assert_eq!(reply["errors"][0]["field"], field, "{reply}");
            assert!(reply["errors"][0]["detail"].to_string().contains(said), "{reply}");
        }
    }
}
