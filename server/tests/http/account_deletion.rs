//! A deleted account leaves nothing behind, in whatever table; and one that could not be deleted is as it was.

use std::collections::BTreeMap;

use http::{
    StatusCode,
    header::{ACCEPT_LANGUAGE, HeaderName},
};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use serde_json::json;
use uuid::Uuid;

use crate::{
    authenticator::Device,
    passkeys::add,
    second_factor::enrol,
    seed::{estate, token_form},
    support::{Site, Visitor, new_account},
};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The statements of a deletion that are made to fail, and what each is about.
const BROKEN: [(&str, &str); 5] = [
    ("DELETE ON sessions", "session"),
    ("DELETE ON role_bindings", "role"),
    ("DELETE ON tokens", "token"),
    ("DELETE ON accounts", "account"),
    ("INSERT ON audit_entries", "entry of the trail"),
];

/// What a trigger of PostgreSQL calls.
pub const RAISES: &str = "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql \
                      AS $$ BEGIN RAISE EXCEPTION 'no room'; END $$";

/// What makes a statement fail in that kind of database, and what ends that.
pub fn trigger(backend: DbBackend, statement: &str) -> (String, String) {
    let begin = format!("CREATE TRIGGER broken BEFORE {statement}");
    let table = statement.rsplit(' ').next().expect("a table");
    match backend {
        DbBackend::Sqlite => {
            (format!("{begin} BEGIN SELECT RAISE(ABORT, 'no room'); END"), "DROP TRIGGER broken".into())
        }
        DbBackend::Postgres => {
            (format!("{begin} FOR EACH ROW EXECUTE FUNCTION no_room()"), format!("DROP TRIGGER broken ON {table}"))
        }
        _ => (
            format!("{begin} FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no room'"),
            "DROP TRIGGER broken".into(),
        ),
    }
}

/// A tenant's developer who has everything that an account can have.
struct World {
    site: Site,
    owner: Visitor,
    developer: Visitor,
    token: String,
    id: Uuid,
}

async fn world() -> World {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    // It has an identity provider.
    estate(&site, &shop, &mut owner, "shop").await;
    let mut developer = site.colleague(&mut owner, "shop-dev", "developer").await;
    let id = developer.get("/api/v1/session").await.json()["id"].as_str().expect("an id").to_owned();
    let binding = json!({ "role": "viewer", "scope": format!("tenant/{shop}") });
    let bound = owner.post(&format!("/api/v1/accounts/{id}/bindings"), binding).await;
    assert_eq!(bound.status, StatusCode::CREATED, "{}", bound.body);
    let link = owner.post("/api/v1/links", json!({ "kind": "reset", "account": id })).await;
    assert_eq!(link.status, StatusCode::CREATED, "{}", link.body);

    add(&mut developer, "phone", &mut Device::new(1)).await;
    enrol(&site, &mut developer).await;
    let mut script = developer.clone();
    script.headers.push((KEY, "once"));
    let made = script.post("/api/v1/tokens", token_form("night", &["app.read"], &[])).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    site.sql(
        "INSERT INTO identities (id, provider_id, subject, account_id, created_at) \
         SELECT a.id, p.id, 'somebody', a.id, 1 FROM accounts a, identity_providers p WHERE a.username = 'shop-dev'",
    )
    .await;
    let token = made.json()["token"].as_str().expect("a token").to_owned();
    World { site, owner, developer, token, id: id.parse().expect("an id") }
}

/// The columns that say of which account a row is, as the schema has them: those of that name, and those that refer to
/// the accounts under another.
async fn columns(db: &DatabaseConnection) -> Vec<(String, String)> {
    let backend = db.get_database_backend();
    let ask = match backend {
        DbBackend::Sqlite => {
            "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c \
             WHERE m.type = 'table' AND c.name = 'account_id' \
             UNION SELECT m.name, f.\"from\" FROM sqlite_master AS m, pragma_foreign_key_list(m.name) AS f \
             WHERE m.type = 'table' AND f.\"table\" = 'accounts'"
        }
        DbBackend::Postgres => {
            "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns \
             WHERE table_schema = current_schema() AND column_name = 'account_id'"
        }
        _ => {
            "SELECT CAST(table_name AS CHAR), CAST(column_name AS CHAR) FROM information_schema.columns \
             WHERE table_schema = DATABASE() AND column_name = 'account_id'"
        }
    };
    let rows = db.query_all_raw(Statement::from_string(backend, ask)).await.expect("the schema");
    let word = |row: &sea_orm::QueryResult, n: usize| row.try_get_by_index::<String>(n).expect("a name");
    rows.iter().map(|row| (word(row, 0), word(row, 1))).chain([("accounts".into(), "id".into())]).collect()
}

/// How many rows of each table are an account's.
async fn rows_of(db: &DatabaseConnection, account: Uuid) -> BTreeMap<String, i64> {
    let backend = db.get_database_backend();
    let id = match backend {
        DbBackend::Postgres => format!("'{account}'"),
        _ => format!("X'{}'", account.simple()),
    };
    let mut rows = BTreeMap::new();
    for (table, column) in columns(db).await {
        let ask = format!("SELECT COUNT(*) FROM {table} WHERE {column} = {id}");
        let counted = db.query_one_raw(Statement::from_string(backend, ask)).await.expect("a read").expect("a row");
        rows.insert(format!("{table}.{column}"), counted.try_get_by_index(0).expect("a number"));
    }
    rows
}

pub async fn hand_in(site: &Site) -> DatabaseConnection {
    sea_orm::Database::connect(site.database_url()).await.expect("a database")
}

#[tokio::test]
async fn a_deleted_account_leaves_no_row_in_any_table() {
    let World { site, mut owner, mut developer, token, id } = world().await;
    let hand = hand_in(&site).await;
    let before = rows_of(&hand, id).await;
    assert!(before.len() >= 10, "{before:?}");
    assert!(before.values().all(|n| *n > 0), "give the account what it lacks: {before:?}");

    let gone = owner.delete(&format!("/api/v1/accounts/{id}?confirm=shop-dev")).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.body);
    let after = rows_of(&hand, id).await;
    assert!(after.values().all(|n| *n == 0), "{after:?}");
    assert_eq!(before.len(), after.len());
    assert_eq!(developer.get("/api/v1/session").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(site.script(&token).get("/api/v1/session").await.status, StatusCode::UNAUTHORIZED);
    let trail = owner.get("/api/v1/audit?q=account.delete&limit=200").await.body;
    assert!(trail.contains("account/shop-dev"), "what was done stays on record: {trail}");
    // Others of the tenant keep what is theirs.
    let made = owner.post("/api/v1/accounts", new_account("shop-dev", "")).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let again: Uuid = made.json()["id"].as_str().expect("an id").parse().expect("an id");
    let fresh = rows_of(&hand, again).await;
    assert_eq!(fresh.values().sum::<i64>(), 1, "whoever has the name next starts with nothing: {fresh:?}");
}

#[tokio::test]
async fn a_deletion_that_breaks_off_in_the_middle_changes_nothing_and_says_why() {
    let World { site, mut owner, mut developer, token, id } = world().await;
    let hand = hand_in(&site).await;
    let backend = hand.get_database_backend();
    if backend == DbBackend::Postgres {
        hand.execute_unprepared(RAISES).await.expect("a function");
    }
    let before = rows_of(&hand, id).await;
    let path = format!("/api/v1/accounts/{id}?confirm=shop-dev");
    for (statement, what) in BROKEN {
        let (breaks, mends) = trigger(backend, statement);
        hand.execute_unprepared(&breaks).await.expect("a trigger");
        let mut chinese = owner.clone();
        chinese.headers.push((ACCEPT_LANGUAGE, "zh"));
        let (english, chinese) = (owner.delete(&path).await, chinese.delete(&path).await);
        hand.execute_unprepared(&mends).await.expect("no trigger");
        for (reply, said) in [(&english, "The account could not be deleted"), (&chinese, "用户删除失败")] {
            assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR, "{what}: {}", reply.body);
            let told = reply.json()["detail"].as_str().expect("a sentence").to_owned();
            assert!(told.starts_with(said), "{what}: {told}");
            let cause = told.split_once([':', '：']).map(|(_, cause)| cause.trim()).unwrap_or_default();
            assert!(!cause.is_empty(), "{what}, and why: {told}");
            assert!(!told.contains("no room"), "what the database said is for the log: {told}");
        }
        assert_eq!(before, rows_of(&hand, id).await, "{what}");
        assert_eq!(developer.get("/api/v1/apps").await.status, StatusCode::OK, "{what}: the session goes on");
        assert_eq!(site.script(&token).get("/api/v1/apps").await.status, StatusCode::OK, "{what}: the token, too");
    }
    let trail = owner.get("/api/v1/audit?q=account.delete&limit=200").await.json();
    let failed = trail["rows"].as_array().expect("rows").iter().filter(|row| row["outcome"] == "failed").count();
    assert_eq!(failed, 8, "each but those that could not be written down: {trail}");
    assert_eq!(owner.delete(&path).await.status, StatusCode::NO_CONTENT, "once nothing is broken");
    assert_eq!(rows_of(&hand, id).await.values().sum::<i64>(), 0);
}
