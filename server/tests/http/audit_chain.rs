//! Whether the audit trail is as it was written: somebody with a hand in the database is found out, retention is not
//! mistaken for that, and the command says the same as the server.

use std::process::{Command, Output};

use app::model::BrokenEntry;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, Value,
    sea_query::{Expr, Query},
};
use server::{auth::context::OpContext, database::audit::Entry};

use uuid::Uuid;

use crate::support::Site;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// A site with 20 entries or more, and a hand in its database.
async fn site() -> (Site, DatabaseConnection) {
    let site = Site::start().await;
    record(&site, 20).await;
    let hand = sea_orm::Database::connect(site.database_url()).await.expect("a database");
    (site, hand)
}

async fn record(site: &Site, n: usize) {
    let ctx = OpContext::system(site.parts.clock.clone());
    for n in 0..n {
        site.parts.db.record(&ctx, Entry::ok("seed", format!("thing/{n}"))).await.expect("recorded");
    }
}

async fn broken(site: &Site) -> Option<BrokenEntry> {
    site.parts.db.verify_audit(0, 10_000).await.expect("verified").broken
}

#[tokio::test]
async fn who_alters_removes_or_moves_an_entry_is_found_out() {
    for (sql, sequence, what) in [
        ("UPDATE audit_entries SET actor_name = 'somebody' WHERE seq = 7", 7, "was altered"),
        ("UPDATE audit_entries SET at = at + 1 WHERE seq = 1", 1, "was altered"),
        ("UPDATE audit_entries SET state_after = '{}' WHERE seq = 20", 20, "was altered"),
        ("UPDATE audit_entries SET hash = substr(hash, 2) WHERE seq = 9", 9, "was altered"),
        ("DELETE FROM audit_entries WHERE seq = 7", 7, "missing"),
        ("DELETE FROM audit_entries WHERE seq <= 3", 1, "missing"),
        ("DELETE FROM audit_entries WHERE seq > 15", 16, "missing"),
        (
            "UPDATE audit_entries SET seq = -seq WHERE seq IN (7, 8); UPDATE audit_entries SET seq = 15 + seq WHERE seq < 0",
            7,
            "the entry that belongs here stands at 8",
        ),
        (
            "INSERT INTO audit_entries SELECT seq + 100, id, at, acting, actor_id, actor_name, actor_tenant_id, token_name, \
             tenant_id, action, object, outcome, detail, state_before, state_after, address, request_id, hash \
             FROM audit_entries WHERE seq = 5",
            105,
            "added without the chain",
        ),
        // Whoever hides the end by moving the head back.
        ("UPDATE audit_head SET seq = 15", 15, "keeps the hash"),
        // Whoever passes off a cut as retention's.
        (
            "UPDATE audit_head SET cut_seq = 5, cut_hash = (SELECT hash FROM audit_entries WHERE seq = 5); \
             DELETE FROM audit_entries WHERE seq <= 5",
            5,
            "retention",
        ),
    ] {
        let (site, hand) = site().await;
        assert_eq!(broken(&site).await, None);
        hand.execute_unprepared(sql).await.expect("a hand in the database");
        let found = broken(&site).await.unwrap_or_else(|| panic!("not found out: {sql}"));
        assert_eq!(found.sequence, sequence, "{sql}: {found:?}");
        assert!(found.what.en.contains(what), "{sql}: {found:?}");
    }
}

#[tokio::test]
async fn an_entry_that_was_hashed_anew_breaks_the_one_behind() {
    let (site, hand) = site().await;
    let forge = "UPDATE audit_entries SET actor_name = 'somebody', hash = (SELECT hash FROM audit_entries WHERE seq = 7) \
                 WHERE seq = 7";
    hand.execute_unprepared(forge).await.expect("a hand in the database");
    assert_eq!(broken(&site).await.map(|b| b.sequence), Some(7));
    // A part at a time finds the same.
    let first = site.parts.db.verify_audit(0, 1).await.expect("verified");
    assert_eq!((first.verified_to, first.complete), (6, false), "{first:?}");
}

#[tokio::test]
async fn a_part_goes_on_where_the_one_before_ended() {
    let (site, _) = site().await;
    record(&site, 1_200).await;
    let first = site.parts.db.verify_audit(0, 500).await.expect("verified");
    assert_eq!((first.entries, first.complete, first.broken), (500, false, None));
    let second = site.parts.db.verify_audit(first.verified_to, 10_000).await.expect("verified");
    assert!(second.complete && second.verified_to == first.entries + second.entries, "{second:?}");
    let nowhere = site.parts.db.verify_audit(99_999, 500).await.expect("verified");
    assert_eq!(nowhere.broken.map(|b| b.sequence), Some(99_999));
}

#[tokio::test]
async fn retention_deletes_the_beginning_and_the_rest_still_verifies() {
    let (site, hand) = site().await;
    site.clock.advance(10 * DAY);
    record(&site, 5).await;
    let ctx = OpContext::system(site.parts.clock.clone());
    let before = ctx.now() - 7 * DAY;
    let old = site.parts.db.verify_audit(0, 10_000).await.expect("verified").entries - 5;
    let mut gone = 0;
    loop {
        match site.parts.db.purge_audit(&ctx, before, 8).await.expect("purged") {
            0 => break,
            n => gone += n,
        }
    }
    assert_eq!(u64::try_from(gone).ok(), Some(old), "in batches, and nothing that is young enough");
    let rest = site.parts.db.verify_audit(0, 10_000).await.expect("verified");
    assert!(rest.complete && rest.cut == old, "{rest:?}");
    assert_eq!(rest.entries, 5 + old.div_ceil(8), "five young ones, and one for each batch");
    let mut admin = site.admin().await;
    let purges = admin.get("/api/v1/audit?action=audit.purge").await.json();
    assert_eq!(purges["rows"][0]["actor_name"], "longshore");
    assert!(purges["rows"][0]["detail"].as_str().is_some_and(|d| d.ends_with(&format!("up to {old}"))), "{purges}");
    let list = admin.get("/api/v1/audit?limit=200&q=thing").await.json();
    assert_eq!((list["rows"].as_array().map(Vec::len), &list["next"]), (Some(5), &serde_json::Value::Null));

    hand.execute_unprepared("UPDATE audit_entries SET detail = 'x' WHERE action = 'audit.purge'")
        .await
        .expect("a hand");
    assert!(broken(&site).await.is_some());
}

#[tokio::test]
async fn entries_from_before_the_chain_are_put_into_it() {
    let (site, hand) = site().await;
    for (n, object) in [(2, "tenant/second"), (1, "tenant/first")] {
        let old: [(&str, Value); 11] = [
            ("id", Uuid::from_u128(n).into()),
            ("at", 1_600_000_000_000_i64.into()),
            ("actor_id", Value::Uuid(None)),
            ("actor_name", "old-admin".into()),
            ("tenant_id", Value::Uuid(None)),
            ("action", "tenant.create".into()),
            ("object", object.into()),
            ("outcome", "ok".into()),
            ("detail", "".into()),
            ("address", "10.0.0.9".into()),
            ("request_id", "r".into()),
        ];
        let (columns, values): (Vec<_>, Vec<_>) = old.into_iter().map(|(c, v)| (c, Expr::value(v))).unzip();
        let mut insert = Query::insert();
        insert.into_table("audit").columns(columns).values_panic(values);
        hand.execute(&insert).await.expect("an old entry");
    }
    let before = site.parts.db.verify_audit(0, 10_000).await.expect("verified").entries;
    let site = site.restart().await;
    let after = site.parts.db.verify_audit(0, 10_000).await.expect("verified");
    assert!(after.complete && after.entries >= before + 2, "{after:?}");
    let mut admin = site.admin().await;
    let rows = admin.get("/api/v1/audit?actor=old-admin").await.json();
    assert_eq!(
        (&rows["rows"][0]["object"], &rows["rows"][1]["object"]),
        (&"tenant/second".into(), &"tenant/first".into())
    );
    let left = hand.query_one_raw(sea_orm::Statement::from_string(hand.get_database_backend(), "SELECT 1 FROM audit"));
    assert!(left.await.expect("a read").is_none(), "the old table is empty");
}

#[tokio::test]
async fn the_upkeep_keeps_to_the_setting_and_writes_down_what_it_counted() {
    let (site, _) = site().await;
    let refused = || Entry::refused("app.delete", "app/web");
    let ctx = OpContext::nobody(String::new(), "10.0.0.7".to_owned(), site.parts.clock.clone());
    site.clock.advance(10 * DAY);
    for _ in 0..15 {
        site.parts.db.record(&ctx, refused()).await.expect("recorded");
    }
    let stopping = tokio_util::sync::CancellationToken::new();
    let upkeep = server::services::audit::start(&site.parts, 7, stopping.clone());
    while site.parts.db.verify_audit(0, 10_000).await.expect("verified").cut < 20 {
        tokio::task::yield_now().await;
    }
    stopping.cancel();
    upkeep.await.expect("it ends");
    let mut admin = site.admin().await;
    let refusals = admin.get("/api/v1/audit?outcome=refused").await.json();
    assert_eq!(refusals["rows"].as_array().map(Vec::len), Some(11), "{refusals}");
    assert_eq!(refusals["rows"][0]["detail"], "and 5 more within a minute: app.delete 5; app/web");
    let kept = admin.get("/api/v1/audit?action=seed").await.json();
    assert_eq!(kept["rows"].as_array().map(Vec::len), Some(0), "older than seven days");
}

fn longshore(site: &Site, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_longshore"));
    command.args(arguments).arg("--data-dir").arg(site.folder()).env_clear();
    // The file in the data folder is found without being told.
    if !site.database_url().starts_with("sqlite:") {
        command.env("LONGSHORE_DATABASE_URL", site.database_url());
    }
    command.output().expect("it runs")
}

#[tokio::test]
async fn the_command_verifies_and_exports_beside_a_server() {
    let (site, hand) = site().await;
    let well = longshore(&site, &["audit", "verify"]);
    let said = String::from_utf8_lossy(&well.stdout).into_owned();
    assert_eq!(well.status.code(), Some(0), "{said}{}", String::from_utf8_lossy(&well.stderr));
    let hash = site.parts.db.verify_audit(0, 10_000).await.expect("verified").hash;
    assert!(said.contains("as it was written") && said.contains(&hash), "{said}");

    let json = longshore(&site, &["audit", "export", "--format", "json", "--until", "2023-11-14"]);
    let lines = String::from_utf8_lossy(&json.stdout).lines().filter(|l| l.contains("thing/")).count();
    assert_eq!((json.status.code(), lines), (Some(0), 20));
    let none = longshore(&site, &["audit", "export", "--since", "2023-11-15", "--until", "2023-11-16"]);
    assert_eq!(String::from_utf8_lossy(&none.stdout).lines().count(), 1, "the head alone");
    assert_eq!(longshore(&site, &["audit", "export", "--since", "soon"]).status.code(), Some(2));

    hand.execute_unprepared("UPDATE audit_entries SET object = 'thing/else' WHERE seq = 12").await.expect("a hand");
    let broken = longshore(&site, &["audit", "verify"]);
    let said = String::from_utf8_lossy(&broken.stdout).into_owned();
    assert_eq!(broken.status.code(), Some(1), "{said}");
    assert!(said.contains("broken at entry 12") && said.contains("altered"), "{said}");

    let empty = tempfile::tempdir().expect("a folder");
    let mut nowhere = Command::new(env!("CARGO_BIN_EXE_longshore"));
    let nowhere = nowhere.args(["audit", "verify", "--data-dir"]).arg(empty.path()).output().expect("it runs");
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("there is no database"));
    assert_eq!(std::fs::read_dir(empty.path()).expect("a folder").count(), 0, "nothing was made");
}
