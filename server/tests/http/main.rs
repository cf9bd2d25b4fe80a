//! Longshore through HTTP: the real router and services over a database of each test's own.

mod access;
mod access_properties;
mod account_changes;
mod accounts;
mod attempts;
mod audit;
mod audit_chain;
mod authenticator;
mod captcha;
mod every_role;
mod links;
mod new_password;
mod parallel;
mod passkey_sign_in;
mod passkeys;
mod redis_faults;
mod redis_server;
mod registration;
mod repeats;
mod schema;
mod schema_rows;
#[path = "../support/scratch.rs"]
mod scratch;
mod second_factor;
mod second_factor_tenant;
mod seed;
mod session;
mod sessions;
mod slices;
mod support;
mod tenant_changes;
mod tokens;
mod tokens_refused;
mod two_tenants;
mod unreadable;
mod versions;
