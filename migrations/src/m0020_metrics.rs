//! Where a cluster's figures over time come from.

use sea_orm_migration::{prelude::*, schema::string_len};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = string_len("metrics", 255).default("").to_owned();
        manager.alter_table(Table::alter().table("clusters").add_column(column).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("clusters").drop_column("metrics").to_owned()).await
    }
}
