//! From where a session was last used, and the notices by which replicas tell each other what has ended.
//!
//! The new columns have a default, so that the version before can go on writing rows beside this one.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_pk_auto, string_len},
};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// The new columns of sessions, and how many characters each holds.
const SEEN: [(&str, u32); 2] = [("agent", 200), ("address", 64)];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One column at a time: SQLite adds no two.
        for (name, length) in SEEN {
            let column = string_len(name, length).default("").take();
            manager.alter_table(Table::alter().table("sessions").add_column(column).to_owned()).await?;
        }
        let notices = Table::create()
            .table("revocations")
            // Numbers are never used again, so that whoever has seen one asks for those after it.
            .col(big_pk_auto("id"))
            .col(big_integer("at"))
            .col(string_len("notice", 255))
            .to_owned();
        manager.create_table(notices).await?;
        let by_age = Index::create().name("revocations_at").table("revocations").col("at").to_owned();
        manager.create_index(by_age).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("revocations").to_owned()).await?;
        for (name, _) in SEEN.into_iter().rev() {
            manager.alter_table(Table::alter().table("sessions").drop_column(name).to_owned()).await?;
        }
        Ok(())
    }
}
