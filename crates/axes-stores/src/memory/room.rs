//! Keeping within bounds.

use std::collections::HashSet;

use axes_core::{Batch, Op, Timestamp};

use super::Inner;
use super::entries::{Counted, Entry};
use super::key::{Key, RecordKeys};
use super::table::Keyed as _;
use crate::{ErrorKind, StoreError};

impl Inner {
    /// Makes room for what `batch` adds, if it adds anything, without touching what it changes.
    ///
    /// # Errors
    /// [`ErrorKind::Full`] when every tally is locked out or has permits in flight.
    pub(super) fn make_room(
        &mut self,
        batch: &Batch,
        capacity: usize,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let most = batch.ops().len();
        if self.tallies.len().saturating_add(most) > capacity {
            self.make_room_for_tallies(&tallies(batch), capacity, now)?;
        }
        if self.records.len().saturating_add(most) > capacity {
            let wanted = records(batch, &self.record_keys);
            self.make_room_for_records(&wanted, capacity, now);
        }
        Ok(())
    }

    fn make_room_for_tallies(
        &mut self,
        wanted: &HashSet<Key>,
        capacity: usize,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let is_new = |key: &&Key| !self.tallies.contains(**key);
        let new = wanted.iter().filter(is_new).count();
        if self.tallies.len().saturating_add(new) <= capacity {
            return Ok(());
        }
        let is_wanted = |entry: &Entry| wanted.contains(&entry.key());
        self.drop_tallies(|entry| !is_wanted(entry) && entry.is_forgotten(now));
        let quiet = self
            .tallies
            .iter()
            .filter(|entry| entry.is_idle(now) && !is_wanted(entry))
            .map(|entry| (entry.tally().last, entry.key()));
        let dropped = oldest(quiet, self.tallies.len(), capacity, new);
        self.drop_tallies(|entry| dropped.contains(&entry.key()));
        if self.tallies.len().saturating_add(new) > capacity {
            return Err(StoreError::new(ErrorKind::Full, "keep another tally"));
        }
        Ok(())
    }

    /// A record only says whose the failures of a tally were, so any may go.
    fn make_room_for_records(&mut self, wanted: &HashSet<Key>, capacity: usize, now: Timestamp) {
        let is_new = |key: &&Key| !self.records.contains(**key);
        let new = wanted.iter().filter(is_new).count();
        if self.records.len().saturating_add(new) <= capacity {
            return;
        }
        let is_wanted = |record: &Counted| wanted.contains(&record.key());
        self.drop_records(|record| !is_wanted(record) && record.expires <= now);
        let others = self
            .records
            .iter()
            .filter(|record| !is_wanted(record))
            .map(|record| (record.last, record.key()));
        let dropped = oldest(others, self.records.len(), capacity, new);
        self.drop_records(|record| dropped.contains(&record.key()));
    }

    /// Drops the tallies that are `chosen`.
    pub(super) fn drop_tallies(&mut self, chosen: impl FnMut(&Entry) -> bool) {
        let texts = &mut self.texts;
        self.tallies
            .extract(chosen, |entry| texts.let_go(&entry.packed));
    }

    /// Drops the records that are `chosen`.
    pub(super) fn drop_records(&mut self, chosen: impl FnMut(&Counted) -> bool) {
        let texts = &mut self.texts;
        self.records
            .extract(chosen, |record| texts.let_go(&record.packed));
    }
}

/// The oldest of `quiet` that have to go so that `new` more find room among `len`, and then a tenth
/// more, so that the next attempts need not look again.
fn oldest(
    quiet: impl Iterator<Item = (Timestamp, Key)>,
    len: usize,
    capacity: usize,
    new: usize,
) -> HashSet<Key> {
    let target = capacity.saturating_sub(new.max(capacity / 10));
    let mut quiet: Vec<(Timestamp, Key)> = quiet.collect();
    quiet.sort_unstable();
    let surplus = len.saturating_sub(target);
    let oldest = quiet.into_iter().take(surplus);
    oldest.map(|(_, key)| key).collect()
}

/// The tallies that `batch` changes or begins.
fn tallies(batch: &Batch) -> HashSet<Key> {
    let takes = batch.ops().iter().filter_map(|op| {
        if let Op::Take(take) = op {
            Some(take.key.into())
        } else {
            None
        }
    });
    let fails = batch.ops().iter().filter_map(|op| {
        if let Op::Fail(fail) = op {
            Some(fail.key.into())
        } else {
            None
        }
    });
    takes.chain(fails).collect()
}

/// The records that `batch` changes or begins.
fn records(batch: &Batch, record_keys: &RecordKeys) -> HashSet<Key> {
    let keys = batch.ops().iter().filter_map(|op| {
        if let Op::Record { record, .. } = op {
            Some(record_keys.of(record))
        } else {
            None
        }
    });
    keys.collect()
}
