//! Patches of what specifications become: the platform's administrators write them, others carry on with them.

use http::StatusCode;
use serde_json::{Value, json};

use super::{seed::estate, support::Site};

fn spec(patches: &str) -> Value {
    let document = format!("kind: worker\ncontainers: [{{ image: registry.test/web:1 }}]\npatches: {patches}");
    json!({ "source": "document", "document": document })
}

const ALIASES: &str =
    "[{ kind: Deployment, operations: [{ op: add, path: /spec/template/spec/hostAliases, value: [] }] }]";

#[tokio::test]
async fn patches_are_the_platforms_to_write_and_everybodys_to_carry_on_with() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let own = estate(&site, &shop, &mut owner, "shop").await;
    let template = |patches: &str| json!({ "name": "patched", "description": "", "spec": spec(patches) });

    let refused = owner.post("/api/v1/templates", template(ALIASES)).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
    assert!(refused.body.contains("app.patch"), "{}", refused.body);
    let trail = admin.get("/api/v1/audit?action=template.create").await.json();
    assert_eq!(trail["rows"][0]["outcome"], "refused", "{trail}");

    for (patches, said) in [
        ("[{ kind: Service, operations: [{ op: remove, path: /spec/type }] }]", "makes no Service"),
        ("[{ kind: Deployment, operations: [{ op: remove, path: /spec/nothing }] }]", "patches[0].operations[0]: "),
        (
            "[{ kind: Deployment, operations: [{ op: add, path: /spec/template/spec/serviceAccountName, value: x }] }]",
            "not for a patch to change",
        ),
        ("[{ kind: Secret, operations: [{ op: remove, path: /data }] }]", "What can be patched"),
    ] {
        let wrong = admin.post("/api/v1/templates", template(patches)).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{patches}: {}", wrong.body);
        assert!(wrong.body.contains(said), "{patches}: {}", wrong.body);
    }

    let made = admin.post("/api/v1/templates", template(ALIASES)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let id = made.json()["id"].clone();
    let publish = |template: &Value, patches: &str| json!({ "namespace": own.namespace, "name": "web", "template": template, "spec": spec(patches), "reason": "" });
    let more = ALIASES.replace("hostAliases", "tolerations");
    for (template, patches, expected) in [
        // Nobody has connected the cluster, which is found out after who may do what.
        (&id, ALIASES, StatusCode::SERVICE_UNAVAILABLE),
        (&id, "[]", StatusCode::SERVICE_UNAVAILABLE),
        (&id, more.as_str(), StatusCode::FORBIDDEN),
        (&json!(""), ALIASES, StatusCode::FORBIDDEN),
    ] {
        let tried = owner.post("/api/v1/apps", publish(template, patches)).await;
        assert_eq!(tried.status, expected, "{patches}: {}", tried.body);
    }
    // Who changes another's template keeps what is in it, or takes it out.
    let path = format!("/api/v1/templates/{}", own.template);
    let form = json!({ "name": "shop-template", "description": "", "spec": spec(ALIASES), "version": 1 });
    assert_eq!(owner.put(&path, form.clone()).await.status, StatusCode::FORBIDDEN);
    assert_eq!(admin.put(&path, form.clone()).await.status, StatusCode::OK);
    let kept = json!({ "version": 2, "description": "still", "name": "shop-template", "spec": spec(ALIASES) });
    assert_eq!(owner.put(&path, kept).await.status, StatusCode::OK);
}
