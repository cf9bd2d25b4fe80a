//! Namespaces, templates, applications with their releases and secrets, and durable operations.
//!
//! What is deleted keeps its row (`deleted_at`), because releases and the audit trail speak of it. A name is free
//! again at once: uniqueness lies on `name_key`, which is the name while something lives and its id afterwards.

use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, big_integer_null, blob, boolean, integer, pk_uuid, string, string_len, string_len_null,
        string_null, text, text_null, uuid, uuid_null,
    },
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

fn reference(from: (&'static str, &'static str), to: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(from.0, from.1).to(to, "id").to_owned()
}

fn tables() -> Vec<TableCreateStatement> {
    vec![
        Table::create()
            .table("namespaces")
            .col(pk_uuid("id"))
            .col(uuid("tenant_id"))
            .col(uuid("cluster_id"))
            .col(string_len("name", 63))
            .col(string_len("name_key", 63))
            .col(big_integer("cpu_millis"))
            .col(big_integer("memory_bytes"))
            .col(big_integer("pods"))
            .col(uuid_null("operation_id"))
            .col(big_integer("created_at"))
            .col(big_integer_null("deleted_at"))
            .to_owned(),
        Table::create()
            .table("templates")
            .col(pk_uuid("id"))
            .col(uuid_null("tenant_id"))
            // The tenant's id, or nil for the platform's: NULLs would not be unique.
            .col(uuid("owner_key"))
            .col(string_len("name", 63))
            .col(text("description"))
            .col(big_integer("version"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .to_owned(),
        Table::create()
            .table("template_versions")
            .col(uuid("template_id"))
            .col(big_integer("number"))
            .col(text("spec"))
            .col(string("actor_name"))
            .col(big_integer("created_at"))
            .primary_key(Index::create().col("template_id").col("number"))
            .foreign_key(&mut reference(("template_versions", "template_id"), "templates"))
            .to_owned(),
        Table::create()
            .table("apps")
            .col(pk_uuid("id"))
            .col(uuid("tenant_id"))
            .col(uuid("cluster_id"))
            .col(uuid("namespace_id"))
            .col(string_len("name", 63))
            .col(string_len("name_key", 63))
            .col(big_integer("newest_release"))
            .col(big_integer_null("live_release"))
            .col(uuid_null("operation_id"))
            .col(boolean("deleting"))
            .col(big_integer("created_at"))
            .col(big_integer_null("deleted_at"))
            .foreign_key(&mut reference(("apps", "namespace_id"), "namespaces"))
            .to_owned(),
        releases(),
        Table::create()
            .table("app_secret_versions")
            .col(uuid("app_id"))
            .col(string_len("name", 128))
            .col(string_len("version", 32))
            .col(blob("sealed"))
            .col(big_integer("created_at"))
            .primary_key(Index::create().col("app_id").col("name").col("version"))
            .foreign_key(&mut reference(("app_secret_versions", "app_id"), "apps"))
            .to_owned(),
        operations(),
        Table::create()
            .table("operation_steps")
            .col(uuid("operation_id"))
            .col(integer("position"))
            .col(string_len("name", 32))
            .col(string_len("state", 16))
            .col(text_null("note"))
            .col(big_integer_null("started_at"))
            .col(big_integer_null("ended_at"))
            .primary_key(Index::create().col("operation_id").col("position"))
            .foreign_key(&mut reference(("operation_steps", "operation_id"), "operations"))
            .to_owned(),
        Table::create()
            .table("operation_log")
            .col(pk_uuid("id"))
            .col(uuid("operation_id"))
            .col(big_integer("at"))
            .col(string_len("step", 32))
            .col(big_integer("attempt"))
            .col(big_integer("fence"))
            .col(string_len("event", 32))
            .col(text("detail"))
            .foreign_key(&mut reference(("operation_log", "operation_id"), "operations"))
            .to_owned(),
    ]
}

fn releases() -> TableCreateStatement {
    Table::create()
        .table("releases")
        .col(pk_uuid("id"))
        .col(uuid("app_id"))
        .col(uuid("tenant_id"))
        .col(big_integer("number"))
        .col(string_len("state", 16))
        .col(string_len("image", 512))
        .col(string_len("digest", 128))
        .col(text("spec"))
        .col(string_len("config_hash", 64))
        .col(text("secrets"))
        .col(text("manifests"))
        .col(text("changes"))
        .col(uuid_null("template_id"))
        .col(string_null("template_name"))
        .col(big_integer_null("template_version"))
        .col(big_integer_null("rollback_of"))
        .col(uuid_null("actor_id"))
        .col(string("actor_name"))
        .col(text("reason"))
        .col(uuid_null("operation_id"))
        .col(text_null("problem"))
        .col(big_integer("created_at"))
        .col(big_integer_null("ended_at"))
        .foreign_key(&mut reference(("releases", "app_id"), "apps"))
        .to_owned()
}

fn operations() -> TableCreateStatement {
    Table::create()
        .table("operations")
        .col(pk_uuid("id"))
        .col(string_len("kind", 32))
        .col(uuid("tenant_id"))
        .col(uuid("cluster_id"))
        .col(uuid("namespace_id"))
        .col(uuid_null("app_id"))
        .col(string("object"))
        .col(text("input"))
        .col(string_len("state", 16))
        .col(integer("step"))
        .col(big_integer("attempt"))
        .col(big_integer("run_after"))
        .col(string_len_null("lease_owner", 64))
        .col(big_integer("lease_until"))
        .col(big_integer("fence"))
        .col(uuid_null("actor_id"))
        .col(string("actor_name"))
        .col(string_len("request_id", 64))
        .col(text_null("problem"))
        .col(big_integer("created_at"))
        .col(big_integer_null("ended_at"))
        .to_owned()
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
        index("namespaces_name", "namespaces", &["cluster_id", "name_key"], true),
        index("namespaces_tenant", "namespaces", &["tenant_id"], false),
        index("templates_name", "templates", &["owner_key", "name"], true),
        index("apps_name", "apps", &["namespace_id", "name_key"], true),
        index("apps_tenant", "apps", &["tenant_id"], false),
        index("releases_number", "releases", &["app_id", "number"], true),
        index("releases_template", "releases", &["template_id"], false),
        index("operations_state", "operations", &["state", "run_after"], false),
        index("operations_tenant", "operations", &["tenant_id", "created_at"], false),
        index("operations_app", "operations", &["app_id", "created_at"], false),
        index("operation_log_operation", "operation_log", &["operation_id", "at"], false),
    ]
}
