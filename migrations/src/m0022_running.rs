//! What lists of applications are found, ordered and counted by: beside an application stands what the release is of that it
//! runs (else its newest), and there are indices in the order of the lists.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer_null, string_len_null, uuid_null},
};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// Each column, and the release's that it is filled from.
const COLUMNS: [(&str, &str); 3] =
    [("running_image", "image"), ("running_template", "template_id"), ("running_version", "template_version")];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in
            [string_len_null("running_image", 512), uuid_null("running_template"), big_integer_null("running_version")]
        {
            manager.alter_table(Table::alter().table("apps").add_column(column).to_owned()).await?;
        }
        for (column, from) in COLUMNS {
            let fill = format!(
                "UPDATE apps SET {column} = (SELECT releases.{from} FROM releases WHERE releases.app_id = apps.id \
                 AND releases.number = COALESCE(apps.live_release, apps.newest_release))"
            );
            manager.get_connection().execute_unprepared(&fill).await?;
        }
        for index in [
            Index::create().name("apps_list").table("apps").col("deleted_at").col("name").col("id").to_owned(),
            Index::create()
                .name("apps_tenant_list")
                .table("apps")
                .col("tenant_id")
                .col("deleted_at")
                .col("name")
                .col("id")
                .to_owned(),
            Index::create()
                .name("apps_template")
                .table("apps")
                .col("running_template")
                .col("running_version")
                .to_owned(),
        ] {
            manager.create_index(index).await?;
        }
        // Part of the longer one.
        manager.drop_index(Index::drop().name("apps_tenant").table("apps").to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::create().name("apps_tenant").table("apps").col("tenant_id").to_owned();
        manager.create_index(index).await?;
        for name in ["apps_template", "apps_tenant_list", "apps_list"] {
            manager.drop_index(Index::drop().name(name).table("apps").to_owned()).await?;
        }
        for (column, _) in COLUMNS.into_iter().rev() {
            manager.alter_table(Table::alter().table("apps").drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
