//! The schema, from each that was ever in use to the present one, with rows in every table; and what all kinds of
//! database must agree on.

use app::model::{PageRequest, Permission};
use migrations::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database as SeaOrm, DatabaseConnection, DbErr, Value,
    sea_query::{Expr, Query},
};
use server::{
    auth::context::OpContext,
    clock::Clock,
    database::{
        Database, DatabaseError,
        accounts::{AccountToMake, PasswordHash},
        audit::Entry,
        templates,
        url::DatabaseUrl,
    },
};
use uuid::Uuid;

use crate::scratch::Scratch;

/// Longer than a `text` of MySQL.
const LONG: usize = 200_000;

/// Some rows as a version of the time wrote them: the tables that a step made, with columns and values.
#[expect(clippy::too_many_lines, reason = "a list of tables, each with its columns")]
fn rows(step: &str) -> Vec<(&'static str, Vec<(&'static str, Value)>)> {
    let id = |n: u128| Value::from(Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0000 + n));
    let text = |t: &str| Value::from(t.to_owned());
    let long = || Value::from("ü".repeat(LONG));
    let bytes = || Value::from(vec![0_u8; LONG]);
    let none = || Value::Uuid(None);
    let number = |n: i64| Value::from(n);
    match step {
        "m0001_identity" => vec![
            (
                "tenants",
                vec![
                    ("id", id(1)),
                    ("name", text("shop")),
                    ("display_name", text("Müller’s 店")),
                    ("created_at", number(1)),
                ],
            ),
            (
                "accounts",
                vec![
                    ("id", id(2)),
                    ("tenant_id", id(1)),
                    ("username", text("shop-owner")),
                    ("display_name", text("Owner")),
                    ("role", text("owner")),
                    ("password_hash", text("$argon2id$")),
                    ("credential", id(3)),
                    ("must_change_password", Value::from(true)),
                    ("created_at", number(1)),
                    ("last_sign_in", Value::BigInt(None)),
                    ("disabled_at", Value::BigInt(None)),
                ],
            ),
            (
                "sessions",
                vec![
                    ("key", text("ab")),
                    ("account_id", id(2)),
                    ("data", text("{}")),
                    ("created_at", number(1)),
                    ("used_at", number(1)),
                ],
            ),
            ("sign_in_limits", vec![("key", text("cd")), ("attempts", number(3)), ("started_at", number(1))]),
            (
                "audit",
                vec![
                    ("id", id(4)),
                    ("at", number(1)),
                    ("actor_id", id(2)),
                    ("actor_name", text("shop-owner")),
                    ("tenant_id", id(1)),
                    ("action", text("app.publish")),
                    ("object", text("app/web")),
                    ("outcome", text("ok")),
                    ("detail", text("100% of old_rows")),
                    ("address", text("10.0.0.1")),
                    ("request_id", text("r")),
                ],
            ),
        ],
        "m0002_clusters" => vec![
            (
                "clusters",
                vec![
                    ("id", id(5)),
                    ("name", text("east")),
                    ("server", text("https://east")),
                    ("created_at", number(1)),
                ],
            ),
            ("cluster_credentials", vec![("cluster_id", id(5)), ("sealed", bytes())]),
        ],
        "m0003_applications" => vec![
            (
                "namespaces",
                vec![
                    ("id", id(6)),
                    ("tenant_id", id(1)),
                    ("cluster_id", id(5)),
                    ("name", text("shop")),
                    ("name_key", text("shop")),
                    ("cpu_millis", number(1000)),
                    ("memory_bytes", number(1 << 40)),
                    ("pods", number(10)),
                    ("operation_id", none()),
                    ("created_at", number(1)),
                    ("deleted_at", Value::BigInt(None)),
                ],
            ),
            (
                "templates",
                vec![
                    ("id", id(7)),
                    ("tenant_id", none()),
                    ("owner_key", Value::from(Uuid::nil())),
                    ("name", text("web")),
                    ("description", long()),
                    ("version", number(1)),
                    ("created_at", number(1)),
                    ("updated_at", number(1)),
                ],
            ),
            (
                "template_versions",
                vec![
                    ("template_id", id(7)),
                    ("number", number(1)),
                    ("spec", text("{}")),
                    ("actor_name", text("admin")),
                    ("created_at", number(1)),
                ],
            ),
            (
                "apps",
                vec![
                    ("id", id(8)),
                    ("tenant_id", id(1)),
                    ("cluster_id", id(5)),
                    ("namespace_id", id(6)),
                    ("name", text("web")),
                    ("name_key", text("web")),
                    ("newest_release", number(1)),
                    ("live_release", number(1)),
                    ("operation_id", none()),
                    ("deleting", Value::from(false)),
                    ("created_at", number(1)),
                    ("deleted_at", Value::BigInt(None)),
                ],
            ),
            (
                "releases",
                vec![
                    ("id", id(9)),
                    ("app_id", id(8)),
                    ("tenant_id", id(1)),
                    ("number", number(1)),
                    ("state", text("live")),
                    ("image", text("demo:1")),
                    ("digest", text("")),
                    ("spec", text("{}")),
                    ("config_hash", text("")),
                    ("secrets", text("[]")),
                    ("manifests", long()),
                    ("changes", text("[]")),
                    ("template_id", id(7)),
                    ("template_name", text("web")),
                    ("template_version", number(1)),
                    ("rollback_of", Value::BigInt(None)),
                    ("actor_id", id(2)),
                    ("actor_name", text("shop-owner")),
                    ("reason", text("")),
                    ("operation_id", id(10)),
                    ("problem", Value::String(None)),
                    ("created_at", number(1)),
                    ("ended_at", number(2)),
                ],
            ),
            (
                "app_secret_versions",
                vec![
                    ("app_id", id(8)),
                    ("name", text("TOKEN")),
                    ("version", text("v1")),
                    ("sealed", bytes()),
                    ("created_at", number(1)),
                ],
            ),
            (
                "operations",
                vec![
                    ("id", id(10)),
                    ("kind", text("publish")),
                    ("tenant_id", id(1)),
                    ("cluster_id", id(5)),
                    ("namespace_id", id(6)),
                    ("app_id", id(8)),
                    ("object", text("shop/web")),
                    ("input", text("{\"release\":1}")),
                    ("state", text("succeeded")),
                    ("step", Value::from(0_i32)),
                    ("attempt", number(0)),
                    ("run_after", number(0)),
                    ("lease_owner", Value::String(None)),
                    ("lease_until", number(0)),
                    ("fence", number(2)),
                    ("actor_id", id(2)),
                    ("actor_name", text("shop-owner")),
                    ("request_id", text("r")),
                    ("problem", Value::String(None)),
                    ("created_at", number(1)),
                    ("ended_at", number(2)),
                ],
            ),
            (
                "operation_steps",
                vec![
                    ("operation_id", id(10)),
                    ("position", Value::from(0_i32)),
                    ("name", text("configure")),
                    ("state", text("succeeded")),
                    ("note", Value::String(None)),
                    ("started_at", number(1)),
                    ("ended_at", number(2)),
                ],
            ),
            (
                "operation_log",
                vec![
                    ("id", id(11)),
                    ("operation_id", id(10)),
                    ("at", number(1)),
                    ("step", text("configure")),
                    ("attempt", number(0)),
                    ("fence", number(1)),
                    ("event", text("leased")),
                    ("detail", text("worker")),
                ],
            ),
        ],
        "m0004_access" => vec![
            (
                "roles",
                vec![
                    ("id", id(13)),
                    ("tenant_id", id(1)),
                    ("name", text("reader")),
                    ("description", text("Reads")),
                    ("permissions", text("[]")),
                    ("version", number(1)),
                    ("updated_at", number(1)),
                ],
            ),
            (
                "role_bindings",
                vec![
                    ("id", id(14)),
                    ("account_id", id(2)),
                    ("role", text("viewer")),
                    ("scope", text("tenant/01920000-0000-7000-8000-000000000001")),
                    ("actor_name", text("admin")),
                    ("created_at", number(1)),
                ],
            ),
        ],
        "m0010_claims" => {
            vec![("claims", vec![("what", text("namespace/x")), ("holder", id(12)), ("holds_until", number(1))])]
        }
        _ => vec![],
    }
}

async fn connect(scratch: &Scratch) -> DatabaseConnection {
    let file = if scratch.url().starts_with("sqlite:") { "?mode=rwc" } else { "" };
    let mut options = ConnectOptions::new(format!("{}{file}", scratch.url()));
    options.max_connections(3).sqlx_logging(false);
    SeaOrm::connect(options).await.expect("a connection")
}

async fn write(on: &DatabaseConnection, table: &'static str, row: Vec<(&'static str, Value)>) -> Result<(), DbErr> {
    let (columns, values): (Vec<_>, Vec<_>) = row.into_iter().map(|(c, v)| (c, Expr::value(v))).unzip();
    let mut insert = Query::insert();
    insert.into_table(table).columns(columns).values_panic(values);
    on.execute(&insert).await.map(|_| ())
}

async fn count(on: &DatabaseConnection, table: &'static str) -> i64 {
    let ask = Query::select().expr(Expr::cust("COUNT(*)")).from(table).to_owned();
    let row = on.query_one(&ask).await.expect("a read").expect("a row");
    row.try_get_by_index(0).expect("a number")
}

/// From each earlier schema to the present one, nothing is lost, and today's code reads what is there.
#[tokio::test]
async fn every_earlier_schema_becomes_the_present_one() {
    let steps: Vec<String> = Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
    for from in 1..=steps.len() {
        let scratch = Scratch::new().await;
        let old = connect(&scratch).await;
        migrations::up(&old, u32::try_from(from).ok()).await.expect("the schema of the time");
        let tables: Vec<_> = steps[..from].iter().flat_map(|step| rows(step)).collect();
        for (table, row) in tables.clone() {
            write(&old, table, row).await.unwrap_or_else(|e| panic!("{table} of step {from}: {e}"));
        }
        let url = DatabaseUrl::parse(scratch.url()).expect("an address");
        let db = Database::connect(&url).await.unwrap_or_else(|e| panic!("from step {from}: {e:?}"));
        assert!(db.ready().await.expect("a read"));
        for (table, _) in &tables {
            assert!(count(&old, table).await >= 1, "{table}, from step {from}");
        }
        let ctx = OpContext::system(Clock::system());
        let account = db.find_account_by_username(&ctx, "shop-owner").await.expect("a read").expect("the account");
        assert!(account.viewer.must_change_password && account.last_sign_in.is_none());
        if from < 4 {
            assert!(account.viewer.main, "the tenant's only owner, from step {from}");
            assert_eq!(account.access.grants.len(), 1, "from step {from}");
        }
        let granted = ctx.require(Permission::TenantManage).expect("the system may");
        let tenants = db.list_tenants(&ctx, granted).await.expect("a read");
        assert_eq!((tenants.len(), tenants[0].display_name.as_str(), tenants[0].accounts), (1, "Müller’s 店", 1));
        if from >= 3 {
            let templates = templates::list(&db, &ctx).await.expect("a read");
            assert_eq!(templates[0].description.chars().count(), LONG);
            assert_eq!(templates::uses(&db, &ctx).await.expect("a read")[&templates[0].id], 1);
        }
        // The rows of the present schema fit, too, whatever the schema began as.
        for (table, row) in steps[from..].iter().flat_map(|step| rows(step)) {
            write(&old, table, row).await.unwrap_or_else(|e| panic!("{table}, from step {from}: {e}"));
        }
        old.close().await.expect("closed");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn replicas_that_start_together_make_the_schema_once() {
    let scratch = Scratch::new().await;
    let url = DatabaseUrl::parse(scratch.url()).expect("an address");
    if scratch.url().starts_with("sqlite:") {
        // A file has one process.
        Database::connect(&url).await.expect("a database");
    }
    let started = (0..4).map(|_| {
        let url = url.clone();
        tokio::spawn(async move { Database::connect(&url).await })
    });
    for db in futures::future::join_all(started).await {
        let db = db.expect("no panic").expect("a database");
        assert!(db.ready().await.expect("a read"));
    }
}

#[tokio::test]
async fn names_differ_by_case_and_searches_do_not() {
    let scratch = Scratch::new().await;
    let url = DatabaseUrl::parse(scratch.url()).expect("an address");
    let db = Database::connect(&url).await.expect("a database");
    let ctx = OpContext::system(Clock::system());
    let granted = ctx.require(Permission::AccountManage).expect("the system may");
    let person = |username: &str| AccountToMake {
        username: username.into(),
        display_name: username.into(),
        email: String::new(),
        role: None,
        password: PasswordHash("no hash".into()),
    };
    for username in ["straße", "strasse", "Strasse", "stras\u{e9}", "strase\u{301}"] {
        db.create_account(&ctx, granted, None, person(username)).await.unwrap_or_else(|e| panic!("{username}: {e:?}"));
    }
    let again = db.create_account(&ctx, granted, None, person("Strasse")).await;
    assert!(matches!(again, Err(DatabaseError::Taken("username"))), "{again:?}");
    assert!(db.find_account_by_username(&ctx, "STRASSE").await.expect("a read").is_none());

    for object in ["app/100%_done", "app/100x_done", "app/Wow!", "app/back\\slash", "app/nul\0"] {
        db.record(&ctx, Entry::ok("app.publish", object)).await.unwrap_or_else(|e| panic!("{object:?}: {e:?}"));
    }
    let granted = ctx.require(Permission::AuditRead).expect("the system may");
    for (q, objects) in [
        ("100%", vec!["app/100%_done"]),
        ("%_DONE", vec!["app/100%_done"]),
        ("0X_d", vec!["app/100x_done"]),
        ("WOW!", vec!["app/Wow!"]),
        ("K\\s", vec!["app/back\\slash"]),
        ("nul\0", vec!["app/nul\u{fffd}"]),
        ("'; --", vec![]),
    ] {
        let page = db.list_audit(&ctx, granted, Some(q), PageRequest::parse(None, None)).await.expect("a read");
        assert_eq!(page.rows.iter().map(|r| r.object.as_str()).collect::<Vec<_>>(), objects, "{q:?}");
    }
}
