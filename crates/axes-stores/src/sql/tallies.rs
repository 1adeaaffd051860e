//! Reading and writing tallies.

use std::collections::BTreeSet;

use axes_core::{Parts, ScopeKey, Tally, Terms, Timestamp};

use crate::sql::columns::{matching, part_values};
use crate::sql::listing;
use crate::sql::recorded::{Remembered, remembered};
use crate::sql::records::LAST_FAILURE;
use crate::sql::value::{Row, Value};
use crate::{Dialect, SqlConnection, StoreError};

/// How many keys one statement names at most.
const CHUNK: usize = 500;

/// The columns that [`read`] reads, in their order.
pub(crate) const STATE: &str = "epoch, failures, current_permits, current_until, previous_permits, \
    previous_until, first_at, last_at, expires_at, locked_since";

/// A tally as it was read.
pub(crate) struct Loaded {
    pub(crate) tally: Tally,
    /// Of which version the row was; none where there is no row.
    version: Option<(i64, i64)>,
}

impl Loaded {
    /// Whether there is a row of it.
    pub(crate) const fn is_stored(&self) -> bool {
        self.version.is_some()
    }
}

/// Reads the tally `key`. One that is missing is made from the records in the same statement; the
/// database does not look at the records where the tally exists.
pub(crate) fn load<C: SqlConnection>(
    connection: &C,
    expirations: bool,
    key: ScopeKey,
    parts: &Parts,
    terms: &Terms,
    now: Timestamp,
) -> Result<Loaded, StoreError> {
    let (mut recorded, part_parameters) = matching(parts);
    let mut parameters = vec![Value::Text(key.to_string())];
    parameters.extend(part_parameters);
    let Remembered {
        expiry,
        joined,
        condition,
        parameters: times,
    } = remembered(expirations, terms, now);
    recorded.push_str(&condition);
    parameters.extend(times);
    parameters.push(Value::Text(key.to_string()));
    let sql = format!(
        "SELECT version, {STATE}, NULL AS first_time, NULL AS last_time, NULL AS expiry_time \
         FROM axes_tally WHERE scope_key = ? \
         UNION ALL \
         SELECT NULL, 0, SUM(failures_since_start) - SUM(COALESCE(refused, 0)), 0, 0, 0, \
         0, 0, 0, 0, NULL, MIN({LAST_FAILURE}), MAX({LAST_FAILURE}), {expiry} \
         FROM axes_accessattempt{joined} WHERE 1 = 1{recorded} \
         AND NOT EXISTS (SELECT 1 FROM axes_tally WHERE scope_key = ?)"
    );
    let mut from_records = Tally::blank(0);
    for values in connection.query(&sql, &parameters)? {
        let mut row = Row::new(values);
        if let Some(version) = row.optional_int()? {
            let tally = read(&mut row)?;
            let version = Some((tally.epoch, version));
            return Ok(Loaded { tally, version });
        }
        row.int()?;
        let failures = row
            .optional_int()?
            .and_then(|sum| u32::try_from(sum).ok())
            .unwrap_or(0);
        for _ in 0..8 {
            row.next()?;
        }
        if let (Some(first), Some(last)) = (row.optional_time()?, row.optional_time()?) {
            let expires = row.optional_time()?.unwrap_or(Timestamp::EPOCH);
            from_records = Tally::from_records(failures, (first, last), expires, terms, now);
        }
    }
    Ok(Loaded {
        tally: from_records,
        version: None,
    })
}

/// Reads the tally `key` if there is a row of it.
pub(crate) fn load_stored<C: SqlConnection>(
    connection: &C,
    key: ScopeKey,
) -> Result<Option<Loaded>, StoreError> {
    let sql = format!("SELECT version, {STATE} FROM axes_tally WHERE scope_key = ?");
    let rows = connection.query(&sql, &[Value::Text(key.to_string())])?;
    let Some(values) = rows.into_iter().next() else {
        return Ok(None);
    };
    let mut row = Row::new(values);
    let version = row.int()?;
    let tally = read(&mut row)?;
    Ok(Some(Loaded {
        version: Some((tally.epoch, version)),
        tally,
    }))
}

/// Which of `keys` there are rows of.
pub(crate) fn stored<'a, C: SqlConnection>(
    connection: &C,
    keys: impl IntoIterator<Item = &'a ScopeKey>,
) -> Result<BTreeSet<String>, StoreError> {
    let mut stored = BTreeSet::new();
    for (condition, parameters) in naming(keys) {
        let sql = format!("SELECT scope_key FROM axes_tally WHERE {condition}");
        for values in connection.query(&sql, &parameters)? {
            stored.extend(Row::new(values).optional_text()?);
        }
    }
    Ok(stored)
}

/// Conditions that name all `keys`, with their parameters: as many as databases take at once.
pub(crate) fn naming<'a>(
    keys: impl IntoIterator<Item = &'a ScopeKey>,
) -> impl Iterator<Item = (String, Vec<Value>)> {
    let mut keys = keys.into_iter().map(|key| Value::Text(key.to_string()));
    std::iter::from_fn(move || {
        let named: Vec<Value> = keys.by_ref().take(CHUNK).collect();
        let marks = vec!["?"; named.len()].join(", ");
        (!named.is_empty()).then(|| (format!("scope_key IN ({marks})"), named))
    })
}

pub(crate) fn read(row: &mut Row) -> Result<Tally, StoreError> {
    Ok(Tally {
        epoch: row.int()?,
        failures: row.count()?,
        current: row.count()?,
        current_until: row.millis()?,
        previous: row.count()?,
        previous_until: row.millis()?,
        first: row.millis()?,
        last: row.millis()?,
        expires: row.millis()?,
        locked_since: row.optional_int()?.map(Timestamp::from_millis),
    })
}

/// Writes `tally` where `loaded` was read, unless somebody else wrote there meanwhile.
///
/// Returns whether it was written.
pub(crate) fn store<C: SqlConnection>(
    connection: &C,
    key: ScopeKey,
    parts: &Parts,
    loaded: &Loaded,
    tally: &Tally,
) -> Result<bool, StoreError> {
    let [listed_failures, listed_until] = listing::listed(tally);
    let state = [
        Value::Int(tally.epoch),
        Value::int(tally.failures),
        Value::int(tally.current),
        Value::millis(tally.current_until),
        Value::int(tally.previous),
        Value::millis(tally.previous_until),
        Value::millis(tally.first),
        Value::millis(tally.last),
        Value::millis(tally.expires),
        Value::optional(tally.locked_since, Value::millis),
        listed_failures,
        listed_until,
    ];
    let changed = match loaded.version {
        Some((epoch, version)) => {
            let sql = "UPDATE axes_tally SET epoch = ?, failures = ?, current_permits = ?, \
                       current_until = ?, previous_permits = ?, previous_until = ?, first_at = ?, \
                       last_at = ?, expires_at = ?, locked_since = ?, listed_failures = ?, \
                       listed_until = ?, version = version + 1 \
                       WHERE scope_key = ? AND epoch = ? AND version = ?";
            let mut parameters = state.to_vec();
            parameters.push(Value::Text(key.to_string()));
            parameters.extend([Value::Int(epoch), Value::Int(version)]);
            connection.execute(sql, &parameters)?
        }
        None => insert(connection, key, parts, &state)?,
    };
    Ok(changed > 0)
}

fn insert<C: SqlConnection>(
    connection: &C,
    key: ScopeKey,
    parts: &Parts,
    state: &[Value; 12],
) -> Result<u64, StoreError> {
    let (verb, otherwise) = match connection.dialect() {
        Dialect::Sqlite | Dialect::Postgres => ("INSERT", " ON CONFLICT (scope_key) DO NOTHING"),
        Dialect::Mysql => ("INSERT IGNORE", ""),
    };
    let sql = format!(
        "{verb} INTO axes_tally (epoch, failures, current_permits, current_until, \
         previous_permits, previous_until, first_at, last_at, expires_at, locked_since, \
         listed_failures, listed_until, version, \
         scope_key, scope, username, user_agent, username_key, network, agent_key) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?){otherwise}"
    );
    let shown = |text: &Option<String>| {
        let cut = text
            .as_deref()
            .map(|text| axes_core::clean_text(text).chars().take(255).collect());
        Value::optional(cut, Value::Text)
    };
    let scope = parts
        .scope()
        .map(|scope| scope.to_string())
        .unwrap_or_default();
    let mut parameters = state.to_vec();
    parameters.extend([
        Value::Text(key.to_string()),
        Value::Text(scope),
        shown(&parts.username),
        shown(&parts.user_agent),
    ]);
    parameters.extend(part_values(parts));
    connection.execute(&sql, &parameters)
}

/// Deletes the tally where `loaded` was read, unless somebody else wrote there meanwhile.
///
/// Returns whether it was deleted.
pub(crate) fn delete<C: SqlConnection>(
    connection: &C,
    key: ScopeKey,
    loaded: &Loaded,
) -> Result<bool, StoreError> {
    let Some((epoch, version)) = loaded.version else {
        return Ok(true);
    };
    let sql = "DELETE FROM axes_tally WHERE scope_key = ? AND epoch = ? AND version = ?";
    let parameters = [
        Value::Text(key.to_string()),
        Value::Int(epoch),
        Value::Int(version),
    ];
    Ok(connection.execute(sql, &parameters)? > 0)
}
