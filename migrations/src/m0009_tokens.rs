//! Service accounts, and API tokens.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, pk_uuid, string, string_len, text, text_null, uuid},
};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // person or service. Those there are sign in.
        let kind = string_len("kind", 16).default("person").to_owned();
        manager.alter_table(Table::alter().table("accounts").add_column(kind).to_owned()).await?;
        manager.create_table(tokens()).await?;
        let mut index = Index::create();
        index.name("tokens_hash").table("tokens").col("hash").unique();
        manager.create_index(index).await?;
        let mut index = Index::create();
        index.name("tokens_account").table("tokens").col("account_id").col("name").unique();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("tokens").to_owned()).await?;
        manager.alter_table(Table::alter().table("accounts").drop_column("kind").to_owned()).await
    }
}

fn tokens() -> TableCreateStatement {
    Table::create()
        .table("tokens")
        .col(pk_uuid("id"))
        .col(uuid("account_id"))
        .col(string_len("name", 63))
        // SHA-256 in hexadecimal: who reads the table cannot use a token.
        .col(string_len("hash", 64))
        // The last four characters.
        .col(string_len("ending", 8))
        // A JSON list of the permissions' names.
        .col(text("permissions"))
        // A JSON list of scopes; NULL is everywhere.
        .col(text_null("scopes"))
        .col(string("actor_name"))
        .col(big_integer("created_at"))
        .col(big_integer("expires_at"))
        .col(big_integer_null("used_at"))
        .foreign_key(
            &mut ForeignKey::create()
                .from("tokens", "account_id")
                .to("accounts", "id")
                .on_delete(ForeignKeyAction::Cascade)
                .to_owned(),
        )
        .to_owned()
}
