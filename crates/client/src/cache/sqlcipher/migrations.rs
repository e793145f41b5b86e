//! The schema's steps. `PRAGMA user_version` says how many were taken; each is one transaction with its number.
//!
//! A step is never edited once it was shipped. A file that took more steps than this program knows is refused.

use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

pub(super) const STEPS: &[&str] = &[
    include_str!("0001.sql"),
    include_str!("0002.sql"),
    include_str!("0003.sql"),
    include_str!("0004.sql"),
    include_str!("0005.sql"),
    include_str!("0006.sql"),
    include_str!("0007.sql"),
    include_str!("0008.sql"),
];

pub(super) async fn version(db: &mut SqliteConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar("PRAGMA user_version").fetch_one(db).await
}

/// Takes the steps that the file has not taken. One that fails leaves the file at the step before.
pub(super) async fn migrate(db: &mut SqliteConnection, steps: &'static [&'static str]) -> sqlx::Result<()> {
    let taken = version(db).await?;
    for (step, number) in steps.iter().zip(1_i64..) {
        if number <= taken {
            continue;
        }
        let mut transaction = db.begin().await?;
        sqlx::raw_sql(*step).execute(&mut *transaction).await?;
        sqlx::raw_sql(AssertSqlSafe(format!("PRAGMA user_version = {number}")))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
    }
    Ok(())
}
