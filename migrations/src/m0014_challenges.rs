//! One table for every challenge that waits for its answer. What waited in the two that it takes the place of is lost:
//! it would have been good for minutes.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, blob, string_len},
};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in FORMER {
            manager.drop_table(Table::drop().table(name).to_owned()).await?;
        }
        create(manager, "challenges").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("challenges").to_owned()).await?;
        for name in FORMER {
            create(manager, name).await?;
        }
        Ok(())
    }
}

const FORMER: [&str; 2] = ["captchas", "passkey_ceremonies"];

async fn create(manager: &SchemaManager<'_>, name: &'static str) -> Result<(), DbErr> {
    let table = Table::create()
        .table(name)
        .col(string_len("id", 64).primary_key())
        // What it is for.
        .col(string_len("kind", 16))
        // The hash of the session or the address that asked for it.
        .col(string_len("caller", 64))
        // What its answer is checked by, sealed.
        .col(blob("sealed"))
        .col(big_integer("created_at"))
        .to_owned();
    manager.create_table(table).await?;
    for (suffix, columns) in [("created", ["created_at", "id"]), ("caller", ["kind", "caller"])] {
        let mut index = Index::create().name(format!("{name}_{suffix}")).table(name).to_owned();
        for column in columns {
            index.col(column);
        }
        manager.create_index(index).await?;
    }
    Ok(())
}
