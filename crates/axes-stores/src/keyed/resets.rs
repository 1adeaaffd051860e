//! Resets that hold at once, whatever else happens, and whatever the cache forgets.
//!
//! Each reset has a number, greater than that of every reset before it, and leaves it in an entry of its
//! own: its *mark*, under the name of what it is about. Then the number becomes that of the latest
//! reset. Everything else that is kept tells the latest reset that it was compared with; where there is
//! a later one, the marks of all that may concern it are read, and what they concern is gone. So a reset
//! is one step for everybody, it needs no list of what there is, and what a batch wrote while it
//! happened is gone as a whole or not at all.
//!
//! A failure is recorded before it is counted. Where a batch finds on its way that a reset took what it
//! had recorded, it counts that failure nowhere; what it had counted already, the same reset took. So once
//! all is quiet, tallies and records tell the same, whichever resets raced. Two things do not hold:
//!
//! - A reset that ended with an error may hold for a part until it, or any other, is done.
//! - A success that forgets ([`forget`](super::forget)) tells the failures on their way through the
//!   tallies in which they have permits. If a reset took such a permit at that very moment as well, one
//!   failure may stay in a tally without its record, until the next success or reset.
//!
//! Afterwards the reset deletes what the indexes know of, and counts it.

use std::collections::{BTreeSet, HashMap};

use axes_core::Timestamp;

use super::Entries;
use super::marks::Marks;
use super::record_entry::RecordEntry;
use super::run::{self, Run, number_text, read_number};
use super::tally_entry::TallyEntry;
use crate::StoreError;

/// The numbers of the resets that may concern something, by the name of what each is about.
pub(super) struct Resets(HashMap<String, i64>);

impl Resets {
    /// Whether what was compared with the resets up to `compared` is gone since.
    pub(super) fn concern(&self, marks: &Marks, compared: i64) -> bool {
        let later = |name: &String| self.0.get(name).is_some_and(|number| *number > compared);
        marks.covering().iter().any(later)
    }
}

/// A reset that holds already.
pub(super) struct Reset {
    /// What it is about.
    pub(super) marks: Marks,
    /// The number that its mark had before.
    before: Option<i64>,
    /// The number of the reset before it.
    previous: i64,
}

impl Reset {
    pub(super) fn is_of_everything(&self) -> bool {
        self.marks.covers(&Marks::of(&axes_core::Parts::default()))
    }
}

impl<E: Entries> Run<'_, E> {
    /// Lets everything that `marks` cover be gone, from now on and for everybody.
    pub(super) fn reset(&mut self, marks: Marks) -> Result<Reset, StoreError> {
        let mut before = None;
        for attempt in 0..run::SWAPS {
            let number = self.latest.saturating_add(1).max(self.now.as_millis());
            let replaced = self.raise_mark(&marks, number)?;
            if attempt == 0 {
                before = replaced;
            }
            let previous = self.latest;
            if self.claim(number)? {
                return Ok(Reset {
                    marks,
                    before,
                    previous,
                });
            }
            self.latest = self.number_of_latest(number)?;
        }
        Err(run::contended())
    }

    /// Lets the mark of `marks` be at least `number`; what it was before.
    fn raise_mark(&mut self, marks: &Marks, number: i64) -> Result<Option<i64>, StoreError> {
        let key = key(&marks.name());
        for _ in 0..run::SWAPS {
            let found = self.fetch(&key)?;
            let before = read_number(&found)?;
            // It has to outlive whatever it concerns, and nobody knows how long that is kept.
            if before >= Some(number)
                || self.put(&key, &number_text(number), &found, Timestamp::NEVER)?
            {
                return Ok(before);
            }
        }
        Err(run::contended())
    }

    /// The resets that may concern any of `things`.
    pub(super) fn resets_of<'m>(
        &mut self,
        things: impl IntoIterator<Item = &'m Marks>,
    ) -> Result<Resets, StoreError> {
        let names: BTreeSet<String> = things.into_iter().flat_map(Marks::covering).collect();
        let mut numbers = HashMap::new();
        self.prefetch(names.iter().map(|name| key(name)))?;
        for name in names {
            if let Some(number) = read_number(&self.fetch(&key(&name))?)? {
                numbers.insert(name, number);
            }
        }
        Ok(Resets(numbers))
    }

    /// What is left of a tally after the resets that it has not been compared with.
    pub(super) fn compared(
        &mut self,
        mut entry: TallyEntry,
    ) -> Result<Option<TallyEntry>, StoreError> {
        if entry.compared > self.latest {
            self.hear_of(entry.compared)?;
        }
        if entry.compared == self.latest {
            return Ok(Some(entry));
        }
        let own = Marks::of(&entry.parts);
        let shares = entry.shares.iter().map(|share| &share.marks);
        let resets = self.resets_of(shares.chain([&own]))?;
        if resets.concern(&own, entry.compared) {
            return Ok(None);
        }
        let compared = entry.compared;
        let gone = entry.take_out(|share| resets.concern(&share.marks, compared));
        if gone
            .iter()
            .any(|share| share.failures > 0 && entry.counts(share.last))
        {
            entry.lower();
            if entry.tally.is_blank() {
                return Ok(None);
            }
        }
        entry.compared = self.latest;
        Ok(Some(entry))
    }

    /// What is left of a record after the resets that it has not been compared with.
    pub(super) fn compared_record(
        &mut self,
        mut entry: RecordEntry,
    ) -> Result<Option<RecordEntry>, StoreError> {
        if entry.compared > self.latest {
            self.hear_of(entry.compared)?;
        }
        if entry.compared < self.latest {
            let marks = Marks::of(&entry.parts);
            if self.resets_of([&marks])?.concern(&marks, entry.compared) {
                return Ok(None);
            }
            entry.compared = self.latest;
        }
        Ok(Some(entry))
    }

    /// Whether `reset` is what did away with the record, rather than one before it.
    pub(super) fn removed_by(
        &mut self,
        reset: &Reset,
        entry: &RecordEntry,
    ) -> Result<bool, StoreError> {
        let marks = Marks::of(&entry.parts);
        if !reset.marks.covers(&marks) {
            return Ok(false);
        }
        if entry.compared == reset.previous {
            return Ok(true);
        }
        let mut resets = self.resets_of([&marks])?;
        if !resets.concern(&marks, entry.compared) {
            // It was made after the reset.
            return Ok(false);
        }
        match reset.before {
            Some(before) => resets.0.insert(reset.marks.name(), before),
            None => resets.0.remove(&reset.marks.name()),
        };
        Ok(!resets.concern(&marks, entry.compared))
    }
}

fn key(name: &str) -> String {
    format!("axes:reset:{name}")
}
