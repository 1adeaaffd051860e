//! Forgetting.

use std::collections::{BTreeMap, BTreeSet};

use axes_core::{ClearProven, Parts, ScopeKey, Selector, Tally, Timestamp};

use crate::sql::columns::{every_scope, matching_values, part_values, stored_parts};
use crate::sql::records::LAST_FAILURE;
use crate::sql::tallies::naming;
use crate::sql::value::{Row, Value, corrupt};
use crate::{Dialect, SqlConnection, StoreError};

/// How many records one statement deletes at most.
const CHUNK: usize = 500;

/// What tallies lose, which count on these values: numbers of failures, each with the time of the last
/// of them.
pub(crate) type Lost = BTreeMap<ScopeKey, ([Value; 3], Vec<(u32, Timestamp)>)>;

/// Tallies that lose deleted records: the values that each counts on, as columns hold them, and when
/// the last of those was.
pub(crate) type Touched = BTreeMap<ScopeKey, ([Value; 3], Timestamp)>;

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
    let selected = Selected::lock(connection, values)?;
    for record in &selected.0 {
        for parts in every_scope(&record.parts) {
            let of_tally = || (part_values(&parts), record.last);
            let (_, latest) = touched.entry(parts.key()).or_insert_with(of_tally);
            *latest = record.last.max(*latest);
        }
    }
    for username in selected.unnamed() {
        // They are found before they are deleted, like the others.
        touched.extend(matched(connection, &[username, Value::Null, Value::Null])?);
    }
    let removed = selected.delete(connection)?;
    let (condition, parameters) = matching_values(values);
    let sql = format!("DELETE FROM axes_tally WHERE 1 = 1{condition}");
    connection.execute(&sql, &parameters)?;
    Ok((touched, removed))
}

/// The tallies and placeholders that match those of `values` that are there, as if all their records
/// were deleted.
pub(crate) fn matched<C: SqlConnection>(
    connection: &C,
    values: &[Value; 3],
) -> Result<Touched, StoreError> {
    let (condition, parameters) = matching_values(values);
    let condition = if connection.dialect() == Dialect::Sqlite {
        // Where most values are NULL, SQLite takes any value for as frequent and reads the whole table.
        condition.split_inclusive(" = ?").map(unlikely).collect()
    } else {
        condition
    };
    let sql = format!(
        "SELECT scope_key, username_key, network, agent_key FROM axes_tally WHERE 1 = 1{condition}"
    );
    let mut touched = Touched::new();
    for values in connection.query(&sql, &parameters)? {
        let mut row = Row::new(values);
        let key = row.optional_text()?.as_deref().and_then(ScopeKey::from_hex);
        let values = [row.next()?, row.next()?, row.next()?];
        touched.insert(key.ok_or_else(corrupt)?, (values, Timestamp::NEVER));
    }
    Ok(touched)
}

/// ` AND column = ?`, said to be true of few rows.
fn unlikely(condition: &str) -> String {
    let equation = condition.strip_prefix(" AND ").unwrap_or(condition);
    format!(" AND unlikely({equation})")
}

/// The `tally` that counts on `values` after records were deleted, the last of them from the time
/// `last`: it goes back to what the others say. Refused attempts and lapsed permits are in no record,
/// so nobody can tell whose they were.
pub(crate) fn lower<C: SqlConnection>(
    connection: &C,
    values: &[Value; 3],
    last: Timestamp,
    mut tally: Tally,
) -> Result<Tally, StoreError> {
    // Records from before its first failure were forgotten together with an earlier life of it.
    if tally.failures == 0 || last < tally.first {
        return Ok(tally);
    }
    let (condition, mut parameters) = matching_values(values);
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
        if connection.dialect() != Dialect::Sqlite {
            // In the order in which everybody locks them.
            let sql =
                format!("SELECT 1 FROM axes_tally WHERE {condition} ORDER BY scope_key FOR UPDATE");
            connection.query(&sql, &parameters)?;
        }
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
    let selected = Selected::lock(connection, &part_values(&clear.proven))?;
    let mut lost = Lost::new();
    for record in &selected.0 {
        let proven = Parts {
            username: clear.proven.username.clone(),
            ..record.parts.clone()
        };
        for parts in clear.projections(&proven) {
            let of_tally = || (part_values(&parts), Vec::new());
            let (_, failures) = lost.entry(parts.key()).or_insert_with(of_tally);
            failures.push((record.counted, record.last));
        }
    }
    let removed = selected.delete(connection)?;
    Ok((lost, removed))
}

/// A record that is about to be deleted.
struct Record {
    key: Value,
    parts: Parts,
    /// The digest of its username, where that is not the one which is recorded: a long one is cut, and
    /// characters that nobody can see are replaced.
    unnamed: Option<Value>,
    /// How many of its failures tallies count.
    counted: u32,
    last: Timestamp,
}

/// Records that nobody changes until the transaction ends. Those are deleted and no others: what is
/// recorded meanwhile comes after the reset, and no tally would lose it.
struct Selected(Vec<Record>);

impl Selected {
    /// The records that match those of `values` that are there.
    fn lock<C: SqlConnection>(connection: &C, values: &[Value; 3]) -> Result<Self, StoreError> {
        let (condition, parameters) = matching_values(values);
        let lock = match connection.dialect() {
            // Whoever writes there is alone.
            Dialect::Sqlite => "",
            Dialect::Postgres | Dialect::Mysql => " FOR UPDATE",
        };
        let sql = format!(
            "SELECT id, username, network, user_agent, username_key, failures_since_start, refused, \
             {LAST_FAILURE} AS last_time FROM axes_accessattempt WHERE 1 = 1{condition}{lock}"
        );
        let rows = connection.query(&sql, &parameters)?;
        rows.into_iter()
            .map(read)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The digests of usernames that are not in their records: keys of tallies do not follow from those.
    fn unnamed(&self) -> BTreeSet<Value> {
        let unnamed = self.0.iter().filter_map(|record| record.unnamed.clone());
        unnamed.collect()
    }

    /// Deletes them; returns how many there were.
    fn delete<C: SqlConnection>(&self, connection: &C) -> Result<u64, StoreError> {
        let mut removed: u64 = 0;
        for some in self.0.chunks(CHUNK) {
            let keys: Vec<Value> = some.iter().map(|record| record.key.clone()).collect();
            let marks = vec!["?"; keys.len()].join(", ");
            let expiries = format!(
                "DELETE FROM axes_accessattemptexpiration WHERE access_attempt_id IN ({marks})"
            );
            connection.execute(&expiries, &keys)?;
            let records = format!("DELETE FROM axes_accessattempt WHERE id IN ({marks})");
            removed = removed.saturating_add(connection.execute(&records, &keys)?);
        }
        Ok(removed)
    }
}

fn read(values: Vec<Value>) -> Result<Record, StoreError> {
    let mut row = Row::new(values);
    let key = Value::Int(row.int()?);
    let (username, network) = (row.optional_text()?, row.optional_text()?);
    let parts = stored_parts(
        username.as_deref(),
        network.as_deref(),
        row.optional_text()?,
    );
    let [recorded, ..] = part_values(&parts);
    let username = row.next()?;
    let unnamed = Some(username).filter(|it| *it != Value::Null && *it != recorded);
    let failures = row.count()?;
    let refused = u32::try_from(row.optional_int()?.unwrap_or(0)).unwrap_or(0);
    Ok(Record {
        key,
        parts,
        unnamed,
        counted: failures.saturating_sub(refused),
        last: row.optional_time()?.unwrap_or(Timestamp::EPOCH),
    })
}
