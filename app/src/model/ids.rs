//! Typed identifiers. Keys are UUID version 7, so that they sort by the time of their making.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(s: &str) -> Result<Self, Self::Err> {
                s.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// A passkey.
    PasskeyId,
    /// A tenant.
    TenantId,
    /// An account: a person who can sign in, or a service with tokens.
    AccountId,
    /// A role that a tenant made.
    RoleId,
    /// A role given to an account somewhere.
    BindingId,
    /// A session, as its owner may name it.
    SessionId,
    /// An API token.
    TokenId,
    /// A connected cluster.
    ClusterId,
    /// A tenant's namespace in a cluster.
    NamespaceId,
    /// A template, over all its versions.
    TemplateId,
    /// An account at an image registry.
    RegistryId,
    /// A secret that the applications of a namespace share.
    SecretId,
    /// An application.
    AppId,
    /// A release of an application.
    ReleaseId,
    /// A durable operation.
    OperationId,
    /// A link by which somebody comes in.
    LinkId,
    /// An identity provider.
    ProviderId,
    /// An account, as an identity provider knows it.
    IdentityId,
    /// An entry of the audit trail.
    AuditId,
}
