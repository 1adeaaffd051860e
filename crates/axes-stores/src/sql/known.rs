//! What a process remembers of tallies, to ask in the cheaper way first.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axes_core::{ScopeKey, Tally, Timestamp};

/// How many are remembered at most; then all are forgotten, which costs one statement each.
const MOST: usize = 10_000;

/// Which tallies there were when this process last asked, and until when they were locked out or an
/// attempt on them banned. Nothing is decided by it: it says which statement is tried first.
#[derive(Debug, Default)]
pub struct KnownTallies {
    keys: Mutex<HashMap<ScopeKey, Timestamp>>,
    banned: Mutex<HashMap<ScopeKey, Timestamp>>,
    /// Whether there was any ban.
    bans: AtomicBool,
}

impl KnownTallies {
    pub(crate) fn is_there(&self, key: ScopeKey) -> bool {
        self.keys().contains_key(&key)
    }

    pub(crate) fn is_locked_out(&self, key: ScopeKey, now: Timestamp) -> bool {
        self.keys().get(&key).is_some_and(|until| *until > now)
    }

    pub(crate) fn note(&self, key: ScopeKey, tally: &Tally, limit: u32) {
        let locked_out = tally.is_locked_out(limit);
        let until = if locked_out {
            tally.expires
        } else {
            Timestamp::EPOCH
        };
        let mut keys = self.keys();
        if keys.len() >= MOST {
            keys.clear();
        }
        keys.insert(key, until);
    }

    pub(crate) fn forget(&self, key: ScopeKey) {
        self.keys().remove(&key);
    }

    pub(crate) fn has_bans(&self) -> bool {
        self.bans.load(Ordering::Relaxed)
    }

    pub(crate) fn note_bans(&self, there: bool) {
        self.bans.store(there, Ordering::Relaxed);
    }

    pub(crate) fn is_banned(&self, key: ScopeKey, now: Timestamp) -> bool {
        self.has_bans() && self.banned().get(&key).is_some_and(|until| *until > now)
    }

    /// Notes until when an attempt on the tally `key` was banned, if it was.
    pub(crate) fn note_banned(&self, key: ScopeKey, until: Option<Timestamp>) {
        let mut banned = self.banned();
        let Some(until) = until else {
            banned.remove(&key);
            return;
        };
        if banned.len() >= MOST {
            banned.clear();
        }
        banned.insert(key, until);
    }

    /// Whatever a panic elsewhere left is as good as anything else here.
    fn keys(&self) -> MutexGuard<'_, HashMap<ScopeKey, Timestamp>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn banned(&self) -> MutexGuard<'_, HashMap<ScopeKey, Timestamp>> {
        self.banned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_remembers_more_than_it_may() {
        let known = KnownTallies::default();
        let key = |number: usize| {
            let parts = axes_core::Parts {
                username: Some(number.to_string()),
                ..axes_core::Parts::default()
            };
            parts.key()
        };
        let mut tally = Tally::blank(1);
        tally.failures = 3;
        tally.expires = Timestamp::from_millis(9);
        for number in 0..=MOST {
            known.note(key(number), &tally, 3);
        }
        assert_eq!(known.keys().len(), 1);
        let is_locked_out = |millis| known.is_locked_out(key(MOST), Timestamp::from_millis(millis));
        assert!(is_locked_out(8) && !is_locked_out(9));
        known.note(key(MOST), &tally, 4);
        assert!(known.is_there(key(MOST)) && !is_locked_out(8));
        known.forget(key(MOST));
        assert!(!known.is_there(key(MOST)));
    }
}
