//! What a process remembers of lockouts, to ask in the cheaper way first.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axes_core::ScopeKey;

/// How many are remembered at most; then all are forgotten, which costs one statement each.
const MOST: usize = 10_000;

/// Tallies that were locked out when this process last asked. Nothing is decided by them: they say
/// which statement is tried first.
#[derive(Debug, Default)]
pub struct KnownLockouts(Mutex<HashSet<ScopeKey>>);

impl KnownLockouts {
    pub(crate) fn contains(&self, key: ScopeKey) -> bool {
        self.keys().contains(&key)
    }

    pub(crate) fn insert(&self, key: ScopeKey) {
        let mut keys = self.keys();
        if keys.len() >= MOST {
            keys.clear();
        }
        keys.insert(key);
    }

    pub(crate) fn remove(&self, key: ScopeKey) {
        self.keys().remove(&key);
    }

    /// Whatever a panic elsewhere left is as good as anything else here.
    fn keys(&self) -> MutexGuard<'_, HashSet<ScopeKey>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_remembers_more_than_it_may() {
        let known = KnownLockouts::default();
        let key = |number: usize| {
            let parts = axes_core::Parts {
                username: Some(number.to_string()),
                ..axes_core::Parts::default()
            };
            parts.key()
        };
        for number in 0..=MOST {
            known.insert(key(number));
        }
        assert_eq!(known.keys().len(), 1);
        assert!(known.contains(key(MOST)));
        known.remove(key(MOST));
        assert!(!known.contains(key(MOST)));
    }
}
