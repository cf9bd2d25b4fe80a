//! The schema, from each that was ever in use to the present one, with rows in every table; and what all kinds of
//! database must agree on.

use crate::{
    schema_rows::{LONG, rows},
    scratch::Scratch,
};
use app::model::{AccountKind, PageRequest, Permission};
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
        app_list,
        audit::Entry,
        audit_list::{Choice, Place, WINDOW},
        slice::Window,
        templates,
        url::DatabaseUrl,
    },
};

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
            // What the audit trail had before it was a chain is in the chain.
            let table = if *table == "audit" { "audit_entries" } else { table };
            assert!(count(&old, table).await >= 1, "{table}, from step {from}");
        }
        if !steps[..from].iter().any(|step| step == "m0006_audit_chain") {
            let trail = db.verify_audit(0, 10).await.expect("a read");
            assert!(trail.complete && trail.entries == 1, "from step {from}: {trail:?}");
        }
        let ctx = OpContext::system(Clock::system());
        let named = db.find_named(&ctx, "shop-owner").await.expect("a read").expect("the account");
        let account = db.find_account(&ctx, named.id).await.expect("a read").expect("the account");
        assert!(account.viewer.must_change_password && account.last_sign_in.is_none());
        if from < 4 {
            assert!(account.viewer.main, "the tenant's only owner, from step {from}");
            assert_eq!(account.access.grants.len(), 1, "from step {from}");
        }
        let granted = ctx.require(Permission::TenantManage).expect("the system may");
        let tenants = db.list_tenants(&ctx, granted, &Window::default()).await.expect("a read").rows;
        assert_eq!((tenants.len(), tenants[0].display_name.as_str(), tenants[0].accounts), (1, "Müller’s 店", 1));
        if from >= 3 {
            let templates = templates::list(&db, &ctx, &Window::default()).await.expect("a read").rows;
            assert_eq!(templates[0].description.chars().count(), LONG);
            assert_eq!(templates::uses(&db, &ctx, &[templates[0].id]).await.expect("a read")[&templates[0].id], 1);
        }
        // The step fills in what lists of applications are found by.
        if (3..22).contains(&from) {
            let image = app_list::Wanted { words: Some("DEMO:1".to_owned()), ..app_list::Wanted::default() };
            let page = PageRequest::parse(None, None);
            let (apps, total) = app_list::page(&db, &ctx, Permission::AppRead, &image, page).await.expect("a read");
            assert_eq!((apps.len(), total), (1, 1), "from step {from}");
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
        roles: Vec::new(),
        kind: AccountKind::Person,
        password: PasswordHash("no hash".into()),
        one_time: true,
    };
    for username in ["straße", "strasse", "Strasse", "stras\u{e9}", "strase\u{301}"] {
        db.create_account(&ctx, granted, None, person(username)).await.unwrap_or_else(|e| panic!("{username}: {e:?}"));
    }
    let again = db.create_account(&ctx, granted, None, person("Strasse")).await;
    assert!(matches!(again, Err(DatabaseError::Taken("username"))), "{again:?}");
    assert!(db.find_named(&ctx, "STRASSE").await.expect("a read").is_none());

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
        let choice = Choice { words: Some(q.to_owned()), ..Choice::default() };
        let page = db.list_audit(&ctx, granted, &choice, Place::Newest, 50, WINDOW).await.expect("a read");
        assert_eq!(page.entries.iter().map(|e| e.row.object.as_str()).collect::<Vec<_>>(), objects, "{q:?}");
    }
}
