//! What somebody gets who joins by a link: several roles, each with where it holds.

use sea_orm_migration::{prelude::*, schema::text_null};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("links").add_column(text_null("roles")).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("links").drop_column("roles").to_owned()).await
    }
}
