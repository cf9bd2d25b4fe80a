//! Connected clusters. The kubeconfig lies sealed in a table of its own, which no response type can reach.

use sea_orm_migration::{prelude::*, schema::*};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let clusters = Table::create()
            .table("clusters")
            .col(pk_uuid("id"))
            .col(string_len_uniq("name", 63))
            .col(string("server"))
            .col(big_integer("created_at"))
            .to_owned();
        manager.create_table(clusters).await?;
        let credentials = Table::create()
            .table("cluster_credentials")
            .col(pk_uuid("cluster_id"))
            .col(blob("sealed"))
            .foreign_key(
                ForeignKey::create()
                    .from("cluster_credentials", "cluster_id")
                    .to("clusters", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(credentials).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("cluster_credentials").to_owned()).await?;
        manager.drop_table(Table::drop().table("clusters").to_owned()).await
    }
}
