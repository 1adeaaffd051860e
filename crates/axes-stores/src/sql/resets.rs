//! Forgetting.

use std::collections::{BTreeMap, BTreeSet};

use axes_core::{ClearProven, Parts, ScopeKey, Selector, Tally, Timestamp};

use crate::sql::columns::{every_scope, matching, matching_values, part_values, stored_parts};
use crate::sql::records::LAST_FAILURE;
use crate::sql::tallies::naming;
use crate::sql::value::{Row, Value};
use crate::{Dialect, SqlConnection, StoreError};

/// What tallies lose: numbers of failures, each with the time of the last of them.
pub(crate) type Lost = BTreeMap<ScopeKey, Vec<(u32, Timestamp)>>;

/// Tallies that lose deleted records: what each counts on, and when the last of those was.
pub(crate) type Touched = BTreeMap<ScopeKey, (Parts, Timestamp)>;

/// Deletes the selected records and the tallies that count nothing else.
///
/// Returns the tallies that count others too, and how many records were deleted.
pub(crate) fn reset<C: SqlConnection>(
    connection: &C,
    selector: &Selector,
) -> Result<(Touched, u64), StoreError> {
    if selector.is_everything() {
        connection.execute("DELETE FROM axes_accessattemptexpiration", &[])?;
        let removed = connection.execute("DELETE FROM axes_accessattempt", &[])?;
        connection.execute("DELETE FROM axes_tally", &[])?;
        return Ok((Touched::new(), removed));
    }
    reset_values(connection, &part_values(&selector.parts()))
}

/// The same of what matches those of `values` (of the columns of parts) that are there: at least one.
pub(crate) fn reset_values<C: SqlConnection>(
    connection: &C,
    values: &[Value; 3],
) -> Result<(Touched, u64), StoreError> {
    let mut touched = Touched::new();
    let (condition, parameters) = matching_values(values);
    let sql = format!(
        "SELECT username, network, user_agent, MAX({LAST_FAILURE}) AS last_time \
         FROM axes_accessattempt WHERE 1 = 1{condition} GROUP BY username, network, user_agent"
    );
    for values in connection.query(&sql, &parameters)? {
        let mut row = Row::new(values);
        let parts = read_parts(&mut row)?;
        let last = row.optional_time()?.unwrap_or(Timestamp::EPOCH);
        for parts in every_scope(&parts) {
            let (_, latest) = touched.entry(parts.key()).or_insert((parts, last));
            *latest = last.max(*latest);
        }
    }
    let removed = delete_records(connection, values)?;
    let sql = format!("DELETE FROM axes_tally WHERE 1 = 1{condition}");
    connection.execute(&sql, &parameters)?;
    Ok((touched, removed))
}

/// The `tally` of `parts` after records were deleted, the last of them from the time `last`: it goes
/// back to what the others say. Refused attempts and lapsed permits are in no record, so nobody can
/// tell whose they were.
pub(crate) fn lower<C: SqlConnection>(
    connection: &C,
    parts: &Parts,
    last: Timestamp,
    mut tally: Tally,
) -> Result<Tally, StoreError> {
    // Records from before its first failure were forgotten together with an earlier life of it.
    if tally.failures == 0 || last < tally.first {
        return Ok(tally);
    }
    let (condition, mut parameters) = matching(parts);
    let sql = format!(
        "SELECT SUM(failures_since_start) - SUM(COALESCE(refused, 0)) FROM axes_accessattempt \
         WHERE 1 = 1{condition} AND {LAST_FAILURE} >= ?"
    );
    parameters.push(Value::Time(tally.first));
    let rows = connection.query(&sql, &parameters)?;
    let sum = match rows.into_iter().next() {
        Some(values) => Row::new(values).optional_int()?,
        None => None,
    };
    let left = sum.and_then(|sum| u32::try_from(sum).ok()).unwrap_or(0);
    tally.forgive(tally.failures.saturating_sub(left));
    Ok(tally)
}

/// Deletes every tally that counts records with one of `affected`; they are made from what is
/// recorded when they are needed again.
pub(crate) fn forget<C: SqlConnection>(
    connection: &C,
    affected: &[Parts],
) -> Result<(), StoreError> {
    let scopes = affected.iter().flat_map(every_scope);
    let keys: BTreeSet<ScopeKey> = scopes.map(|parts| parts.key()).collect();
    for (condition, parameters) in naming(&keys) {
        let sql = format!("DELETE FROM axes_tally WHERE {condition}");
        connection.execute(&sql, &parameters)?;
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
        "SELECT username, network, user_agent, failures_since_start, refused, \
         {LAST_FAILURE} AS last_time \
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
    Ok((
        lost,
        delete_records(connection, &part_values(&clear.proven))?,
    ))
}

fn read_parts(row: &mut Row) -> Result<Parts, StoreError> {
    let (username, network) = (row.optional_text()?, row.optional_text()?);
    Ok(stored_parts(
        username.as_deref(),
        network.as_deref(),
        row.optional_text()?,
    ))
}

fn delete_records<C: SqlConnection>(
    connection: &C,
    selected: &[Value; 3],
) -> Result<u64, StoreError> {
    let (condition, parameters) = matching_values(selected);
    let sql = match connection.dialect() {
        Dialect::Sqlite | Dialect::Postgres => format!(
            "DELETE FROM axes_accessattemptexpiration WHERE access_attempt_id IN \
             (SELECT id FROM axes_accessattempt WHERE 1 = 1{condition})"
        ),
        // There, the other form looks at every row.
        Dialect::Mysql => format!(
            "DELETE axes_accessattemptexpiration FROM axes_accessattempt \
             INNER JOIN axes_accessattemptexpiration ON access_attempt_id = id \
             WHERE 1 = 1{condition}"
        ),
    };
    connection.execute(&sql, &parameters)?;
    let sql = format!("DELETE FROM axes_accessattempt WHERE 1 = 1{condition}");
    connection.execute(&sql, &parameters)
}
