//! Accounts at image registries, with their sealed passwords apart, and when a namespace's nodes are to be handed the newest.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, blob, pk_uuid, string, string_len, uuid, uuid_null},
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
                    .table("registries")
                    .col(pk_uuid("id"))
                    .col(uuid_null("tenant_id"))
                    .col(uuid("owner_key"))
                    .col(string_len("name", 63))
                    .col(string("host"))
                    .col(string("username"))
                    .col(big_integer("version"))
                    .col(big_integer("created_at"))
                    .col(big_integer("updated_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("registry_passwords")
                    .col(pk_uuid("registry_id"))
                    .col(blob("sealed"))
                    .foreign_key(ForeignKey::create().from("registry_passwords", "registry_id").to("registries", "id"))
                    .to_owned(),
            )
            .await?;
        // Those there are have not been handed any.
        let due = big_integer("pulls_due").default(1).to_owned();
        manager.alter_table(Table::alter().table("namespaces").add_column(due).to_owned()).await?;
        let index = Index::create().name("namespaces_pulls_due").table("namespaces").col("pulls_due").to_owned();
        manager.create_index(index).await?;
        for (name, column) in [("registries_name", "name"), ("registries_host", "host")] {
            let index = Index::create().name(name).table("registries").col("owner_key").col(column).unique().to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("namespaces_pulls_due").table("namespaces").to_owned()).await?;
        manager.alter_table(Table::alter().table("namespaces").drop_column("pulls_due").to_owned()).await?;
        manager.drop_table(Table::drop().table("registry_passwords").to_owned()).await?;
        manager.drop_table(Table::drop().table("registries").to_owned()).await
    }
}
