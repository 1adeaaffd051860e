//! Forgetting.

use std::collections::BTreeSet;

use axes_core::{ClearProven, Parts, ScopeKey, Selector, Timestamp};

use crate::sql::columns::{every_scope, matching, stored_parts};
use crate::sql::value::{Row, Value};
use crate::{SqlConnection, StoreError};

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
        let mut row = Row::new(values);
        let (username, network) = (row.optional_text()?, row.optional_text()?);
        affected.push(stored_parts(
            username.as_deref(),
            network.as_deref(),
            row.optional_text()?,
        ));
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

/// What each key of `clear` loses by the records that its success proves to be its own, and how many
/// records those are. The records are deleted.
pub(crate) fn clear_records<C: SqlConnection>(
    connection: &C,
    clear: &ClearProven,
    now: Timestamp,
) -> Result<(u32, u64), StoreError> {
    let (condition, parameters) = matching(&clear.proven);
    let sql = format!(
        "SELECT failures_since_start, refused, attempt_time FROM axes_accessattempt \
         WHERE 1 = 1{condition}"
    );
    let forgotten = clear
        .terms
        .cool_off
        .longest()
        .map(|longest| now.minus(longest));
    let mut counted: u32 = 0;
    let rows = connection.query(&sql, &parameters)?;
    if rows.is_empty() {
        return Ok((0, 0));
    }
    for values in rows {
        let mut row = Row::new(values);
        let failures = row.count()?;
        let refused = u32::try_from(row.optional_int()?.unwrap_or(0)).unwrap_or(0);
        let time = row.optional_time()?;
        if forgotten.is_none_or(|forgotten| time > Some(forgotten)) {
            counted = counted.saturating_add(failures.saturating_sub(refused));
        }
    }
    Ok((counted, delete_records(connection, &clear.proven)?))
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
