//! The steps of the database schema, one file each, never edited after they landed.
//!
//! Steps are written once for SQLite, PostgreSQL and MySQL, with the types of `sea_orm_migration::schema`. [`up`] makes
//! them mean the same on MySQL: a `text` or `blob` holds as much as elsewhere, and names differ by case.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod guard;
mod m0001_identity;
mod m0002_clusters;
mod m0003_applications;
mod m0004_access;
mod m0005_second_factors;
mod m0006_audit_chain;
mod m0007_sessions;
mod m0008_tenants;
mod m0009_tokens;
mod m0010_claims;
mod m0011_repeats;
mod m0012_passkeys;
mod m0013_identity_providers;
mod m0014_challenges;
mod m0015_release_digests;
mod m0016_release_pods;
mod m0017_registries;
mod m0018_changes;
mod m0019_routes;
mod m0020_metrics;
mod m0021_secrets;
mod m0022_running;
mod m0023_link_roles;
mod mysql;

pub use guard::up;

/// Runs the steps in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_identity::Migration),
            Box::new(m0002_clusters::Migration),
            Box::new(m0003_applications::Migration),
            Box::new(m0004_access::Migration),
            Box::new(m0005_second_factors::Migration),
            Box::new(m0006_audit_chain::Migration),
            Box::new(m0007_sessions::Migration),
            Box::new(m0008_tenants::Migration),
            Box::new(m0009_tokens::Migration),
            Box::new(m0010_claims::Migration),
            Box::new(m0011_repeats::Migration),
            Box::new(m0012_passkeys::Migration),
            Box::new(m0013_identity_providers::Migration),
            Box::new(m0014_challenges::Migration),
            Box::new(m0015_release_digests::Migration),
            Box::new(m0016_release_pods::Migration),
            Box::new(m0017_registries::Migration),
            Box::new(m0018_changes::Migration),
            Box::new(m0019_routes::Migration),
            Box::new(m0020_metrics::Migration),
            Box::new(m0021_secrets::Migration),
            Box::new(m0022_running::Migration),
            Box::new(m0023_link_roles::Migration),
        ]
    }
}
