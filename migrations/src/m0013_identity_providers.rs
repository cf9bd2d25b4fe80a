//! Identity providers (OpenID Connect), who is known by them, and which roles come from them.

use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, big_integer_null, blob, boolean, pk_uuid, string, string_len, string_len_null, text, uuid,
        uuid_null,
    },
};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(providers()).await?;
        manager.create_table(secrets()).await?;
        manager.create_table(identities()).await?;
        manager.create_table(used_states()).await?;
        // Which provider a role comes from; NULL for those given by hand.
        let from = uuid_null("provider_id");
        manager.alter_table(Table::alter().table("role_bindings").add_column(from).to_owned()).await?;
        for (name, table, columns, unique) in [
            ("identity_providers_slug", "identity_providers", &["slug"][..], true),
            ("identity_providers_tenant", "identity_providers", &["tenant_id"], false),
            ("identities_subject", "identities", &["provider_id", "subject"], true),
            ("identities_account", "identities", &["account_id", "provider_id"], true),
            ("used_states_until", "used_states", &["until"], false),
            ("role_bindings_provider", "role_bindings", &["provider_id"], false),
        ] {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(*column);
            }
            if unique {
                index.unique();
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("role_bindings_provider").table("role_bindings").to_owned()).await?;
        manager.alter_table(Table::alter().table("role_bindings").drop_column("provider_id").to_owned()).await?;
        for table in ["used_states", "identities", "identity_provider_secrets", "identity_providers"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn providers() -> TableCreateStatement {
    Table::create()
        .table("identity_providers")
        .col(pk_uuid("id"))
        // Whose people sign in by it; NULL for the platform's.
        .col(uuid_null("tenant_id"))
        .col(string_len("slug", 63))
        .col(string("name"))
        .col(string_len("issuer", 512))
        .col(string_len("client_id", 255))
        // Besides openid, profile and email; separated by spaces.
        .col(string("scopes"))
        // Empty for the usual ones.
        .col(string_len("name_claim", 128))
        .col(boolean("creates_accounts"))
        .col(boolean("shown"))
        .col(boolean("disabled"))
        // A JSON list of claim, value and role.
        .col(text("rules"))
        // A JSON list of roles.
        .col(text("default_roles"))
        // Sessions that carry another one are over.
        .col(uuid("epoch"))
        .col(big_integer("version"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .col(string("actor_name"))
        .to_owned()
}

/// Apart from the rest, so that no reading of providers can take it along.
fn secrets() -> TableCreateStatement {
    Table::create()
        .table("identity_provider_secrets")
        .col(pk_uuid("provider_id"))
        .col(blob("sealed"))
        .foreign_key(&mut of_provider("identity_provider_secrets"))
        .to_owned()
}

/// Who an account is to a provider.
fn identities() -> TableCreateStatement {
    Table::create()
        .table("identities")
        .col(pk_uuid("id"))
        .col(uuid("provider_id"))
        // At most 255 ASCII characters (OpenID Connect Core, section 2).
        .col(string_len("subject", 255))
        .col(uuid("account_id"))
        // The hash of the password hash that the account was made with: while it is the present one, nobody knows the
        // password. NULL when the account was there before.
        .col(string_len_null("first_password", 64))
        .col(big_integer("created_at"))
        .col(big_integer_null("last_sign_in"))
        .foreign_key(&mut of_provider("identities"))
        .foreign_key(
            &mut ForeignKey::create()
                .from("identities", "account_id")
                .to("accounts", "id")
                .on_delete(ForeignKeyAction::Cascade)
                .to_owned(),
        )
        .to_owned()
}

/// What was begun at a provider and has come back, so that it does not come back twice. The state itself is kept by the
/// browser.
fn used_states() -> TableCreateStatement {
    Table::create().table("used_states").col(string_len("state", 64).primary_key()).col(big_integer("until")).to_owned()
}

fn of_provider(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(table, "provider_id")
        .to("identity_providers", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}
