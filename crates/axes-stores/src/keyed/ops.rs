//! The ops on tallies and records. Each reads what it needs and plans what it writes.

use std::time::Duration;

use axes_core::{
    Fail, GiveBack, Op, Parts, Peek, Record, RecordKey, Reply, ScopeKey, Take, Taken, Tally, Terms,
};

use super::index::{self, TALLIES};
use super::record_entry::{Kept, RecordEntry};
use super::run::{self, Found, Run};
use super::tally_entry::{Share, TallyEntry, stretched};
use super::{Entries, KnownEntries, bans, forget};
use crate::StoreError;

/// A tally as it was found.
pub(super) struct Loaded<T> {
    pub(super) found: Found<T>,
    pub(super) entry: Option<TallyEntry>,
    /// Whether the entry that is kept still has what a reset has taken.
    pub(super) stale: bool,
}

impl<T> Loaded<T> {
    fn tally(&self) -> Option<Tally> {
        self.entry.as_ref().map(|entry| entry.tally.clone())
    }
}

/// A failure as it was recorded in a batch.
#[derive(Clone, Debug)]
pub(super) struct Recorded {
    share: Share,
    /// The number of the latest reset that the record was compared with.
    compared: i64,
}

impl<E: Entries> Run<'_, E> {
    pub(super) fn take(&mut self, take: &Take) -> Result<Reply, StoreError> {
        let loaded = self.load(take.key)?;
        let before = loaded.tally();
        let (taken, mut tally) = take.apply(before.clone(), self.now);
        // Nothing changed that anybody has to know: refusing stays one question.
        let quiet = !loaded.stale
            && !matches!(taken, Taken::Granted(_))
            && before.is_some_and(|before| {
                before.failures == tally.failures && before.locked_since == tally.locked_since
            });
        if !quiet {
            let counted = Counted {
                key: take.key,
                parts: &take.parts,
                terms: &take.terms,
                share: None,
            };
            self.keep(loaded, &counted, &mut tally)?;
        }
        Ok(Reply::Taken { taken, tally })
    }

    pub(super) fn fail(
        &mut self,
        fail: &Fail,
        recorded: Option<&Recorded>,
    ) -> Result<Reply, StoreError> {
        let loaded = self.load(fail.key)?;
        if let Some(recorded) = recorded
            && self.is_forgotten(recorded, &loaded)?
        {
            let tally = self.release(fail, loaded);
            return Ok(Reply::Counted {
                newly_locked: false,
                tally,
            });
        }
        let (newly_locked, mut tally) = fail.apply(loaded.tally(), self.now);
        let counted = Counted {
            key: fail.key,
            parts: &fail.parts,
            terms: &fail.terms,
            share: recorded.map(|recorded| &recorded.share),
        };
        self.keep(loaded, &counted, &mut tally)?;
        Ok(Reply::Counted {
            newly_locked,
            tally,
        })
    }

    /// Whether a failure was forgotten between its record and this tally: then it counts nowhere.
    fn is_forgotten(
        &mut self,
        recorded: &Recorded,
        loaded: &Loaded<E::Token>,
    ) -> Result<bool, StoreError> {
        let Recorded { share, compared } = recorded;
        let forgotten_here = |entry: &TallyEntry| entry.has_forgotten(share);
        if loaded.entry.as_ref().is_some_and(forgotten_here) {
            return Ok(true);
        }
        Ok(*compared < self.latest
            && self
                .resets_of([&share.marks])?
                .concern(&share.marks, *compared))
    }

    /// Gives back the permit of a failure that was forgotten; the tally after it.
    fn release(&mut self, fail: &Fail, loaded: Loaded<E::Token>) -> Tally {
        let Loaded { found, entry, .. } = loaded;
        let Some(mut entry) = entry else {
            return Tally::blank(0);
        };
        let mut tally = entry.tally.clone();
        tally.catch_up(self.now, &fail.terms.cool_off);
        if let Some(slot) = fail.slot {
            tally.give_back(slot, &fail.terms, self.now);
        }
        advance(&mut tally);
        entry.turn_into(tally.clone(), &fail.terms);
        self.plan(tally_key(fail.key), entry.write(), found, entry.kept);
        tally
    }

    pub(super) fn give_back(&mut self, op: &GiveBack) -> Result<Reply, StoreError> {
        let Loaded {
            found,
            entry,
            stale,
        } = self.load(op.key)?;
        let key = tally_key(op.key);
        match entry {
            None if stale => self.plan_to_bury(key, found),
            None => {}
            Some(mut entry) => {
                let mut tally = op.apply(entry.tally.clone(), self.now);
                if tally.is_blank() {
                    self.plan_to_bury(key, found);
                } else if stale || tally != entry.tally {
                    advance(&mut tally);
                    entry.turn_into(tally, &op.terms);
                    self.plan(key, entry.write(), found, entry.kept);
                }
            }
        }
        Ok(Reply::Done)
    }

    pub(super) fn peek(&mut self, peek: &Peek) -> Result<Reply, StoreError> {
        let found = self.load(peek.key)?.tally();
        Ok(Reply::Seen(peek.apply(found, self.now)))
    }

    /// Adds a failure to the record; what it contributes to tallies now.
    pub(super) fn record(
        &mut self,
        record: &Record,
        refused: bool,
        terms: &Terms,
        stays: Duration,
    ) -> Result<Recorded, StoreError> {
        let name = record_name(record.key());
        let key = record_key(&name);
        let found = self.fetch(&key)?;
        let (before, known) = match found.value.as_deref().map(RecordEntry::kept).transpose()? {
            Some(Kept::Record(known)) => (known.version, self.compared_record(*known)?),
            Some(Kept::Gone(version)) => (version, None),
            None => (0, None),
        };
        let mut entry = known.unwrap_or_else(|| RecordEntry::new(record, self.now));
        entry.follow(before, self.now);
        entry.count(record, refused, terms, self.now);
        entry.compared = self.latest;
        entry.kept = entry.kept.max(self.now.plus(stays));
        if entry.indexed < entry.kept {
            entry.indexed = stretched(entry.kept, self.now);
            for index in forget::indexes(&entry.parts) {
                index::add(self, &index, &name, entry.indexed)?;
            }
        }
        self.plan(key, entry.write(), found, entry.kept);
        Ok(Recorded {
            compared: entry.compared,
            share: entry.share(name),
        })
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

    /// Plans to write `tally` where it was loaded.
    fn keep(
        &mut self,
        loaded: Loaded<E::Token>,
        counted: &Counted<'_>,
        tally: &mut Tally,
    ) -> Result<(), StoreError> {
        let Loaded { found, entry, .. } = loaded;
        advance(tally);
        let new = || TallyEntry::new(counted.parts.clone(), tally.clone());
        let mut entry = entry.unwrap_or_else(new);
        entry.compared = self.latest;
        if let Some(share) = counted.share {
            entry.note(share);
        }
        entry.turn_into(tally.clone(), counted.terms);
        let used = entry.tally.failures.saturating_add(entry.tally.in_flight());
        let suspect = entry.tally.failures > 0 || used >= counted.terms.limit;
        if suspect && entry.indexed < entry.kept {
            entry.indexed = stretched(entry.kept, self.now);
            index::add(self, TALLIES, &counted.key.to_string(), entry.indexed)?;
        }
        self.plan(tally_key(counted.key), entry.write(), found, entry.kept);
        Ok(())
    }

    /// Changes the tally `key` now, if there is one, unless `change` says that it left it as it is. One
    /// that has become blank is deleted. `change` is told whether a reset has come since it was written.
    pub(super) fn change(
        &mut self,
        key: ScopeKey,
        mut change: impl FnMut(&mut Self, &mut TallyEntry, bool) -> Result<bool, StoreError>,
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
                    let changed = change(self, &mut entry, stale)?;
                    if changed && entry.tally.is_blank() {
                        self.bury(&key, &found)?
                    } else if changed || stale {
                        advance(&mut entry.tally);
                        self.put(&key, &entry.write(), &found, entry.kept)?
                    } else {
                        self.put_back(key, found);
                        true
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
    share: Option<&'a Share>,
}

/// Tells this writing of a tally from all others. The first follows the epoch, a random number.
const fn advance(tally: &mut Tally) {
    let before = match tally.version {
        0 => tally.epoch,
        version => version,
    };
    tally.version = match before.wrapping_add(1) {
        0 => 1,
        version => version,
    };
}

/// The keys that `op` reads, and those that it reads where it counts somebody new: of indexes, where there
/// are no `sets`.
pub(super) fn keys(op: &Op, known: &KnownEntries, sets: bool) -> Vec<String> {
    let depth = &known.depth;
    match op {
        Op::Heed(heed) => bans::keys(heed, &known.kinds),
        Op::Take(take) => {
            let follows = take.consequences(Taken::LockedOut { newly: false });
            let mut keys = vec![tally_key(take.key)];
            keys.extend(follows.iter().filter_map(record_of));
            keys
        }
        Op::GiveBack(GiveBack { key, .. }) | Op::Peek(Peek { key, .. }) => vec![tally_key(*key)],
        Op::Fail(fail) => {
            let mut keys = vec![tally_key(fail.key)];
            // A tally that had counted something is in its index already.
            let counted = |seen: &Tally| seen.failures > 0;
            if !sets && !fail.seen.as_deref().is_some_and(counted) {
                keys.extend(index::way(TALLIES, &fail.key.to_string(), depth));
            }
            keys
        }
        Op::Record { record, .. } => {
            let name = record_name(record.key());
            let mut keys = vec![record_key(&name)];
            if !sets {
                for index in forget::indexes(&record.parts) {
                    keys.extend(index::way(&index, &name, depth));
                }
            }
            keys
        }
        Op::ClearProven(clear) => forget::keys(clear, sets),
        // The others read nothing, or what only their execution tells.
        Op::Reset(_) | Op::LogFailure { .. } | Op::LogAccess { .. } | Op::LogOut { .. } | _ => {
            Vec::new()
        }
    }
}

/// The key of the tally that `op` is about.
pub(super) fn tally_of(op: &Op) -> Option<String> {
    let (Op::Take(Take { key, .. })
    | Op::Fail(Fail { key, .. })
    | Op::GiveBack(GiveBack { key, .. })
    | Op::Peek(Peek { key, .. })) = op
    else {
        return None;
    };
    Some(tally_key(*key))
}

/// The key of the record that `op` writes. Of somebody who was refused before, the indexes know.
fn record_of(op: &Op) -> Option<String> {
    let Op::Record { record, .. } = op else {
        return None;
    };
    Some(record_key(&record_name(record.key())))
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
