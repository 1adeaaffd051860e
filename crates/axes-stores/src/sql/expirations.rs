//! The expiry that each record keeps, where the operator wants one.

use std::time::Duration;

use axes_core::{Record, Timestamp};

use crate::sql::value::{Row, Value};
use crate::{Dialect, SqlConnection, StoreError};

/// Adds to a record when it expires.
pub(crate) const JOIN: &str = " LEFT JOIN axes_accessattemptexpiration \
     ON axes_accessattemptexpiration.access_attempt_id = axes_accessattempt.id";

/// The records that are remembered; the parameters are now, and the time from which on those that
/// keep no expiry are remembered.
pub(crate) const REMEMBERED: &str = " AND (axes_accessattemptexpiration.expires_at > ? OR \
     (axes_accessattemptexpiration.expires_at IS NULL AND \
     COALESCE(axes_accessattempt.last_failure_time, axes_accessattempt.attempt_time) > ?))";

/// The time up to which failures of this record are forgotten, if any are.
pub(crate) fn forgotten<C: SqlConnection>(
    connection: &C,
    record: &Record,
    cool_off: Duration,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let sql = format!(
        "SELECT expires_at AS expiry_time FROM axes_accessattempt{JOIN} WHERE record_key = ?"
    );
    let rows = connection.query(&sql, &[Value::Text(record.key().to_string())])?;
    let kept = match rows.into_iter().next() {
        Some(values) => Row::new(values).optional_time()?,
        None => None,
    };
    Ok(match kept {
        Some(expires) => (expires <= now).then_some(now),
        None => Some(now.minus(cool_off)),
    })
}

/// Lets the record expire at `expires`, if it did not expire later already.
pub(crate) fn extend<C: SqlConnection>(
    connection: &C,
    record: &Record,
    expires: Timestamp,
) -> Result<(), StoreError> {
    let (conflict, new) = match connection.dialect() {
        Dialect::Sqlite | Dialect::Postgres => (
            "ON CONFLICT (access_attempt_id) DO UPDATE SET",
            "excluded.expires_at",
        ),
        Dialect::Mysql => ("ON DUPLICATE KEY UPDATE", "VALUES(expires_at)"),
    };
    let sql = format!(
        "INSERT INTO axes_accessattemptexpiration (access_attempt_id, expires_at) \
         SELECT id, ? FROM axes_accessattempt WHERE record_key = ? \
         {conflict} expires_at = CASE WHEN axes_accessattemptexpiration.expires_at < {new} \
         THEN {new} ELSE axes_accessattemptexpiration.expires_at END"
    );
    let parameters = [Value::Time(expires), Value::Text(record.key().to_string())];
    connection.execute(&sql, &parameters).map(|_| ())
}
