//! Telling who is locked out.

use axes_core::{Judge, ScopeKey, Suspect, Tally, Timestamp};

use crate::sql::recorded::Groups;
use crate::sql::sources::{Source, Statement};
use crate::sql::value::{Row, Value, corrupt};
use crate::{Asked, Listing, Page, SqlConnection, SqlStore, StoreError, Wanted};

/// Failures are listed up to this number, so that the index need not follow every try of somebody
/// who is locked out for long.
pub(crate) const MOST_LISTED: u32 = 1000;
/// To what the end of a lockout is rounded up, for the same reason, in milliseconds.
const ROUNDED: i64 = 60_000;

/// The columns that a list is made by: whatever is locked out has enough of the first and a second
/// that has not come yet. The judge says which of those are.
pub(crate) fn listed(tally: &Tally) -> [Value; 2] {
    let failures = tally.failures.saturating_add(tally.in_flight());
    let until = if tally.in_flight() > 0 {
        // When they lapse, they are failures, remembered for who knows how long.
        i64::MAX
    } else {
        let minutes = tally.expires.as_millis().checked_div(ROUNDED).unwrap_or(0);
        minutes.saturating_add(1).saturating_mul(ROUNDED)
    };
    [Value::int(failures.min(MOST_LISTED)), Value::Int(until)]
}

/// A tally that may be locked out, with what it counts on as columns hold it.
pub(crate) struct Found {
    pub(crate) suspect: Suspect,
    pub(crate) values: [Value; 3],
}

impl<C: SqlConnection> Listing for SqlStore<C> {
    fn lockouts(&self, asked: &Asked<'_>, now: Timestamp) -> Result<Page, StoreError> {
        if let Wanted::Keys(keys) = &asked.wanted {
            let found = self.with_keys(&asked.judge, keys, now)?;
            return Ok(asked.page(found.into_iter().map(|found| found.suspect), now));
        }
        let mut page = Page::default();
        let mut skip = asked.start;
        let mut room = asked.length();
        let mut counted: usize = 0;
        for source in self.sources(&asked.judge, now) {
            let statement = source.statement(&asked.judge, &asked.wanted);
            let found = if room > 0 {
                self.found(&source, &statement, Some((room, skip)))?
            } else {
                Vec::new()
            };
            let is_last = found.len() < room && (skip == 0 || !found.is_empty());
            let there = if is_last {
                skip.saturating_add(found.len())
            } else {
                self.count(&statement)?
            };
            skip = skip.saturating_sub(there);
            room = room.saturating_sub(found.len());
            counted = counted.saturating_add(there);
            let suspects = found.into_iter().map(|found| found.suspect);
            page.lockouts.extend(
                suspects
                    .filter(|suspect| asked.wanted.matches(suspect.key, &suspect.parts))
                    .filter_map(|suspect| asked.judge.lockout(suspect, now)),
            );
        }
        // Pages are cut before the judge looks at them. Where there is one only, nothing is cut.
        let is_whole = asked.start == 0 && counted <= asked.stop;
        page.total = if is_whole {
            page.lockouts.len()
        } else {
            counted
        } as u64;
        Ok(page)
    }

    fn unlock(&self, judge: &Judge<'_>, key: ScopeKey, now: Timestamp) -> Result<bool, StoreError> {
        let found = self.with_keys(judge, &[key], now)?;
        let Some(Found { suspect, values }) = found.into_iter().next() else {
            return Ok(false);
        };
        if judge.lockout(suspect, now).is_none() {
            return Ok(false);
        }
        self.reset_values(&values)?;
        Ok(true)
    }
}

impl<C: SqlConnection> SqlStore<C> {
    /// What is locked out is found in the tallies; until somebody tries, it may be in records only:
    /// of another program, or of a policy that counted on something else.
    fn sources<'a>(&self, judge: &'a Judge<'_>, now: Timestamp) -> Vec<Source<'a>> {
        let mut sources = vec![Source::Stored(now)];
        // Where the site's own code decides, nobody can tell what a record means.
        if let (Some(_), Some(scopes)) = (judge.limit(), judge.scopes()) {
            sources.extend(scopes.iter().map(|scope| {
                Source::Recorded(Groups {
                    scope: *scope,
                    terms: judge.terms(),
                    expirations: self.expirations,
                    now,
                })
            }));
        }
        sources
    }

    /// What `source` holds: so many, after so many others, or all.
    fn found(
        &self,
        source: &Source<'_>,
        statement: &Statement,
        page: Option<(usize, usize)>,
    ) -> Result<Vec<Found>, StoreError> {
        let Statement {
            columns,
            from,
            order,
            parameters,
        } = statement;
        let mut sql = format!("SELECT {columns} FROM {from} ORDER BY {order}");
        let mut parameters = parameters.clone();
        if let Some((limit, offset)) = page {
            sql.push_str(" LIMIT ? OFFSET ?");
            let number = |number| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
            parameters.extend([number(limit), number(offset)]);
        }
        let rows = self.connection.query(&sql, &parameters)?;
        rows.into_iter().map(|row| source.read(row)).collect()
    }

    fn count(&self, statement: &Statement) -> Result<usize, StoreError> {
        let sql = format!("SELECT COUNT(*) FROM {}", statement.from);
        let rows = self.connection.query(&sql, &statement.parameters)?;
        let values = rows.into_iter().next().ok_or_else(corrupt)?;
        usize::try_from(Row::new(values).int()?).map_err(|_| corrupt())
    }

    /// The tallies `keys`, as far as they may be locked out.
    fn with_keys(
        &self,
        judge: &Judge<'_>,
        keys: &[ScopeKey],
        now: Timestamp,
    ) -> Result<Vec<Found>, StoreError> {
        let wanted = Wanted::Keys(keys.to_vec());
        let mut found: Vec<Found> = Vec::new();
        for source in self.sources(judge, now) {
            if found.len() < keys.len() {
                let statement = source.statement(judge, &wanted);
                let more = self.found(&source, &statement, None)?;
                // The keys of what is in records only are in no column.
                found.extend(
                    more.into_iter()
                        .filter(|one| keys.contains(&one.suspect.key)),
                );
            }
        }
        Ok(found)
    }
}
