//! Settling in one statement, where a database writes two tables in one: PostgreSQL.
//!
//! A transaction would be four round trips, and this is one. It is for the attempt that nobody came
//! between; where somebody did, it changes nothing, and a transaction does it.

use axes_core::{Batch, Fail, GiveBack, Op, Record, Reply, ScopeKey, Tally, Terms, Timestamp};

use crate::sql::piece::Piece;
use crate::sql::value::Value;
use crate::sql::{logs, records, tallies};
use crate::{Dialect, KnownTallies, SqlConnection, StoreError};

/// A batch that one statement can do.
pub(crate) enum Together<'a> {
    /// A failure in one tally, which was seen when the permit was taken.
    Failure(&'a Record, &'a Terms, &'a Fail, &'a Tally),
    /// A success that gives one permit back.
    Success(&'a Record, &'a str, &'a GiveBack, &'a Tally),
}

impl<'a> Together<'a> {
    /// `batch` as one that can be done so, if it is.
    pub(crate) fn of(batch: &'a Batch) -> Option<Self> {
        match batch.ops() {
            [
                Op::Record {
                    record,
                    refused: false,
                    terms,
                },
                Op::Fail(fail),
            ] => Some(Self::Failure(record, terms, fail, fail.seen.as_ref()?)),
            [
                Op::LogAccess {
                    record,
                    session_hash,
                },
                Op::GiveBack(give_back),
            ] => Some(Self::Success(
                record,
                session_hash,
                give_back,
                give_back.seen.as_ref()?,
            )),
            _ => None,
        }
    }

    /// Locks the tally, as the first thing of the transaction that does it otherwise: the statement
    /// locks in this order too, and two that wait for each other would wait for long.
    pub(crate) fn lock<C: SqlConnection>(&self, connection: &C) -> Result<(), StoreError> {
        let sql = "SELECT 1 FROM axes_tally WHERE scope_key = ? FOR UPDATE";
        let key = Value::Text(self.key().to_string());
        connection.query(sql, &[key]).map(|_| ())
    }

    const fn key(&self) -> ScopeKey {
        match self {
            Self::Failure(_, _, fail, _) => fail.key,
            Self::Success(_, _, give_back, _) => give_back.key,
        }
    }

    /// Does it, if nobody has written the tally since it was seen.
    pub(crate) fn execute<C: SqlConnection>(
        &self,
        connection: &C,
        known: &KnownTallies,
        now: Timestamp,
    ) -> Result<Option<Vec<Reply>>, StoreError> {
        match self {
            Self::Failure(record, terms, fail, seen) => {
                let (newly_locked, mut tally) = fail.apply(Some((*seen).clone()), now);
                known.note(fail.key, &tally, terms.limit);
                let longest = terms.cool_off.longest();
                let forgotten = longest.map(|longest| now.minus(longest));
                let update = tallies::update(fail.key, seen, &mut tally)?;
                let counting =
                    records::counting(Dialect::Postgres, record, false, forgotten, WRITTEN);
                let Piece { text, parameters } = after(update).then(counting);
                let counted = Reply::Counted {
                    newly_locked,
                    tally,
                };
                let done = connection.execute(&text, &parameters)? > 0;
                Ok(done.then(|| vec![Reply::Done, counted]))
            }
            Self::Success(record, session_hash, give_back, seen) => {
                let mut tally = give_back.apply((*seen).clone(), now);
                let write = if tally.is_blank() {
                    known.forget(give_back.key);
                    tallies::deletion(give_back.key, seen)
                } else {
                    tallies::update(give_back.key, seen, &mut tally)?
                };
                let logging = logs::logging(record, session_hash, WRITTEN);
                let Piece { text, parameters } = after(write).then(logging);
                let done = connection.execute(&text, &parameters)? > 0;
                Ok(done.then(|| vec![Reply::Done, Reply::Done]))
            }
        }
    }
}

/// The condition of what is done only then.
const WRITTEN: Option<&str> = Some("EXISTS (SELECT 1 FROM written)");

/// What a statement begins with that depends on whether `write` wrote a row.
fn after(write: Piece) -> Piece {
    Piece::new("WITH written AS (", [])
        .then(write)
        .with(" RETURNING 1) ", [])
}
