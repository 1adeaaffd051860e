//! Looking at many tallies at once.

use std::collections::{BTreeMap, HashMap};

use axes_core::{Batch, Op, Peek, Reply, Scope, ScopeKey, Tally, Timestamp};

use crate::sql::columns::{matching, part_values};
use crate::sql::recorded::Groups;
use crate::sql::tallies;
use crate::sql::value::Row;
use crate::{SqlConnection, StoreError};

/// From how many peeks on they are answered together.
const MANY: usize = 4;
/// How many groups of records one statement names at most.
const CHUNK: usize = 100;

/// The peeks of `batch`, if it is nothing but many, all on the same terms, and perhaps a look at bans
/// after them.
pub(crate) fn many(batch: &Batch) -> Option<Vec<&Peek>> {
    let ops = match batch.ops().split_last() {
        Some((Op::Heed(_), peeks)) => peeks,
        _ => batch.ops(),
    };
    let mut peeks = Vec::with_capacity(ops.len());
    for op in ops {
        let Op::Peek(peek) = op else { return None };
        peeks.push(peek);
    }
    let first = peeks.first()?;
    let alike = peeks.iter().all(|peek| peek.terms == first.terms);
    (peeks.len() >= MANY && alike).then_some(peeks)
}

/// The tallies that `peeks` look at, in few statements: one for all that are stored, and one for each
/// scope of those that are not.
pub(crate) fn all<C: SqlConnection>(
    connection: &C,
    expirations: bool,
    peeks: &[&Peek],
    now: Timestamp,
) -> Result<Vec<Reply>, StoreError> {
    let mut found = HashMap::new();
    let keys = peeks.iter().map(|peek| &peek.key);
    for (condition, parameters) in tallies::naming(keys) {
        let sql = format!(
            "SELECT scope_key, {} FROM axes_tally WHERE {condition}",
            tallies::STATE
        );
        for values in connection.query(&sql, &parameters)? {
            let mut row = Row::new(values);
            let key = row.optional_text()?;
            let tally = tallies::read(&mut row)?;
            if let (Some(key), true) = (key, tallies::is_made(&tally)) {
                found.insert(key, tally);
            }
        }
    }
    // Each once: many attempts look at one tally.
    let mut missing: BTreeMap<(Scope, ScopeKey), &Peek> = BTreeMap::new();
    for peek in peeks {
        if let (false, Some(scope)) = (
            found.contains_key(&peek.key.to_string()),
            peek.parts.scope(),
        ) {
            missing.insert((scope, peek.key), peek);
        }
    }
    let missing: Vec<(Scope, &Peek)> = missing
        .into_iter()
        .map(|((scope, _), peek)| (scope, peek))
        .collect();
    for alike in missing.chunk_by(|(one, _), (other, _)| one == other) {
        for chunk in alike.chunks(CHUNK) {
            found.extend(recorded(connection, expirations, chunk, now)?);
        }
    }
    let seen = |peek: &&Peek| {
        let tally = found.get(&peek.key.to_string()).cloned();
        Reply::Seen(peek.apply(tally, now))
    };
    Ok(peeks.iter().map(seen).collect())
}

/// The tallies that `peeks`, all of one scope, look at and that records make, by their keys.
fn recorded<C: SqlConnection>(
    connection: &C,
    expirations: bool,
    peeks: &[(Scope, &Peek)],
    now: Timestamp,
) -> Result<Vec<(String, Tally)>, StoreError> {
    let Some((scope, first)) = peeks.first() else {
        return Ok(Vec::new());
    };
    let groups = Groups {
        scope: *scope,
        terms: &first.terms,
        expirations,
        now,
    };
    let mut named = Vec::with_capacity(peeks.len());
    let mut parameters = Vec::new();
    let mut keys = Vec::with_capacity(peeks.len());
    for (_, peek) in peeks {
        let (condition, values) = matching(&peek.parts);
        named.push(format!("(1 = 1{condition})"));
        parameters.extend(values);
        keys.push((part_values(&peek.parts), peek.key));
    }
    let (sql, mut times) = groups.statement(&format!(" AND ({})", named.join(" OR ")));
    times.append(&mut parameters);
    let mut found = Vec::new();
    for values in connection.query(&sql, &times)? {
        let group = groups.read(values)?;
        let of_group = keys.iter().find(|(values, _)| *values == group.values);
        found.extend(of_group.map(|(_, key)| (key.to_string(), group.tally)));
    }
    Ok(found)
}
