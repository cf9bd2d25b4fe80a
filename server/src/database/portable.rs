//! What SQLite, PostgreSQL and MySQL do differently, made the same in one place. docs/decisions/databases.md says
//! why transactions are made safe by locked rows.
//!
//! A transaction that reads something and writes because of it locks the row first ([`lock_row`]): elsewhere than in
//! SQLite, another may change it in between. **Parents before children**: the platform's settings; tenant, account, role; cluster, namespace,
//! application, operation; then what hangs from them, and the audit trail last; rows of one table in the order of their keys. Whoever keeps
//! that order never waits for somebody who waits for them.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait,
    IntoActiveModel, PrimaryKeyTrait, QuerySelect, RuntimeErr, SqlErr,
    sea_query::{BinOper, Expr, ExprTrait, Func, OnConflict},
    sqlx,
};

use super::Result;

/// A row by its key, which nobody else can change or lock until the transaction ends.
pub(super) async fn lock_row<E: EntityTrait>(
    tx: &DatabaseTransaction,
    key: impl Into<<E::PrimaryKey as PrimaryKeyTrait>::ValueType>,
) -> Result<Option<E::Model>> {
    Ok(E::find_by_id(key).lock_exclusive().one(tx).await?)
}

/// Inserts a row unless there is one of the same key or of a value that must be unique; whether it was inserted. The
/// transaction goes on in either case, which PostgreSQL does not allow after a failed `INSERT`.
pub(super) async fn insert_unless_exists<A>(on: &impl ConnectionTrait, row: A) -> Result<bool>
where
    A: ActiveModelTrait + Send,
    <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
{
    let insert = <A::Entity as EntityTrait>::insert(row);
    if on.get_database_backend() == DbBackend::Postgres {
        let skip = OnConflict::new().do_nothing().to_owned();
        return match insert.on_conflict(skip).exec_without_returning(on).await {
            Ok(rows) => Ok(rows > 0),
            Err(DbErr::RecordNotInserted) => Ok(false),
            Err(e) => Err(e.into()),
        };
    }
    // MySQL tells the same number of rows whether its upsert inserted or found one, and its INSERT IGNORE passes over
    // other faults, too.
    match insert.exec_without_returning(on).await {
        Ok(_) => Ok(true),
        Err(e) if is_unique_violation(&e) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

/// Inserts rows, or does what `conflict` says to those of the same keys, in one statement. Either way the rows are
/// locked until the transaction ends; no two of them may have the same key. Every unique value of a row must be part of
/// `conflict`'s columns: MySQL looks at all of them.
pub(super) async fn upsert<A>(
    on: &impl ConnectionTrait,
    rows: impl IntoIterator<Item = A>,
    conflict: OnConflict,
) -> Result<()>
where
    A: ActiveModelTrait + Send,
    <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
{
    <A::Entity as EntityTrait>::insert_many(rows).on_conflict(conflict).exec_without_returning(on).await?;
    Ok(())
}

/// Whether a column contains a text, whatever the case of letters (in SQLite, of those without accents). What would
/// be a wildcard stands for itself.
pub(super) fn contains(column: impl ColumnTrait, text: &str) -> Expr {
    like(column, format!("%{}%", plain(text)))
}

/// Whether a column begins with a text, in the same way.
pub(super) fn begins(column: impl ColumnTrait, text: &str) -> Expr {
    like(column, format!("{}%", plain(text)))
}

fn like(column: impl ColumnTrait, pattern: String) -> Expr {
    let pattern = Expr::from(Func::lower(Expr::val(pattern)));
    let escaped = pattern.binary(BinOper::Escape, Expr::Constant('!'.into()));
    Expr::from(Func::lower(Expr::col(column.as_column_ref()))).binary(BinOper::Like, escaped)
}

/// A text for a pattern: what would be a wildcard is escaped.
fn plain(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    for c in storable(text).chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern
}

/// A text as every database can keep it: PostgreSQL has no NUL.
pub(super) fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// Whether a statement failed because a value that must be unique is there already.
pub(super) fn is_unique_violation(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// Whether a transaction was broken off because of others, so that it may succeed when it is done anew: a deadlock or
/// a failed serialization (PostgreSQL 40P01 and 40001, MySQL 1213).
pub(super) fn is_broken_off(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(e)) | DbErr::Query(RuntimeErr::SqlxError(e))) = error else { return false };
    let sqlx::Error::Database(e) = &**e else { return false };
    if let Some(mysql) = e.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        return mysql.number() == 1213;
    }
    matches!(e.code().as_deref(), Some("40P01" | "40001"))
}

/// Does a whole transaction anew, up to four times, when it was broken off because of others.
macro_rules! retrying {
    ($transaction:expr) => {{
        let mut left = 4_u32;
        loop {
            match $transaction {
                Err(error) if left > 0 && error.is_broken_off() => left -= 1,
                done => break done,
            }
        }
    }};
}
pub(super) use retrying;
