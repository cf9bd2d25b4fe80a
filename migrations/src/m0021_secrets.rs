//! Secrets that the applications of a namespace share, and which of them an application's own have come from.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, blob, pk_uuid, string, string_len, uuid, uuid_null},
};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("secrets")
                    .col(pk_uuid("id"))
                    .col(uuid("tenant_id"))
                    .col(uuid("namespace_id"))
                    .col(string_len("name", 63))
                    .col(big_integer("version"))
                    .col(blob("sealed"))
                    .col(big_integer("created_at"))
                    .col(big_integer("updated_at"))
                    .col(string("actor_name"))
                    .to_owned(),
            )
            .await?;
        let index =
            Index::create().name("secrets_name").table("secrets").col("namespace_id").col("name").unique().to_owned();
        manager.create_index(index).await?;
        manager
            .create_table(
                Table::create()
                    .table("secret_versions")
                    .col(uuid("secret_id"))
                    .col(big_integer("number"))
                    .col(big_integer("created_at"))
                    .col(string("actor_name"))
                    .primary_key(Index::create().col("secret_id").col("number"))
                    .foreign_key(ForeignKey::create().from("secret_versions", "secret_id").to("secrets", "id"))
                    .to_owned(),
            )
            .await?;
        for column in [uuid_null("secret_id"), big_integer_null("secret_version")] {
            let table = Table::alter().table("app_secret_versions").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        let index =
            Index::create().name("app_secret_versions_secret").table("app_secret_versions").col("secret_id").to_owned();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::drop().name("app_secret_versions_secret").table("app_secret_versions").to_owned();
        manager.drop_index(index).await?;
        for column in ["secret_version", "secret_id"] {
            let table = Table::alter().table("app_secret_versions").drop_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        manager.drop_table(Table::drop().table("secret_versions").to_owned()).await?;
        manager.drop_table(Table::drop().table("secrets").to_owned()).await
    }
}
