//! Tenants, accounts, sessions, the limits of sign-in, and the audit trail.
//!
//! Audit entries refer to accounts and tenants without foreign keys: the trail outlives what it speaks of.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, boolean, pk_uuid, string, string_len, text, uuid, uuid_null},
};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in tables().iter().rev().filter_map(TableCreateStatement::get_table_name) {
            manager.drop_table(Table::drop().table(name.clone()).to_owned()).await?;
        }
        Ok(())
    }
}

fn tables() -> Vec<TableCreateStatement> {
    vec![
        Table::create()
            .table("tenants")
            .col(pk_uuid("id"))
            .col(string_len("name", 63))
            .col(string("display_name"))
            .col(big_integer("created_at"))
            .to_owned(),
        Table::create()
            .table("accounts")
            .col(pk_uuid("id"))
            // NULL for accounts of the platform.
            .col(uuid_null("tenant_id"))
            .col(string_len("username", 63))
            .col(string("display_name"))
            .col(string_len("role", 32))
            .col(string("password_hash"))
            // Changes with the password: sessions that were opened with another one are over.
            .col(uuid("credential"))
            .col(boolean("must_change_password"))
            .col(big_integer("created_at"))
            .col(big_integer_null("last_sign_in"))
            .col(big_integer_null("disabled_at"))
            .foreign_key(&mut ForeignKey::create().from("accounts", "tenant_id").to("tenants", "id").to_owned())
            .to_owned(),
        Table::create()
            .table("sessions")
            // The hash of the identifier in the cookie: who reads the table cannot use a session.
            .col(string_len("key", 64).primary_key())
            .col(uuid_null("account_id"))
            .col(text("data"))
            .col(big_integer("created_at"))
            .col(big_integer("used_at"))
            .foreign_key(
                &mut ForeignKey::create()
                    .from("sessions", "account_id")
                    .to("accounts", "id")
                    .on_delete(ForeignKeyAction::Cascade)
                    .to_owned(),
            )
            .to_owned(),
        Table::create()
            .table("sign_in_limits")
            // The hash of the name or of the address that is counted.
            .col(string_len("key", 64).primary_key())
            .col(big_integer("attempts"))
            .col(big_integer("started_at"))
            .to_owned(),
        Table::create()
            .table("audit")
            .col(pk_uuid("id"))
            .col(big_integer("at"))
            .col(uuid_null("actor_id"))
            .col(string("actor_name"))
            .col(uuid_null("tenant_id"))
            .col(string_len("action", 64))
            .col(string("object"))
            .col(string_len("outcome", 16))
            .col(text("detail"))
            .col(string_len("address", 64))
            .col(string_len("request_id", 64))
            .to_owned(),
    ]
}

fn indexes() -> Vec<IndexCreateStatement> {
    let index = |name: &str, table: &'static str, columns: &[&'static str], unique: bool| {
        let mut index = Index::create();
        index.name(name).table(table);
        for column in columns {
            index.col(*column);
        }
        if unique {
            index.unique();
        }
        index
    };
    vec![
        index("tenants_name", "tenants", &["name"], true),
        index("accounts_username", "accounts", &["username"], true),
        index("accounts_tenant", "accounts", &["tenant_id"], false),
        index("sessions_account", "sessions", &["account_id"], false),
        index("sessions_used", "sessions", &["used_at"], false),
        index("sign_in_limits_started", "sign_in_limits", &["started_at"], false),
        index("audit_tenant", "audit", &["tenant_id", "id"], false),
    ]
}
