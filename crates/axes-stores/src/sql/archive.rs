//! What operators read of the past.
//!
//! Rows come in the order of their primary keys, so a slice costs the same however many there are. What
//! no index finds is looked for among so many rows at once: then a slice may hold less than asked for,
//! and others follow.

use std::net::IpAddr;

use axes_core::{Selector, Timestamp, normalize_username};

use crate::sql::columns::matching;
use crate::sql::value::{Row, Value, corrupt};
use crate::{
    Archive, Cursor, Dialect, Happened, Logged, Past, Recorded, Slice, SqlConnection, SqlStore,
    StoreError,
};

/// How many records are looked at for one slice at most, where no index finds them.
const RECORDS: i64 = 10_000;
/// How many lines of each log are looked at for one slice, where no index finds them.
const LINES: usize = 1000;

impl<C: SqlConnection> Archive for SqlStore<C> {
    fn recorded(
        &self,
        wanted: &Past,
        from: Option<&Cursor>,
        most: u32,
        _now: Timestamp,
    ) -> Result<Slice<Recorded>, StoreError> {
        let [before] = positions(from)?;
        let (who, of_who) = self.selected(&wanted.who);
        let mut condition = format!("id < ?{who}");
        let mut parameters = vec![Value::Int(before)];
        parameters.extend(of_who);
        let mut rest = 0;
        if let Some(since) = wanted.since {
            let (first, is_last) = self.window(&condition, &parameters)?;
            condition.push_str(" AND id >= ? AND attempt_time >= ?");
            parameters.extend([Value::Int(first), Value::Time(since)]);
            rest = if is_last { 0 } else { first };
        }
        let sql = format!(
            "SELECT id, username, ip_address, user_agent, path_info, failures_since_start, \
             attempt_time FROM axes_accessattempt WHERE {condition} ORDER BY id DESC LIMIT {}",
            most.saturating_add(1)
        );
        let rows = self.connection.query(&sql, &parameters)?;
        let mut items = rows
            .into_iter()
            .map(record)
            .collect::<Result<Vec<_>, _>>()?;
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        if items.len() > most {
            items.truncate(most);
            rest = items.last().map_or(before, |(id, _)| *id);
        }
        Ok(Slice {
            items: items.into_iter().map(|(_, item)| item).collect(),
            next: (rest > 0).then(|| cursor(&[rest])),
        })
    }

    fn logged(
        &self,
        wanted: &Past,
        from: Option<&Cursor>,
        most: u32,
    ) -> Result<Slice<Logged>, StoreError> {
        let [failures, accesses] = positions(from)?;
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let filters = wanted.since.is_some() || !wanted.who.is_everything();
        let number = most.saturating_add(1).max(if filters { LINES } else { 0 });
        let mut failures = self.lines(Log::Failures, failures, wanted, number)?;
        let mut accesses = self.lines(Log::Accesses, accesses, wanted, number)?;
        let mut items = Vec::new();
        while items.len() < most {
            // What is behind the last line that was read may be later than any of the other log.
            let Some(line) = Lines::latest(&mut failures, &mut accesses) else {
                break;
            };
            if wanted.has(&line) {
                items.push(line);
            }
        }
        let rest = [failures.rest(), accesses.rest()];
        Ok(Slice {
            items,
            next: rest.iter().any(|id| *id > 0).then(|| cursor(&rest)),
        })
    }

    fn purge(&self, forgotten: Timestamp, now: Timestamp, most: u32) -> Result<u64, StoreError> {
        let mut before = None;
        loop {
            let removed = Self::purge(self, forgotten, now, most)?;
            if removed > 0 {
                return Ok(removed);
            }
            // One purge looks at so many new rows only, and what is due may be behind them.
            let left = self.unseen()?;
            if left == 0 || before == Some(left) {
                return Ok(0);
            }
            before = Some(left);
        }
    }
}

impl<C: SqlConnection> SqlStore<C> {
    /// The condition of records of `who`, with its parameters: of few, as the index should be told.
    fn selected(&self, who: &Selector) -> (String, Vec<Value>) {
        let (condition, parameters) = matching(&who.parts());
        let condition = match self.connection.dialect() {
            Dialect::Sqlite => condition
                .split_inclusive(" = ?")
                .map(|one| one.replacen(" AND ", " AND unlikely(", 1) + ")")
                .collect(),
            Dialect::Postgres | Dialect::Mysql => condition,
        };
        (condition, parameters)
    }

    /// How many records no purge has looked at.
    fn unseen(&self) -> Result<i64, StoreError> {
        let sql = "SELECT COUNT(*) FROM axes_accessattempt WHERE seen_time IS NULL";
        let rows = self.connection.query(sql, &[])?;
        Row::new(rows.into_iter().next().ok_or_else(corrupt)?).int()
    }

    /// The primary key of the last of the next records on this `condition` that one slice looks at, and
    /// whether there are no others.
    fn window(&self, condition: &str, parameters: &[Value]) -> Result<(i64, bool), StoreError> {
        let sql = format!(
            "SELECT MIN(id), COUNT(*) FROM (SELECT id FROM axes_accessattempt WHERE {condition} \
             ORDER BY id DESC LIMIT {RECORDS}) AS next"
        );
        let rows = self.connection.query(&sql, parameters)?;
        let mut row = Row::new(rows.into_iter().next().ok_or_else(corrupt)?);
        let first = row.optional_int()?.unwrap_or(0);
        Ok((first, row.int()? < RECORDS))
    }

    /// So many lines of `log` before the one with the primary key `before`.
    fn lines(
        &self,
        log: Log,
        before: i64,
        wanted: &Past,
        number: usize,
    ) -> Result<Lines, StoreError> {
        if before <= 0 {
            return Ok(Lines::default());
        }
        let (table, told) = match log {
            Log::Failures => ("axes_accessfailurelog", "locked_out"),
            Log::Accesses => ("axes_accesslog", "logout_time"),
        };
        let mut condition = "id < ?".to_owned();
        let mut parameters = vec![Value::Int(before)];
        if let Some(network) = wanted.who.network
            && network.prefix_len() == network.max_prefix_len()
        {
            condition.push_str(" AND ip_address = ?");
            parameters.push(Value::Address(network.addr()));
        }
        let sql = format!(
            "SELECT id, username, ip_address, user_agent, path_info, attempt_time, {told} \
             FROM {table} WHERE {condition} ORDER BY id DESC LIMIT {number}"
        );
        let rows = self.connection.query(&sql, &parameters)?;
        let goes_on = rows.len() >= number;
        let read = |values| line(log, values);
        let mut rows = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        // Lines are written in the order of their times, but for clocks that differ a little.
        let is_old = |since: Timestamp| rows.iter().all(|(_, line)| line.time < since);
        if wanted.since.is_some_and(is_old) {
            return Ok(Lines::default());
        }
        rows.reverse();
        Ok(Lines {
            position: before,
            rows,
            goes_on,
        })
    }
}

#[derive(Clone, Copy)]
enum Log {
    Failures,
    Accesses,
}

/// Lines that were read of one log.
#[derive(Default)]
struct Lines {
    /// The primary key of the last one that was taken.
    position: i64,
    /// The others, the next one last.
    rows: Vec<(i64, Logged)>,
    /// Whether the log has more than those.
    goes_on: bool,
}

impl Lines {
    /// Takes the later one of the next lines of two logs, if both are known.
    fn latest(one: &mut Self, other: &mut Self) -> Option<Logged> {
        if one.is_unknown() || other.is_unknown() {
            return None;
        }
        let next = |lines: &Self| lines.rows.last().map(|(_, line)| line.time);
        // Who fails and logs in at the same millisecond most likely did it in this order.
        let later = if next(other) >= next(one) { other } else { one };
        let (id, line) = later.rows.pop()?;
        later.position = id;
        Some(line)
    }

    fn is_unknown(&self) -> bool {
        self.rows.is_empty() && self.goes_on
    }

    /// Before which primary key it goes on; 0 where it does not.
    fn rest(&self) -> i64 {
        if self.rows.is_empty() && !self.goes_on {
            0
        } else {
            self.position
        }
    }
}

impl Past {
    fn has(&self, line: &Logged) -> bool {
        let Selector {
            username,
            network,
            user_agent,
        } = &self.who;
        self.since.is_none_or(|since| line.time >= since)
            && username.as_ref().is_none_or(|wanted| {
                let name = line.username.as_deref().and_then(normalize_username);
                name.as_ref() == Some(wanted)
            })
            && network.is_none_or(|network| {
                line.ip_address
                    .is_some_and(|address| network.contains(&address))
            })
            && user_agent
                .as_ref()
                .is_none_or(|agent| *agent == line.user_agent)
    }
}

fn record(values: Vec<Value>) -> Result<(i64, Recorded), StoreError> {
    let mut row = Row::new(values);
    let id = row.int()?;
    let recorded = Recorded {
        username: row.optional_text()?,
        ip_address: address(&mut row)?,
        user_agent: row.optional_text()?.unwrap_or_default(),
        path_info: row.optional_text()?.unwrap_or_default(),
        failures: row.count()?,
        time: row.optional_time()?.unwrap_or(Timestamp::EPOCH),
    };
    Ok((id, recorded))
}

fn line(log: Log, values: Vec<Value>) -> Result<(i64, Logged), StoreError> {
    let mut row = Row::new(values);
    let id = row.int()?;
    let (username, ip_address) = (row.optional_text()?, address(&mut row)?);
    let (user_agent, path_info) = (row.optional_text()?, row.optional_text()?);
    let time = row.optional_time()?.unwrap_or(Timestamp::EPOCH);
    let what = match log {
        Log::Accesses => Happened::Success {
            logged_out: row.optional_time()?,
        },
        Log::Failures => Happened::Failure {
            locked_out: matches!(row.next()?, Value::Bool(true) | Value::Int(1)),
        },
    };
    let line = Logged {
        what,
        username,
        ip_address,
        user_agent: user_agent.unwrap_or_default(),
        path_info: path_info.unwrap_or_default(),
        time,
    };
    Ok((id, line))
}

/// What some other program wrote there may be no address.
fn address(row: &mut Row) -> Result<Option<IpAddr>, StoreError> {
    Ok(row.optional_text()?.and_then(|text| text.parse().ok()))
}

fn cursor(positions: &[i64]) -> Cursor {
    let texts: Vec<String> = positions.iter().map(ToString::to_string).collect();
    Cursor(texts.join(","))
}

/// Where `from` says that each table goes on.
fn positions<const N: usize>(from: Option<&Cursor>) -> Result<[i64; N], StoreError> {
    let Some(Cursor(text)) = from else {
        return Ok([i64::MAX; N]);
    };
    let numbers: Result<Vec<i64>, _> = text.split(',').map(str::parse).collect();
    let numbers = numbers.map_err(|_| corrupt())?;
    numbers.try_into().map_err(|_| corrupt())
}
