//! The nouns of Longshore as plain data: identifiers, validated names, quantities, and what services answer.
//! Pure: no I/O, no clock, no randomness.

pub mod access;
pub mod account;
pub mod application;
pub mod audit;
pub mod captcha;
pub mod cluster;
pub mod fit;
pub mod identity;
pub mod identity_provider;
pub mod ids;
pub mod issuer;
pub mod limit;
pub mod link;
pub mod live;
pub mod local_path;
pub mod names;
pub mod namespace;
pub mod node;
pub mod operation;
pub mod page;
pub mod permission;
pub mod platform;
pub mod pod;
pub mod provider;
pub mod quantity;
pub mod release;
pub mod role;
#[cfg(feature = "ssr")]
mod schemas;
pub mod search;
pub mod second_factor;
pub mod session;
pub mod spec;
pub mod strength;
pub mod template;
pub mod tenant;
pub mod token;

pub use access::*;
pub use account::*;
pub use application::*;
pub use audit::*;
pub use captcha::*;
pub use cluster::*;
pub use fit::*;
pub use identity::*;
pub use identity_provider::*;
pub use ids::*;
pub use issuer::is_loopback;
pub use limit::*;
pub use link::*;
pub use live::*;
pub use local_path::local_path;
pub use names::*;
pub use namespace::*;
pub use node::*;
pub use operation::*;
pub use page::*;
pub use permission::*;
pub use platform::*;
pub use pod::*;
pub use provider::*;
pub use quantity::*;
pub use release::*;
pub use role::*;
pub use search::*;
pub use second_factor::*;
pub use session::*;
pub use spec::*;
pub use strength::*;
pub use template::*;
pub use tenant::*;
pub use token::*;

/// Milliseconds since the Unix epoch, UTC.
pub type Millis = i64;
