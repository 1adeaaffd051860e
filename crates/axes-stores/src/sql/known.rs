//! What a process remembers of tallies, to ask in the cheaper way first.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axes_core::ScopeKey;

/// How many are remembered at most; then all are forgotten, which costs one statement each.
const MOST: usize = 10_000;

/// Which tallies there were when this process last asked, and which of them were locked out. Nothing
/// is decided by it: it says which statement is tried first.
#[derive(Debug, Default)]
pub struct KnownTallies(Mutex<HashMap<ScopeKey, bool>>);

impl KnownTallies {
    pub(crate) fn is_there(&self, key: ScopeKey) -> bool {
        self.keys().contains_key(&key)
    }

    pub(crate) fn is_locked_out(&self, key: ScopeKey) -> bool {
        self.keys().get(&key).copied().unwrap_or(false)
    }

    pub(crate) fn note(&self, key: ScopeKey, locked_out: bool) {
        let mut keys = self.keys();
        if keys.len() >= MOST {
            keys.clear();
        }
        keys.insert(key, locked_out);
    }

    pub(crate) fn forget(&self, key: ScopeKey) {
        self.keys().remove(&key);
    }

    /// Whatever a panic elsewhere left is as good as anything else here.
    fn keys(&self) -> MutexGuard<'_, HashMap<ScopeKey, bool>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
        for number in 0..=MOST {
            known.note(key(number), true);
        }
        assert_eq!(known.keys().len(), 1);
        assert!(known.is_locked_out(key(MOST)));
        known.note(key(MOST), false);
        assert!(known.is_there(key(MOST)) && !known.is_locked_out(key(MOST)));
        known.forget(key(MOST));
        assert!(!known.is_there(key(MOST)));
    }
}
