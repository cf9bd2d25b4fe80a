//! Roles of tenants, bindings of roles, main accounts.
//!
//! What an account may do stood in one column, `accounts.role`; it now stands in bindings. The column stays for the
//! version before this one, which may still run beside it, and gets the least there is (`viewer`) from here on.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, pk_uuid, string, string_len, string_len_null, text, uuid, uuid_null},
    sea_orm::{FromQueryResult, sqlx::types::uuid::Uuid},
};

/// The step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [uuid_null("owner_id"), big_integer_null("suspended_at"), version()] {
            manager.alter_table(Table::alter().table("tenants").add_column(column).to_owned()).await?;
        }
        for column in [string_len_null("email", 254), version()] {
            manager.alter_table(Table::alter().table("accounts").add_column(column).to_owned()).await?;
        }
        manager.create_table(roles()).await?;
        manager.create_table(role_bindings()).await?;
        let mut index = Index::create();
        index.name("roles_name").table("roles").col("tenant_id").col("name").unique();
        manager.create_index(index).await?;
        let mut index = Index::create();
        index.name("role_bindings_account").table("role_bindings").col("account_id");
        manager.create_index(index).await?;
        let mut index = Index::create();
        index.name("role_bindings_role").table("role_bindings").col("role");
        manager.create_index(index).await?;
        bind_accounts(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["role_bindings", "roles"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        for (table, columns) in
            [("tenants", &["owner_id", "suspended_at", "version"][..]), ("accounts", &["email", "version"])]
        {
            for column in columns {
                manager.alter_table(Table::alter().table(table).drop_column(*column).to_owned()).await?;
            }
        }
        Ok(())
    }
}

fn version() -> ColumnDef {
    big_integer("version").default(1).to_owned()
}

fn roles() -> TableCreateStatement {
    Table::create()
        .table("roles")
        .col(pk_uuid("id"))
        .col(uuid("tenant_id"))
        .col(string_len("name", 63))
        .col(string("description"))
        // A JSON list of the permissions' names.
        .col(text("permissions"))
        .col(version())
        .col(big_integer("updated_at"))
        .foreign_key(&mut ForeignKey::create().from("roles", "tenant_id").to("tenants", "id").to_owned())
        .to_owned()
}

fn role_bindings() -> TableCreateStatement {
    Table::create()
        .table("role_bindings")
        .col(pk_uuid("id"))
        .col(uuid("account_id"))
        // A built-in role's name, or the id of a row of `roles`.
        .col(string_len("role", 64))
        // platform, or tenant/ID, cluster/ID, namespace/ID, app/ID.
        .col(string_len("scope", 64))
        .col(string("actor_name"))
        .col(big_integer("created_at"))
        .foreign_key(
            &mut ForeignKey::create()
                .from("role_bindings", "account_id")
                .to("accounts", "id")
                .on_delete(ForeignKeyAction::Cascade)
                .to_owned(),
        )
        .to_owned()
}

#[derive(FromQueryResult)]
struct Account {
    id: Uuid,
    tenant_id: Option<Uuid>,
    role: String,
    created_at: i64,
}

/// Gives each account its role as a binding on its tenant, or on the platform. A tenant's first owner is its main
/// account; others that had its role become administrators.
async fn bind_accounts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let db = manager.get_connection();
    let backend = db.get_database_backend();
    let all = Query::select()
        .columns(["id", "tenant_id", "role", "created_at"])
        .from("accounts")
        .order_by("created_at", Order::Asc)
        .order_by("id", Order::Asc)
        .to_owned();
    let mut owned: Vec<Uuid> = Vec::new();
    for account in Account::find_by_statement(backend.build(&all)).all(db).await? {
        let scope = account.tenant_id.map_or_else(|| "platform".to_owned(), |id| format!("tenant/{id}"));
        let mut role = account.role;
        if let (Some(tenant), "owner") = (account.tenant_id, role.as_str()) {
            if owned.contains(&tenant) {
                "administrator".clone_into(&mut role);
            } else {
                owned.push(tenant);
                let main = Query::update()
                    .table("tenants")
                    .value("owner_id", account.id)
                    .and_where(Expr::col("id").eq(tenant))
                    .to_owned();
                db.execute(&main).await?;
            }
        }
        let binding = Query::insert()
            .into_table("role_bindings")
            .columns(["id", "account_id", "role", "scope", "actor_name", "created_at"])
            // An account has one binding from here, so that its own id is a good one for it.
            .values_panic([
                account.id.into(),
                account.id.into(),
                role.into(),
                scope.into(),
                "longshore".into(),
                account.created_at.into(),
            ])
            .to_owned();
        db.execute(&binding).await?;
    }
    Ok(())
}
