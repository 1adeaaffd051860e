//! One execution of a batch: what it has read already, and which resets it knows of.

use std::collections::HashMap;
use std::time::Duration;

use axes_core::Timestamp;

use super::Entries;
use super::text::{Reader, Writer, corrupt};
use crate::{ErrorKind, StoreError};

/// How often an entry that others change at the same time is tried again. Whenever one try is in
/// vain, another one somewhere has succeeded.
pub(super) const SWAPS: u32 = 1000;

/// How many keys are read at once.
pub(super) const CHUNK: usize = 100;

/// How long an entry stays that was deleted: there is no deleting by compare-and-set.
const BURIED: Duration = Duration::from_secs(10);

/// What outlives this is kept for ever: caches take times that are far away for something else.
const FOR_EVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// The number of the latest reset.
const LATEST: &str = "axes:latest-reset";

/// An execution of a batch on `entries` at the time `now`.
pub(super) struct Run<'a, E: Entries> {
    entries: &'a E,
    pub(super) now: Timestamp,
    /// The number of the latest reset that this run knows of: every reset up to it has left its mark
    /// (see [`resets`](super::resets)).
    pub(super) latest: i64,
    seen: HashMap<String, Found<E::Token>>,
}

/// What is under a key: nothing, or an entry in some state, which may be a deleted one.
pub(super) struct Found<T> {
    pub(super) value: Option<String>,
    token: Option<T>,
}

impl<'a, E: Entries> Run<'a, E> {
    /// Begins with reading the entries of `keys`.
    pub(super) fn begin(
        entries: &'a E,
        now: Timestamp,
        keys: Vec<String>,
    ) -> Result<Self, StoreError> {
        let mut run = Self {
            entries,
            now,
            latest: 0,
            seen: HashMap::new(),
        };
        run.prefetch(keys.into_iter().chain([LATEST.to_owned()]))?;
        run.latest = run.number_of_latest(now.as_millis())?;
        Ok(run)
    }

    /// Reads the entries of those of `keys` that have not been read yet, in one go.
    pub(super) fn prefetch(
        &mut self,
        keys: impl IntoIterator<Item = String>,
    ) -> Result<(), StoreError> {
        let mut keys: Vec<String> = keys
            .into_iter()
            .filter(|key| !self.seen.contains_key(key))
            .collect();
        keys.sort_unstable();
        keys.dedup();
        for chunk in keys.chunks(CHUNK) {
            let found = self.entries.get(chunk)?;
            if found.len() != chunk.len() {
                return Err(corrupt());
            }
            let found = found.into_iter().map(|entry| match entry {
                Some(entry) => Found {
                    value: Some(entry.value).filter(|value| !value.is_empty()),
                    token: Some(entry.token),
                },
                None => Found {
                    value: None,
                    token: None,
                },
            });
            self.seen.extend(chunk.iter().cloned().zip(found));
        }
        Ok(())
    }

    /// The entry of `key`, as it was prefetched or as it is now.
    pub(super) fn fetch(&mut self, key: &str) -> Result<Found<E::Token>, StoreError> {
        if !self.seen.contains_key(key) {
            self.prefetch([key.to_owned()])?;
        }
        self.seen.remove(key).ok_or_else(corrupt)
    }

    /// Whether [`fetch`](Self::fetch) need not ask for `key`.
    pub(super) fn has(&self, key: &str) -> bool {
        self.seen.contains_key(key)
    }

    /// Writes where `found` was found, unless somebody else wrote there meanwhile; whether it did.
    /// Nobody needs it after `until`.
    pub(super) fn put(
        &mut self,
        key: &str,
        value: &str,
        found: &Found<E::Token>,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        self.seen.remove(key);
        let keep = keep_until(until, self.now);
        self.entries.put(key, value, found.token.as_ref(), keep)
    }

    /// Deletes what was `found`, unless somebody else wrote there meanwhile; whether it did.
    pub(super) fn bury(&mut self, key: &str, found: &Found<E::Token>) -> Result<bool, StoreError> {
        self.seen.remove(key);
        if found.value.is_none() {
            return Ok(true);
        }
        self.entries
            .put(key, "", found.token.as_ref(), Some(BURIED))
    }

    /// Learns that there was a reset of the number `at_least`, or a later one.
    pub(super) fn hear_of(&mut self, at_least: i64) -> Result<(), StoreError> {
        self.latest = self.latest.max(self.number_of_latest(at_least)?);
        for _ in 0..SWAPS {
            if self.latest >= at_least || self.claim(at_least)? {
                return Ok(());
            }
            self.latest = self.number_of_latest(at_least)?;
        }
        Err(contended())
    }

    /// Makes `number` that of the latest reset, if nobody else was quicker.
    pub(super) fn claim(&mut self, number: i64) -> Result<bool, StoreError> {
        let found = self.fetch(LATEST)?;
        if read_number(&found)?.is_some_and(|latest| latest != self.latest) {
            return Ok(false);
        }
        let claimed = self.put(LATEST, &number_text(number), &found, Timestamp::NEVER)?;
        if claimed {
            self.latest = number;
        }
        Ok(claimed)
    }

    /// The number of the latest reset. Where it was lost it is made anew, as `at_least`: numbers are
    /// times, so that a new one is greater than all that were forgotten.
    pub(super) fn number_of_latest(&mut self, at_least: i64) -> Result<i64, StoreError> {
        let number = at_least.max(self.now.as_millis());
        for _ in 0..SWAPS {
            let found = self.fetch(LATEST)?;
            if let Some(number) = read_number(&found)? {
                return Ok(number);
            }
            if self.put(LATEST, &number_text(number), &found, Timestamp::NEVER)? {
                return Ok(number);
            }
        }
        Err(contended())
    }
}

/// The text of a number that stands alone in its entry.
pub(super) fn number_text(number: i64) -> String {
    let mut writer = Writer::new("n1");
    writer.number(number);
    writer.finish()
}

/// The number that was found.
pub(super) fn read_number<T>(found: &Found<T>) -> Result<Option<i64>, StoreError> {
    let read = |value: &String| Reader::new("n1", value)?.number();
    found.value.as_ref().map(read).transpose()
}

/// Others are always quicker.
pub(super) const fn contended() -> StoreError {
    StoreError::new(ErrorKind::Contended, "change an entry of the cache")
}

/// How long an entry has to stay that somebody may need `until` then: longer, because clocks differ.
fn keep_until(until: Timestamp, now: Timestamp) -> Option<Duration> {
    let left = until.left(now)?;
    let slack = left
        .checked_div(8)
        .unwrap_or_default()
        .saturating_add(Duration::from_secs(60));
    Some(left.saturating_add(slack)).filter(|keep| *keep < FOR_EVER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_outlive_what_they_keep() {
        let now = Timestamp::from_millis(5_000);
        let keep = |secs| keep_until(now.plus(Duration::from_secs(secs)), now);
        assert_eq!(keep(0), Some(Duration::from_secs(60)));
        assert_eq!(keep(800), Some(Duration::from_secs(960)));
        assert_eq!(keep(1_000_000_000_000), None);
        assert_eq!(keep_until(Timestamp::NEVER, now), None);
    }
}
