//! What a cluster and a namespace need to be changed: which cluster a kubeconfig has to lead to, and counters of changes.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, string_len},
};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// Tables and the columns that they get.
fn columns() -> [(&'static str, ColumnDef); 3] {
    [
        // Of those there are it is not known.
        ("clusters", string_len("uid", 63).default("").to_owned()),
        ("clusters", big_integer("version").default(1).to_owned()),
        ("namespaces", big_integer("version").default(1).to_owned()),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in columns() {
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in [("namespaces", "version"), ("clusters", "version"), ("clusters", "uid")] {
            manager.alter_table(Table::alter().table(table).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
