//! The audit trail as a chain: entries with numbers without gaps, each with a hash over itself and the one before.
//!
//! The entries that were written before lie in the table `audit`. The first start after this step moves them into the
//! chain, oldest first, and leaves that table empty: one piece of code, the server's, knows how an entry is hashed.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, integer, string, string_len, string_len_null, text, text_null, uuid, uuid_null},
};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// The hash that the first entry follows.
const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(entries()).await?;
        for (name, columns) in INDEXES {
            let mut index = Index::create();
            index.name(name).table("audit_entries");
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        manager.create_table(head()).await?;
        let mut first = Query::insert();
        first.into_table("audit_head").columns(["id", "seq", "hash", "cut_seq", "cut_hash"]).values_panic([
            1.into(),
            0_i64.into(),
            NOTHING.into(),
            0_i64.into(),
            NOTHING.into(),
        ]);
        manager.execute(first).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("audit_head").to_owned()).await?;
        manager.drop_table(Table::drop().table("audit_entries").to_owned()).await
    }
}

/// Each kind of search ends with the number, by which pages are cut.
const INDEXES: [(&str, &[&str]); 6] = [
    ("audit_entries_tenant", &["tenant_id", "seq"]),
    ("audit_entries_actor", &["actor_name", "seq"]),
    ("audit_entries_action", &["action", "seq"]),
    ("audit_entries_object", &["object", "seq"]),
    ("audit_entries_outcome", &["outcome", "seq"]),
    ("audit_entries_at", &["at"]),
];

fn entries() -> TableCreateStatement {
    Table::create()
        .table("audit_entries")
        // Given by the head, never by the database: a number that a failed transaction took would be a gap.
        .col(big_integer("seq").primary_key())
        .col(uuid("id"))
        .col(big_integer("at"))
        .col(string_len("acting", 16))
        .col(uuid_null("actor_id"))
        .col(string("actor_name"))
        // Whose account the actor is; NULL for the platform's people and for nobody.
        .col(uuid_null("actor_tenant_id"))
        // The name of the token that acted for the actor.
        .col(string_len_null("token_name", 128))
        .col(uuid_null("tenant_id"))
        .col(string_len("action", 64))
        .col(string("object"))
        .col(string_len("outcome", 16))
        .col(text("detail"))
        .col(text_null("state_before"))
        .col(text_null("state_after"))
        .col(string_len("address", 64))
        .col(string_len("request_id", 64))
        .col(string_len("hash", 64))
        .to_owned()
}

/// One row: the last entry, which whoever appends locks; and the last entry that retention has deleted, so that the
/// rest can still be verified.
fn head() -> TableCreateStatement {
    Table::create()
        .table("audit_head")
        .col(integer("id").primary_key())
        .col(big_integer("seq"))
        .col(string_len("hash", 64))
        .col(big_integer("cut_seq"))
        .col(string_len("cut_hash", 64))
        .to_owned()
}
