//! Everything in this process.

mod archive;
mod bans;
mod forget;
mod listing;
mod room;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axes_core::{
    Ban, Banned, Batch, Op, Parts, Record, RecordKey, Reply, ScopeKey, Tally, Terms, Timestamp,
};

use crate::{Store, StoreError};

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
    tallies: HashMap<ScopeKey, Entry>,
    records: HashMap<RecordKey, Counted>,
    bans: HashMap<Banned, Ban>,
}

#[derive(Debug)]
struct Entry {
    parts: Parts,
    tally: Tally,
    /// The lowest failure limit of the attempts on it.
    limit: u32,
}

/// What one record contributes to tallies.
#[derive(Debug)]
struct Counted {
    parts: Parts,
    failures: u32,
    last: Timestamp,
    expires: Timestamp,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::with_capacity(1_000_000)
    }
}

impl MemoryStore {
    /// A store of at most `capacity` tallies, and as many records and bans.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            capacity,
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
        self.lock().tallies.is_empty()
    }

    /// The failures that are recorded of the attempts that match `parts`, refused ones left out.
    #[must_use]
    pub fn recorded_failures(&self, parts: &Parts) -> u32 {
        let inner = self.lock();
        let matching = inner
            .records
            .values()
            .filter(|record| parts.covers(&record.parts));
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
                let (taken, tally) = take.apply(self.tally(take.key), now);
                self.keep(take.key, &take.parts, &take.terms, tally.clone());
                for op in take.consequences(taken) {
                    self.execute(op, now);
                }
                Reply::Taken { taken, tally }
            }
            Op::Fail(fail) => {
                let (newly_locked, tally) = fail.apply(self.tally(fail.key), now);
                self.keep(fail.key, &fail.parts, &fail.terms, tally.clone());
                Reply::Counted {
                    newly_locked,
                    tally,
                }
            }
            Op::GiveBack(give_back) => {
                if let Some(entry) = self.tallies.get_mut(&give_back.key) {
                    entry.tally = give_back.apply(entry.tally.clone(), now);
                    if entry.tally.is_blank() {
                        self.tallies.remove(&give_back.key);
                    }
                }
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
        self.tallies.get(&key).map(|entry| entry.tally.clone())
    }

    fn keep(&mut self, key: ScopeKey, parts: &Parts, terms: &Terms, tally: Tally) {
        let limit = terms.limit;
        if let Some(entry) = self.tallies.get_mut(&key) {
            entry.tally = tally;
            entry.limit = entry.limit.min(limit);
        } else {
            let parts = parts.clone();
            self.tallies.insert(
                key,
                Entry {
                    parts,
                    tally,
                    limit,
                },
            );
        }
    }

    fn record(&mut self, record: &Record, refused: bool, terms: &Terms, now: Timestamp) {
        let counted = self.records.entry(record.key()).or_insert_with(|| Counted {
            parts: record.parts.clone(),
            failures: 0,
            last: now,
            expires: Timestamp::EPOCH,
        });
        // Refused attempts count in no record: they must not keep alive what is forgotten.
        if refused {
            return;
        }
        if counted.expires <= now {
            counted.failures = 0;
        }
        counted.failures = counted.failures.saturating_add(1);
        counted.last = counted.last.max(now);
        let after = terms.cool_off.after(counted.failures);
        let expires = after.map_or(Timestamp::NEVER, |after| now.plus(after));
        counted.expires = counted.expires.max(expires);
    }
}
