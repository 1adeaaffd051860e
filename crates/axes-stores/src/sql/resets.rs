//! Forgetting.

use std::collections::{BTreeMap, BTreeSet};

use axes_core::{ClearProven, Parts, ScopeKey, Selector, Timestamp};

use crate::sql::columns::{every_scope, matching, stored_parts};
use crate::sql::value::{Row, Value};
use crate::{SqlConnection, StoreError};

/// What tallies lose: numbers of failures, each with the time of the last of them.
pub(crate) type Lost = BTreeMap<ScopeKey, Vec<(u32, Timestamp)>>;

/// How many keys one statement names at most.
const CHUNK: usize = 500;

/// Deletes the selected records, and every tally that they or the selection have a part in. What a
/// tally of more than that still counts is made from the records that are left.
///
/// Returns how many records were deleted.
pub(crate) fn reset<C: SqlConnection>(
    connection: &C,
    selector: &Selector,
) -> Result<u64, StoreError> {
    if selector.is_everything() {
        connection.execute("DELETE FROM axes_accessattemptexpiration", &[])?;
        let removed = connection.execute("DELETE FROM axes_accessattempt", &[])?;
        connection.execute("DELETE FROM axes_tally", &[])?;
        return Ok(removed);
    }
    let selected = selector.parts();
    let (condition, parameters) = matching(&selected);
    let sql = format!(
        "SELECT DISTINCT username, network, user_agent FROM axes_accessattempt \
         WHERE 1 = 1{condition}"
    );
    let mut affected = Vec::new();
    for values in connection.query(&sql, &parameters)? {
        affected.push(read_parts(&mut Row::new(values))?);
    }
    let removed = delete_records(connection, &selected)?;
    let sql = format!("DELETE FROM axes_tally WHERE 1 = 1{condition}");
    connection.execute(&sql, &parameters)?;
    forget(connection, &affected)?;
    Ok(removed)
}

/// Deletes every tally that counts records with one of `affected`; they are made from what is
/// recorded when they are needed again.
pub(crate) fn forget<C: SqlConnection>(
    connection: &C,
    affected: &[Parts],
) -> Result<(), StoreError> {
    let scopes = affected.iter().flat_map(every_scope);
    let keys: BTreeSet<ScopeKey> = scopes.map(|parts| parts.key()).collect();
    let keys: Vec<Value> = keys
        .into_iter()
        .map(|key| Value::Text(key.to_string()))
        .collect();
    for chunk in keys.chunks(CHUNK) {
        let marks = vec!["?"; chunk.len()].join(", ");
        connection.execute(
            &format!("DELETE FROM axes_tally WHERE scope_key IN ({marks})"),
            chunk,
        )?;
    }
    Ok(())
}

/// What each tally loses by the records that a success proves to be its own, as numbers of failures
/// with the time of their last, and how many records those are. The records are deleted.
pub(crate) fn clear_records<C: SqlConnection>(
    connection: &C,
    clear: &ClearProven,
) -> Result<(Lost, u64), StoreError> {
    let (condition, parameters) = matching(&clear.proven);
    let sql = format!(
        "SELECT username, network, user_agent, failures_since_start, refused, attempt_time \
         FROM axes_accessattempt WHERE 1 = 1{condition}"
    );
    let mut lost = Lost::new();
    let rows = connection.query(&sql, &parameters)?;
    if rows.is_empty() {
        return Ok((lost, 0));
    }
    for values in rows {
        let mut row = Row::new(values);
        let parts = read_parts(&mut row)?;
        let failures = row.count()?;
        let refused = u32::try_from(row.optional_int()?.unwrap_or(0)).unwrap_or(0);
        let time = row.optional_time()?.unwrap_or(Timestamp::EPOCH);
        for key in clear.keys(&parts) {
            let counted = failures.saturating_sub(refused);
            lost.entry(key).or_default().push((counted, time));
        }
    }
    Ok((lost, delete_records(connection, &clear.proven)?))
}

fn read_parts(row: &mut Row) -> Result<Parts, StoreError> {
    let (username, network) = (row.optional_text()?, row.optional_text()?);
    Ok(stored_parts(
        username.as_deref(),
        network.as_deref(),
        row.optional_text()?,
    ))
}

fn delete_records<C: SqlConnection>(connection: &C, selected: &Parts) -> Result<u64, StoreError> {
    let (condition, parameters) = matching(selected);
    let sql = format!(
        "DELETE FROM axes_accessattemptexpiration WHERE access_attempt_id IN \
         (SELECT id FROM axes_accessattempt WHERE 1 = 1{condition})"
    );
    connection.execute(&sql, &parameters)?;
    let sql = format!("DELETE FROM axes_accessattempt WHERE 1 = 1{condition}");
    connection.execute(&sql, &parameters)
}
