//! The roles that an account is made with, by a form or by a link: several, each with where it holds.

use std::collections::BTreeSet;

use http::StatusCode;
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::{Value, json};

use crate::{
    account_deletion::{RAISES, hand_in, trigger},
    audit_changes::sides,
    seed::{self, Estate, estate},
    support::{PASSWORD, Reply, Site, Visitor, new_account},
};

const CREATED: StatusCode = StatusCode::CREATED;
const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
const NOT_FOUND: StatusCode = StatusCode::NOT_FOUND;
const OK: StatusCode = StatusCode::OK;
const UNPROCESSABLE: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

const FIRST: &str = "the very first password";

struct World {
    site: Site,
    owner: Visitor,
    estate: Estate,
}

async fn world() -> World {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (tenant, mut owner) = site.tenant(&mut admin, "shop").await;
    let estate = estate(&site, &tenant, &mut owner, "shop").await;
    World { site, owner, estate }
}

fn role(role: &str, scope: &str) -> Value {
    json!({ "role": role, "scope": scope })
}

fn with_roles(username: &str, roles: &[Value]) -> Value {
    let mut form = new_account(username, "");
    form["roles"] = json!(roles);
    form
}

async fn make(who: &mut Visitor, username: &str, roles: &[Value]) -> Reply {
    who.post("/api/v1/accounts", with_roles(username, roles)).await
}

/// The roles that an account has, each with its place.
async fn held(who: &mut Visitor, account: &str) -> BTreeSet<(String, String)> {
    let detail = who.get(&format!("/api/v1/accounts/{account}")).await;
    assert_eq!(detail.status, OK, "{}", detail.body);
    let word = |value: &Value| value.as_str().expect("a word").to_owned();
    let bindings = detail.json()["bindings"].as_array().expect("bindings").clone();
    bindings.iter().map(|binding| (word(&binding["role"]), word(&binding["scope"]))).collect()
}

fn set(roles: &[(&str, &str)]) -> BTreeSet<(String, String)> {
    roles.iter().map(|&(role, scope)| (role.to_owned(), scope.to_owned())).collect()
}

async fn usernames(who: &mut Visitor) -> Vec<String> {
    let rows = who.get("/api/v1/accounts").await.json()["rows"].as_array().expect("rows").clone();
    rows.iter().map(|row| row["username"].as_str().expect("a name").to_owned()).collect()
}

#[tokio::test]
async fn each_role_holds_where_it_was_given_from_the_first_sign_in_on() {
    let World { site, mut owner, estate } = world().await;
    let Estate { tenant, cluster, namespace, app, role: own, .. } = &estate;
    let own = own.as_str();
    let (tenant, namespace) = (format!("tenant/{tenant}"), format!("namespace/{namespace}"));
    let (cluster, app_scope) = (format!("cluster/{cluster}"), format!("app/{app}"));
    let roles = [role("operator", &app_scope), role("", &namespace), role(own, &namespace), role("viewer", &cluster)];
    let made = make(&mut owner, "mate", &roles).await;
    assert_eq!(made.status, CREATED, "{}", made.body);
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    let expected = [("operator", app_scope.as_str()), (own, namespace.as_str()), ("viewer", cluster.as_str())];
    assert_eq!(held(&mut owner, &id).await, set(&expected));
    let (before, after) = sides(&mut owner, "account.create").await;
    let on = |(role, on): (&str, &str)| json!({ "role": role, "on": on });
    assert_eq!((before, &after["roles"]), (Value::Null, &json!(expected.map(on))), "{after}");

    let mut mate = site.member("mate", FIRST).await;
    assert_eq!(mate.get(&format!("/api/v1/apps/{app}")).await.status, OK);
    assert_eq!(mate.get(&format!("/api/v1/namespaces/{}", estate.namespace)).await.status, OK);
    assert_eq!(mate.get("/api/v1/accounts").await.status, FORBIDDEN, "nothing in the whole tenant");
    for (permission, on, allowed) in
        [("app.rollback", &app_scope, true), ("app.rollback", &namespace, false), ("app.read", &tenant, false)]
    {
        let asked = mate.get(&format!("/api/v1/access?permission={permission}&on={on}")).await;
        assert_eq!(asked.json()["permissions"][0]["allowed"], allowed, "{permission} on {on}: {}", asked.body);
    }

    // Without a place, a role holds in the whole tenant; without roles there are none.
    let plain = make(&mut owner, "bosun", &[json!({ "role": "developer" })]).await;
    assert_eq!(held(&mut owner, plain.json()["id"].as_str().expect("an id")).await, set(&[("developer", &tenant)]));
    let none = make(&mut owner, "cook", &[]).await;
    assert_eq!(held(&mut owner, none.json()["id"].as_str().expect("an id")).await, set(&[]));
    assert_eq!(sides(&mut owner, "account.create").await.1["roles"], json!([]));
}

#[tokio::test]
async fn the_platforms_people_have_theirs_on_the_platform_or_a_cluster() {
    let World { site, estate, .. } = world().await;
    let mut admin = site.visitor();
    assert_eq!(admin.sign_in("admin", PASSWORD).await.status, CREATED);
    let cluster = format!("cluster/{}", estate.cluster);
    let made = make(&mut admin, "watch", &[role("platform_auditor", ""), role("platform_admin", &cluster)]).await;
    assert_eq!(made.status, CREATED, "{}", made.body);
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    let expected = set(&[("platform_auditor", "platform"), ("platform_admin", &cluster)]);
    assert_eq!(held(&mut admin, &id).await, expected);
    // A tenant's place is none of the platform's accounts, nor a tenant's role theirs.
    let elsewhere = make(&mut admin, "other", &[role("platform_auditor", &format!("tenant/{}", estate.tenant))]).await;
    assert_eq!((elsewhere.status, elsewhere.fields()), (UNPROCESSABLE, vec!["roles.0.scope".to_owned()]));
    let wrong = make(&mut admin, "other", &[role("platform_auditor", ""), role("viewer", &cluster)]).await;
    assert_eq!((wrong.status, wrong.fields()), (UNPROCESSABLE, vec!["roles.1.role".to_owned()]));
}

#[tokio::test]
async fn what_cannot_be_given_is_refused_at_its_row_and_nothing_is_made() {
    let World { site, mut owner, estate } = world().await;
    let mut admin = site.visitor();
    assert_eq!(admin.sign_in("admin", PASSWORD).await.status, CREATED);
    let (bank, mut banker) = site.tenant(&mut admin, "bank").await;
    let theirs = seed::estate(&site, &bank, &mut banker, "bank").await;
    let mut boss = site.colleague(&mut owner, "shop-boss", "administrator").await;
    let before = usernames(&mut owner).await;

    let viewer = || role("viewer", &format!("app/{}", estate.app));
    let above = make(&mut owner, "mole", &[viewer(), role("platform_admin", "")]).await;
    assert_eq!((above.status, above.fields()), (FORBIDDEN, vec!["roles.1.role".to_owned()]), "{}", above.body);
    // Who gives no roles later gives none at first.
    let not_main = make(&mut boss, "mole", &[viewer()]).await;
    assert_eq!((not_main.status, not_main.fields()), (FORBIDDEN, vec!["roles.0.role".to_owned()]));
    let second = make(&mut owner, "mole", &[viewer(), viewer(), role("owner", "")]).await;
    assert_eq!((second.status, second.fields()), (UNPROCESSABLE, vec!["roles.1.scope".to_owned()]), "said twice");
    let main = make(&mut owner, "mole", &[viewer(), role("owner", "")]).await;
    assert_eq!((main.status, main.fields()), (UNPROCESSABLE, vec!["roles.1.role".to_owned()]));

    // What is another tenant's is answered as what there is not.
    let nowhere = uuid::Uuid::from_u128(7);
    for (foreign, none) in [
        (format!("namespace/{}", theirs.namespace), format!("namespace/{nowhere}")),
        (format!("app/{}", theirs.app), format!("app/{nowhere}")),
        (format!("cluster/{}", theirs.cluster), format!("cluster/{nowhere}")),
        (format!("tenant/{bank}"), format!("tenant/{nowhere}")),
    ] {
        let [foreign, none] = [
            make(&mut owner, "mole", &[viewer(), role("viewer", &foreign)]).await,
            make(&mut owner, "mole", &[viewer(), role("viewer", &none)]).await,
        ];
        assert_eq!((foreign.status, foreign.fields()), (UNPROCESSABLE, vec!["roles.1.scope".to_owned()]));
        assert_eq!(foreign.json()["errors"], none.json()["errors"], "{}", foreign.body);
    }
    let foreign = make(&mut owner, "mole", &[role(&theirs.role, "")]).await;
    assert_eq!((foreign.status, foreign.fields()), (UNPROCESSABLE, vec!["roles.0.role".to_owned()]));
    let many: Vec<Value> = (0..21).map(|n| role("viewer", &format!("app/{}", uuid::Uuid::from_u128(n)))).collect();
    let many = make(&mut owner, "mole", &many).await;
    assert_eq!((many.status, many.fields()), (UNPROCESSABLE, vec!["roles".to_owned()]), "{}", many.body);
    // With the other fields that are wrong, in one answer.
    let mut form = with_roles("X", &[role("emperor", "here")]);
    form["password"] = json!("short");
    let all = owner.post("/api/v1/accounts", form).await;
    assert_eq!(all.fields(), ["username", "password", "roles.0.role", "roles.0.scope"], "{}", all.body);

    assert_eq!(usernames(&mut owner).await, before);
    let trail = owner.get("/api/v1/audit/export?format=json&action=account.create").await.body;
    let tried: Vec<Value> = trail.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    let mole: BTreeSet<_> =
        tried.iter().filter(|e| e["object"] == "account/mole").map(|e| e["outcome"].as_str()).collect();
    assert_eq!(mole, BTreeSet::from([Some("failed"), Some("refused")]), "{trail}");
}

#[tokio::test]
async fn an_account_is_made_with_all_its_roles_or_not_at_all() {
    let World { site, mut owner, estate } = world().await;
    let roles = [role("viewer", ""), role(&estate.role, &format!("namespace/{}", estate.namespace))];
    let before = usernames(&mut owner).await;
    let hand = hand_in(&site).await;
    let backend = hand.get_database_backend();
    if backend == DbBackend::Postgres {
        hand.execute_unprepared(RAISES).await.expect("a function");
    }
    for statement in ["INSERT ON accounts", "INSERT ON role_bindings", "INSERT ON audit_entries"] {
        let (breaks, mends) = trigger(backend, statement);
        hand.execute_unprepared(&breaks).await.expect("a trigger");
        let failed = make(&mut owner, "mate", &roles).await;
        hand.execute_unprepared(&mends).await.expect("no trigger");
        assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR, "{statement}: {}", failed.body);
        assert_eq!(usernames(&mut owner).await, before, "{statement}");
    }
    let made = make(&mut owner, "mate", &roles).await;
    assert_eq!(made.status, CREATED, "the name is free: {}", made.body);
    assert_eq!(held(&mut owner, made.json()["id"].as_str().expect("an id")).await.len(), 2);
}

#[tokio::test]
async fn the_form_of_a_page_says_them_row_by_row_also_where_one_was_taken_out() {
    let World { site: _site, mut owner, estate } = world().await;
    let scope = format!("namespace/{}", estate.namespace);
    let form = |username: &str, second: &str| {
        let form = format!(
            "form[username]={username}&form[display_name]=Mate&form[email]=&form[password]=the+very+first+password\
             &form[roles][0][role]=developer&form[roles][0][scope]={scope}\
             &form[roles][3][role]={second}&form[roles][3][scope]="
        );
        form.replace('[', "%5B").replace(']', "%5D")
    };
    let wrong = owner.submit("/api/accounts/create_account", &form("mate", "emperor")).await;
    assert_eq!(wrong.status, UNPROCESSABLE, "{}", wrong.body);
    assert_eq!(wrong.json()["fields"][0]["field"], "roles.1.role", "the second row that was sent: {}", wrong.body);
    let made = owner.submit("/api/accounts/create_account", &form("mate", "viewer")).await;
    assert!(made.status.is_success() || made.status.is_redirection(), "{}: {}", made.status, made.body);
    let rows = owner.get("/api/v1/accounts?q=mate").await.json();
    let id = rows["rows"][0]["id"].as_str().unwrap_or_else(|| panic!("{rows}")).to_owned();
    let expected = set(&[("developer", &scope), ("viewer", &format!("tenant/{}", estate.tenant))]);
    assert_eq!(held(&mut owner, &id).await, expected);
}

/// The token of a link for a member with these roles.
async fn invite(owner: &mut Visitor, roles: &[Value]) -> (String, Value) {
    let made = owner.post("/api/v1/links", json!({ "kind": "member", "roles": roles })).await;
    assert_eq!(made.status, CREATED, "{}", made.body);
    let path = made.json()["path"].as_str().expect("a path").to_owned();
    (path.split_once('=').expect("a token").1.to_owned(), made.json()["row"].clone())
}

async fn join(site: &Site, token: &str, username: &str) -> (Visitor, Reply) {
    let mut visitor = site.visitor();
    let form = json!({
        "token": token, "username": username, "display_name": "Bo", "password": PASSWORD, "repeat": PASSWORD,
    });
    let reply = visitor.post("/api/v1/links/follow", form).await;
    (visitor, reply)
}

#[tokio::test]
async fn whoever_joins_by_a_link_has_the_roles_of_the_link() {
    let World { site, mut owner, estate } = world().await;
    let (namespace, app) = (format!("namespace/{}", estate.namespace), format!("app/{}", estate.app));
    let (token, row) = invite(&mut owner, &[role(&estate.role, &namespace), role("operator", &app)]).await;
    assert_eq!(
        (&row["roles"][1]["title"]["en"], &row["roles"][1]["place"]),
        (&json!("Operator"), &json!("shop-ns/shop-app"))
    );
    let (_, after) = sides(&mut owner, "link.create").await;
    let told = json!([{ "role": estate.role, "on": namespace }, { "role": "operator", "on": app }]);
    assert_eq!(after["roles"], told, "{after}");

    let (mut bo, joined) = join(&site, &token, "shop-bo").await;
    assert_eq!(joined.status, OK, "{}", joined.body);
    let id = bo.get("/api/v1/session").await.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(held(&mut owner, &id).await, set(&[(&estate.role, &namespace), ("operator", &app)]));
    assert_eq!(sides(&mut owner, "account.create").await.1["roles"], told);
    assert_eq!(bo.get(&format!("/api/v1/apps/{}", estate.app)).await.status, OK);

    for (roles, status, field) in [
        (json!([{ "role": "viewer" }, { "role": "viewer" }]), UNPROCESSABLE, "roles.1.scope"),
        (json!([{ "role": "viewer", "scope": format!("app/{}", estate.namespace) }]), UNPROCESSABLE, "roles.0.scope"),
        (json!([{ "role": "viewer" }, { "role": "platform_admin" }]), FORBIDDEN, "roles.1.role"),
    ] {
        let refused = owner.post("/api/v1/links", json!({ "kind": "member", "roles": roles })).await;
        assert_eq!((refused.status, refused.fields()), (status, vec![field.to_owned()]), "{}", refused.body);
    }
}

#[tokio::test]
async fn a_place_that_is_gone_by_then_gives_nothing_and_a_role_that_is_gone_ends_the_link() {
    let World { site, mut owner, estate } = world().await;
    let (namespace, app) = (format!("namespace/{}", estate.namespace), format!("app/{}", estate.app));
    let (token, _) = invite(&mut owner, &[role("viewer", &app), role("developer", &namespace)]).await;
    let spare = owner.post("/api/v1/roles", seed::role_form("spare")).await.json()["role"].clone();
    let spare = spare.as_str().expect("an id").to_owned();
    let (dead, _) = invite(&mut owner, &[role("viewer", &namespace), role(&spare, &namespace)]).await;

    site.sql("UPDATE apps SET deleted_at = 1 WHERE name = 'shop-app'").await;
    let (mut bo, joined) = join(&site, &token, "shop-bo").await;
    assert_eq!(joined.status, OK, "{}", joined.body);
    let id = bo.get("/api/v1/session").await.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(held(&mut owner, &id).await, set(&[("developer", &namespace)]));

    let gone = owner.delete(&format!("/api/v1/roles/{spare}?confirm=spare")).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.body);
    let (_, refused) = join(&site, &dead, "shop-eve").await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
    assert!(!usernames(&mut owner).await.contains(&"shop-eve".to_owned()));
    assert_eq!(owner.get(&format!("/api/v1/apps/{}", estate.app)).await.status, NOT_FOUND, "it is gone");
}
