//! Reading and writing tallies.

use std::collections::BTreeSet;

use axes_core::{Parts, ScopeKey, Tally, Terms, Timestamp};

use crate::sql::columns::{matching, part_values};
use crate::sql::listing;
use crate::sql::piece::Piece;
use crate::sql::recorded::{SUM, remembered};
use crate::sql::records::LAST_FAILURE;
use crate::sql::value::{Row, Value};
use crate::{Dialect, ErrorKind, SqlConnection, StoreError};

/// How many keys one statement names at most.
const CHUNK: usize = 500;

/// The columns that [`read`] reads, in their order.
pub(crate) const STATE: &str = "epoch, version, failures, current_permits, current_until, \
    previous_permits, previous_until, first_at, last_at, expires_at, locked_since";

/// The columns that [`described`] fills, in their order.
pub(crate) const DESCRIBED: &str =
    "scope_key, scope, username, user_agent, username_key, network, agent_key";

/// The tally whose `row` was read. Where there is none (its version is 0 then), or a
/// [placeholder](reserve), it is made from the records, and its epoch is 0. In one statement with those,
/// databases look at them whether they are needed or not.
pub(crate) fn made<C: SqlConnection>(
    connection: &C,
    expirations: bool,
    row: Option<Tally>,
    parts: &Parts,
    terms: &Terms,
    now: Timestamp,
) -> Result<Tally, StoreError> {
    let version = row.as_ref().map_or(0, |row| row.version);
    let tally = match row {
        Some(row) if is_made(&row) => row,
        _ => make(connection, expirations, parts, terms, now)?,
    };
    Ok(Tally { version, ..tally })
}

/// The tally that the records with `parts` make.
fn make<C: SqlConnection>(
    connection: &C,
    expirations: bool,
    parts: &Parts,
    terms: &Terms,
    now: Timestamp,
) -> Result<Tally, StoreError> {
    let (condition, mut parameters) = matching(parts);
    let remembered = remembered(expirations, terms, now);
    parameters.extend(remembered.parameters);
    let sql = format!(
        "SELECT {SUM}, MIN({LAST_FAILURE}) AS first_time, MAX({LAST_FAILURE}) AS last_time, \
         {} AS expiry_time FROM axes_accessattempt{} WHERE 1 = 1{condition}{}",
        remembered.expiry, remembered.joined, remembered.condition,
    );
    let Some(values) = connection.query(&sql, &parameters)?.into_iter().next() else {
        return Ok(Tally::blank(0));
    };
    let mut row = Row::new(values);
    let sum = row.optional_int()?;
    let failures = sum.and_then(|sum| u32::try_from(sum).ok()).unwrap_or(0);
    let times = row.optional_time()?.zip(row.optional_time()?);
    let expires = row.optional_time()?.unwrap_or(Timestamp::EPOCH);
    Ok(times.map_or(Tally::blank(0), |times| {
        Tally::from_records(failures, times, expires, terms, now)
    }))
}

/// Whether a row is a tally. What is not is a placeholder.
pub(crate) const fn is_made(row: &Tally) -> bool {
    row.epoch != 0
}

/// Reserves the place of the tally `key`, which is about to be made from the records, by a placeholder.
///
/// Whoever deletes records deletes or lowers their tallies too, and looks once more after the commit. It
/// meets the placeholder if that was there before the records were read. Without it the tally cannot be
/// written.
pub(crate) fn reserve<C: SqlConnection>(
    connection: &C,
    key: ScopeKey,
    parts: &Parts,
) -> Result<(), StoreError> {
    let mut placeholder = Tally {
        // The statements in `grab` take nothing where a permit is in flight: they leave this row alone.
        previous: 1,
        ..Tally::blank(0)
    };
    let mut state = state(&mut placeholder)?;
    let [.., listed_failures, listed_until] = &mut state;
    (*listed_failures, *listed_until) = (Value::Int(0), Value::Int(0));
    let mut described = described(key, parts);
    if let Some(scope) = described.get_mut(1) {
        // Who looks for records that no tally counts has to find those.
        *scope = Value::text("");
    }
    insert(connection, described, state).map(|_| ())
}

/// Reads the row of the tally `key`, if there is one.
pub(crate) fn load_row<C: SqlConnection>(
    connection: &C,
    key: ScopeKey,
) -> Result<Option<Tally>, StoreError> {
    let sql = format!("SELECT {STATE} FROM axes_tally WHERE scope_key = ?");
    let rows = connection.query(&sql, &[Value::Text(key.to_string())])?;
    let row = rows.into_iter().next();
    row.map(|values| read(&mut Row::new(values))).transpose()
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
        version: row.int()?,
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

/// A version that no other writing of a tally has: a number that only counted would come again when a
/// transaction rolls back.
pub(crate) fn new_version() -> Result<i64, StoreError> {
    let number = getrandom::u64().map_err(|error| {
        StoreError::new(ErrorKind::Unavailable, "draw a random number").because(error)
    })?;
    // Databases have signed numbers only, and 0 stands for none.
    Ok(i64::try_from(number >> 1).unwrap_or(i64::MAX).max(1))
}

/// Writes `tally` where one of the version of `loaded` is, or none if there was none, and gives it a
/// version of its own.
///
/// Returns whether it was written: somebody else may have written there meanwhile.
pub(crate) fn store<C: SqlConnection>(
    connection: &C,
    key: ScopeKey,
    parts: &Parts,
    loaded: &Tally,
    tally: &mut Tally,
) -> Result<bool, StoreError> {
    if loaded.version == 0 {
        return Ok(insert(connection, described(key, parts), state(tally)?)? > 0);
    }
    let assignments = if is_made(loaded) {
        Piece::default()
    } else {
        let columns = DESCRIBED.replace(',', " = ?,");
        Piece::new(&format!("{columns} = ?, "), described(key, parts))
    };
    let Piece { text, parameters } = updating(key, loaded, tally, assignments)?;
    Ok(connection.execute(&text, &parameters)? > 0)
}

/// The statement that writes `tally` where one of the version of `loaded` is.
pub(crate) fn update(
    key: ScopeKey,
    loaded: &Tally,
    tally: &mut Tally,
) -> Result<Piece, StoreError> {
    updating(key, loaded, tally, Piece::default())
}

/// The same with more `assignments`, each with a comma behind it.
fn updating(
    key: ScopeKey,
    loaded: &Tally,
    tally: &mut Tally,
    assignments: Piece,
) -> Result<Piece, StoreError> {
    let sql = "epoch = ?, version = ?, failures = ?, \
               current_permits = ?, current_until = ?, previous_permits = ?, \
               previous_until = ?, first_at = ?, last_at = ?, expires_at = ?, \
               locked_since = ?, listed_failures = ?, listed_until = ? \
               WHERE scope_key = ? AND version = ?";
    let place = [Value::Text(key.to_string()), Value::Int(loaded.version)];
    Ok(Piece::new("UPDATE axes_tally SET ", [])
        .then(assignments)
        .with(sql, state(tally)?)
        .with("", place))
}

/// The columns of the state of `tally`, which gets a version of its own.
fn state(tally: &mut Tally) -> Result<[Value; 13], StoreError> {
    tally.version = new_version()?;
    let [listed_failures, listed_until] = listing::listed(tally);
    Ok([
        Value::Int(tally.epoch),
        Value::Int(tally.version),
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
    ])
}

fn insert<C: SqlConnection>(
    connection: &C,
    described: Vec<Value>,
    state: [Value; 13],
) -> Result<u64, StoreError> {
    let (verb, otherwise) = match connection.dialect() {
        Dialect::Sqlite | Dialect::Postgres => ("INSERT", " ON CONFLICT (scope_key) DO NOTHING"),
        Dialect::Mysql => ("INSERT IGNORE", ""),
    };
    let sql = format!(
        "{verb} INTO axes_tally ({STATE}, listed_failures, listed_until, {DESCRIBED}) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?){otherwise}"
    );
    let parameters: Vec<Value> = state.into_iter().chain(described).collect();
    connection.execute(&sql, &parameters)
}

/// What a row says of the values that its tally counts on.
pub(crate) fn described(key: ScopeKey, parts: &Parts) -> Vec<Value> {
    let shown = |text: &Option<String>| {
        let cut = text
            .as_deref()
            .map(|text| axes_core::clean_text(text).chars().take(255).collect());
        Value::optional(cut, Value::Text)
    };
    let scope = parts.scope().map(|scope| scope.to_string());
    let mut values = vec![
        Value::Text(key.to_string()),
        Value::Text(scope.unwrap_or_default()),
        shown(&parts.username),
        shown(&parts.user_agent),
    ];
    values.extend(part_values(parts));
    values
}

/// Deletes the tally `key` if it is of the version of `loaded`; whether it was.
pub(crate) fn delete<C: SqlConnection>(
    connection: &C,
    key: ScopeKey,
    loaded: &Tally,
) -> Result<bool, StoreError> {
    let Piece { text, parameters } = deletion(key, loaded);
    Ok(connection.execute(&text, &parameters)? > 0)
}

/// The statement that deletes the tally `key` if it is of the version of `loaded`.
pub(crate) fn deletion(key: ScopeKey, loaded: &Tally) -> Piece {
    let sql = "DELETE FROM axes_tally WHERE scope_key = ? AND version = ?";
    Piece::new(
        sql,
        [Value::Text(key.to_string()), Value::Int(loaded.version)],
    )
}
