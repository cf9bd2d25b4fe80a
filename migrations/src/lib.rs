//! The steps of the database schema, one file each, never edited after they landed.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod m0001_identity;
mod m0002_clusters;
mod m0003_applications;
mod m0004_access;

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
        ]
    }
}
