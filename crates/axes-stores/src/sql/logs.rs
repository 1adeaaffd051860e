//! Writing the logs of the past.

use axes_core::{Record, Timestamp};

use crate::sql::piece::Piece;
use crate::sql::records::described;
use crate::sql::value::Value;
use crate::{SqlConnection, StoreError};

/// Writes a failure to the failure log, and drops the oldest of that username past `keep`.
pub(crate) fn failure<C: SqlConnection>(
    connection: &C,
    record: &Record,
    locked_out: bool,
    keep: Option<u32>,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO axes_accessfailurelog (username, ip_address, user_agent, http_accept, \
               path_info, attempt_time, locked_out) VALUES (?, ?, ?, ?, ?, ?, ?)";
    let mut parameters = described(record);
    parameters.push(Value::Bool(locked_out));
    connection.execute(sql, &parameters)?;
    let (Some(keep), Some(username)) = (keep, record.username.as_deref()) else {
        return Ok(());
    };
    // MySQL deletes from a table that it selects from only behind one more derived table.
    let sql = "DELETE FROM axes_accessfailurelog WHERE username = ? AND id <= (SELECT id FROM \
               (SELECT id FROM axes_accessfailurelog WHERE username = ? \
               ORDER BY id DESC LIMIT 1 OFFSET ?) AS surplus)";
    let username = Value::text(username);
    connection
        .execute(sql, &[username.clone(), username, Value::int(keep)])
        .map(|_| ())
}

/// Writes a success to the access log.
pub(crate) fn access<C: SqlConnection>(
    connection: &C,
    record: &Record,
    session_hash: &str,
) -> Result<(), StoreError> {
    let Piece { text, parameters } = logging(record, session_hash, None);
    connection.execute(&text, &parameters).map(|_| ())
}

/// The statement that does so, on a `condition` if there is one.
pub(crate) fn logging(record: &Record, session_hash: &str, condition: Option<&str>) -> Piece {
    let values = match condition {
        None => "VALUES (?, ?, ?, ?, ?, ?, NULL, ?)".to_owned(),
        Some(condition) => format!("SELECT {TYPED} WHERE {condition}"),
    };
    let sql = format!(
        "INSERT INTO axes_accesslog (username, ip_address, user_agent, http_accept, \
         path_info, attempt_time, logout_time, session_hash) {values}"
    );
    Piece::new(&sql, described(record)).with("", [Value::text(session_hash)])
}

/// What PostgreSQL would take for texts where they are not values of a table.
const TYPED: &str =
    "?, CAST(? AS inet), ?, ?, ?, CAST(? AS timestamptz), CAST(NULL AS timestamptz), ?";

/// Notes the logout of that session.
pub(crate) fn log_out<C: SqlConnection>(
    connection: &C,
    username: Option<&str>,
    session_hash: &str,
    time: Timestamp,
) -> Result<(), StoreError> {
    let Some(username) = username else {
        return Ok(());
    };
    let sql = "UPDATE axes_accesslog SET logout_time = ? \
               WHERE username = ? AND session_hash = ? AND logout_time IS NULL";
    let parameters = [
        Value::Time(time),
        Value::text(username),
        Value::text(session_hash),
    ];
    connection.execute(sql, &parameters).map(|_| ())
}
