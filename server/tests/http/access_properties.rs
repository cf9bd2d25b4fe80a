//! For random bindings, what is enforced, what is answered and what is explained agree; and nobody but the main
//! account raises anybody by any sequence of grants.

use http::{Method, StatusCode};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

use crate::{
    seed::{Estate, estate},
    support::{Site, Visitor, new_account},
};

const ROLES: [&str; 4] = ["administrator", "developer", "operator", "viewer"];

/// A tenant with two people who start with nothing, in one database for all cases.
struct World {
    _site: Site,
    owner: Visitor,
    people: Vec<(String, Visitor)>,
    estate: Estate,
}

impl World {
    async fn new() -> Self {
        let site = Site::start().await;
        let mut admin = site.admin().await;
        let (tenant, mut owner) = site.tenant(&mut admin, "shop").await;
        let estate = estate(&site, &tenant, &mut owner, "shop").await;
        let mut people = Vec::new();
        for name in ["person-one", "person-two"] {
            let made = owner.post("/api/v1/accounts", new_account(name, "")).await;
            let id = made.json()["id"].as_str().expect("an id").to_owned();
            people.push((id, site.member(name, "the very first password").await));
        }
        Self { _site: site, owner, people, estate }
    }

    fn scope(&self, n: usize) -> String {
        let Estate { tenant, cluster, namespace, app, .. } = &self.estate;
        [
            format!("tenant/{tenant}"),
            format!("cluster/{cluster}"),
            format!("namespace/{namespace}"),
            format!("app/{app}"),
        ][n % 4]
            .clone()
    }

    async fn clear(&mut self) {
        for (id, _) in &self.people {
            let detail = self.owner.get(&format!("/api/v1/accounts/{id}")).await.json();
            for binding in detail["bindings"].as_array().expect("a list") {
                let path = format!("/api/v1/accounts/{id}/bindings/{}", binding["id"].as_str().expect("an id"));
                assert_eq!(self.owner.delete(&path).await.status, StatusCode::NO_CONTENT);
            }
        }
    }

    async fn bind(&mut self, person: usize, role: &str, scope: &str) {
        let path = format!("/api/v1/accounts/{}/bindings", self.people[person].0);
        let done = self.owner.post(&path, json!({ "role": role, "scope": scope })).await;
        assert!(matches!(done.status, StatusCode::CREATED | StatusCode::CONFLICT), "{}", done.body);
    }

    /// What everybody may do at each place, as the owner is told it.
    async fn told(&mut self) -> Vec<Value> {
        let mut all = Vec::new();
        for (id, _) in &self.people {
            for n in 0..4 {
                let path = format!("/api/v1/access?account={id}&on={}", self.scope(n));
                all.push(self.owner.get(&path).await.json()["permissions"].clone());
            }
        }
        all
    }
}

/// Whether somebody does something that changes nothing even when it is allowed, by its status.
async fn enforced(who: &mut Visitor, app: &str, permission: &str) -> bool {
    let path = format!("/api/v1/apps/{app}");
    let long = json!({ "reason": "x".repeat(501) });
    let reply = match permission {
        "app.read" => who.get(&path).await,
        "app.delete" => who.delete(&format!("{path}?confirm=wrong")).await,
        "app.rollback" => who.post(&format!("{path}/releases/1/rollback"), long).await,
        "app.publish" => who.ask(&Method::PUT, &path, Some(json!({ "spec": {}, "reason": "", "based_on": "0" }))).await,
        other => panic!("no attempt at {other}"),
    };
    match reply.status {
        StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => false,
        StatusCode::OK | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::CONFLICT => true,
        other => panic!("{permission}: {other} {}", reply.body),
    }
}

#[test]
fn enforcement_answer_and_explanation_agree() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let world = std::cell::RefCell::new(runtime.block_on(World::new()));
    let bindings = prop::collection::vec((0..2_usize, 0..ROLES.len(), 0..4_usize), 0..5);
    let config = Config { cases: 20, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    runner
        .run(&bindings, |bindings| {
            let mut world = world.borrow_mut();
            runtime.block_on(async {
                world.clear().await;
                for (person, role, scope) in bindings {
                    let scope = world.scope(scope);
                    world.bind(person, ROLES[role], &scope).await;
                }
                let app = world.estate.app.clone();
                for person in 0..2 {
                    let (id, mut who) = world.people[person].clone();
                    for permission in ["app.read", "app.publish", "app.rollback", "app.delete"] {
                        let on = format!("permission={permission}&on=app/{app}");
                        let answer = world.owner.get(&format!("/api/v1/access?account={id}&{on}")).await.json();
                        let answer = &answer["permissions"][0];
                        let through = answer["through"].as_array().expect("a list");
                        let explained = !through.is_empty()
                            && through
                                .iter()
                                .all(|b| b["permissions"].as_array().expect("names").contains(&json!(permission)));
                        let who_may = world.owner.get(&format!("/api/v1/access/who?{on}")).await.json();
                        let listed =
                            who_may["rows"].as_array().expect("people").iter().any(|w| w["account"] == json!(id));
                        let done = enforced(&mut who, &app, permission).await;
                        prop_assert_eq!(answer["allowed"] == true, done, "answer and enforcement of {}", permission);
                        prop_assert_eq!(explained, done, "explanation and enforcement of {}", permission);
                        prop_assert_eq!(listed, done, "the list of who may and enforcement of {}", permission);
                    }
                    let read = enforced(&mut who, &app, "app.read").await;
                    let listed = who.get("/api/v1/apps").await.json();
                    let rows = listed["rows"].as_array().map_or(0, Vec::len);
                    prop_assert_eq!(rows, usize::from(read), "the list of applications and each of them");
                    let total = listed["total"].as_u64().unwrap_or_default();
                    prop_assert_eq!(total, u64::from(read), "how many there are");
                    let (one, list) = (format!("/api/v1/namespaces/{}", world.estate.namespace), "/api/v1/namespaces");
                    let known = who.get(&one).await.status == StatusCode::OK;
                    let rows = who.get(list).await.json()["rows"].as_array().map_or(0, Vec::len);
                    prop_assert_eq!(rows, usize::from(known), "the list of namespaces and each of them");
                }
                Ok(())
            })
        })
        .expect("they agree");
}

#[test]
fn no_sequence_of_grants_raises_anybody() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let world = std::cell::RefCell::new(runtime.block_on(World::new()));
    let start = (0..ROLES.len(), 0..4_usize);
    let tries = prop::collection::vec((0..4_u8, 0..2_usize, 0..ROLES.len(), 0..4_usize), 1..6);
    let config = Config { cases: 16, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    runner
        .run(&(start, tries), |((role, scope), tries)| {
            let mut world = world.borrow_mut();
            runtime.block_on(async {
                world.clear().await;
                let given = world.scope(scope);
                world.bind(0, ROLES[role], &given).await;
                let before = world.told().await;
                let custom = world.estate.role.clone();
                for (kind, target, role, scope) in tries {
                    let target = world.people[target].0.clone();
                    let form = json!({ "role": ROLES[role], "scope": world.scope(scope) });
                    let (_, who) = &mut world.people[0];
                    let reply = match kind {
                        0 => who.post(&format!("/api/v1/accounts/{target}/bindings"), form).await,
                        1 => who.post("/api/v1/roles", json!({ "name": "up", "permissions": ["app.delete"] })).await,
                        2 => {
                            let form = json!({ "name": "shop-role", "permissions": ["app.delete", "app.read"] });
                            who.ask(&Method::PUT, &format!("/api/v1/roles/{custom}"), Some(form)).await
                        }
                        _ => who.post("/api/v1/accounts", new_account("risen", ROLES[role])).await,
                    };
                    prop_assert!(
                        matches!(reply.status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::CONFLICT),
                        "{} {}",
                        reply.status,
                        reply.body
                    );
                }
                prop_assert_eq!(before, world.told().await);
                Ok(())
            })
        })
        .expect("nobody rises");
}
