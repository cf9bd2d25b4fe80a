//! For random bindings of built-in roles and of the tenant's own, over a tenant with two applications in two namespaces:
//! what was given, what is enforced, what is answered and what is explained agree; and tokens give what both they and
//! their account may.

use std::cell::RefCell;

use app::model::{Permission, Role};
use http::StatusCode;
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};
use server::auth::policy;
use tokio::runtime::Runtime;

use crate::{
    seed::{Estate, estate, namespace_with_app, token_form},
    support::{Site, Visitor, new_account},
    tried::{BY_PEOPLE, On, TRIED, covers, enforced, publishes_a_secret},
};

const BUILT_IN: [Role; 4] = [Role::Administrator, Role::Developer, Role::Operator, Role::Viewer];
/// Roles of the tenant's own, with what they allow.
const OWN: [(&str, &[&str]); 6] = [
    ("reader", &["app.read"]),
    ("releaser", &["app.read", "app.rollback"]),
    ("cleaner", &["app.read", "app.delete", "namespace.read"]),
    ("publisher", &["app.read", "app.publish", "namespace.manage"]),
    ("clerk", &["account.read", "audit.read", "registry.read", "registry.manage", "token.manage"]),
    ("keeper", &["secret.write", "template.read", "template.manage", "account.read", "account.manage"]),
];
/// As many roles are given.
pub const ROLES: usize = BUILT_IN.len() + OWN.len();
/// The tenant, the cluster, and of each namespace itself and its application.
pub const PLACES: usize = 6;

/// Where somebody has to have something so that they have it in a place: there, or in what it lies in.
const fn around(place: usize) -> &'static [usize] {
    match place {
        0 => &[0],
        1 => &[0, 1],
        2 => &[0, 1, 2],
        3 => &[0, 1, 2, 3],
        4 => &[0, 1, 4],
        _ => &[0, 1, 4, 5],
    }
}

/// Whether a role allows something where it is given.
fn allows(role: usize, permission: &str) -> bool {
    match BUILT_IN.get(role) {
        Some(role) => policy::allows(*role, Permission::parse(permission).expect("a permission")),
        None => OWN[role - BUILT_IN.len()].1.contains(&permission),
    }
}

/// A tenant with two people who start with nothing, in one database for all cases.
pub struct World {
    pub site: Site,
    pub owner: Visitor,
    pub people: Vec<(String, Visitor)>,
    pub roles: Vec<String>,
    pub places: [String; PLACES],
    apps: [String; 2],
    namespaces: [String; 2],
    cluster: String,
    account: String,
}

impl World {
    pub async fn new() -> Self {
        let site = Site::start().await;
        let mut admin = site.admin().await;
        let (tenant, mut owner) = site.tenant(&mut admin, "shop").await;
        let Estate { cluster, namespace, app, account, .. } = estate(&site, &tenant, &mut owner, "shop").await;
        let (id, in_cluster) = (tenant.parse().expect("an id"), cluster.parse().expect("an id"));
        let (other, other_app, _) = namespace_with_app(&site, id, in_cluster, "other").await;
        let mut people = Vec::new();
        for name in ["person-one", "person-two"] {
            let made = owner.post("/api/v1/accounts", new_account(name, "")).await;
            let id = made.json()["id"].as_str().expect("an id").to_owned();
            people.push((id, site.member(name, "the very first password").await));
        }
        let mut roles: Vec<String> = BUILT_IN.map(|role| role.as_str().to_owned()).into();
        for (name, permissions) in OWN {
            let made = owner.post("/api/v1/roles", json!({ "name": name, "permissions": permissions })).await;
            roles.push(made.json()["role"].as_str().unwrap_or_else(|| panic!("{}", made.body)).to_owned());
        }
        let (apps, namespaces) = ([app, other_app.id.to_string()], [namespace, other.id.to_string()]);
        let places = [
            format!("tenant/{tenant}"),
            format!("cluster/{cluster}"),
            format!("namespace/{}", namespaces[0]),
            format!("app/{}", apps[0]),
            format!("namespace/{}", namespaces[1]),
            format!("app/{}", apps[1]),
        ];
        Self { site, owner, people, roles, places, apps, namespaces, cluster, account }
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

    async fn bind(&mut self, person: usize, role: usize, place: usize) {
        let path = format!("/api/v1/accounts/{}/bindings", self.people[person].0);
        let form = json!({ "role": self.roles[role], "scope": self.places[place] });
        let done = self.owner.post(&path, form).await;
        assert!(matches!(done.status, StatusCode::CREATED | StatusCode::CONFLICT), "{}", done.body);
    }

    /// The id of what something is tried with.
    pub fn thing(&self, on: On, n: usize) -> String {
        match on {
            On::App => self.apps[n].clone(),
            On::Namespace => self.namespaces[n].clone(),
            On::Cluster => self.cluster.clone(),
            On::Account => self.account.clone(),
            On::Tenant | On::Anywhere => String::new(),
        }
    }

    /// Whether the owner is told that an account may do something, by the answer, by the explanation, and by the list of
    /// those who may.
    async fn told(&mut self, id: &str, permission: &str, places: &[usize]) -> (bool, bool, bool) {
        let names = |b: &Value| b["permissions"].as_array().expect("names").contains(&json!(permission));
        let mut told = (false, false, false);
        for place in places {
            let asked = format!("permission={permission}&on={}", self.places[*place]);
            let answer = self.owner.get(&format!("/api/v1/access?account={id}&{asked}")).await.json();
            let answer = &answer["permissions"][0];
            let through = answer["through"].as_array().expect("a list");
            let who_may = self.owner.get(&format!("/api/v1/access/who?{asked}")).await.json();
            told.0 |= answer["allowed"] == true;
            told.1 |= !through.is_empty() && through.iter().all(names);
            told.2 |= who_may["rows"].as_array().expect("people").iter().any(|w| w["account"] == json!(id));
        }
        told
    }

    /// That somebody may do what was given to them, by what is told of it, and when they try.
    async fn agrees(&mut self, person: usize, given: &[(usize, usize)]) -> Result<(), TestCaseError> {
        let (id, mut who) = self.people[person].clone();
        for (permission, on) in TRIED {
            for n in 0..on.count() {
                let given = |what: &str| given.iter().any(|(role, place)| allows(*role, what) && covers(*place, on, n));
                let due = given(permission);
                let done = enforced(&mut who, &self.thing(on, n), permission).await;
                let (allowed, explained, listed) = self.told(&id, permission, &on.places(n)).await;
                prop_assert_eq!(due, done, "what was given and enforcement of {} for {}", permission, n);
                prop_assert_eq!(due, allowed, "the answer about {} for {}", permission, n);
                prop_assert_eq!(due, explained, "the explanation of {} for {}", permission, n);
                prop_assert_eq!(due, listed, "the list of who may {} for {}", permission, n);
            }
        }
        // Nobody publishes with a secret who does not write it.
        for (n, namespace) in self.namespaces.iter().enumerate() {
            let given =
                |what: &str| given.iter().any(|(role, place)| allows(*role, what) && covers(*place, On::Namespace, n));
            let due = given("secret.write") && given("app.publish");
            prop_assert_eq!(due, publishes_a_secret(&mut who, namespace).await, "publishing with a secret in {}", n);
        }
        Ok(())
    }

    /// That somebody's lists have what they may read one by one, and nothing else.
    async fn lists_agree(&self, person: usize) -> Result<(), TestCaseError> {
        let mut who = self.people[person].1.clone();
        for (list, ids) in [("apps", &self.apps), ("namespaces", &self.namespaces)] {
            let mut known = Vec::new();
            for id in ids {
                if who.get(&format!("/api/v1/{list}/{id}")).await.status == StatusCode::OK {
                    known.push(json!(id));
                }
            }
            let listed = who.get(&format!("/api/v1/{list}")).await.json();
            let rows = listed["rows"].as_array().cloned().unwrap_or_default();
            let mut rows: Vec<Value> = rows.into_iter().map(|row| row["id"].clone()).collect();
            rows.sort_by_key(ToString::to_string);
            known.sort_by_key(ToString::to_string);
            if list == "apps" {
                let total = listed["total"].as_u64().unwrap_or_default();
                prop_assert_eq!(total, u64::try_from(known.len()).expect("few"), "how many there are");
            }
            prop_assert_eq!(rows, known, "the list of {} and each of them", list);
        }
        Ok(())
    }

    /// That a token of somebody's does what both it and they may, and not more.
    async fn token_agrees(&self, token: &str, allowed: &[&str], place: usize) -> Result<(), TestCaseError> {
        let (mut who, mut script) = (self.people[0].1.clone(), self.site.script(token));
        // A cluster is seen for what one has anywhere in it, and the token may be for another part than that.
        for (permission, on) in TRIED.into_iter().filter(|(_, on)| *on != On::Cluster) {
            for n in 0..on.count() {
                let thing = self.thing(on, n);
                let both = enforced(&mut who, &thing, permission).await
                    && allowed.contains(&permission)
                    && covers(place, on, n);
                let due = both && !BY_PEOPLE.contains(&permission);
                prop_assert_eq!(due, enforced(&mut script, &thing, permission).await, "{} for {} by it", permission, n);
                // What is read by whoever may somewhere is asked of no one place, and no token does the others.
                if on == On::Anywhere || BY_PEOPLE.contains(&permission) {
                    continue;
                }
                let on = &self.places[on.places(n)[0]];
                let answer = script.get(&format!("/api/v1/access?permission={permission}&on={on}")).await.json();
                prop_assert_eq!(due, answer["permissions"][0]["allowed"] == true, "what it is told of {}", permission);
            }
        }
        for (n, namespace) in self.namespaces.iter().enumerate() {
            let within = ["secret.write", "app.publish"].iter().all(|what| allowed.contains(what));
            let due = within && covers(place, On::Namespace, n) && publishes_a_secret(&mut who, namespace).await;
            let done = publishes_a_secret(&mut script, namespace).await;
            prop_assert_eq!(due, done, "publishing with a secret in {} by it", n);
        }
        Ok(())
    }
}

pub fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() })
}

#[test]
fn enforcement_answer_and_explanation_agree() {
    let runtime = Runtime::new().expect("a runtime");
    let world = RefCell::new(runtime.block_on(World::new()));
    let bindings = prop::collection::vec((0..2_usize, 0..ROLES, 0..PLACES), 0..5);
    runner(24)
        .run(&bindings, |bindings| {
            let mut world = world.borrow_mut();
            runtime.block_on(async {
                world.clear().await;
                let mut given = [Vec::new(), Vec::new()];
                for (person, role, place) in bindings {
                    world.bind(person, role, place).await;
                    given[person].push((role, place));
                }
                for (person, given) in given.iter().enumerate() {
                    world.agrees(person, given).await?;
                    world.lists_agree(person).await?;
                }
                Ok::<_, TestCaseError>(())
            })
        })
        .expect("they agree");
}

#[test]
fn a_token_gives_what_its_account_has_and_not_more() {
    let runtime = Runtime::new().expect("a runtime");
    let world = RefCell::new(runtime.block_on(World::new()));
    let bindings = prop::collection::vec((0..ROLES, 0..PLACES), 0..4);
    // What it is for besides reading, and where; the last is everywhere.
    let token = (prop::collection::vec(any::<bool>(), TRIED.len() - 1), 0..=PLACES);
    runner(24)
        .run(&(bindings, token), |(bindings, (wanted, place))| {
            let mut world = world.borrow_mut();
            runtime.block_on(async {
                world.clear().await;
                for (role, at) in &bindings {
                    world.bind(0, *role, *at).await;
                }
                let mut allowed = vec![TRIED[0].0];
                allowed.extend(TRIED[1..].iter().zip(wanted).filter(|(_, wanted)| *wanted).map(|(tried, _)| tried.0));
                let scopes: Vec<String> = world.places.get(place).cloned().into_iter().collect();
                let mut who = world.people[0].1.clone();
                let made = who.post("/api/v1/tokens", token_form("one", &allowed, &scopes)).await;
                if place < PLACES && !bindings.iter().any(|(_, at)| around(place).contains(at)) {
                    let told = (made.status, made.fields());
                    prop_assert_eq!(told, (StatusCode::UNPROCESSABLE_ENTITY, vec!["scopes".to_owned()]), "{}", place);
                    return Ok(());
                }
                prop_assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
                let made = made.json();
                let token = made["token"].as_str().expect("a token").to_owned();
                let agreed = world.token_agrees(&token, &allowed, place).await;
                let path = format!("/api/v1/tokens/{}", made["row"]["id"].as_str().expect("an id"));
                assert!(who.delete(&path).await.status.is_success(), "{path}");
                agreed
            })
        })
        .expect("it is no more than its account");
}
