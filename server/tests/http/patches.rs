//! Patches of what specifications become: the platform's administrators write them, others carry on with them.

use app::{
    model::{Patch, PatchOperation, PatchVerb, Permission},
    text,
};
use http::StatusCode;
use serde_json::{Value, json};
use server::{
    auth::{authz, context::OpContext},
    database::{
        apps::{self, App},
        audit::Entry,
        namespaces,
    },
};

use super::{
    seed::{Estate, application, estate},
    support::Site,
};

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

/// Records a second release of an estate's application, with a patch of its Deployment.
async fn patched_release(site: &Site, own: &Estate) {
    let (db, ctx) = (&site.parts.db, OpContext::system(site.parts.clock.clone()));
    let namespace = own.namespace.parse().expect("an id");
    let namespace = namespaces::find(db, &ctx, namespace).await.expect("a read").expect("a namespace");
    let id = own.app.parse().expect("an id");
    let app: App = apps::find(db, &ctx, id).await.expect("a read").expect("an application");
    let right = authz::App::authorize(&ctx, Permission::AppPublish, &app.place(), &app.name).expect("the system may");
    let (_, mut publication) = application(&ctx, &namespace, "shop");
    (publication.release.number, publication.release.pods) = (2, 2);
    publication.operation.app = Some(app.id);
    publication.operation.input.release = Some(2);
    let path = "/spec/template/spec/hostAliases".to_owned();
    let operations = vec![PatchOperation { op: PatchVerb::Add, path, value: Some(json!([])) }];
    publication.release.spec.patches = vec![Patch { kind: "Deployment".to_owned(), operations }];
    let why = text!("Another one came.", "被新的发布取代。");
    let entry = Entry::ok("seed", "seed").tenant(Some(namespace.tenant));
    apps::release(db, &ctx, &right, 1, Some(&why), publication, entry).await.expect("recorded");
}

#[tokio::test]
async fn what_is_patched_is_said_wherever_a_release_is_shown() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let own = estate(&site, &shop, &mut owner, "shop").await;
    patched_release(&site, &own).await;
    let app = format!("/apps/{}", own.app);

    let release = owner.get(&format!("/api/v1{app}/releases/2")).await.json();
    let said = &release["patched"][0];
    assert_eq!(said["objects"], json!(["Deployment shop-app"]), "{release}");
    assert_eq!(said["patch"]["operations"][0]["path"], "/spec/template/spec/hostAliases");
    assert_eq!(said["approved"]["en"], "approved by longshore in release 2", "{said}");
    let compared = owner.get(&format!("/api/v1{app}/compare/1/2")).await.json();
    assert_eq!(compared["patched"], release["patched"]);
    for unpatched in ["releases/1", "compare/2/1", "releases/1/rollback"] {
        let answer = owner.get(&format!("/api/v1{app}/{unpatched}")).await.json();
        assert_eq!(answer["patched"], json!([]), "{unpatched}: {answer}");
    }
    let newest = owner.get(&format!("/api/v1{app}")).await.json();
    assert_eq!(newest["patched"][0]["objects"], json!(["Deployment shop-app"]), "{}", newest["patched"]);

    for (page, says) in
        [("/releases/2", true), ("/compare/1/2", true), ("?tab=configuration", true), ("/releases/1", false)]
    {
        let shown = owner.get(&format!("{app}{page}")).await;
        assert_eq!(shown.status, StatusCode::OK, "{page}");
        let found = shown.body.contains("Patched: Deployment shop-app — 1 operation");
        assert_eq!(found, says, "{page}: {}", shown.body);
    }
}

#[tokio::test]
async fn a_rollbacks_difference_is_shown_also_while_the_cluster_is_away() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let own = estate(&site, &shop, &mut owner, "shop").await;
    patched_release(&site, &own).await;

    let reply = owner.get(&format!("/api/v1/apps/{}/releases/1/rollback", own.app)).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    let preview = reply.json();
    assert_eq!((&preview["left"]["number"], &preview["right"]["number"]), (&json!(2), &json!(1)));
    let changed: Vec<_> =
        preview["sections"].as_array().expect("parts").iter().filter(|part| part["changed"] == true).collect();
    assert_eq!(changed.len(), 1, "{preview}");
    assert_eq!(preview["unasked"]["en"], "The cluster is not connected.");
    assert!(preview.get("fit").is_none() && preview.get("rehearsal").is_none(), "{preview}");

    // The seeded release was made where no registry told anything.
    let image = preview["right"]["image"].as_str().expect("an image");
    assert_eq!(preview["unpinned"], json!([image]));

    let page = owner.get(&format!("/apps/{}/rollback/1", own.app)).await;
    assert_eq!(page.status, StatusCode::OK);
    for words in [
        image,
        "need not be the same again",
        "The cluster was not asked",
        "The cluster is not connected.",
        "hostAliases",
        "Roll back to 1",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    // Neither has made a release.
    assert_eq!(owner.get(&format!("/api/v1/apps/{}", own.app)).await.json()["row"]["release"], 2);
}
