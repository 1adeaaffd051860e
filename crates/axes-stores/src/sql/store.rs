//! Executing batches over a connection.

use std::sync::Arc;

use axes_core::{
    Batch, Fail, GiveBack, Heed, OnLocked, Op, Parts, Peek, Record, Reply, ScopeKey, Take, Taken,
    Tally, Terms, Timestamp,
};

use crate::sql::bans::Asking;
use crate::sql::grab::{Grabbed, grab};
use crate::sql::late::Late;
use crate::sql::together::Together;
use crate::sql::{expirations, logs, peeks, purge, records, resets, tallies, value::Value};
use crate::{Dialect, ErrorKind, KnownTallies, SqlConnection, Store, StoreError};

/// In what an op is executed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// In nothing: each of its statements is committed at once.
    Alone,
    /// In a transaction of a batch, which can be begun again.
    Transaction,
}

impl Stage {
    /// How often a tally that others change at the same time is tried again. Whenever one try is in
    /// vain, another one somewhere has succeeded. A transaction may see an old snapshot for ever.
    const fn swaps(self) -> u32 {
        match self {
            Self::Alone => 1000,
            Self::Transaction => 10,
        }
    }
}

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
        again(|| {
            self.whole(|| {
                self.lock_sqlite_first()?;
                resets::forget(&self.connection, affected)
            })
        })
    }

    fn execute_once(&self, batch: &Batch, now: Timestamp) -> Result<Executed, StoreError> {
        if let Some(peeks) = peeks::many(batch) {
            let seen = peeks::all(&self.connection, self.expirations, &peeks, now);
            let mut replies = seen?;
            if let Some(heed) = batch.ops().last().and_then(heed) {
                let asking = Asking::new(Some(heed), now);
                asking.ask(&self.connection, &self.known)?;
                replies.push(asking.reply());
            }
            return Ok(Executed::of(replies));
        }
        let alone = |op: &Op| matches!(op, Op::Heed(_) | Op::Take(_) | Op::Peek(_));
        let deletes = |op: &Op| matches!(op, Op::Reset(_) | Op::ClearProven(_));
        if self.connection.is_in_transaction() {
            self.lock_sqlite(batch)?;
        }
        if batch.ops().len() < 2 && !batch.ops().iter().any(deletes)
            || batch.ops().iter().all(alone)
        {
            return self.run(batch, now, Stage::Alone).map(Executed::of);
        }
        if let Some(together) = self.together(batch) {
            let done = together.execute(&self.connection, &self.known, now)?;
            let replies = done.map_or_else(
                || {
                    self.whole(|| {
                        together.lock(&self.connection)?;
                        self.run(&unseen(batch), now, Stage::Transaction)
                    })
                },
                Ok,
            );
            return replies.map(Executed::of);
        }
        let mut late = Late::default();
        let replies = self.whole(|| {
            self.lock_sqlite(batch)?;
            self.run_all(batch, now, Stage::Transaction, &mut late)
        })?;
        Ok(Executed { replies, late })
    }

    /// `batch` as one that a single statement can do here, if it is.
    fn together<'a>(&self, batch: &'a Batch) -> Option<Together<'a>> {
        let can = self.connection.dialect() == Dialect::Postgres
            && !self.expirations
            && !self.connection.is_in_transaction();
        can.then(|| Together::of(batch)).flatten()
    }

    /// Does `work` in a transaction.
    pub(crate) fn whole<T>(
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
        let asks = |op: &&Op| matches!(op, Op::Heed(_));
        let locks_anyway = matches!(
            batch.ops().iter().find(|op| !asks(op)),
            None | Some(
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

    pub(super) fn lock_sqlite_first(&self) -> Result<(), StoreError> {
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
        stage: Stage,
    ) -> Result<Vec<Reply>, StoreError> {
        self.run_all(batch, now, stage, &mut Late::default())
    }

    fn run_all(
        &self,
        batch: &Batch,
        now: Timestamp,
        stage: Stage,
        late: &mut Late,
    ) -> Result<Vec<Reply>, StoreError> {
        let mut replies = Vec::with_capacity(batch.ops().len());
        let mut locked_out = false;
        let asking = Asking::new(batch.ops().iter().find_map(heed), now);
        let mut ops = batch.ops().iter().peekable();
        while let Some(op) = ops.next() {
            let reply = match op {
                Op::Heed(_) => {
                    // Whoever takes a permit asks in the same statement.
                    if !matches!(ops.peek(), Some(Op::Take(_))) {
                        asking.ask(&self.connection, &self.known)?;
                    }
                    asking.reply()
                }
                Op::Take(take) => {
                    let reply = self.take(take, now, stage, &asking)?;
                    if asking.is_banned() {
                        replies.pop();
                        asking.reply()
                    } else {
                        reply
                    }
                }
                Op::Fail(fail) => self.fail(fail, now, stage)?,
                Op::GiveBack(give_back) => self.give_back(give_back, now, stage)?,
                Op::Peek(peek) => self.peek(peek, now, &asking)?,
                Op::Record {
                    record,
                    refused,
                    terms,
                } => {
                    self.record(record, *refused, terms, now)?;
                    Reply::Done
                }
                Op::ClearProven(clear) => self.clear_proven(clear, now, stage, late)?,
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
                Op::Reset(selector) => self.reset(selector, stage, late)?,
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

    /// The row of the tally `key`, if there is one; who is asking for bans learns of them.
    fn load_row(&self, key: ScopeKey, asking: &Asking<'_>) -> Result<Option<Tally>, StoreError> {
        if !asking.is_open() {
            return tallies::load_row(&self.connection, key);
        }
        asking.load_row(&self.connection, &self.known, Value::Text(key.to_string()))
    }

    /// The tally whose `row` was loaded.
    fn made(
        &self,
        row: Option<Tally>,
        parts: &Parts,
        terms: &Terms,
        now: Timestamp,
    ) -> Result<Tally, StoreError> {
        tallies::made(&self.connection, self.expirations, row, parts, terms, now)
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

    fn take(
        &self,
        take: &Take,
        now: Timestamp,
        stage: Stage,
        asking: &Asking<'_>,
    ) -> Result<Reply, StoreError> {
        if let Some(reply) = self.take_as_one(take, now, asking)? {
            return Ok(reply);
        }
        let reply = self.take_alone(take, now, stage, asking)?;
        self.follow(take, &reply, now, stage)?;
        Ok(reply)
    }

    /// Takes a permit, or nothing ([`Reply::Skipped`]) where who is asking learns of a ban.
    pub(super) fn take_alone(
        &self,
        take: &Take,
        now: Timestamp,
        stage: Stage,
        asking: &Asking<'_>,
    ) -> Result<Reply, StoreError> {
        let mut found = None;
        let looks_first =
            self.looks_first(take, now) || asking.is_open() && self.known.is_banned(take.key, now);
        // A limit of nothing is not for statements: a tally would begin locked out.
        if take.terms.limit > 0 && self.connection.returns_rows() && !looks_first {
            let expected = self.known.is_there(take.key);
            let condition = asking.nobody_refuses(&self.known);
            found = match grab(&self.connection, take, expected, condition, now)? {
                Grabbed::Done(taken, tally) => {
                    asking.note_nobody_refuses();
                    self.known.note(take.key, &tally, take.terms.limit);
                    return Ok(Reply::Taken { taken, tally });
                }
                Grabbed::Undone(found) => {
                    if found.is_some() {
                        asking.note_nobody_refuses();
                    }
                    found
                }
            };
        }
        for _ in 0..stage.swaps() {
            let loaded = match found.take() {
                Some(found) if tallies::is_made(&found) => found,
                _ => {
                    let was_open = asking.is_open();
                    let row = self.load_row(take.key, asking)?;
                    if was_open {
                        self.known.note_banned(take.key, asking.until());
                    }
                    if asking.is_banned() {
                        return Ok(Reply::Skipped);
                    }
                    self.made(row, &take.parts, &take.terms, now)?
                }
            };
            let found = (&loaded, loaded.failures);
            if self.reserve_unless_there(take.key, &take.parts, found, stage)? {
                continue;
            }
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

    fn fail(&self, fail: &Fail, now: Timestamp, stage: Stage) -> Result<Reply, StoreError> {
        let mut seen = fail.seen.as_deref().cloned();
        for _ in 0..stage.swaps() {
            let loaded = if let Some(seen) = seen.take() {
                seen
            } else {
                let row = tallies::load_row(&self.connection, fail.key)?;
                self.made(row, &fail.parts, &fail.terms, now)?
            };
            // One of what is recorded is this failure.
            let others = (&loaded, loaded.failures.saturating_sub(1));
            if self.reserve_unless_there(fail.key, &fail.parts, others, stage)? {
                continue;
            }
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

    /// Reserves the place of a tally that is to be made from so many `failures` in records, unless there
    /// is a row already. Returns whether it did: then the tally has to be loaded again.
    ///
    /// A transaction cannot: others would not see the placeholder.
    fn reserve_unless_there(
        &self,
        key: ScopeKey,
        parts: &Parts,
        (loaded, failures): (&Tally, u32),
        stage: Stage,
    ) -> Result<bool, StoreError> {
        if loaded.version != 0 || failures == 0 {
            return Ok(false);
        }
        if stage == Stage::Transaction {
            return Err(contended());
        }
        tallies::reserve(&self.connection, key, parts)?;
        Ok(true)
    }

    /// Reserves the places of the tallies of `batch` that have no row.
    fn reserve_all(&self, batch: &Batch) -> Result<(), StoreError> {
        for op in batch.ops() {
            if let Op::Take(Take { key, parts, .. }) | Op::Fail(Fail { key, parts, .. }) = op
                && tallies::load_row(&self.connection, *key)?.is_none()
            {
                tallies::reserve(&self.connection, *key, parts)?;
            }
        }
        Ok(())
    }

    fn give_back(&self, op: &GiveBack, now: Timestamp, stage: Stage) -> Result<Reply, StoreError> {
        if let Some(seen) = &op.seen
            && self.replace(op.key, seen, op.apply(Tally::clone(seen), now))?
        {
            return Ok(Reply::Done);
        }
        self.change_stored(op.key, stage, |tally| Ok(op.apply(tally, now)))?;
        Ok(Reply::Done)
    }

    fn peek(&self, peek: &Peek, now: Timestamp, asking: &Asking<'_>) -> Result<Reply, StoreError> {
        let row = self.load_row(peek.key, asking)?;
        let loaded = self.made(row, &peek.parts, &peek.terms, now)?;
        Ok(Reply::Seen(peek.apply(Some(loaded), now)))
    }

    /// Changes the row of the tally `key`; one that has become blank is deleted, and so is a
    /// placeholder. Returns whether there was a row.
    pub(super) fn change_stored(
        &self,
        key: ScopeKey,
        stage: Stage,
        change: impl Fn(Tally) -> Result<Tally, StoreError>,
    ) -> Result<bool, StoreError> {
        for _ in 0..stage.swaps() {
            let Some(loaded) = tallies::load_row(&self.connection, key)? else {
                return Ok(false);
            };
            let changed = if tallies::is_made(&loaded) {
                change(loaded.clone())?
            } else {
                Tally::blank(0)
            };
            if changed == loaded || self.replace(key, &loaded, changed)? {
                return Ok(true);
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
        let mut last_error = None;
        loop {
            let prepared = match last_error {
                Some(ErrorKind::Contended) => self.reserve_all(batch),
                Some(ErrorKind::Conflict) => self.adopt(batch),
                _ => Ok(()),
            };
            let error = match prepared.and_then(|()| self.execute_once(batch, now)) {
                Ok(Executed { replies, late }) => {
                    // All that is committed is done, whatever comes now.
                    let lowered = self.lower_late(&late);
                    return if late.is_asked_for() {
                        lowered.map(|()| replies)
                    } else {
                        Ok(replies)
                    };
                }
                Err(error) => error,
            };
            tries = tries.saturating_add(1);
            let is_new = last_error != Some(error.kind());
            last_error = Some(error.kind());
            match error.kind() {
                ErrorKind::Contended if tries < RETRIES => {}
                ErrorKind::Conflict if is_new && tries < RETRIES => {}
                ErrorKind::Unavailable
                | ErrorKind::Contended
                | ErrorKind::Conflict
                | ErrorKind::Corrupt
                | ErrorKind::Full
                | ErrorKind::Unprepared => return Err(error),
            }
        }
    }
}

/// What came of a batch, and what is left to do when it is committed.
struct Executed {
    replies: Vec<Reply>,
    late: Late,
}

impl Executed {
    fn of(replies: Vec<Reply>) -> Self {
        Self {
            replies,
            late: Late::default(),
        }
    }
}

/// Does `work`, again where others are in the way.
pub(super) fn again<T>(work: impl Fn() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let mut tries: u32 = 0;
    loop {
        let done = work();
        tries = tries.saturating_add(1);
        match done {
            Err(error) if error.kind() == ErrorKind::Contended && tries < RETRIES => {}
            done => return done,
        }
    }
}

fn heed(op: &Op) -> Option<&Heed> {
    if let Op::Heed(heed) = op {
        Some(heed)
    } else {
        None
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
