//! What is kept of a tally and of a record.

use axes_core::{Tally, Terms, Timestamp};

use super::key::Key;
use super::packed::Packed;
use super::table::Keyed;

/// Stands for no time at all.
const NONE: Timestamp = Timestamp::from_millis(i64::MIN);

/// A tally, with what it counts on.
#[derive(Debug)]
pub(super) struct Entry {
    key: Key,
    pub(super) packed: Packed,
    /// The lowest failure limit of the attempts on it.
    limit: u32,
    small: Small,
}

/// A tally without what this store needs not keep.
#[derive(Clone, Copy, Debug)]
struct Small {
    epoch: i64,
    failures: u32,
    current: u32,
    current_until: Timestamp,
    previous: u32,
    previous_until: Timestamp,
    first: Timestamp,
    last: Timestamp,
    expires: Timestamp,
    locked_since: Timestamp,
}

/// What one record contributes to tallies.
#[derive(Debug)]
pub(super) struct Counted {
    key: Key,
    pub(super) packed: Packed,
    pub(super) failures: u32,
    pub(super) last: Timestamp,
    pub(super) expires: Timestamp,
}

impl From<&Tally> for Small {
    fn from(tally: &Tally) -> Self {
        Self {
            epoch: tally.epoch,
            failures: tally.failures,
            current: tally.current,
            current_until: tally.current_until,
            previous: tally.previous,
            previous_until: tally.previous_until,
            first: tally.first,
            last: tally.last,
            expires: tally.expires,
            locked_since: tally.locked_since.unwrap_or(NONE),
        }
    }
}

impl From<Small> for Tally {
    fn from(small: Small) -> Self {
        Self {
            epoch: small.epoch,
            version: 0,
            failures: small.failures,
            current: small.current,
            current_until: small.current_until,
            previous: small.previous,
            previous_until: small.previous_until,
            first: small.first,
            last: small.last,
            expires: small.expires,
            locked_since: Some(small.locked_since).filter(|since| *since != NONE),
        }
    }
}

impl Keyed for Entry {
    fn key(&self) -> Key {
        self.key
    }
}

impl Keyed for Counted {
    fn key(&self) -> Key {
        self.key
    }
}

impl Entry {
    pub(super) fn new(key: Key, packed: Packed, limit: u32, tally: &Tally) -> Self {
        Self {
            key,
            packed,
            limit,
            small: tally.into(),
        }
    }

    pub(super) fn tally(&self) -> Tally {
        self.small.into()
    }

    /// What the tally is from now on.
    pub(super) fn set(&mut self, tally: &Tally) {
        self.small = tally.into();
    }

    /// Notes an attempt that is judged on `limit`.
    pub(super) fn judged_on(&mut self, limit: u32) {
        self.limit = self.limit.min(limit);
    }

    /// Whether the failures of `record` are among those of this tally. Those from before its first
    /// failure were forgotten together with an earlier life of it.
    pub(super) fn counts(&self, record: &Counted) -> bool {
        self.small.failures > 0
            && record.last >= self.small.first
            && self.packed.covers(&record.packed)
    }

    /// Whether nothing would be lost without it.
    pub(super) fn is_forgotten(&self, now: Timestamp) -> bool {
        let tally = self.tally();
        tally.in_flight() == 0 && tally.expires <= now
    }

    /// Whether losing it would free nobody who is locked out and no permit that is in flight.
    pub(super) fn is_idle(&self, now: Timestamp) -> bool {
        let tally = self.tally();
        let locked_out = tally.locked_since.is_some() || tally.is_locked_out(self.limit);
        tally.in_flight() == 0 && (!locked_out || tally.expires <= now)
    }
}

impl Counted {
    pub(super) const fn new(key: Key, packed: Packed, now: Timestamp) -> Self {
        Self {
            key,
            packed,
            failures: 0,
            last: now,
            expires: Timestamp::EPOCH,
        }
    }

    /// Counts a failure of `now`.
    pub(super) fn count(&mut self, terms: &Terms, now: Timestamp) {
        if self.expires <= now {
            self.failures = 0;
        }
        self.failures = self.failures.saturating_add(1);
        self.last = self.last.max(now);
        let after = terms.cool_off.after(self.failures);
        let expires = after.map_or(Timestamp::NEVER, |after| now.plus(after));
        self.expires = self.expires.max(expires);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_is_kept_whole() {
        let times = [1, 2, 3, 4, 5].map(Timestamp::from_millis);
        let [current_until, previous_until, first, last, expires] = times;
        for locked_since in [None, Some(Timestamp::EPOCH), Some(Timestamp::NEVER)] {
            let tally = Tally {
                epoch: -6,
                version: 0,
                failures: 7,
                current: 8,
                current_until,
                previous: 9,
                previous_until,
                first,
                last,
                expires,
                locked_since,
            };
            assert_eq!(Tally::from(Small::from(&tally)), tally);
        }
    }

    #[test]
    fn entries_are_small() {
        assert_eq!(size_of::<Entry>(), 120);
        assert_eq!(size_of::<Counted>(), 64);
    }
}
