//! Second factors of accounts with their recovery codes, the pictures that keep machines from guessing, and whether a
//! tenant wants a second factor of everybody.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, blob, boolean, pk_uuid, string_len, uuid},
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
        let oldest = Index::create().name("captchas_created").table("captchas").col("created_at").to_owned();
        manager.create_index(oldest).await?;
        let by_caller = Index::create().name("captchas_caller").table("captchas").col("caller").to_owned();
        manager.create_index(by_caller).await?;
        let required = boolean("second_factor_required").default(false).to_owned();
        manager.alter_table(Table::alter().table("tenants").add_column(required).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("tenants").drop_column("second_factor_required").to_owned()).await?;
        for name in tables().iter().rev().filter_map(TableCreateStatement::get_table_name) {
            manager.drop_table(Table::drop().table(name.clone()).to_owned()).await?;
        }
        Ok(())
    }
}

fn tables() -> Vec<TableCreateStatement> {
    let of_account = |table: &'static str| {
        ForeignKey::create()
            .from(table, "account_id")
            .to("accounts", "id")
            .on_delete(ForeignKeyAction::Cascade)
            .to_owned()
    };
    vec![
        Table::create()
            .table("second_factors")
            .col(pk_uuid("account_id"))
            // The shared secret, sealed.
            .col(blob("sealed"))
            .col(big_integer("created_at"))
            // NULL until the first right code has shown that the secret arrived.
            .col(big_integer_null("confirmed_at"))
            // The time step of the last code that was taken: neither it nor an earlier one counts again.
            .col(big_integer("last_step"))
            .foreign_key(&mut of_account("second_factors"))
            .to_owned(),
        Table::create()
            .table("recovery_codes")
            .col(uuid("account_id"))
            // The hash of the code.
            .col(string_len("hash", 64))
            .col(big_integer_null("used_at"))
            .primary_key(Index::create().col("account_id").col("hash"))
            .foreign_key(&mut of_account("recovery_codes"))
            .to_owned(),
        Table::create()
            .table("captchas")
            .col(string_len("id", 64).primary_key())
            // What is to be read and what is to be heard, sealed.
            .col(blob("sealed"))
            // The hash of the address that asked for it.
            .col(string_len("caller", 64))
            .col(big_integer("created_at"))
            .to_owned(),
    ]
}
