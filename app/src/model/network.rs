//! How an application is reached, as its cluster tells.

use serde::{Deserialize, Serialize};

use super::Protocol;
use crate::i18n::Text;

/// The ways to an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Network {
    /// The release whose ways they are: the one that serves, or the newest while none does.
    pub release: u32,
    /// Its ports.
    pub ports: Vec<PortAddress>,
    /// The addresses that the cluster's surroundings gave it; `None` when it asks for none.
    pub own_addresses: Option<Vec<String>>,
    /// Its web addresses.
    pub routes: Vec<RouteAddress>,
}

/// A port of an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct PortAddress {
    /// Its name.
    pub name: String,
    /// Its protocol.
    pub protocol: Protocol,
    /// Where the cluster's pods reach it: `web.shop.svc:8080`.
    pub inside: String,
    /// The port of every node that leads there, when there is one.
    pub node_port: Option<u16>,
}

/// A web address of an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct RouteAddress {
    /// The address: `https://shop.example.org/api`.
    pub url: String,
    /// The object that leads there: (`Ingress`, `web`).
    pub object: (String, String),
    /// What has become of that.
    pub state: RouteState,
    /// The same in a sentence.
    pub note: Text,
}

/// What has become of a web address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RouteState {
    /// A controller has taken it up.
    Ready,
    /// No controller has said that it takes it up.
    Waiting,
    /// A controller refuses it.
    Refused,
    /// The cluster does not have it.
    Missing,
}
