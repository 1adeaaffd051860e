//! Tallies that records make, many at once.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use axes_core::{
    Batch, Op, Parameter, Parts, Peek, Reply, Scope, ScopeKey, Tally, Terms, Timestamp,
    normalize_username,
};

use crate::sql::columns::{PART_COLUMNS, matching, network, part_values};
use crate::sql::expirations;
use crate::sql::records::{CHECKED, LAST_FAILURE};
use crate::sql::tallies;
use crate::sql::value::{Row, Value};
use crate::{SqlConnection, StoreError};

/// From how many peeks on they are answered together.
const MANY: usize = 4;
/// How many groups of records one statement names at most.
const CHUNK: usize = 100;

/// Which records a tally is made from.
pub(crate) struct Remembered {
    /// The latest time at which one of them expires.
    pub(crate) expiry: &'static str,
    /// What stands behind the table.
    pub(crate) joined: &'static str,
    /// What follows `WHERE` and another condition.
    pub(crate) condition: String,
    pub(crate) parameters: Vec<Value>,
}

/// The records that count at the time `now` on `terms`.
pub(crate) fn remembered(expirations: bool, terms: &Terms, now: Timestamp) -> Remembered {
    let (expiry, joined) = if expirations {
        (
            "MAX(axes_accessattemptexpiration.expires_at)",
            expirations::JOIN,
        )
    } else {
        ("NULL", "")
    };
    // What was refused only is in no tally. (Writing into a String cannot fail.)
    let mut condition = format!(" AND {CHECKED} > 0");
    let mut parameters = Vec::new();
    if let Some(remembered) = terms.cool_off.longest() {
        if expirations {
            condition.push_str(expirations::REMEMBERED);
            parameters.push(Value::Time(now));
        } else {
            let _ = write!(condition, " AND {LAST_FAILURE} > ?");
        }
        parameters.push(Value::Time(now.minus(remembered)));
    }
    Remembered {
        expiry,
        joined,
        condition,
        parameters,
    }
}

/// The records of one scope, added up for each of its values.
pub(crate) struct Groups<'a> {
    pub(crate) scope: Scope,
    pub(crate) terms: &'a Terms,
    pub(crate) expirations: bool,
    pub(crate) now: Timestamp,
}

/// A tally made from records that are counted on the same values.
pub(crate) struct Group {
    /// The values, as columns hold them.
    pub(crate) values: [Value; 3],
    pub(crate) parts: Parts,
    pub(crate) tally: Tally,
}

impl Groups<'_> {
    /// The statement that adds up the records that match `condition`, which begins with ` AND `, and
    /// its parameters without those of the condition.
    pub(crate) fn statement(&self, condition: &str) -> (String, Vec<Value>) {
        self.joined("", Vec::new(), condition)
    }

    /// The statement that adds up the records that no tally counts, and its parameters.
    pub(crate) fn untallied(&self) -> (String, Vec<Value>) {
        let columns = scope_columns(self.scope);
        // All three, so that there is one entry of an index to find, whatever else shares a value.
        let same = PART_COLUMNS.map(|column| {
            if columns.contains(&column) {
                format!("axes_tally.{column} = axes_accessattempt.{column}")
            } else {
                format!("axes_tally.{column} IS NULL")
            }
        });
        // Databases read this from the index alone, which they do not of NOT EXISTS.
        let join = format!(
            " LEFT JOIN axes_tally ON axes_tally.scope = ? AND {}",
            same.join(" AND ")
        );
        let scope = Value::Text(self.scope.to_string());
        self.joined(&join, vec![scope], " AND axes_tally.scope IS NULL")
    }

    fn joined(
        &self,
        join: &str,
        mut parameters: Vec<Value>,
        condition: &str,
    ) -> (String, Vec<Value>) {
        let columns = scope_columns(self.scope);
        let shown = PART_COLUMNS.map(|column| {
            if columns.contains(&column) {
                format!("axes_accessattempt.{column} AS {column}")
            } else {
                format!("NULL AS {column}")
            }
        });
        // All texts of a group are forms of one.
        let text = |parameter: Parameter| {
            if self.scope.has(parameter) {
                format!("MAX(axes_accessattempt.{})", parameter.name())
            } else {
                "NULL".to_owned()
            }
        };
        let qualified = |suffix: &str| -> Vec<String> {
            let of_table = |column: &&str| format!("axes_accessattempt.{column}{suffix}");
            columns.iter().map(of_table).collect()
        };
        let remembered = remembered(self.expirations, self.terms, self.now);
        let sql = format!(
            "SELECT {}, {} AS username, {} AS user_agent, {SUM} AS failures, \
             MIN({LAST_FAILURE}) AS first_time, MAX({LAST_FAILURE}) AS last_time, \
             {} AS expiry_time FROM axes_accessattempt{}{join} WHERE {}{}{condition} \
             GROUP BY {}",
            shown.join(", "),
            text(Parameter::Username),
            text(Parameter::UserAgent),
            remembered.expiry,
            remembered.joined,
            qualified(" IS NOT NULL").join(" AND "),
            remembered.condition,
            qualified("").join(", "),
        );
        parameters.extend(remembered.parameters);
        (sql, parameters)
    }

    /// The tally that a row of the statement stands for.
    pub(crate) fn read(&self, row: Vec<Value>) -> Result<Group, StoreError> {
        let mut row = Row::new(row);
        let values = [row.next()?, row.next()?, row.next()?];
        let (username, user_agent) = (row.optional_text()?, row.optional_text()?);
        let parts = Parts {
            username: username.as_deref().and_then(normalize_username),
            network: network(&values),
            user_agent,
        };
        let failures = u32::try_from(row.int()?).unwrap_or(0);
        let times = row.optional_time()?.zip(row.optional_time()?);
        let expires = row.optional_time()?.unwrap_or(Timestamp::EPOCH);
        let tally = times.map_or(Tally::blank(0), |times| {
            Tally::from_records(failures, times, expires, self.terms, self.now)
        });
        Ok(Group {
            values,
            parts,
            tally,
        })
    }
}

/// How many failures of a group are of passwords that were checked.
pub(crate) const SUM: &str = "SUM(failures_since_start) - SUM(COALESCE(refused, 0))";

/// The columns that records of `scope` are found by.
pub(crate) fn scope_columns(scope: Scope) -> Vec<&'static str> {
    Parameter::ALL
        .into_iter()
        .zip(PART_COLUMNS)
        .filter(|(parameter, _)| scope.has(*parameter))
        .map(|(_, column)| column)
        .collect()
}

/// The peeks of `batch`, if it is nothing but many, all on the same terms.
pub(crate) fn many_peeks(batch: &Batch) -> Option<Vec<&Peek>> {
    let mut peeks = Vec::with_capacity(batch.ops().len());
    for op in batch.ops() {
        let Op::Peek(peek) = op else { return None };
        peeks.push(peek);
    }
    let first = peeks.first()?;
    let alike = peeks.iter().all(|peek| peek.terms == first.terms);
    (peeks.len() >= MANY && alike).then_some(peeks)
}

/// The tallies that `peeks` look at, in few statements: one for all that are stored, and one for each
/// scope of those that are not.
pub(crate) fn peek_all<C: SqlConnection>(
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
            if let Some(key) = row.optional_text()? {
                found.insert(key, tallies::read(&mut row)?);
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
            found.extend(peek_recorded(connection, expirations, chunk, now)?);
        }
    }
    let seen = |peek: &&Peek| {
        let tally = found.get(&peek.key.to_string()).cloned();
        Reply::Seen(peek.apply(tally, now))
    };
    Ok(peeks.iter().map(seen).collect())
}

/// The tallies that `peeks`, all of one scope, look at and that records make, by their keys.
fn peek_recorded<C: SqlConnection>(
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
