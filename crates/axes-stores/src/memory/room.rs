//! Keeping within bounds.

use std::collections::HashSet;

use axes_core::{Batch, Op, RecordKey, ScopeKey, Timestamp};

use super::{Entry, Inner};
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
            self.make_room_for_records(&records(batch), capacity, now);
        }
        Ok(())
    }

    fn make_room_for_tallies(
        &mut self,
        wanted: &HashSet<ScopeKey>,
        capacity: usize,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let new = wanted
            .iter()
            .filter(|key| !self.tallies.contains_key(key))
            .count();
        if self.tallies.len().saturating_add(new) <= capacity {
            return Ok(());
        }
        self.tallies
            .retain(|key, entry| wanted.contains(key) || !entry.is_forgotten(now));
        let quiet = self
            .tallies
            .iter()
            .filter(|(key, entry)| entry.is_idle(now) && !wanted.contains(key))
            .map(|(key, entry)| (entry.tally.last, *key));
        for key in oldest(quiet, self.tallies.len(), capacity, new) {
            self.tallies.remove(&key);
        }
        if self.tallies.len().saturating_add(new) > capacity {
            return Err(StoreError::new(ErrorKind::Full, "keep another tally"));
        }
        Ok(())
    }

    /// A record only says whose the failures of a tally were, so any may go.
    fn make_room_for_records(
        &mut self,
        wanted: &HashSet<RecordKey>,
        capacity: usize,
        now: Timestamp,
    ) {
        let new = wanted
            .iter()
            .filter(|key| !self.records.contains_key(key))
            .count();
        if self.records.len().saturating_add(new) <= capacity {
            return;
        }
        self.records
            .retain(|key, record| wanted.contains(key) || record.expires > now);
        let others = self
            .records
            .iter()
            .filter(|(key, _)| !wanted.contains(key))
            .map(|(key, record)| (record.last, *key));
        for key in oldest(others, self.records.len(), capacity, new) {
            self.records.remove(&key);
        }
    }
}

impl Entry {
    /// Whether nothing would be lost without it.
    fn is_forgotten(&self, now: Timestamp) -> bool {
        self.tally.in_flight() == 0 && self.tally.expires <= now
    }

    /// Whether losing it would free nobody who is locked out and no permit that is in flight.
    fn is_idle(&self, now: Timestamp) -> bool {
        let locked_out = self.tally.locked_since.is_some() || self.tally.is_locked_out(self.limit);
        self.tally.in_flight() == 0 && (!locked_out || self.tally.expires <= now)
    }
}

/// The oldest of `quiet` that have to go so that `new` more find room among `len`, and then a tenth
/// more, so that the next attempts need not look again.
fn oldest<K: Ord>(
    quiet: impl Iterator<Item = (Timestamp, K)>,
    len: usize,
    capacity: usize,
    new: usize,
) -> Vec<K> {
    let target = capacity.saturating_sub(new.max(capacity / 10));
    let mut quiet: Vec<(Timestamp, K)> = quiet.collect();
    quiet.sort_unstable();
    let surplus = len.saturating_sub(target);
    quiet
        .into_iter()
        .take(surplus)
        .map(|(_, key)| key)
        .collect()
}

/// The tallies that `batch` changes or begins.
fn tallies(batch: &Batch) -> HashSet<ScopeKey> {
    let takes = batch.ops().iter().filter_map(|op| {
        if let Op::Take(take) = op {
            Some(take.key)
        } else {
            None
        }
    });
    let fails = batch.ops().iter().filter_map(|op| {
        if let Op::Fail(fail) = op {
            Some(fail.key)
        } else {
            None
        }
    });
    takes.chain(fails).collect()
}

/// The records that `batch` changes or begins.
fn records(batch: &Batch) -> HashSet<RecordKey> {
    let keys = batch.ops().iter().filter_map(|op| {
        if let Op::Record { record, .. } = op {
            Some(record.key())
        } else {
            None
        }
    });
    keys.collect()
}
