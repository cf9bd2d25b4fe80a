//! A tenant in which somebody tries to rise: who is there, with which rights, and what was made meanwhile. What is tried is
//! in `raising.rs`.

use app::model::{Permission, PermissionSet};
use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    access_properties::{PLACES, World},
    identity_providers as providers,
    issuer::Issuer,
    seed::token_form,
    support::{PASSWORD, Reply, Site, Visitor, new_account},
};

/// The password of an account that somebody else makes.
pub const FIRST: &str = "the very first password";
/// Roles that nobody has at first, but somebody tries to give; the last is none.
pub const FURTHER: [&str; 3] = ["owner", "platform_admin", ""];

/// The accounts by their places in [`Realm::all`].
pub const PERSON: usize = 0;
pub const BYSTANDER: usize = 1;
pub const ROBOT: usize = 2;
pub const WATCHER: usize = 3;

/// What somebody may do in each place that is looked at.
pub type Rights = Vec<PermissionSet>;

/// What each account has at first.
#[derive(Clone, Debug)]
pub struct Start {
    /// What the changing role allows.
    pub changing: Vec<&'static str>,
    /// The person's, the bystander's and the service account's role and its place.
    pub people: [(usize, usize); 3],
    /// The platform's, in all of it or in the cluster.
    pub watcher: (&'static str, bool),
}

/// An account, and whoever acts as it.
pub struct Somebody {
    pub id: String,
    pub name: &'static str,
    pub who: Visitor,
}

/// What came of a try: whoever acts by it, and who can undo it where.
pub struct Made {
    pub who: Visitor,
    pub by: Visitor,
    pub path: String,
}

/// Somebody with what they may do now.
pub struct Held {
    pub name: String,
    /// Which account, when it is not a new one.
    pub of: Option<usize>,
    pub who: Visitor,
    pub rights: Rights,
}

/// The tenant, and what belongs to it.
pub struct Realm {
    pub site: Site,
    pub admin: Visitor,
    pub tenant: String,
    /// The main account's id.
    pub main: String,
    /// One of the tenant's people, another, a service account with a token for everything, and somebody of the platform.
    pub all: [Somebody; 4],
    /// The person's, for everything.
    pub token: Visitor,
    pub roles: Vec<String>,
    /// One of the tenant's roles, which allows something else in each case.
    pub changing: String,
    pub places: [String; PLACES],
    pub issuer: Issuer,
    /// The address of the tenant's identity provider.
    pub provider: String,
    pub made: Vec<Made>,
    pub count: u32,
    pub accepted: u32,
    pub refused: u32,
}

/// A text in the answer to something that was done.
pub fn text(reply: &Reply, pointer: &str) -> String {
    assert!(reply.status.is_success(), "{}", reply.body);
    reply.json().pointer(pointer).and_then(Value::as_str).expect("a text").to_owned()
}

/// What an account may do in some places, as somebody is told it; their own without an account.
async fn told(who: &mut Visitor, account: &str, places: &[String]) -> Rights {
    let mut rights = Vec::new();
    for place in places {
        let answer = who.get(&format!("/api/v1/access?account={account}&on={place}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let answer = answer.json();
        let allowed = answer["permissions"].as_array().expect("permissions").iter().filter(|p| p["allowed"] == true);
        rights.push(allowed.filter_map(|p| Permission::parse(p["permission"].as_str()?)).collect());
    }
    rights
}

impl Realm {
    pub async fn new() -> Self {
        let World { site, mut owner, people, mut roles, places, .. } = World::new().await;
        let mut admin = site.visitor();
        assert_eq!(admin.sign_in("admin", PASSWORD).await.status, StatusCode::CREATED);
        let tenant = places[0].trim_start_matches("tenant/").to_owned();
        let form = json!({ "name": "changing", "permissions": ["app.read"] });
        let changing = text(&owner.post("/api/v1/roles", form).await, "/role");
        roles.push(changing.clone());
        roles.extend(FURTHER.map(str::to_owned));
        let everything = token_form("all", &Permission::ALL.map(Permission::as_str), &[]);
        let people: [(String, Visitor); 2] = people.try_into().unwrap_or_else(|_| panic!("two people"));
        let [(person, mut raiser), (bystander, other)] = people;
        let token = site.script(&text(&raiser.post("/api/v1/tokens", everything.clone()).await, "/token"));
        let service = json!({ "username": "rising-robot", "display_name": "Robot" });
        let robot = text(&owner.post("/api/v1/service-accounts", service).await, "/id");
        let path = format!("/api/v1/accounts/{robot}/tokens");
        let script = site.script(&text(&owner.post(&path, everything).await, "/token"));
        let watcher = text(&admin.post("/api/v1/accounts", new_account("watcher", "")).await, "/id");
        let watching = site.member("watcher", FIRST).await;
        let issuer = Issuer::start(site.parts.clock.now()).await;
        Self {
            main: text(&owner.get("/api/v1/session").await, "/id"),
            provider: providers::make(&mut admin, providers::form(&issuer, &tenant, "acme")).await,
            all: [
                Somebody { id: person, name: "person-one", who: raiser },
                Somebody { id: bystander, name: "person-two", who: other },
                Somebody { id: robot, name: "rising-robot", who: script },
                Somebody { id: watcher, name: "watcher", who: watching },
            ],
            made: Vec::new(),
            count: 0,
            accepted: 0,
            refused: 0,
            site,
            admin,
            tenant,
            token,
            roles,
            changing,
            places,
            issuer,
        }
    }

    /// Undoes what was made before, and gives everybody the one role that they have at first.
    pub async fn deal(&mut self, start: &Start) {
        for Made { mut by, path, .. } in std::mem::take(&mut self.made) {
            let gone = by.delete(&path).await;
            assert!(gone.status.is_success(), "{path}: {}", gone.body);
        }
        let form = json!({ "name": "changing", "permissions": start.changing });
        let changed = self.admin.put(&format!("/api/v1/roles/{}", self.changing), form).await;
        assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
        for (of, (role, place)) in start.people.into_iter().enumerate() {
            let (role, scope) = (self.roles[role].clone(), self.places[place].clone());
            self.give(of, &role, &scope).await;
        }
        let (role, everywhere) = start.watcher;
        let scope = if everywhere { "platform".to_owned() } else { self.places[1].clone() };
        self.give(WATCHER, role, &scope).await;
    }

    /// Gives an account this role, and takes all others.
    async fn give(&mut self, of: usize, role: &str, scope: &str) {
        let path = format!("/api/v1/accounts/{}", self.all[of].id);
        let detail = self.admin.get(&path).await.json();
        for binding in detail["bindings"].as_array().expect("a list") {
            let one = format!("{path}/bindings/{}", binding["id"].as_str().expect("an id"));
            assert_eq!(self.admin.delete(&one).await.status, StatusCode::NO_CONTENT);
        }
        let given = self.admin.post(&format!("{path}/bindings"), json!({ "role": role, "scope": scope })).await;
        assert_eq!(given.status, StatusCode::CREATED, "{}", given.body);
    }

    /// The tenant, and a place or two within it.
    pub fn looked_at(&self, narrower: (usize, usize)) -> Vec<String> {
        [0, narrower.0, narrower.1].map(|place| self.places[place].clone()).into()
    }

    /// What each account may do, as the platform's administrator is told it.
    pub async fn rights(&mut self, places: &[String]) -> Vec<Rights> {
        let mut all = Vec::new();
        for somebody in &self.all {
            all.push(told(&mut self.admin, &somebody.id, places).await);
        }
        all
    }

    /// Everybody with what they may do now: the accounts, and whoever acts by what was made.
    pub async fn everybody(&mut self, places: &[String]) -> Vec<Held> {
        let mut all = Vec::new();
        for (of, rights) in self.rights(places).await.into_iter().enumerate() {
            let Somebody { name, who, .. } = &self.all[of];
            all.push(Held { name: (*name).to_owned(), of: Some(of), who: who.clone(), rights });
        }
        for Made { who, path, .. } in &self.made {
            let mut who = who.clone();
            let rights = told(&mut who, "", places).await;
            all.push(Held { name: format!("whoever is made, and gone by {path},"), of: None, who, rights });
        }
        all
    }
}
