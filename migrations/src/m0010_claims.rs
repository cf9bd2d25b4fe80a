//! Claims: what one process is at work on and no other may begin, while there is no row of its own to lock yet.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, string_len, uuid},
};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let claims = Table::create()
            .table("claims")
            .col(string_len("what", 128).primary_key())
            .col(uuid("holder"))
            // Whoever was killed holds it no longer than this.
            .col(big_integer("holds_until"))
            .to_owned();
        manager.create_table(claims).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("claims").to_owned()).await
    }
}
