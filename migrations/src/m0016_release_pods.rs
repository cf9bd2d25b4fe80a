//! Releases that differ from the one before in what is not about their pods go on with its pods: each says whose pods it
//! runs. Those before made pods of their own.

use sea_orm_migration::{prelude::*, schema::big_integer_null};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("releases").add_column(big_integer_null("pods")).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("releases").drop_column("pods").to_owned()).await
    }
}
