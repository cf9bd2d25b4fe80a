//! Releases of several images: each has its digest. Those before were of one, whose digest has a column of its own.

use sea_orm_migration::{prelude::*, schema::text_null};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("releases").add_column(text_null("digests")).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("releases").drop_column("digests").to_owned()).await
    }
}
