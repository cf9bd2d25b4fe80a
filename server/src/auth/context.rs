//! Who acts, on whose behalf, in which request: passed to everything that reads or changes something.

use std::sync::Arc;

use app::model::{Access, AccountId, Acting, Millis, Permission, Place, TenantId, Viewer};
use uuid::Uuid;

use super::tokens::TokenInUse;
use crate::clock::Clock;

/// The context of one act. What is cut to the actor's tenant is cut by it, rights are asked of it, and the audit trail
/// takes the actor from it. What works without it reads by an id or a tenant on which its caller has decided already, or
/// does Longshore's own work; a cluster is told by an identity of its own who acts.
#[derive(Clone, Debug)]
pub struct OpContext {
    actor: Actor,
    token: Option<Arc<TokenInUse>>,
    request_id: String,
    address: String,
    clock: Clock,
}

/// Who acts.
#[derive(Clone, Debug)]
enum Actor {
    /// Somebody who is signed in, and what they may do where.
    Account(Box<Viewer>, Arc<Access>),
    /// A durable operation, on behalf of the account that asked for it; what it may do was decided then.
    Operation { account: Option<AccountId>, name: String, tenant: Option<TenantId> },
    /// Whoever knocks at the door, before it is known who it is: may do nothing and sees nothing.
    Nobody,
    /// Longshore itself: boot, watches, clean-up. Never reachable from a request.
    System,
}

impl OpContext {
    /// For a request of somebody who is signed in.
    pub fn account(viewer: Viewer, access: Arc<Access>, request_id: String, address: String, clock: Clock) -> Self {
        Self { actor: Actor::Account(Box::new(viewer), access), token: None, request_id, address, clock }
    }

    /// For a step of a durable operation.
    pub fn operation(
        account: Option<AccountId>,
        name: String,
        tenant: Option<TenantId>,
        request_id: String,
        clock: Clock,
    ) -> Self {
        let actor = Actor::Operation { account, name, tenant };
        Self { actor, token: None, request_id, address: String::new(), clock }
    }

    /// For a request of which it is not known who makes it.
    pub fn nobody(request_id: String, address: String, clock: Clock) -> Self {
        Self { actor: Actor::Nobody, token: None, request_id, address, clock }
    }

    /// For Longshore's own work.
    pub fn system(clock: Clock) -> Self {
        Self { actor: Actor::System, token: None, request_id: String::new(), address: String::new(), clock }
    }

    /// The same, when the account acts by a token.
    #[must_use]
    pub fn by_token(self, token: Option<Arc<TokenInUse>>) -> Self {
        Self { token, ..self }
    }

    /// The token by which the account acts, when it does.
    pub fn token(&self) -> Option<&Arc<TokenInUse>> {
        self.token.as_ref()
    }

    /// Whoever is signed in, when it is a person's request.
    pub fn viewer(&self) -> Option<&Viewer> {
        match &self.actor {
            Actor::Account(viewer, _) => Some(viewer),
            _ => None,
        }
    }

    /// The account that acts or on whose behalf this is done.
    pub fn account_id(&self) -> Option<AccountId> {
        match &self.actor {
            Actor::Account(viewer, _) => Some(viewer.id),
            Actor::Operation { account, .. } => *account,
            Actor::Nobody | Actor::System => None,
        }
    }

    /// The actor's name, for records.
    pub fn actor_name(&self) -> &str {
        match &self.actor {
            Actor::Account(viewer, _) => &viewer.username,
            Actor::Operation { name, .. } => name,
            Actor::Nobody => "",
            Actor::System => "longshore",
        }
    }

    /// What acts in the actor's name, for records.
    pub fn acting(&self) -> Acting {
        match &self.actor {
            Actor::Account(..) if self.token.is_some() => Acting::Token,
            Actor::Account(..) => Acting::Account,
            Actor::Operation { .. } => Acting::Operation,
            Actor::Nobody => Acting::Nobody,
            Actor::System => Acting::System,
        }
    }

    /// The tenant that everything is cut to; `None` sees all tenants (the platform's people and Longshore itself).
    pub fn tenant(&self) -> Option<TenantId> {
        match &self.actor {
            Actor::Account(viewer, _) => viewer.tenant,
            Actor::Operation { tenant, .. } => *tenant,
            // A tenant that nobody is: what is cut to it is empty.
            Actor::Nobody => Some(TenantId(Uuid::nil())),
            Actor::System => None,
        }
    }

    /// Whether the actor holds a permission somewhere. Operations and Longshore itself hold all: what they do was
    /// decided when they were made.
    pub fn may(&self, permission: Permission) -> bool {
        match &self.actor {
            Actor::Account(_, access) => access.anywhere().has(permission),
            Actor::Operation { .. } | Actor::System => true,
            Actor::Nobody => false,
        }
    }

    /// Whether the actor holds a permission at a place.
    pub fn may_on(&self, permission: Permission, place: &Place) -> bool {
        match &self.actor {
            Actor::Account(_, access) => access.allows(permission, place),
            Actor::Operation { .. } | Actor::System => true,
            Actor::Nobody => false,
        }
    }

    /// What the actor may do where, when it is a person's request.
    pub fn access(&self) -> Option<&Access> {
        match &self.actor {
            Actor::Account(_, access) => Some(access),
            _ => None,
        }
    }

    /// The place that the actor is at home in: the tenant, or the platform.
    pub fn home(&self) -> Place {
        self.tenant().map_or(Place::PLATFORM, Place::tenant)
    }

    /// The request's id, as in the log and in errors.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// The caller's address; empty when there is no caller.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Now.
    pub fn now(&self) -> Millis {
        self.clock.now()
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }
}
