//! Executing batches over a connection.

use std::sync::Arc;

use axes_core::{
    Batch, ClearProven, Fail, GiveBack, OnLocked, Op, Parts, Peek, Record, Reply, ScopeKey,
    Selector, Take, Taken, Tally, Terms, Timestamp,
};

use crate::sql::grab::{Grabbed, grab};
use crate::sql::together::Together;
use crate::sql::{expirations, logs, peeks, purge, records, resets, tallies, value::Value};
use crate::{Dialect, ErrorKind, KnownTallies, SqlConnection, Store, StoreError};

/// How often a tally that others change at the same time is tried again. Whenever one try is in
/// vain, another one somewhere has succeeded.
const SWAPS: u32 = 1000;
/// The same inside a transaction, which may see an old snapshot for ever: then it is begun again.
pub(super) const SWAPS_IN_TRANSACTION: u32 = 10;
/// How often a batch is begun again that others were in the way of.
const RETRIES: u32 = 20;

/// A store in the tables that Django's migrations create.
#[derive(Debug)]
pub struct SqlStore<C> {
    pub(super) connection: C,
    /// Whether each record has an expiry of its own.
    pub(super) expirations: bool,
    pub(super) known: Arc<KnownTallies>,
}

impl<C: SqlConnection> SqlStore<C> {
    /// A store over `connection`.
    #[must_use]
    pub fn new(connection: C) -> Self {
        Self {
            connection,
            expirations: false,
            known: Arc::default(),
        }
    }

    /// The same, with what other stores of this process have `known`.
    #[must_use]
    pub fn with_known(self, known: Arc<KnownTallies>) -> Self {
        Self { known, ..self }
    }

    /// The same, where `expirations` says whether each record keeps the time at which it expires. A
    /// cool-off that the operator changes then holds for later failures only.
    #[must_use]
    pub fn with_expirations(self, expirations: bool) -> Self {
        Self {
            expirations,
            ..self
        }
    }

    /// Deletes some of the records and tallies that nobody needs any more: those whose last failure
    /// is from before `forgotten`, or that expired before `now`. Returns how many records that were;
    /// there may be more when it is at least `most`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot do it.
    pub fn purge(
        &self,
        forgotten: Timestamp,
        now: Timestamp,
        most: u32,
    ) -> Result<u64, StoreError> {
        purge::purge(&self.connection, self.expirations, forgotten, now, most)
    }

    /// Makes every tally that counts records with one of `affected` anew when it is needed: for
    /// records that were changed or deleted by somebody else.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot do it.
    pub fn forget_tallies(&self, affected: &[Parts]) -> Result<(), StoreError> {
        resets::forget(&self.connection, affected)
    }

    fn execute_once(&self, batch: &Batch, now: Timestamp) -> Result<Vec<Reply>, StoreError> {
        if let Some(peeks) = peeks::many(batch) {
            return peeks::all(&self.connection, self.expirations, &peeks, now);
        }
        let alone = |op: &Op| matches!(op, Op::Take(_) | Op::Peek(_));
        if self.connection.is_in_transaction() {
            self.lock_sqlite(batch)?;
        }
        if batch.ops().len() < 2 && !matches!(batch.ops(), [Op::Reset(_)])
            || batch.ops().iter().all(alone)
        {
            return self.run(batch, now, SWAPS);
        }
        if let Some(together) = self.together(batch) {
            let done = together.execute(&self.connection, &self.known, now)?;
            return done.map_or_else(
                || {
                    self.whole(|| {
                        together.lock(&self.connection)?;
                        self.run(&unseen(batch), now, SWAPS_IN_TRANSACTION)
                    })
                },
                Ok,
            );
        }
        self.whole(|| {
            self.lock_sqlite(batch)?;
            self.run(batch, now, SWAPS_IN_TRANSACTION)
        })
    }

    /// `batch` as one that a single statement can do here, if it is.
    fn together<'a>(&self, batch: &'a Batch) -> Option<Together<'a>> {
        let can = self.connection.dialect() == Dialect::Postgres
            && !self.expirations
            && !self.connection.is_in_transaction();
        can.then(|| Together::of(batch)).flatten()
    }

    /// Does `work` in a transaction.
    pub(super) fn whole<T>(
        &self,
        work: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.connection.begin()?;
        let committed = work().and_then(|done| self.connection.commit().map(|()| done));
        if committed.is_err() {
            self.connection.roll_back();
        }
        committed
    }

    /// Forgets what is counted on exactly `values` (of the columns of parts), as a reset of them does.
    pub(super) fn reset_values(&self, values: &[Value; 3]) -> Result<(), StoreError> {
        let mut tries: u32 = 0;
        loop {
            let done = self.whole(|| {
                self.lock_sqlite_first()?;
                let (touched, _) = resets::reset_values(&self.connection, values)?;
                self.lower(touched, SWAPS_IN_TRANSACTION)
            });
            tries = tries.saturating_add(1);
            match done {
                Err(error) if error.kind() == ErrorKind::Contended && tries < RETRIES => {}
                done => return done,
            }
        }
    }

    /// Takes over the records that stand in the way of `batch`.
    pub(super) fn adopt(&self, batch: &Batch) -> Result<(), StoreError> {
        for record in batch.ops().iter().filter_map(recorded) {
            records::adopt(&self.connection, record)?;
        }
        Ok(())
    }

    /// SQLite lets a transaction that began with reading write only if nobody else wrote since. One
    /// that begins with writing waits for its turn.
    fn lock_sqlite(&self, batch: &Batch) -> Result<(), StoreError> {
        let locks_anyway = matches!(
            batch.ops().first(),
            Some(
                Op::Peek(_)
                    | Op::Record { .. }
                    | Op::LogAccess { .. }
                    | Op::LogFailure { .. }
                    | Op::LogOut { .. }
            )
        );
        if locks_anyway {
            return Ok(());
        }
        self.lock_sqlite_first()
    }

    fn lock_sqlite_first(&self) -> Result<(), StoreError> {
        if self.connection.dialect() != Dialect::Sqlite {
            return Ok(());
        }
        let sql = "UPDATE axes_tally SET version = version WHERE scope_key = ?";
        self.connection.execute(sql, &[Value::text("")]).map(|_| ())
    }

    pub(super) fn run(
        &self,
        batch: &Batch,
        now: Timestamp,
        swaps: u32,
    ) -> Result<Vec<Reply>, StoreError> {
        let mut replies = Vec::with_capacity(batch.ops().len());
        let mut locked_out = false;
        for op in batch.ops() {
            let reply = match op {
                Op::Take(take) => self.take(take, now, swaps)?,
                Op::Fail(fail) => self.fail(fail, now, swaps)?,
                Op::GiveBack(give_back) => self.give_back(give_back, now, swaps)?,
                Op::Peek(peek) => self.peek(peek, now)?,
                Op::Record {
                    record,
                    refused,
                    terms,
                } => {
                    self.record(record, *refused, terms, now)?;
                    Reply::Done
                }
                Op::ClearProven(clear) => self.clear_proven(clear, now, swaps)?,
                Op::LogFailure {
                    record,
                    refused,
                    keep,
                } => {
                    logs::failure(&self.connection, record, *refused || locked_out, *keep)?;
                    Reply::Done
                }
                Op::LogAccess {
                    record,
                    session_hash,
                } => {
                    logs::access(&self.connection, record, session_hash)?;
                    Reply::Done
                }
                Op::LogOut {
                    username,
                    session_hash,
                    time,
                } => {
                    logs::log_out(&self.connection, username.as_deref(), session_hash, *time)?;
                    Reply::Done
                }
                Op::Reset(selector) => self.reset(selector, swaps)?,
                _ => return Err(StoreError::new(ErrorKind::Corrupt, "execute an unknown op")),
            };
            if let (Op::Fail(fail), Reply::Counted { tally, .. }) = (op, &reply) {
                let is_locked_out = tally.is_locked_out(fail.terms.limit);
                self.known.note(fail.key, tally, fail.terms.limit);
                locked_out |= is_locked_out;
            }
            let ends = reply.ends_batch();
            replies.push(reply);
            if ends {
                replies.resize(batch.ops().len(), Reply::Skipped);
                break;
            }
        }
        Ok(replies)
    }

    fn load(
        &self,
        key: ScopeKey,
        parts: &Parts,
        terms: &Terms,
        now: Timestamp,
    ) -> Result<Tally, StoreError> {
        tallies::load(&self.connection, self.expirations, key, parts, terms, now)
    }

    fn record(
        &self,
        record: &Record,
        refused: bool,
        terms: &Terms,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let forgotten = match terms.cool_off.longest() {
            Some(longest) if self.expirations => {
                expirations::forgotten(&self.connection, record, longest, now)?
            }
            Some(longest) => Some(now.minus(longest)),
            None => None,
        };
        records::count(&self.connection, record, refused, forgotten)?;
        if let (true, Some(longest)) = (self.expirations, terms.cool_off.longest()) {
            expirations::extend(&self.connection, record, now.plus(longest))?;
        }
        Ok(())
    }

    fn take(&self, take: &Take, now: Timestamp, swaps: u32) -> Result<Reply, StoreError> {
        if let Some(reply) = self.take_as_one(take, now)? {
            return Ok(reply);
        }
        let reply = self.take_alone(take, now, swaps)?;
        self.follow(take, &reply, now, swaps)?;
        Ok(reply)
    }

    pub(super) fn take_alone(
        &self,
        take: &Take,
        now: Timestamp,
        swaps: u32,
    ) -> Result<Reply, StoreError> {
        let mut found = None;
        // A limit of nothing is not for statements: a tally would begin locked out.
        if take.terms.limit > 0 && self.connection.returns_rows() && !self.looks_first(take, now) {
            let expected = self.known.is_there(take.key);
            found = match grab(&self.connection, take, expected, now)? {
                Grabbed::Done(taken, tally) => {
                    self.known.note(take.key, &tally, take.terms.limit);
                    return Ok(Reply::Taken { taken, tally });
                }
                Grabbed::Undone(found) => found,
            };
        }
        for _ in 0..swaps {
            let loaded = match found.take() {
                Some(found) => found,
                None => self.load(take.key, &take.parts, &take.terms, now)?,
            };
            let (taken, mut tally) = take.apply(Some(loaded.clone()), now);
            // Nothing changed that anybody has to know: refusing stays one statement.
            let quiet = tally.failures == loaded.failures
                && tally.locked_since == loaded.locked_since
                && !matches!(taken, Taken::Granted(_));
            if quiet || self.store(take.key, &take.parts, &loaded, &mut tally)? {
                self.known.note(take.key, &tally, take.terms.limit);
                return Ok(Reply::Taken { taken, tally });
            }
        }
        Err(contended())
    }

    fn fail(&self, fail: &Fail, now: Timestamp, swaps: u32) -> Result<Reply, StoreError> {
        let mut seen = fail.seen.clone();
        for _ in 0..swaps {
            let loaded = match seen.take() {
                Some(seen) => seen,
                None => self.load(fail.key, &fail.parts, &fail.terms, now)?,
            };
            let (newly_locked, mut tally) = fail.apply(Some(loaded.clone()), now);
            if self.store(fail.key, &fail.parts, &loaded, &mut tally)? {
                return Ok(Reply::Counted {
                    newly_locked,
                    tally,
                });
            }
        }
        Err(contended())
    }

    fn give_back(&self, op: &GiveBack, now: Timestamp, swaps: u32) -> Result<Reply, StoreError> {
        if let Some(seen) = &op.seen
            && self.replace(op.key, seen, op.apply(seen.clone(), now))?
        {
            return Ok(Reply::Done);
        }
        self.change_stored(op.key, swaps, |tally| Ok(op.apply(tally, now)))?;
        Ok(Reply::Done)
    }

    fn peek(&self, peek: &Peek, now: Timestamp) -> Result<Reply, StoreError> {
        let loaded = self.load(peek.key, &peek.parts, &peek.terms, now)?;
        Ok(Reply::Seen(peek.apply(Some(loaded), now)))
    }

    fn clear_proven(
        &self,
        clear: &ClearProven,
        now: Timestamp,
        swaps: u32,
    ) -> Result<Reply, StoreError> {
        let (lost, removed) = resets::clear_records(&self.connection, clear)?;
        for (key, failures) in lost {
            self.change_stored(key, swaps, |tally| {
                Ok(clear.apply(tally, failures.iter().copied(), now))
            })?;
        }
        Ok(Reply::Removed(removed))
    }

    fn reset(&self, selector: &Selector, swaps: u32) -> Result<Reply, StoreError> {
        let (touched, removed) = resets::reset(&self.connection, selector)?;
        self.lower(touched, swaps)?;
        Ok(Reply::Removed(removed))
    }

    /// Takes from the tallies what deleted records had added to them.
    fn lower(&self, touched: resets::Touched, swaps: u32) -> Result<(), StoreError> {
        let stored = tallies::stored(&self.connection, touched.keys())?;
        for (key, (parts, last)) in touched {
            if stored.contains(&key.to_string()) {
                self.change_stored(key, swaps, |tally| {
                    resets::lower(&self.connection, &parts, last, tally)
                })?;
            }
        }
        Ok(())
    }

    /// Changes the row of the tally `key`, if there is one; one that has become blank is deleted.
    fn change_stored(
        &self,
        key: ScopeKey,
        swaps: u32,
        change: impl Fn(Tally) -> Result<Tally, StoreError>,
    ) -> Result<(), StoreError> {
        for _ in 0..swaps {
            let Some(loaded) = tallies::load_stored(&self.connection, key)? else {
                return Ok(());
            };
            if self.replace(key, &loaded, change(loaded.clone())?)? {
                return Ok(());
            }
        }
        Err(contended())
    }

    fn replace(&self, key: ScopeKey, loaded: &Tally, mut tally: Tally) -> Result<bool, StoreError> {
        debug_assert!(loaded.version != 0);
        if tally.is_blank() {
            self.known.forget(key);
            tallies::delete(&self.connection, key, loaded)
        } else {
            self.store(key, &Parts::default(), loaded, &mut tally)
        }
    }

    fn store(
        &self,
        key: ScopeKey,
        parts: &Parts,
        loaded: &Tally,
        tally: &mut Tally,
    ) -> Result<bool, StoreError> {
        tallies::store(&self.connection, key, parts, loaded, tally)
    }

    /// Whether it is cheaper to look than to try to take a permit: MariaDB returns the tally also
    /// where nothing is taken, the others tell nothing in vain.
    fn looks_first(&self, take: &Take, now: Timestamp) -> bool {
        take.on_locked == OnLocked::Leave
            && self.connection.dialect() != Dialect::Mysql
            && self.known.is_locked_out(take.key, now)
    }
}

impl<C: SqlConnection> Store for SqlStore<C> {
    fn execute(&self, batch: &Batch, now: Timestamp) -> Result<Vec<Reply>, StoreError> {
        let mut tries: u32 = 0;
        let mut in_the_way = false;
        loop {
            let adopted = if in_the_way {
                self.adopt(batch)
            } else {
                Ok(())
            };
            let error = match adopted.and_then(|()| self.execute_once(batch, now)) {
                Ok(replies) => return Ok(replies),
                Err(error) => error,
            };
            tries = tries.saturating_add(1);
            match error.kind() {
                ErrorKind::Contended if tries < RETRIES => {}
                ErrorKind::Conflict if !in_the_way => in_the_way = true,
                ErrorKind::Unavailable
                | ErrorKind::Contended
                | ErrorKind::Conflict
                | ErrorKind::Corrupt
                | ErrorKind::Full => return Err(error),
            }
        }
    }
}

fn recorded(op: &Op) -> Option<&Record> {
    if let Op::Record { record, .. } = op {
        Some(record)
    } else {
        None
    }
}

/// `batch` as if no tally had been seen: somebody has written one since.
fn unseen(batch: &Batch) -> Batch {
    let ops = batch.ops().iter().cloned().map(|mut op| {
        if let Op::Fail(Fail { seen, .. }) | Op::GiveBack(GiveBack { seen, .. }) = &mut op {
            *seen = None;
        }
        op
    });
    Batch::new(ops.collect())
}

fn contended() -> StoreError {
    StoreError::new(ErrorKind::Contended, "change a tally")
}
