//! Everything in this process.

mod archive;
mod bans;
mod chunks;
mod entries;
mod forget;
mod key;
mod listing;
mod packed;
mod room;
mod table;
mod texts;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axes_core::{Ban, Banned, Batch, Op, Parts, Record, Reply, ScopeKey, Tally, Terms, Timestamp};

use self::entries::{Counted, Entry};
use self::key::{Key, RecordKeys};
use self::table::Table;
use self::texts::Texts;
use crate::{Store, StoreError};

/// How many tallies there may be at most: so many can be numbered in four bytes, and all their texts.
const MOST: usize = 1 << 28;

/// Keeps everything in this process's memory, in bounded space.
///
/// It forgets when the process ends and shares with no other process. It keeps no access log and no
/// failure log: those ops are accepted and nothing is written.
///
/// When it is full, it drops what has expired and then the tallies that were quiet for longest, but
/// never one that is locked out or has permits in flight. If all of them are, it refuses new ones
/// ([`ErrorKind::Full`](crate::ErrorKind::Full)).
#[derive(Debug)]
pub struct MemoryStore {
    capacity: usize,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    tallies: Table<Entry>,
    records: Table<Counted>,
    record_keys: RecordKeys,
    /// What tallies and records count on.
    texts: Texts,
    bans: HashMap<Banned, Ban>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::with_capacity(1_000_000)
    }
}

impl MemoryStore {
    /// A store of at most `capacity` tallies, and as many records and bans; more than 268 million are not
    /// kept.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            capacity: capacity.min(MOST),
            inner: Mutex::default(),
        }
    }

    /// The number of tallies that are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().tallies.len()
    }

    /// Whether it keeps no tally.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The failures that are recorded of the attempts that match `parts`, refused ones left out.
    #[must_use]
    pub fn recorded_failures(&self, parts: &Parts) -> u32 {
        let inner = self.lock();
        let Some(selected) = inner.texts.known(parts) else {
            return 0;
        };
        let records = inner.records.iter();
        let matching = records.filter(|record| selected.covers(&record.packed));
        matching.fold(0, |sum, record| sum.saturating_add(record.failures))
    }

    /// A panic elsewhere cannot leave a tally half changed: each is replaced whole.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn execute(&self, batch: &Batch, now: Timestamp) -> Result<Vec<Reply>, StoreError> {
        let mut inner = self.lock();
        inner.make_room(batch, self.capacity, now)?;
        let mut replies = Vec::with_capacity(batch.ops().len());
        let mut skip = false;
        for op in batch.ops() {
            let reply = if skip {
                Reply::Skipped
            } else {
                inner.execute(op, now)
            };
            skip |= reply.ends_batch();
            replies.push(reply);
        }
        Ok(replies)
    }

    fn blocks(&self) -> bool {
        false
    }
}

impl Inner {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "this store keeps no logs of the past; see its documentation"
    )]
    fn execute(&mut self, op: &Op, now: Timestamp) -> Reply {
        match op {
            Op::Heed(heed) => self.heed(heed, now),
            Op::Take(take) => {
                let change = |found| take.apply(found, now);
                let (taken, tally) = self.change(take.key, &take.parts, &take.terms, change);
                for op in take.consequences(taken) {
                    self.execute(op, now);
                }
                Reply::Taken { taken, tally }
            }
            Op::Fail(fail) => {
                let change = |found| fail.apply(found, now);
                let (newly_locked, tally) = self.change(fail.key, &fail.parts, &fail.terms, change);
                Reply::Counted {
                    newly_locked,
                    tally,
                }
            }
            Op::GiveBack(give_back) => {
                self.lower(give_back.key.into(), |tally| give_back.apply(tally, now));
                Reply::Done
            }
            Op::Peek(peek) => Reply::Seen(peek.apply(self.tally(peek.key), now)),
            Op::Record {
                record,
                refused,
                terms,
            } => {
                self.record(record, *refused, terms, now);
                Reply::Done
            }
            Op::ClearProven(clear) => Reply::Removed(self.clear_proven(clear, now)),
            Op::Reset(selector) => Reply::Removed(self.reset(selector)),
            _ => Reply::Done,
        }
    }

    fn tally(&self, key: ScopeKey) -> Option<Tally> {
        self.tallies.get(key.into()).map(Entry::tally)
    }

    /// Makes of the tally `key` what `change` says, and begins it if it is not there.
    fn change<T>(
        &mut self,
        key: ScopeKey,
        parts: &Parts,
        terms: &Terms,
        change: impl FnOnce(Option<Tally>) -> (T, Tally),
    ) -> (T, Tally) {
        let key = Key::from(key);
        if let Some(entry) = self.tallies.get_mut(key) {
            let (answer, tally) = change(Some(entry.tally()));
            entry.set(&tally);
            entry.judged_on(terms.limit);
            return (answer, tally);
        }
        let (answer, tally) = change(None);
        let packed = self.texts.pack(parts);
        self.tallies
            .insert(Entry::new(key, packed, terms.limit, &tally));
        (answer, tally)
    }

    /// Makes of the tally `key`, if it is there, what `lower` says; one that is blank then is dropped.
    fn lower(&mut self, key: Key, lower: impl FnOnce(Tally) -> Tally) {
        let Some(entry) = self.tallies.get_mut(key) else {
            return;
        };
        let tally = lower(entry.tally());
        entry.set(&tally);
        if tally.is_blank()
            && let Some(entry) = self.tallies.remove(key)
        {
            self.texts.let_go(&entry.packed);
        }
    }

    fn record(&mut self, record: &Record, refused: bool, terms: &Terms, now: Timestamp) {
        let key = self.record_keys.of(record);
        // Refused attempts count in no record: they must not keep alive what is forgotten.
        if let Some(counted) = self.records.get_mut(key) {
            if !refused {
                counted.count(terms, now);
            }
            return;
        }
        let packed = self.texts.pack(&record.parts);
        let mut counted = Counted::new(key, packed, now);
        if !refused {
            counted.count(terms, now);
        }
        self.records.insert(counted);
    }
}
