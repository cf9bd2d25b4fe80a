//! Roles, bindings, and the answers to "who may what, and why".

use app::model::Permission;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    seed::{Estate, estate},
    support::{PASSWORD, Site, Visitor, new_account},
};

/// A tenant with an application, and a colleague without any role.
async fn world() -> (Site, Estate, Visitor, Visitor, String) {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (tenant, mut owner) = site.tenant(&mut admin, "shop").await;
    let estate = estate(&site, &tenant, &mut owner, "shop").await;
    let made = owner.post("/api/v1/accounts", new_account("newcomer", "")).await;
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    let newcomer = site.member("newcomer", "the very first password").await;
    (site, estate, owner, newcomer, id)
}

async fn bind(owner: &mut Visitor, account: &str, role: &str, scope: &str) -> Value {
    let bound =
        owner.post(&format!("/api/v1/accounts/{account}/bindings"), json!({ "role": role, "scope": scope })).await;
    assert_eq!(bound.status, StatusCode::CREATED, "{}", bound.body);
    bound.json()
}

#[tokio::test]
async fn a_role_holds_where_it_is_given_and_nowhere_else() {
    let (_site, estate, mut owner, mut newcomer, id) = world().await;
    let Estate { namespace, app, template, .. } = &estate;
    let app_path = format!("/api/v1/apps/{app}");
    assert_eq!(newcomer.get(&app_path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(newcomer.get("/api/v1/apps").await.status, StatusCode::FORBIDDEN);

    let binding = bind(&mut owner, &id, "viewer", &format!("app/{app}")).await;
    assert_eq!(newcomer.get(&app_path).await.status, StatusCode::OK);
    assert_eq!(newcomer.get("/api/v1/apps").await.json()["total"], 1);
    assert_eq!(newcomer.get(&format!("/api/v1/namespaces/{namespace}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(newcomer.get("/api/v1/namespaces").await.json()["rows"], json!([]));
    let operations = newcomer.get("/api/v1/operations").await.json();
    assert_eq!(operations["rows"].as_array().map(Vec::len), Some(1), "{operations}");
    let refused = newcomer.delete(&format!("{app_path}?confirm=shop-app")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "seen, and not to be deleted: {}", refused.body);
    let form = json!({ "name": "mine", "description": "", "spec": {} });
    assert_eq!(newcomer.post("/api/v1/templates", form.clone()).await.status, StatusCode::FORBIDDEN);

    // A developer of one namespace makes no templates of the tenant, and reads them.
    bind(&mut owner, &id, "developer", &format!("namespace/{namespace}")).await;
    assert_eq!(newcomer.get(&format!("/api/v1/namespaces/{namespace}")).await.status, StatusCode::OK);
    assert_eq!(newcomer.post("/api/v1/templates", form).await.status, StatusCode::FORBIDDEN);
    assert_eq!(newcomer.get(&format!("/api/v1/templates/{template}")).await.json()["editable"], false);

    let path = format!("/api/v1/accounts/{id}/bindings/{}", binding["id"].as_str().expect("an id"));
    assert_eq!(owner.delete(&path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(newcomer.get(&app_path).await.status, StatusCode::OK, "by the namespace still");
}

#[tokio::test]
async fn an_account_without_a_right_to_an_operations_app_does_not_see_it() {
    let (_site, estate, mut owner, mut newcomer, id) = world().await;
    let operation = format!("/api/v1/operations/{}", estate.operation);
    // A role that reads nothing of applications.
    let role = json!({ "name": "templates", "permissions": ["template.read"] });
    let role = owner.post("/api/v1/roles", role).await.json()["role"].as_str().expect("an id").to_owned();
    bind(&mut owner, &id, &role, &format!("tenant/{}", estate.tenant)).await;
    assert_eq!(newcomer.get(&operation).await.status, StatusCode::NOT_FOUND);
    assert_eq!(newcomer.get("/api/v1/operations").await.status, StatusCode::FORBIDDEN);
    assert_eq!(newcomer.get("/api/v1/search?q=shop-a").await.json(), json!([]));
}

#[tokio::test]
async fn a_changed_role_changes_what_its_people_may_do_at_once() {
    let (_site, estate, mut owner, mut newcomer, id) = world().await;
    let form = |permissions: &[&str], version: i64| json!({ "name": "releaser", "description": "", "permissions": permissions, "version": version });
    let made = owner.post("/api/v1/roles", form(&["app.read"], 1)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let role = made.json()["role"].as_str().expect("an id").to_owned();
    bind(&mut owner, &id, &role, &format!("app/{}", estate.app)).await;
    let delete = format!("/api/v1/apps/{}?confirm=wrong", estate.app);
    assert_eq!(newcomer.delete(&delete).await.status, StatusCode::FORBIDDEN);
    let path = format!("/api/v1/roles/{role}");
    let changed = owner.ask(&Method::PUT, &path, Some(form(&["app.read", "app.delete"], 1))).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
    assert_eq!(
        newcomer.delete(&delete).await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "allowed, but the name is wrong"
    );
    let lost = owner.ask(&Method::PUT, &path, Some(form(&["app.read"], 1))).await;
    assert_eq!(lost.status, StatusCode::CONFLICT, "somebody changed it meanwhile");
    let used = owner.delete(&format!("{path}?confirm=releaser")).await;
    assert_eq!(used.status, StatusCode::CONFLICT, "{}", used.body);
}

#[tokio::test]
async fn the_answer_names_the_bindings_through_which() {
    let (_site, estate, mut owner, mut newcomer, id) = world().await;
    let on = format!("app/{}", estate.app);
    bind(&mut owner, &id, "operator", &on).await;
    let ask = |permission: &str| format!("/api/v1/access?account={id}&permission={permission}&on={on}");
    let yes = owner.get(&ask("app.rollback")).await.json();
    assert_eq!(yes["permissions"][0]["allowed"], true);
    assert_eq!(yes["permissions"][0]["through"][0]["title"]["en"], "Operator");
    assert_eq!(yes["permissions"][0]["through"][0]["place"], "shop-ns/shop-app");
    assert_eq!(owner.get(&ask("app.publish")).await.json()["permissions"][0]["allowed"], false);
    // Everybody may ask about themselves, and about nobody else without the permission.
    assert_eq!(newcomer.get(&ask("app.rollback")).await.json(), yes);
    assert_eq!(
        newcomer.get("/api/v1/access").await.json()["permissions"].as_array().expect("all").len(),
        Permission::ALL.len()
    );
    let owner_id = owner.get("/api/v1/session").await.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(newcomer.get(&format!("/api/v1/access?account={owner_id}")).await.status, StatusCode::NOT_FOUND);
    let who = owner.get(&format!("/api/v1/access/who?permission=app.rollback&on={on}")).await.json();
    let names: Vec<_> = who["rows"].as_array().expect("people").iter().map(|w| w["username"].clone()).collect();
    assert_eq!(names, ["newcomer", "shop-owner"]);
    assert_eq!(owner.get("/api/v1/access/who?permission=app.fly").await.json()["errors"][0]["field"], "permission");
}

/// The places where somebody may do something, as they are told it themselves.
async fn own_scopes(who: &mut Visitor, q: &str) -> (Vec<Value>, Value) {
    let told = who.get(&format!("/api/v1/access/own?q={q}")).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.body);
    let rows = told.json()["rows"].as_array().expect("places").clone();
    (rows.iter().map(|row| row["scope"].clone()).collect(), told.json()["whole"].clone())
}

#[tokio::test]
async fn whoever_reads_no_accounts_is_told_what_they_may_do_themselves_and_why() {
    let (_site, estate, mut owner, mut newcomer, id) = world().await;
    let (app, namespace) = (format!("app/{}", estate.app), format!("namespace/{}", estate.namespace));
    assert_eq!(own_scopes(&mut newcomer, "").await, (vec![], json!(true)), "without a role there is no place");
    let page = newcomer.get("/settings/rights").await;
    assert!(page.status == StatusCode::OK && page.body.contains("You have no role yet"), "{}", page.body);

    bind(&mut owner, &id, "viewer", &app).await;
    assert_eq!(newcomer.get("/api/v1/access/scopes").await.status, StatusCode::FORBIDDEN);
    assert_eq!(own_scopes(&mut newcomer, "").await, (vec![json!(app)], json!(true)));
    assert_eq!(own_scopes(&mut newcomer, "SHOP-app").await.0, [json!(app)]);
    assert_eq!(own_scopes(&mut newcomer, "nothing-of-that-name").await.0, Vec::<Value>::new());
    let detail = newcomer.get(&format!("/api/v1/accounts/{id}")).await;
    assert_eq!(detail.json()["bindings"][0]["place"], "shop-ns/shop-app", "{}", detail.body);
    let answer = newcomer.get(&format!("/api/v1/access?on={app}")).await.json();
    let read = answer["permissions"].as_array().expect("all").iter().find(|p| p["permission"] == "app.read").cloned();
    let read = read.expect("it is asked for");
    assert_eq!((&read["allowed"], &read["through"][0]["title"]["en"]), (&json!(true), &json!("Viewer")));

    // The page asks about the one place there is, without being told which.
    let page = newcomer.get("/settings/rights").await;
    assert!(page.body.contains("Viewer on app shop-ns/shop-app"), "{}", page.body);

    bind(&mut owner, &id, "developer", &namespace).await;
    assert_eq!(own_scopes(&mut newcomer, "").await, (vec![json!(namespace), json!(app)], json!(true)));
    let page = newcomer.get(&format!("/settings/rights?on={namespace}")).await;
    assert!(page.body.contains("Developer on namespace shop-ns"), "{}", page.body);
}

#[tokio::test]
async fn a_token_is_told_its_own_places() {
    let (site, estate, mut owner, ..) = world().await;
    let app = format!("app/{}", estate.app);
    let all = own_scopes(&mut owner, "").await.0;
    assert_eq!(all.first(), Some(&json!(format!("tenant/{}", estate.tenant))), "the widest first");
    assert!(all.len() > 3 && all.contains(&json!(app)), "{all:?}");
    let form = crate::seed::token_form("one-app", &["app.read"], std::slice::from_ref(&app));
    let made = owner.post("/api/v1/tokens", form).await;
    let mut script = site.script(made.json()["token"].as_str().expect("a token"));
    assert_eq!(own_scopes(&mut script, "").await.0, [json!(app)]);
}

#[tokio::test]
async fn giving_a_secret_its_value_needs_its_own_permission() {
    let (_site, estate, mut owner, mut newcomer, id) = world().await;
    let role = json!({ "name": "upgrader", "permissions": ["app.read", "app.publish"] });
    let role = owner.post("/api/v1/roles", role).await.json()["role"].as_str().expect("an id").to_owned();
    bind(&mut owner, &id, &role, &format!("app/{}", estate.app)).await;
    let mut spec = serde_json::to_value(crate::seed::spec("shop")).expect("JSON");
    spec["secrets"] = json!("TOKEN=abc");
    let form = json!({ "spec": spec, "reason": "", "based_on": "1" });
    let refused = newcomer.ask(&Method::PUT, &format!("/api/v1/apps/{}", estate.app), Some(form)).await;
    assert!(refused.status == StatusCode::FORBIDDEN || refused.status == StatusCode::CONFLICT, "{}", refused.body);
}

/// Whether somebody is told that an account may roll back an application, through how many bindings, and who is listed
/// as allowed to.
async fn told(who: &mut Visitor, account: &str, on: &str) -> (bool, Option<usize>, Vec<Value>) {
    let asked = format!("permission=app.rollback&on={on}");
    let answer = who.get(&format!("/api/v1/access?account={account}&{asked}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let answer = answer.json()["permissions"][0].clone();
    let listed = who.get(&format!("/api/v1/access/who?{asked}")).await.json();
    let names = listed["rows"].as_array().expect("people").iter().map(|row| row["username"].clone()).collect();
    (answer["allowed"] == true, answer["through"].as_array().map(Vec::len), names)
}

#[tokio::test]
async fn whoever_is_kept_out_may_do_nothing_and_is_not_listed() {
    let (site, estate, mut owner, mut newcomer, id) = world().await;
    let (on, name) = (format!("app/{}", estate.app), json!("newcomer"));
    bind(&mut owner, &id, "operator", &on).await;
    let mut admin = site.visitor();
    assert_eq!(admin.sign_in("admin", PASSWORD).await.status, StatusCode::CREATED);
    for who in [&mut owner, &mut admin] {
        let (allowed, through, names) = told(who, &id, &on).await;
        assert!(allowed && through == Some(1) && names.contains(&name), "{through:?} {names:?}");
    }

    let disabled = format!("/api/v1/accounts/{id}/disabled");
    assert_eq!(owner.ask(&Method::PUT, &disabled, None).await.status, StatusCode::OK);
    for who in [&mut owner, &mut admin] {
        let (allowed, through, names) = told(who, &id, &on).await;
        assert!(!allowed && through == Some(0) && !names.contains(&name), "disabled: {through:?} {names:?}");
        assert!(names.contains(&json!("shop-owner")), "{names:?}");
    }
    assert_eq!(owner.delete(&disabled).await.status, StatusCode::OK);
    let (allowed, through, names) = told(&mut owner, &id, &on).await;
    assert!(allowed && through == Some(1) && names.contains(&name), "enabled again: {through:?} {names:?}");

    let suspended = format!("/api/v1/tenants/{}/suspended", estate.tenant);
    let main = owner.get("/api/v1/session").await.json()["id"].as_str().expect("an id").to_owned();
    let done = admin.ask(&Method::PUT, &suspended, Some(json!({ "reason": "Unpaid" }))).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    for account in [&id, &main] {
        let (allowed, through, names) = told(&mut admin, account, &on).await;
        let listed = names.contains(&name) || names.contains(&json!("shop-owner"));
        assert!(!allowed && through == Some(0) && !listed, "suspended: {through:?} {names:?}");
    }
    assert_eq!(newcomer.get(&format!("/api/v1/apps/{}", estate.app)).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(admin.delete(&suspended).await.status, StatusCode::OK);
    let (allowed, through, names) = told(&mut admin, &id, &on).await;
    assert!(allowed && through == Some(1) && names.contains(&name), "resumed: {through:?} {names:?}");
}

#[tokio::test]
async fn whoever_has_a_password_to_change_is_listed_and_does_nothing_before() {
    let (site, estate, mut owner, _, id) = world().await;
    let on = format!("app/{}", estate.app);
    bind(&mut owner, &id, "operator", &on).await;
    let first = json!({ "password": "another first password" });
    let reset = owner.put(&format!("/api/v1/accounts/{id}/password"), first).await;
    assert_eq!(reset.status, StatusCode::NO_CONTENT, "{}", reset.body);
    let (allowed, through, names) = told(&mut owner, &id, &on).await;
    assert!(allowed && through == Some(1) && names.contains(&json!("newcomer")), "{through:?} {names:?}");
    let mut newcomer = site.visitor();
    assert_eq!(newcomer.sign_in("newcomer", "another first password").await.status, StatusCode::CREATED);
    let refused = newcomer.get(&format!("/api/v1/apps/{}", estate.app)).await;
    assert_eq!(
        (refused.status, &refused.json()["kind"]),
        (StatusCode::FORBIDDEN, &json!("password_change_required")),
        "{}",
        refused.body
    );
}
