//! Deleting what has expired.

use std::time::Duration;

use axes_core::Timestamp;

use crate::sql::expirations;
use crate::sql::records::LAST_FAILURE;
use crate::sql::value::{Row, Value};
use crate::{SqlConnection, StoreError};

/// Deletes up to `most` records that are forgotten, and as many tallies.
pub(crate) fn purge<C: SqlConnection>(
    connection: &C,
    expirations: bool,
    forgotten: Timestamp,
    now: Timestamp,
    most: u32,
) -> Result<u64, StoreError> {
    purge_tallies(connection, forgotten, now, most)?;
    let mut parameters = expired(connection, expirations, forgotten, now, most)?;
    if parameters.is_empty() {
        return Ok(0);
    }
    let marks = vec!["?"; parameters.len()].join(", ");
    // What failed again meanwhile is not forgotten any more. Times in the tables are finer than ours.
    let old = format!("id IN ({marks}) AND attempt_time <= ?");
    let until = if expirations {
        now.plus(Duration::from_millis(1))
    } else {
        forgotten
    };
    let mut expiries = format!(
        "DELETE FROM axes_accessattemptexpiration WHERE access_attempt_id IN \
         (SELECT id FROM axes_accessattempt WHERE {old})"
    );
    parameters.push(Value::Time(until));
    let mut of_expiries = parameters.clone();
    if expirations {
        expiries.push_str(" AND expires_at <= ?");
        of_expiries.push(Value::Time(now));
    }
    let records = format!(
        "DELETE FROM axes_accessattempt WHERE {old} AND NOT EXISTS (SELECT 1 FROM \
         axes_accessattemptexpiration WHERE access_attempt_id = axes_accessattempt.id)"
    );
    connection.execute(&expiries, &of_expiries)?;
    connection.execute(&records, &parameters)
}

/// A tally outlives what it has forgotten as long as there may be records of that: without it they
/// would count again. Permits that were never settled became failures when their leases ran out, and
/// are remembered from then on, though no column says so until somebody looks.
fn purge_tallies<C: SqlConnection>(
    connection: &C,
    forgotten: Timestamp,
    now: Timestamp,
    most: u32,
) -> Result<(), StoreError> {
    let idle = "expires_at <= ? AND current_until <= ? AND previous_until <= ? AND last_at <= ?";
    let mut parameters = vec![Value::millis(now)];
    parameters.extend(vec![Value::millis(forgotten); 3]);
    let sql = format!("SELECT scope_key FROM axes_tally WHERE {idle} LIMIT {most}");
    let mut keys = Vec::new();
    for values in connection.query(&sql, &parameters)? {
        keys.extend(Row::new(values).optional_text()?.map(Value::Text));
    }
    if keys.is_empty() {
        return Ok(());
    }
    let marks = vec!["?"; keys.len()].join(", ");
    let sql = format!("DELETE FROM axes_tally WHERE scope_key IN ({marks}) AND {idle}");
    keys.append(&mut parameters);
    connection.execute(&sql, &keys).map(|_| ())
}

/// The primary keys of records that are forgotten.
fn expired<C: SqlConnection>(
    connection: &C,
    expirations: bool,
    forgotten: Timestamp,
    now: Timestamp,
    most: u32,
) -> Result<Vec<Value>, StoreError> {
    // A refused attempt alone keeps the record: somebody was told of it.
    let old = format!("{LAST_FAILURE} <= ? AND axes_accessattempt.attempt_time <= ?");
    let (joined, condition, mut parameters) = if expirations {
        (
            expirations::JOIN,
            format!("(expires_at <= ? OR (expires_at IS NULL AND {old}))"),
            vec![Value::Time(now)],
        )
    } else {
        ("", old, Vec::new())
    };
    parameters.extend([Value::Time(forgotten), Value::Time(forgotten)]);
    let sql = format!("SELECT id FROM axes_accessattempt{joined} WHERE {condition} LIMIT {most}");
    let mut keys = Vec::new();
    for values in connection.query(&sql, &parameters)? {
        keys.push(Value::Int(Row::new(values).int()?));
    }
    Ok(keys)
}
