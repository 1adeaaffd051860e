//! Tallies that records make.

use std::fmt::Write as _;

use axes_core::{Parameter, Parts, Scope, Tally, Terms, Timestamp, normalize_username};

use crate::StoreError;
use crate::sql::columns::{PART_COLUMNS, network};
use crate::sql::expirations;
use crate::sql::records::{CHECKED, LAST_FAILURE};
use crate::sql::value::{Row, Value};

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
