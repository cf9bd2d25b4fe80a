//! What MySQL needs beyond the steps, so that they mean there what they mean elsewhere.
//!
//! Its `text` and `blob` end at 64 kB, which a release's manifests pass; its collations take `Web` for `web`. Steps that
//! landed are not edited, and later ones need not think of it: before the steps the database gets a collation that
//! compares bytes, and after them whatever is too short is widened.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{DatabaseTransaction, DbBackend, QueryResult, Statement},
};

use crate::Migrator;

const COLLATION: &str = "utf8mb4_bin";

/// Takes the steps, all over one connection: MariaDB's others may not know of the new collation. (Changes of the schema
/// are committed one by one, whatever the transaction.)
pub(crate) async fn up(db: &DatabaseTransaction, steps: Option<u32>) -> Result<(), DbErr> {
    let ask = "SELECT CAST(default_collation_name AS CHAR), CAST(@@collation_database AS CHAR) \
               FROM information_schema.schemata WHERE schema_name = DATABASE()";
    let mut right = false;
    for row in rows(db, ask).await? {
        let (kept, known): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        right = kept == COLLATION && known == COLLATION;
    }
    if !right {
        db.execute_unprepared(&format!("ALTER DATABASE CHARACTER SET utf8mb4 COLLATE {COLLATION}")).await?;
    }
    Migrator::up(db, steps).await?;
    widen(db).await
}

/// A column keeps whether it may be NULL, and its default.
async fn widen(db: &DatabaseTransaction) -> Result<(), DbErr> {
    let ask = "SELECT CAST(table_name AS CHAR), CAST(column_name AS CHAR), CAST(data_type AS CHAR), \
               CAST(is_nullable AS CHAR), CAST(column_default AS CHAR) FROM information_schema.columns \
               WHERE table_schema = DATABASE() AND data_type IN ('text', 'blob') ORDER BY table_name, ordinal_position";
    // One statement for a table, which is copied once.
    let mut changes: Vec<(String, Vec<String>)> = Vec::new();
    for row in rows(db, ask).await? {
        let table: String = row.try_get_by_index(0)?;
        let change = wider(&row)?;
        match changes.last_mut() {
            Some((last, all)) if *last == table => all.push(change),
            _ => changes.push((table, vec![change])),
        }
    }
    for (table, changes) in changes {
        db.execute_unprepared(&format!("ALTER TABLE `{table}` {}", changes.join(", "))).await?;
    }
    Ok(())
}

fn wider(row: &QueryResult) -> Result<String, DbErr> {
    let (column, kind, nullable): (String, String, String) =
        (row.try_get_by_index(1)?, row.try_get_by_index(2)?, row.try_get_by_index(3)?);
    let default: Option<String> = row.try_get_by_index(4)?;
    let null = if nullable == "YES" { "NULL" } else { "NOT NULL" };
    // MariaDB writes the default NULL out.
    let default = default.filter(|d| d != "NULL").map(|d| format!(" DEFAULT ({d})")).unwrap_or_default();
    Ok(format!("MODIFY `{column}` long{kind} {null}{default}"))
}

async fn rows(db: &DatabaseTransaction, ask: &str) -> Result<Vec<QueryResult>, DbErr> {
    db.query_all_raw(Statement::from_string(DbBackend::MySql, ask)).await
}
