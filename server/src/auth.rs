//! Who somebody is, and what they may do.

pub mod authz;
pub mod context;
pub mod crypto;
pub mod passwords;
pub mod policy;
pub mod revocations;
pub mod sessions;
