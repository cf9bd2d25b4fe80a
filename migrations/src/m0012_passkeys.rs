//! Passkeys of accounts, and the ceremonies with them that wait for a browser's answer.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, blob, pk_uuid, string_len, text, uuid},
};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let passkeys = Table::create()
            .table("passkeys")
            .col(pk_uuid("id"))
            .col(uuid("account_id"))
            // The hash of the credential's id, which is as long as its maker likes. No two accounts share one.
            .col(string_len("credential", 64).unique_key())
            .col(string_len("name", 80))
            // The name of the site that it was made for; at another it does not work.
            .col(string_len("site", 253))
            // Its public key and what else it is checked by, as JSON.
            .col(text("checked_by"))
            // The signature counter of the last sign-in; 0 before the first, and for what does not count.
            .col(big_integer("counter"))
            .col(big_integer("created_at"))
            .col(big_integer_null("used_at"))
            .foreign_key(
                ForeignKey::create()
                    .from("passkeys", "account_id")
                    .to("accounts", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        manager.create_table(passkeys).await?;
        let of_account = Index::create().name("passkeys_account").table("passkeys").col("account_id").to_owned();
        manager.create_index(of_account).await?;

        let ceremonies = Table::create()
            .table("passkey_ceremonies")
            .col(string_len("id", 64).primary_key())
            // What it is for.
            .col(string_len("kind", 16))
            // The hash of the session or the address that began it.
            .col(string_len("caller", 64))
            // Whose it is and what the answer is checked by, sealed.
            .col(blob("sealed"))
            .col(big_integer("created_at"))
            .to_owned();
        manager.create_table(ceremonies).await?;
        for (name, columns) in
            [("passkey_ceremonies_created", ["created_at", "id"]), ("passkey_ceremonies_caller", ["kind", "caller"])]
        {
            let mut index = Index::create().name(name).table("passkey_ceremonies").to_owned();
            for column in columns {
                index.col(column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["passkey_ceremonies", "passkeys"] {
            manager.drop_table(Table::drop().table(name).to_owned()).await?;
        }
        Ok(())
    }
}
