//! Counting a refused attempt and recording it as one: what a site does most while it is attacked.
//!
//! PostgreSQL does it in one statement, the others in a short transaction.

use axes_core::{Batch, Op, Reply, Take, Taken, Tally, Timestamp};

use crate::sql::bans::Asking;
use crate::sql::grab::{MORE_LISTED, refusal_expires};
use crate::sql::listing::listed;
use crate::sql::piece::Piece;
use crate::sql::records;
use crate::sql::store::Stage;
use crate::sql::tallies::{STATE, new_version, read};
use crate::sql::value::{Row, Value};
use crate::{Dialect, ErrorKind, SqlConnection, SqlStore, StoreError};

impl<C: SqlConnection> SqlStore<C> {
    /// Does `take` as one with what follows from a refusal, where that is what is to be expected: the
    /// last time was a refusal too. None where it was not done.
    pub(super) fn take_as_one(
        &self,
        take: &Take,
        now: Timestamp,
        asking: &Asking<'_>,
    ) -> Result<Option<Reply>, StoreError> {
        let taken = Taken::LockedOut { newly: false };
        let consequences = take.consequences(taken);
        if consequences.is_empty()
            || !self.known.is_locked_out(take.key, now)
            || self.known.is_banned(take.key, now)
            || self.connection.is_in_transaction()
        {
            return Ok(None);
        }
        let can = self.connection.dialect() == Dialect::Postgres && !self.expirations;
        let condition = asking.nobody_refuses(&self.known);
        let together = can.then(|| together(take, consequences, condition, now));
        let together = together.flatten();
        let done = if let Some(statement) = together {
            let tally = first_tally(&self.connection, &statement?);
            tally.map(|tally| {
                tally.map(|tally| {
                    asking.note_nobody_refuses();
                    Reply::Taken { taken, tally }
                })
            })
        } else {
            self.whole(|| {
                let reply = self.take_alone(take, now, Stage::Transaction, asking)?;
                self.follow(take, &reply, now, Stage::Transaction)?;
                Ok(Some(reply))
            })
        };
        match done {
            Ok(None) => {
                // It is locked out no more.
                self.known.forget(take.key);
                Ok(None)
            }
            // Somebody was in the way. In single steps that is no matter.
            Err(error) if matches!(error.kind(), ErrorKind::Contended | ErrorKind::Conflict) => {
                Ok(None)
            }
            done => done,
        }
    }

    /// Executes what follows from what was taken.
    pub(super) fn follow(
        &self,
        take: &Take,
        reply: &Reply,
        now: Timestamp,
        stage: Stage,
    ) -> Result<(), StoreError> {
        let Reply::Taken { taken, .. } = reply else {
            return Ok(());
        };
        let batch = Batch::new(take.consequences(*taken).to_vec());
        match self.run(&batch, now, stage) {
            // A transaction is of no use after that; its batch is done again in single steps.
            Err(error) if error.kind() == ErrorKind::Conflict && stage == Stage::Alone => {
                self.adopt(&batch).map_err(|_| error)?;
                self.run(&batch, now, stage).map(|_| ())
            }
            done => done.map(|_| ()),
        }
    }
}

/// The statement that counts a refusal, records it and returns the tally, where there is one and
/// `condition` holds.
fn together(
    take: &Take,
    consequences: &[Op],
    condition: Piece,
    now: Timestamp,
) -> Option<Result<Piece, StoreError>> {
    let [
        Op::Record {
            record,
            refused: true,
            terms,
        },
    ] = consequences
    else {
        return None;
    };
    // Where the number of failures decides about the cool-off, the engine has to.
    let expires = refusal_expires(take, now)?;
    let longest = terms.cool_off.longest();
    let forgotten = longest.map(|longest| now.minus(longest));
    let counted = Some("EXISTS (SELECT 1 FROM counted)");
    let recording = records::counting(Dialect::Postgres, record, true, forgotten, counted);
    Some(counting(take, expires, condition, now).map(|counting| {
        Piece::new("WITH counted AS (", [])
            .then(counting)
            .with("), recorded AS (", [])
            .then(recording)
            .with(&format!(") SELECT {STATE} FROM counted"), [])
    }))
}

/// The statement that counts a refusal, so that all is forgotten at `expires`.
fn counting(
    take: &Take,
    expires: Timestamp,
    condition: Piece,
    now: Timestamp,
) -> Result<Piece, StoreError> {
    let [_, listed_until] = listed(&Tally {
        expires,
        ..Tally::blank(0)
    });
    let sql = format!(
        "UPDATE axes_tally SET version = ?, failures = failures + 1, last_at = ?, \
         expires_at = ?, listed_failures = {MORE_LISTED}, listed_until = ? WHERE scope_key = ? \
         AND failures >= ? AND expires_at > ? AND expires_at <= ? AND last_at <= ? \
         AND locked_since IS NOT NULL AND current_permits = 0 AND previous_permits = 0 \
         AND "
    );
    let parameters = [
        Value::Int(new_version()?),
        Value::millis(now),
        Value::millis(expires),
        listed_until,
        Value::Text(take.key.to_string()),
        Value::int(take.terms.limit),
        Value::millis(now),
        Value::millis(expires),
        Value::millis(now),
    ];
    let returning = format!("{AT_LEISURE} RETURNING {STATE}");
    Ok(Piece::new(&sql, parameters)
        .then(condition)
        .with(&returning, []))
}

fn first_tally<C: SqlConnection>(
    connection: &C,
    statement: &Piece,
) -> Result<Option<Tally>, StoreError> {
    let rows = connection.query(&statement.text, &statement.parameters)?;
    let row = rows.into_iter().next();
    row.map(|values| read(&mut Row::new(values))).transpose()
}

/// A condition that always holds, and lets the commit of this statement not wait for the disk.
///
/// What a crash of the server itself loses then is that somebody who is locked out tried again: no
/// password was checked, and the lockout is on the disk.
const AT_LEISURE: &str = "set_config('synchronous_commit', 'off', true) IS NOT NULL";
