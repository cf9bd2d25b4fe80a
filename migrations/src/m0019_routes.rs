//! Web addresses, each taken by one application of a cluster.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, pk_uuid, string_len, uuid},
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
                    .table("routes")
                    .col(pk_uuid("id"))
                    .col(uuid("cluster_id"))
                    .col(uuid("tenant_id"))
                    .col(uuid("app_id"))
                    .col(string_len("host", 253))
                    .col(string_len("path", 255))
                    .col(big_integer("created_at"))
                    .to_owned(),
            )
            .await?;
        for (name, columns) in [("routes_host", &["cluster_id", "host"][..]), ("routes_app", &["app_id"])] {
            let mut index = Index::create().name(name).table("routes").to_owned();
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("routes").to_owned()).await
    }
}
