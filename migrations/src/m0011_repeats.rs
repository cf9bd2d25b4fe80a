//! What was answered to requests that carry a key and are to be done once, however often they are sent.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, blob_null, string_len, uuid},
};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let repeats = Table::create()
            .table("repeats")
            // The hash of who asks and of the key.
            .col(string_len("id", 64).primary_key())
            .col(uuid("account_id"))
            // The hash of what is asked.
            .col(string_len("request", 64))
            // The answer, sealed; NULL while it is being worked on.
            .col(blob_null("sealed"))
            .col(big_integer("created_at"))
            .foreign_key(
                ForeignKey::create()
                    .from("repeats", "account_id")
                    .to("accounts", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(repeats).await?;
        let oldest = Index::create().name("repeats_created").table("repeats").col("created_at").to_owned();
        manager.create_index(oldest).await?;
        let of_account =
            Index::create().name("repeats_account").table("repeats").col("account_id").col("created_at").to_owned();
        manager.create_index(of_account).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("repeats").to_owned()).await
    }
}
