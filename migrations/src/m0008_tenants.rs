//! Why a tenant is suspended, which operation deletes it, how tenants come to the platform, and the links by which
//! people come to a tenant.

use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, big_integer_null, integer, pk_uuid, string, string_len, string_len_null, text_null, uuid_null,
    },
};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [text_null("suspend_reason"), uuid_null("operation_id")] {
            manager.alter_table(Table::alter().table("tenants").add_column(column).to_owned()).await?;
        }
        manager.create_table(platform_settings()).await?;
        let first = Query::insert()
            .into_table("platform_settings")
            .columns(["id", "registration", "version", "updated_at", "actor_name"])
            .values_panic([1.into(), "closed".into(), 1_i64.into(), 0_i64.into(), "longshore".into()])
            .to_owned();
        manager.get_connection().execute(&first).await?;
        manager.create_table(links()).await?;
        for (name, column, unique) in [
            ("links_token_hash", "token_hash", true),
            ("links_tenant", "tenant_id", false),
            ("links_account", "account_id", false),
        ] {
            let mut index = Index::create();
            index.name(name).table("links").col(column);
            if unique {
                index.unique();
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["links", "platform_settings"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        for column in ["suspend_reason", "operation_id"] {
            manager.alter_table(Table::alter().table("tenants").drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}

/// One row, with a column for each setting.
fn platform_settings() -> TableCreateStatement {
    Table::create()
        .table("platform_settings")
        .col(integer("id").primary_key())
        // open, invitation or closed.
        .col(string_len("registration", 16))
        .col(big_integer("version"))
        .col(big_integer("updated_at"))
        .col(string("actor_name"))
        .to_owned()
}

fn links() -> TableCreateStatement {
    Table::create()
        .table("links")
        .col(pk_uuid("id"))
        // tenant, member or reset.
        .col(string_len("kind", 16))
        // The hash of the token in the link: who reads the table cannot use one.
        .col(string_len("token_hash", 64))
        // Where a member joins, or whose account is meant; NULL for the platform's.
        .col(uuid_null("tenant_id"))
        // The account that gets a new password.
        .col(uuid_null("account_id"))
        // The role that a member gets: a built-in role's name, or the id of a row of `roles`.
        .col(string_len_null("role", 64))
        .col(string_len("note", 255))
        // Whoever made it: it is worth no more than their rights are when it is used.
        .col(uuid_null("actor_id"))
        .col(string("actor_name"))
        .col(big_integer("created_at"))
        .col(big_integer("expires_at"))
        .col(big_integer_null("used_at"))
        .col(big_integer_null("revoked_at"))
        .foreign_key(
            &mut ForeignKey::create()
                .from("links", "account_id")
                .to("accounts", "id")
                .on_delete(ForeignKeyAction::Cascade)
                .to_owned(),
        )
        .to_owned()
}
