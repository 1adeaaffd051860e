//! Deleting what has expired.
//!
//! What is due is found by an index of times that nobody writes but purging: of each row, the last
//! time that counted when a purge looked at it, and none where none has. A row that is due by that and
//! still alive gets its time of now. So attempts leave the index alone, each purge reads what is new
//! and what is due, and never the same twice, whatever keeps a row alive.

use std::collections::BTreeSet;
use std::time::Duration;

use axes_core::Timestamp;

use crate::sql::expirations;
use crate::sql::records::LAST_FAILURE;
use crate::sql::value::{Row, Value};
use crate::{Dialect, ErrorKind, SqlConnection, StoreError};

/// How often one purge goes on to the next rows where it deletes little.
const ROUNDS: u32 = 10;

/// What is deleted.
struct Purge<'a, C> {
    connection: &'a C,
    /// Whether records keep an expiry of their own.
    expirations: bool,
    forgotten: Timestamp,
    now: Timestamp,
    /// How many rows one statement finds at most.
    most: u32,
}

/// Deletes records that are forgotten until there are `most`, or no more, and some tallies.
pub(crate) fn purge<C: SqlConnection>(
    connection: &C,
    expirations: bool,
    forgotten: Timestamp,
    now: Timestamp,
    most: u32,
) -> Result<u64, StoreError> {
    let purge = Purge {
        connection,
        expirations,
        forgotten,
        now,
        most,
    };
    let mut removed: u64 = 0;
    let mut goes_on = || -> Result<(), StoreError> {
        purge.tallies()?;
        for _ in 0..ROUNDS {
            let (deleted, is_last) = purge.records()?;
            removed = removed.saturating_add(deleted);
            if is_last || removed >= u64::from(most) {
                break;
            }
        }
        Ok(())
    };
    match goes_on() {
        // Whoever is in the way there keeps it alive, or deletes it. A transaction is broken by that.
        Err(error) if error.kind() == ErrorKind::Contended && !connection.is_in_transaction() => {
            Ok(removed)
        }
        done => done.map(|()| removed),
    }
}

impl<C: SqlConnection> Purge<'_, C> {
    /// A tally outlives what it has forgotten as long as there may be records of that: without it they
    /// would count again. Permits that were never settled became failures when their leases ran out,
    /// and are remembered from then on, though no column says so until somebody looks.
    fn tallies(&self) -> Result<(), StoreError> {
        let due = [
            (self.unseen("seen_at"), vec![]),
            (
                "seen_at <= ? ORDER BY seen_at".to_owned(),
                vec![Value::millis(self.forgotten)],
            ),
        ];
        let mut keys = Vec::new();
        for (condition, parameters) in due {
            let most = self.most;
            let sql = format!("SELECT scope_key FROM axes_tally WHERE {condition} LIMIT {most}");
            for values in self.connection.query(&sql, &parameters)? {
                keys.extend(Row::new(values).optional_text()?.map(Value::Text));
            }
        }
        if keys.is_empty() {
            return Ok(());
        }
        let these = format!("scope_key IN ({})", marks(&keys));
        let idle =
            "expires_at <= ? AND current_until <= ? AND previous_until <= ? AND last_at <= ?";
        let mut parameters = keys.clone();
        parameters.push(Value::millis(self.now));
        parameters.extend(vec![Value::millis(self.forgotten); 3]);
        let sql = format!("DELETE FROM axes_tally WHERE {these} AND {idle}");
        self.connection.execute(&sql, &parameters)?;
        let latest = match self.connection.dialect() {
            Dialect::Sqlite => "MAX",
            Dialect::Postgres | Dialect::Mysql => "GREATEST",
        };
        // Those that are being changed stay as they are: PostgreSQL locks rows in any order.
        let free = match self.connection.dialect() {
            Dialect::Postgres => format!(
                "scope_key IN (SELECT scope_key FROM axes_tally WHERE {these} FOR UPDATE SKIP LOCKED)"
            ),
            Dialect::Sqlite | Dialect::Mysql => these,
        };
        let sql = format!(
            "UPDATE axes_tally SET seen_at = \
             {latest}(last_at, current_until, previous_until, expires_at - ?) WHERE {free}"
        );
        let kept = self
            .now
            .as_millis()
            .saturating_sub(self.forgotten.as_millis());
        let parameters: Vec<_> = [Value::Int(kept)].into_iter().chain(keys).collect();
        self.connection.execute(&sql, &parameters).map(|_| ())
    }

    /// Deletes some records; returns how many, and whether nothing else is due.
    fn records(&self) -> Result<(u64, bool), StoreError> {
        let mut due = BTreeSet::new();
        let mut is_last = true;
        for (sql, parameters) in self.due_records() {
            let keys = self.keys(&sql, &parameters)?;
            is_last &= keys.len() < usize::try_from(self.most).unwrap_or(usize::MAX);
            due.extend(keys);
        }
        if due.is_empty() {
            return Ok((0, true));
        }
        let due: Vec<Value> = due.into_iter().map(Value::Int).collect();
        let removed = self.delete_records(self.forgotten_records(&due)?)?;
        self.note_records(&due)?;
        Ok((removed, is_last))
    }

    /// The statements that find the primary keys of records that may be forgotten.
    fn due_records(&self) -> Vec<(String, Vec<Value>)> {
        let most = self.most;
        let records = "SELECT id FROM axes_accessattempt WHERE";
        let unseen = self.unseen("seen_time");
        let mut due = vec![
            (format!("{records} {unseen} LIMIT {most}"), vec![]),
            (
                format!("{records} seen_time <= ? ORDER BY seen_time LIMIT {most}"),
                vec![Value::Time(self.forgotten)],
            ),
        ];
        if self.expirations {
            let sql = format!(
                "SELECT access_attempt_id FROM axes_accessattemptexpiration \
                 WHERE expires_at <= ? ORDER BY expires_at LIMIT {most}"
            );
            due.push((sql, vec![Value::Time(self.now)]));
        }
        due
    }

    /// That no purge has looked at a row yet.
    fn unseen(&self, column: &str) -> String {
        match self.connection.dialect() {
            // It would rather read the table than an index whose values it does not expect to differ.
            Dialect::Sqlite => format!("unlikely({column} IS NULL)"),
            Dialect::Postgres | Dialect::Mysql => format!("{column} IS NULL"),
        }
    }

    fn keys(&self, sql: &str, parameters: &[Value]) -> Result<Vec<i64>, StoreError> {
        let rows = self.connection.query(sql, parameters)?;
        rows.into_iter().map(|it| Row::new(it).int()).collect()
    }

    /// Which of the records `due` are forgotten.
    fn forgotten_records(&self, due: &[Value]) -> Result<Vec<Value>, StoreError> {
        // A refused attempt alone keeps the record: somebody was told of it.
        let old = format!("{LAST_FAILURE} <= ? AND axes_accessattempt.attempt_time <= ?");
        let mut parameters = due.to_vec();
        let (joined, condition) = if self.expirations {
            parameters.push(Value::Time(self.now));
            let condition = format!("(expires_at <= ? OR (expires_at IS NULL AND {old}))");
            (expirations::JOIN, condition)
        } else {
            ("", old)
        };
        parameters.extend([Value::Time(self.forgotten), Value::Time(self.forgotten)]);
        let these = marks(due);
        let sql = format!(
            "SELECT id FROM axes_accessattempt{joined} WHERE id IN ({these}) AND {condition}"
        );
        let keys = self.keys(&sql, &parameters)?;
        Ok(keys.into_iter().map(Value::Int).collect())
    }

    /// Deletes the records `keys`; returns how many that were.
    fn delete_records(&self, mut keys: Vec<Value>) -> Result<u64, StoreError> {
        if keys.is_empty() {
            return Ok(0);
        }
        // What failed again meanwhile is not forgotten any more. Times in the tables are finer than
        // ours.
        let old = format!("id IN ({}) AND attempt_time <= ?", marks(&keys));
        let until = if self.expirations {
            self.now.plus(Duration::from_millis(1))
        } else {
            self.forgotten
        };
        let mut expiries = match self.connection.dialect() {
            Dialect::Sqlite | Dialect::Postgres => format!(
                "DELETE FROM axes_accessattemptexpiration WHERE access_attempt_id IN \
                 (SELECT id FROM axes_accessattempt WHERE {old})"
            ),
            // There, the other form looks at every row.
            Dialect::Mysql => format!(
                "DELETE axes_accessattemptexpiration FROM axes_accessattempt \
                 INNER JOIN axes_accessattemptexpiration ON access_attempt_id = id WHERE {old}"
            ),
        };
        keys.push(Value::Time(until));
        let mut of_expiries = keys.clone();
        if self.expirations {
            expiries.push_str(" AND expires_at <= ?");
            of_expiries.push(Value::Time(self.now));
        }
        let records = format!(
            "DELETE FROM axes_accessattempt WHERE {old} AND NOT EXISTS (SELECT 1 FROM \
             axes_accessattemptexpiration WHERE access_attempt_id = axes_accessattempt.id)"
        );
        self.connection.execute(&expiries, &of_expiries)?;
        self.connection.execute(&records, &keys)
    }

    /// Notes the last time of those of the records `due` that are still there.
    fn note_records(&self, due: &[Value]) -> Result<(), StoreError> {
        let latest = "CASE WHEN last_failure_time > attempt_time THEN last_failure_time \
                      ELSE attempt_time END";
        let latest = if self.expirations {
            format!(
                "COALESCE((SELECT expires_at FROM axes_accessattemptexpiration WHERE \
                 access_attempt_id = axes_accessattempt.id AND expires_at > {latest}), {latest})"
            )
        } else {
            latest.to_owned()
        };
        let these = format!("id IN ({})", marks(due));
        let free = match self.connection.dialect() {
            Dialect::Postgres => format!(
                "id IN (SELECT id FROM axes_accessattempt WHERE {these} FOR UPDATE SKIP LOCKED)"
            ),
            Dialect::Sqlite | Dialect::Mysql => these,
        };
        let sql = format!("UPDATE axes_accessattempt SET seen_time = {latest} WHERE {free}");
        self.connection.execute(&sql, due).map(|_| ())
    }
}

fn marks(values: &[Value]) -> String {
    vec!["?"; values.len()].join(", ")
}
