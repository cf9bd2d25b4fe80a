//! Who somebody is, and what they may do.

mod argon;
pub mod attempts;
pub mod authz;
pub mod context;
pub mod crypto;
pub mod half_open;
pub mod keeper;
pub mod passkeys;
pub mod passwords;
pub mod policy;
pub mod recovery;
pub mod replicas;
pub mod revocations;
pub mod session_cache;
pub mod sessions;
pub mod strength;
pub mod tokens;
pub mod totp;
