//! Executing batches.

use std::time::Duration;

use axes_core::{
    Batch, Fail, GiveBack, Op, Parts, Peek, Record, RecordKey, Reply, ScopeKey, Selector, Take,
    Taken, Tally, Terms, Timestamp,
};

use super::Entries;
use super::forget;
use super::index;
use super::marks::Marks;
use super::record_entry::RecordEntry;
use super::run::{self, Found, Run};
use super::tally_entry::{Share, TallyEntry, stretched};
use crate::{ErrorKind, Store, StoreError};

/// The index of all tallies that may be locked out.
pub(super) const TALLIES: &str = "tallies";

/// A store in a cache, or in anything else that is [`Entries`].
///
/// It keeps no access log and no failure log: those ops are accepted and nothing is written. What the
/// cache evicts is forgotten; see the documentation of this module for what follows.
#[derive(Debug)]
pub struct KeyedStore<E> {
    entries: E,
    records_stay: Duration,
}

impl<E: Entries> KeyedStore<E> {
    /// A store in `entries`.
    #[must_use]
    pub const fn new(entries: E) -> Self {
        Self {
            entries,
            records_stay: Duration::ZERO,
        }
    }

    /// Lets records stay for `time` after the last attempt at least, for people who look at them.
    /// Without this they expire soon after the tallies that count them.
    #[must_use]
    pub const fn records_stay(mut self, time: Duration) -> Self {
        self.records_stay = time;
        self
    }

    /// Records an attempt that was refused.
    fn follow(&self, run: &mut Run<'_, E>, ops: &[Op]) -> Result<(), StoreError> {
        for op in ops {
            if let Op::Record {
                record,
                refused,
                terms,
            } = op
            {
                run.record(record, *refused, terms, self.records_stay)?;
            }
        }
        Ok(())
    }

    pub(super) fn run(&self, now: Timestamp, keys: Vec<String>) -> Result<Run<'_, E>, StoreError> {
        Run::begin(&self.entries, now, keys)
    }
}

impl<E: Entries> Store for KeyedStore<E> {
    fn execute(&self, batch: &Batch, now: Timestamp) -> Result<Vec<Reply>, StoreError> {
        let ops = batch.ops();
        if ops.iter().all(is_log) {
            return Ok(vec![Reply::Done; ops.len()]);
        }
        let mut run = self.run(now, first_keys(ops))?;
        let mut replies = Vec::with_capacity(ops.len());
        let mut share = None;
        for (index, op) in ops.iter().enumerate() {
            if key_of(op).is_some_and(|key| !run.has(&key)) {
                run.prefetch(ops.iter().skip(index).filter_map(key_of))?;
            }
            let reply = match op {
                Op::Take(op) => {
                    let reply = run.take(op)?;
                    if let Reply::Taken { taken, .. } = reply {
                        self.follow(&mut run, op.consequences(taken))?;
                    }
                    reply
                }
                Op::Fail(op) => run.fail(op, share.as_ref())?,
                Op::GiveBack(op) => run.give_back(op)?,
                Op::Peek(op) => run.peek(op)?,
                Op::Record {
                    record,
                    refused,
                    terms,
                } => {
                    let counted = run.record(record, *refused, terms, self.records_stay)?;
                    share = (!refused).then_some(counted).or(share);
                    Reply::Done
                }
                Op::ClearProven(op) => Reply::Removed(forget::clear_proven(&mut run, op)?),
                Op::Reset(selector) => Reply::Removed(reset(&mut run, selector)?),
                Op::LogFailure { .. } | Op::LogAccess { .. } | Op::LogOut { .. } => Reply::Done,
                _ => return Err(StoreError::new(ErrorKind::Corrupt, "execute an unknown op")),
            };
            let ends = reply.ends_batch();
            replies.push(reply);
            if ends {
                replies.resize(ops.len(), Reply::Skipped);
                break;
            }
        }
        Ok(replies)
    }
}

pub(super) fn reset<E: Entries>(
    run: &mut Run<'_, E>,
    selector: &Selector,
) -> Result<u64, StoreError> {
    let reset = run.reset(Marks::of(&selector.parts()))?;
    forget::delete_what_is_gone(run, &reset)
}

/// A tally as it was found.
pub(super) struct Loaded<T> {
    pub(super) found: Found<T>,
    pub(super) entry: Option<TallyEntry>,
    /// Whether the entry that is kept still has what a reset has taken.
    pub(super) stale: bool,
}

impl<E: Entries> Run<'_, E> {
    fn take(&mut self, take: &Take) -> Result<Reply, StoreError> {
        for _ in 0..run::SWAPS {
            let loaded = self.load(take.key)?;
            let before = loaded.entry.as_ref().map(|entry| entry.tally.clone());
            let (taken, tally) = take.apply(before.clone(), self.now);
            // Nothing changed that anybody has to know: refusing stays one question.
            let quiet = !loaded.stale
                && !matches!(taken, Taken::Granted(_))
                && before.is_some_and(|before| {
                    before.failures == tally.failures && before.locked_since == tally.locked_since
                });
            let counted = Counted {
                key: take.key,
                parts: &take.parts,
                terms: &take.terms,
                tally: &tally,
                share: None,
            };
            if quiet || self.keep(loaded, &counted)? {
                return Ok(Reply::Taken { taken, tally });
            }
        }
        Err(run::contended())
    }

    fn fail(&mut self, fail: &Fail, share: Option<&Share>) -> Result<Reply, StoreError> {
        for _ in 0..run::SWAPS {
            let loaded = self.load(fail.key)?;
            let before = loaded.entry.as_ref().map(|entry| entry.tally.clone());
            let (newly_locked, tally) = fail.apply(before, self.now);
            let counted = Counted {
                key: fail.key,
                parts: &fail.parts,
                terms: &fail.terms,
                tally: &tally,
                share,
            };
            if self.keep(loaded, &counted)? {
                return Ok(Reply::Counted {
                    newly_locked,
                    tally,
                });
            }
        }
        Err(run::contended())
    }

    fn give_back(&mut self, op: &GiveBack) -> Result<Reply, StoreError> {
        let now = self.now;
        self.change(op.key, |entry| {
            let tally = op.apply(entry.tally.clone(), now);
            let changed = tally != entry.tally || tally.is_blank();
            entry.turn_into(tally, &op.terms);
            changed
        })?;
        Ok(Reply::Done)
    }

    fn peek(&mut self, peek: &Peek) -> Result<Reply, StoreError> {
        let found = self.load(peek.key)?.entry.map(|entry| entry.tally);
        Ok(Reply::Seen(peek.apply(found, self.now)))
    }

    /// Adds a failure to the record; what it contributes to tallies now.
    fn record(
        &mut self,
        record: &Record,
        refused: bool,
        terms: &Terms,
        stays: Duration,
    ) -> Result<Share, StoreError> {
        let name = record_name(record.key());
        let key = record_key(&name);
        for _ in 0..run::SWAPS {
            let found = self.fetch(&key)?;
            let known = match found.value.as_deref() {
                Some(text) => self.compared_record(RecordEntry::read(text)?)?,
                None => None,
            };
            let mut entry = known.unwrap_or_else(|| RecordEntry::new(record, self.now));
            entry.count(record, refused, terms, self.now);
            entry.compared = self.latest;
            entry.kept = entry.kept.max(self.now.plus(stays));
            if entry.indexed < entry.kept {
                entry.indexed = stretched(entry.kept, self.now);
                for index in forget::indexes(&entry.parts) {
                    index::add(self, &index, &name, entry.indexed)?;
                }
            }
            if self.put(&key, &entry.write(), &found, entry.kept)? {
                return Ok(entry.share(name));
            }
        }
        Err(run::contended())
    }

    /// The tally `key` as it is after all resets.
    pub(super) fn load(&mut self, key: ScopeKey) -> Result<Loaded<E::Token>, StoreError> {
        let found = self.fetch(&tally_key(key))?;
        let Some(text) = found.value.as_deref() else {
            return Ok(Loaded {
                found,
                entry: None,
                stale: false,
            });
        };
        let kept = TallyEntry::read(text)?;
        let compared = kept.compared;
        let entry = self.compared(kept)?;
        let stale = entry
            .as_ref()
            .is_none_or(|entry| entry.compared != compared);
        Ok(Loaded {
            found,
            entry,
            stale,
        })
    }

    /// Writes a tally where it was loaded, unless somebody else wrote there meanwhile; whether it did.
    fn keep(
        &mut self,
        loaded: Loaded<E::Token>,
        counted: &Counted<'_>,
    ) -> Result<bool, StoreError> {
        let Loaded { found, entry, .. } = loaded;
        let new = || TallyEntry::new(counted.parts.clone(), counted.tally.clone());
        let mut entry = entry.unwrap_or_else(new);
        entry.compared = self.latest;
        if let Some(share) = counted.share {
            entry.note(share);
        }
        entry.turn_into(counted.tally.clone(), counted.terms);
        let used = entry.tally.failures.saturating_add(entry.tally.in_flight());
        let suspect = entry.tally.failures > 0 || used >= counted.terms.limit;
        if suspect && entry.indexed < entry.kept {
            entry.indexed = stretched(entry.kept, self.now);
            index::add(self, TALLIES, &counted.key.to_string(), entry.indexed)?;
        }
        self.put(&tally_key(counted.key), &entry.write(), &found, entry.kept)
    }

    /// Changes the tally `key`, if there is one, unless `change` says that it left it as it is. One
    /// that has become blank is deleted.
    pub(super) fn change(
        &mut self,
        key: ScopeKey,
        mut change: impl FnMut(&mut TallyEntry) -> bool,
    ) -> Result<(), StoreError> {
        for _ in 0..run::SWAPS {
            let Loaded {
                found,
                entry,
                stale,
            } = self.load(key)?;
            let key = tally_key(key);
            let done = match entry {
                None => !stale || self.bury(&key, &found)?,
                Some(mut entry) => {
                    let changed = change(&mut entry);
                    if changed && entry.tally.is_blank() {
                        self.bury(&key, &found)?
                    } else {
                        let same = !changed && !stale;
                        same || self.put(&key, &entry.write(), &found, entry.kept)?
                    }
                }
            };
            if done {
                return Ok(());
            }
        }
        Err(run::contended())
    }
}

/// What is written into a tally.
struct Counted<'a> {
    key: ScopeKey,
    parts: &'a Parts,
    terms: &'a Terms,
    tally: &'a Tally,
    share: Option<&'a Share>,
}

/// The key of the entry that the tally `key` is in.
pub(super) fn tally_key(key: ScopeKey) -> String {
    format!("axes:tally:{key}")
}

/// The name of a record in indexes and tallies: enough of its key to be unique.
fn record_name(key: RecordKey) -> String {
    let mut name = key.to_string();
    name.truncate(32);
    name
}

/// The key of the entry that the record of that name is in.
pub(super) fn record_key(name: &str) -> String {
    format!("axes:record:{name}")
}

/// Whether `op` writes to a log, of which a cache keeps none.
const fn is_log(op: &Op) -> bool {
    matches!(
        op,
        Op::LogFailure { .. } | Op::LogAccess { .. } | Op::LogOut { .. }
    )
}

/// What the ops begin with: a record, or tallies.
fn first_keys(ops: &[Op]) -> Vec<String> {
    if let Some(Op::Record { record, .. }) = ops.iter().find(|op| !is_log(op)) {
        return vec![record_key(&record_name(record.key()))];
    }
    ops.iter().filter_map(key_of).collect()
}

/// The key of the tally that `op` is about.
fn key_of(op: &Op) -> Option<String> {
    let (Op::Take(Take { key, .. })
    | Op::Fail(Fail { key, .. })
    | Op::GiveBack(GiveBack { key, .. })
    | Op::Peek(Peek { key, .. })) = op
    else {
        return None;
    };
    Some(tally_key(*key))
}
