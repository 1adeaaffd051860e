//! A cache in memory, which others change and which loses things when a test wants it to.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axes_core::Timestamp;
use axes_stores::{Entries, Entry, Gone, Members, StoreError, Swap, Swapped};

/// What tells one state of an entry from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compares {
    /// Its value: an entry that is changed and changed back is the same.
    Values,
    /// The same, as many entries at once as are asked for.
    Together,
    /// The same, and there are sets. So does Redis.
    WithSets,
    /// The number of the write. So does Memcached.
    Writes,
}

/// One cache, for as many stores as open it.
#[derive(Clone, Debug)]
pub(crate) struct Map {
    compares: Compares,
    entries: Arc<Mutex<HashMap<String, (String, u64)>>>,
    sets: Arc<Mutex<HashMap<String, BTreeMap<String, Timestamp>>>>,
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
            sets: Arc::default(),
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

    fn sets(&self) -> MutexGuard<'_, HashMap<String, BTreeMap<String, Timestamp>>> {
        self.sets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Evicts the entries and the sets whose keys are `evicted`.
    pub(crate) fn evict(&self, evicted: impl Fn(&str) -> bool) {
        self.lock().retain(|key, _| !evicted(key));
        self.sets().retain(|key, _| !evicted(key));
    }

    fn is_same(&self, found: Option<&(String, u64)>, expected: Option<&(String, u64)>) -> bool {
        match (found, expected, self.compares) {
            (None, None, _) => true,
            (Some((_, write)), Some((_, expected)), Compares::Writes) => write == expected,
            (Some((value, _)), Some((expected, _)), _) => value == expected,
            _ => false,
        }
    }

    fn write(
        &self,
        entries: &mut HashMap<String, (String, u64)>,
        key: &str,
        value: &str,
        keep: Option<Duration>,
    ) {
        let write = self.writes.fetch_add(1, Ordering::SeqCst);
        entries.insert(key.to_owned(), (value.to_owned(), write));
        if let Some(keep) = keep {
            let mut longest = self.longest.lock().unwrap_or_else(PoisonError::into_inner);
            *longest = keep.max(*longest);
        }
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
        let same = self.is_same(entries.get(key), expected);
        if same {
            self.write(&mut entries, key, value, keep);
        }
        Ok(same)
    }

    fn token_of(&self, text: &str) -> Option<Self::Token> {
        [Compares::Together, Compares::WithSets]
            .contains(&self.compares)
            .then(|| (text.to_owned(), 0))
    }

    fn swap(&self, swap: &Swap<'_, Self::Token>) -> Result<Swapped<Self::Token>, StoreError> {
        let Swap {
            expected,
            puts,
            told,
            empty,
            joins,
            now,
            ..
        } = *swap;
        let mut entries = self.lock();
        let mut sets = self.sets();
        let stays = |set: &&str| sets.get(*set)?.values().max().filter(|until| **until > now);
        let empty: Vec<bool> = empty.iter().map(|set| stays(set).is_none()).collect();
        let wanted = expected.iter().map(|entry| (entry.key, entry.token));
        let wanted: Vec<_> = wanted
            .chain(puts.iter().map(|put| (put.key, put.expected)))
            .collect();
        for (key, _) in &wanted {
            if self.happens(self.loses) {
                entries.remove(*key);
            }
        }
        let is_same =
            |(key, token): &(&str, Option<&Self::Token>)| self.is_same(entries.get(*key), *token);
        if self.happens(self.crowd) || empty.contains(&false) || !wanted.iter().all(is_same) {
            let keys = wanted.iter().map(|(key, _)| key).chain(told);
            let found = keys.map(|key| {
                let (value, write) = entries.get(*key)?.clone();
                Some(Entry {
                    value: value.clone(),
                    token: (value, write),
                })
            });
            let found = found.collect();
            return Ok(Swapped::InVain { found, empty });
        }
        for join in joins {
            let set = sets.entry(join.set.clone()).or_default();
            let until = set.entry(join.member.clone()).or_insert(join.until);
            *until = join.until.max(*until);
        }
        for put in puts {
            self.write(&mut entries, put.key, put.value, put.keep);
        }
        Ok(Swapped::Done)
    }
    fn keeps_sets(&self) -> bool {
        self.compares == Compares::WithSets
    }

    /// All at once, and one of them twice: so may Redis.
    fn members(&self, set: &str, _from: u64, now: Timestamp) -> Result<Members, StoreError> {
        let sets = self.sets();
        let members = sets.get(set).into_iter().flatten();
        let stays = members.filter(|(_, until)| **until > now);
        let mut names: Vec<String> = stays.map(|(name, _)| name.clone()).collect();
        names.extend(names.first().cloned());
        Ok(Members { names, next: None })
    }

    fn take_out(&self, set: &str, gone: &[Gone]) -> Result<bool, StoreError> {
        let entries = self.lock();
        let mut sets = self.sets();
        let Some(members) = sets.get_mut(set) else {
            return Ok(false);
        };
        for Gone { member, key, text } in gone {
            if entries.get(key).is_none_or(|(found, _)| found == text) {
                members.remove(member);
            }
        }
        Ok(!members.is_empty())
    }
}
