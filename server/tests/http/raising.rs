//! Everything that could raise somebody, through the REST API: giving roles, making and changing them, making accounts and
//! links that have roles, handing the main account over, making tokens, mapping claims to roles, and taking over an
//! account by its password.

use app::model::PermissionSet;
use proptest::{prop_assert, test_runner::TestCaseError};
use serde_json::{Value, json};

use crate::{
    access_properties::{PLACES, ROLES},
    identity_providers as providers,
    issuer::CLIENT,
    realm::{BYSTANDER, FIRST, FURTHER, Made, PERSON, ROBOT, Realm, Rights, WATCHER, text},
    seed::token_form,
    support::{PASSWORD, Reply, Visitor, new_account},
};

/// As many roles somebody tries to give; the last is none.
pub const GIVEN: usize = ROLES + 1 + FURTHER.len();

/// Who tries. None of them is a main account, or administers the whole platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// One of the tenant's people.
    Person,
    /// The same by a token for everything.
    Token,
    /// A service account by such a token.
    Robot,
    /// Somebody of the platform.
    Watcher,
}

impl Actor {
    /// As which account.
    pub fn account(self) -> usize {
        match self {
            Self::Person | Self::Token => PERSON,
            Self::Robot => ROBOT,
            Self::Watcher => WATCHER,
        }
    }
}

/// What is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    GiveRole,
    MakeRole,
    ChangeRole,
    MakeAccount,
    Invite,
    HandOver,
    MakeToken,
    MapRoles,
    SetPassword,
    LinkPassword,
}

/// One try.
#[derive(Clone, Debug)]
pub struct Step {
    pub kind: Kind,
    /// Whom it is about: the main account, the bystander, or whoever tries; of a token, whether it is for the service
    /// account (1) or for oneself.
    pub target: usize,
    /// Below [`GIVEN`].
    pub role: usize,
    /// Of a token up to [`PLACES`], which is everywhere.
    pub place: usize,
    pub permissions: Vec<&'static str>,
}

impl Step {
    /// A token for oneself that is for no more than reading: nobody who signs in is refused that.
    pub fn within_ones_rights() -> Self {
        Self { kind: Kind::MakeToken, target: 0, role: 0, place: PLACES, permissions: vec!["app.read"] }
    }
}

/// Whether the others have all of it, place by place.
pub fn is_within(rights: &[PermissionSet], others: &[PermissionSet]) -> bool {
    rights.iter().zip(others).all(|(own, other)| own.without(*other).is_empty())
}

impl Realm {
    fn visitor(&self, actor: Actor) -> Visitor {
        match actor {
            Actor::Token => self.token.clone(),
            Actor::Person | Actor::Robot | Actor::Watcher => self.all[actor.account()].who.clone(),
        }
    }

    /// The id and the user name of whom a step is about.
    fn target(&self, actor: Actor, step: &Step) -> (&str, &str) {
        let of = match step.target {
            0 => return (&self.main, "shop-owner"),
            1 => BYSTANDER,
            _ => actor.account(),
        };
        (&self.all[of].id, self.all[of].name)
    }

    /// Whether it is never for any of them: giving roles is the main account's, and nobody takes over that, or resets
    /// themselves.
    fn is_never_theirs(&self, step: &Step) -> bool {
        match step.kind {
            Kind::GiveRole | Kind::MakeRole | Kind::ChangeRole | Kind::HandOver | Kind::MapRoles => true,
            Kind::MakeAccount | Kind::Invite => !self.roles[step.role].is_empty(),
            Kind::SetPassword | Kind::LinkPassword => step.target != 1,
            Kind::MakeToken => false,
        }
    }

    async fn attempt(&self, who: &mut Visitor, actor: Actor, step: &Step, name: &str) -> Reply {
        let (account, username) = self.target(actor, step);
        let (tenant, role) = (&self.tenant, &self.roles[step.role]);
        let place = self.places[step.place % PLACES].as_str();
        // Of a new account, in the whole tenant or in one place.
        let scope = if step.place < PLACES { place } else { "" };
        let roles = json!([{ "role": role, "scope": scope }]);
        let account_form = |name: &str| {
            let mut form = new_account(name, "");
            form["roles"] = roles.clone();
            form
        };
        let allows = |name: &str| json!({ "name": name, "permissions": step.permissions });
        match step.kind {
            Kind::GiveRole => {
                let form = json!({ "role": role, "scope": place });
                who.post(&format!("/api/v1/accounts/{account}/bindings"), form).await
            }
            Kind::MakeRole => who.post(&format!("/api/v1/roles?tenant={tenant}"), allows(name)).await,
            Kind::ChangeRole => who.put(&format!("/api/v1/roles/{}", self.changing), allows("changing")).await,
            Kind::MakeAccount if step.target == 0 => who.post("/api/v1/accounts", account_form(name)).await,
            Kind::MakeAccount => who.post(&format!("/api/v1/tenants/{tenant}/accounts"), account_form(name)).await,
            Kind::Invite => {
                who.post("/api/v1/links", json!({ "kind": "member", "tenant": tenant, "roles": roles })).await
            }
            Kind::HandOver => who.post(&format!("/api/v1/accounts/{account}/main?confirm={username}"), json!({})).await,
            Kind::MakeToken => {
                let scopes: Vec<String> = self.places.get(step.place).cloned().into_iter().collect();
                let path = match step.target {
                    1 => format!("/api/v1/accounts/{}/tokens", self.all[ROBOT].id),
                    _ => "/api/v1/tokens".to_owned(),
                };
                who.post(&path, token_form(name, &step.permissions, &scopes)).await
            }
            Kind::MapRoles => {
                let rules = json!([{ "claim": "sub", "value": "1", "role": role }]);
                if step.target == 0 {
                    let form = json!({ "name": "Acme", "client_id": CLIENT, "rules": rules });
                    who.put(&self.provider, form).await
                } else {
                    let new = providers::form(&self.issuer, tenant, name);
                    who.post("/api/v1/identity-providers", providers::with(new, json!({ "rules": rules }))).await
                }
            }
            Kind::SetPassword => {
                who.put(&format!("/api/v1/accounts/{account}/password"), json!({ "password": FIRST })).await
            }
            Kind::LinkPassword => who.post("/api/v1/links", json!({ "kind": "reset", "account": account })).await,
        }
    }

    /// Tries a step. What is accepted is used at once, as whoever meant to rise would.
    pub async fn take(&mut self, actor: Actor, step: &Step, before: &[Rights]) -> Result<(), TestCaseError> {
        self.count += 1;
        let name = format!("risen-{}", self.count);
        let mut who = self.visitor(actor);
        let reply = self.attempt(&mut who, actor, step, &name).await;
        let (status, body) = (reply.status, &reply.body);
        if !status.is_success() {
            let known = matches!(status.as_u16(), 403 | 404 | 409 | 422);
            prop_assert!(known, "{actor:?}: {step:?}: {status} {body}");
            self.refused += 1;
            return Ok(());
        }
        let may_be = !self.is_never_theirs(step);
        prop_assert!(may_be, "{actor:?}: {step:?}: {status} {body}");
        self.accepted += 1;
        match step.kind {
            Kind::MakeToken => {
                let (script, id) = (self.site.script(&text(&reply, "/token")), text(&reply, "/row/id"));
                self.made.push(Made { who: script, by: who, path: format!("/api/v1/tokens/{id}") });
            }
            Kind::MakeAccount => {
                let newcomer = self.site.member(&name, FIRST).await;
                self.keep(newcomer, &text(&reply, "/id"), &name);
            }
            Kind::Invite => {
                let form = json!({ "username": name, "display_name": "Risen" });
                let (newcomer, joined) = self.follow(&reply, form, PASSWORD).await;
                self.keep(newcomer, &text(&joined, "/id"), &name);
            }
            Kind::SetPassword | Kind::LinkPassword => {
                let above = is_within(&before[BYSTANDER], &before[actor.account()]);
                prop_assert!(above, "{actor:?} takes over an account that is above: {before:?}");
                if step.kind == Kind::LinkPassword {
                    let (_, done) = self.follow(&reply, json!({}), FIRST).await;
                    assert!(done.status.is_success(), "{}", done.body);
                }
                self.all[BYSTANDER].who = self.site.member(self.all[BYSTANDER].name, FIRST).await;
            }
            Kind::GiveRole | Kind::MakeRole | Kind::ChangeRole | Kind::HandOver | Kind::MapRoles => {}
        }
        Ok(())
    }

    /// A new account, for the platform's administrator to delete.
    fn keep(&mut self, who: Visitor, id: &str, name: &str) {
        self.made.push(Made { who, by: self.admin.clone(), path: format!("/api/v1/accounts/{id}?confirm={name}") });
    }

    /// Follows a link that was made, from an address of its own, of which each may follow so many.
    async fn follow(&self, made: &Reply, mut form: Value, password: &str) -> (Visitor, Reply) {
        let path = text(made, "/path");
        let (_, token) = path.split_once("?token=").expect("a token");
        form["token"] = json!(token);
        form["password"] = json!(password);
        form["repeat"] = json!(password);
        let [_, _, high, low] = self.count.to_be_bytes();
        let mut who = Visitor { address: ([10, 8, high, low], 40_000).into(), ..self.site.visitor() };
        let reply = who.post("/api/v1/links/follow", form).await;
        (who, reply)
    }
}
