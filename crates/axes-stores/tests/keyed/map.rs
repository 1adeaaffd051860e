//! A cache in memory, which others change and which loses things when a test wants it to.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axes_stores::{Entries, Entry, StoreError};

/// What tells one state of an entry from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compares {
    /// Its value: an entry that is changed and changed back is the same. So does Redis.
    Values,
    /// The number of the write. So does Memcached.
    Writes,
}

/// One cache, for as many stores as open it.
#[derive(Clone, Debug)]
pub(crate) struct Map {
    compares: Compares,
    entries: Arc<Mutex<HashMap<String, (String, u64)>>>,
    writes: Arc<AtomicU64>,
    /// Of how many entries that are looked at one is lost, and of how many writes one is too late.
    loses: u64,
    crowd: u64,
    /// The longest that any entry has to stay: nobody knows it of those for ever.
    pub(crate) longest: Arc<Mutex<Duration>>,
}

impl Map {
    pub(crate) fn new(compares: Compares) -> Self {
        Self {
            compares,
            entries: Arc::default(),
            writes: Arc::default(),
            loses: 0,
            crowd: 0,
            longest: Arc::default(),
        }
    }

    /// Loses one of so many entries that are looked at.
    pub(crate) fn losing(mut self, loses: u64) -> Self {
        self.loses = loses;
        self
    }

    /// Somebody else is quicker at one of so many writes.
    pub(crate) fn crowded(mut self, crowd: u64) -> Self {
        self.crowd = crowd;
        self
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, HashMap<String, (String, u64)>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Evicts the entries whose keys are `evicted`.
    pub(crate) fn evict(&self, evicted: impl Fn(&str) -> bool) {
        self.lock().retain(|key, _| !evicted(key));
    }

    fn happens(&self, one_of: u64) -> bool {
        let number = self.writes.fetch_add(1, Ordering::SeqCst);
        // As good as random: the digits of multiples of a large prime.
        one_of > 0 && (number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40).is_multiple_of(one_of)
    }
}

impl Entries for Map {
    type Token = (String, u64);

    fn get(&self, keys: &[String]) -> Result<Vec<Option<Entry<Self::Token>>>, StoreError> {
        let mut entries = self.lock();
        let found = keys.iter().map(|key| {
            if self.happens(self.loses) {
                entries.remove(key);
            }
            let (value, write) = entries.get(key)?.clone();
            Some(Entry {
                value: value.clone(),
                token: (value, write),
            })
        });
        Ok(found.collect())
    }

    fn put(
        &self,
        key: &str,
        value: &str,
        expected: Option<&Self::Token>,
        keep: Option<Duration>,
    ) -> Result<bool, StoreError> {
        assert!(
            key.len() < 200 && key.bytes().all(|byte| byte.is_ascii_graphic()),
            "{key}"
        );
        let mut entries = self.lock();
        if self.happens(self.crowd) {
            return Ok(false);
        }
        let found = entries.get(key);
        let same = match (found, expected, self.compares) {
            (None, None, _) => true,
            (Some((value, _)), Some((expected, _)), Compares::Values) => value == expected,
            (Some((_, write)), Some((_, expected)), Compares::Writes) => write == expected,
            _ => false,
        };
        if same {
            let write = self.writes.fetch_add(1, Ordering::SeqCst);
            entries.insert(key.to_owned(), (value.to_owned(), write));
            if let Some(keep) = keep {
                let mut longest = self.longest.lock().unwrap_or_else(PoisonError::into_inner);
                *longest = keep.max(*longest);
            }
        }
        Ok(same)
    }
}
