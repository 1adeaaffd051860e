//! Deleting what is forgotten, in passing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use axes_core::{Permit, Timestamp};
use axes_stores::{Archive as _, Store as _, StoreError};

use crate::driving::Shared;
use crate::{Guard, log};

/// How often something is purged at most.
const EVERY_MILLIS: i64 = 60_000;
/// How many records are deleted at once.
const AT_ONCE: u32 = 500;
/// How often at most, before others get their turn.
const ROUNDS: u32 = 100;
/// The time of a purge that has not been.
const NEVER: i64 = i64::MIN;

/// What a guard knows of its purges.
#[derive(Debug)]
pub(crate) struct Purging {
    /// When the last one began, or the first could have.
    last: AtomicI64,
    /// Whether the application gives some attempts another cool-off: one of them may be longer.
    varies: AtomicBool,
    /// Whether the last one failed.
    fails: AtomicBool,
}

impl Default for Purging {
    fn default() -> Self {
        Self {
            last: AtomicI64::new(NEVER),
            varies: AtomicBool::new(false),
            fails: AtomicBool::new(false),
        }
    }
}

impl Purging {
    /// Whether one should begin: true for one caller once in a while, and not at once, because whoever
    /// has just begun has nothing to tidy up.
    fn is_due(&self, now: Timestamp) -> bool {
        let now = now.as_millis();
        let last = self.last.load(Ordering::Relaxed);
        let since = now.saturating_sub(last);
        let is_due = last != NEVER && !(0..EVERY_MILLIS).contains(&since);
        let begins = is_due || last == NEVER;
        let relaxed = Ordering::Relaxed;
        let is_mine = begins
            && self
                .last
                .compare_exchange(last, now, relaxed, relaxed)
                .is_ok();
        is_due && is_mine
    }
}

impl Guard {
    /// Lets a thread delete what is forgotten, if that is due once `permit` is settled. Nobody waits for
    /// it. A store that never blocks keeps what it holds in bounds by itself.
    pub(crate) fn purge_in_passing(&self, permit: &Permit) {
        let (shared, purging) = (&self.shared, &self.shared.purging);
        if permit.terms().cool_off != self.policy().cool_off {
            purging.varies.store(true, Ordering::Relaxed);
        }
        let is_possible = shared.store.blocks()
            && !permit.is_exempt()
            && !purging.varies.load(Ordering::Relaxed)
            && self.policy().cool_off.longest().is_some();
        if is_possible && purging.is_due((shared.options.now)()) {
            let shared = Arc::clone(shared);
            tokio::task::spawn_blocking(move || shared.purge());
        }
    }
}

impl Shared {
    fn purge(&self) {
        let purged = self.purge_some();
        let failed_before = (self.purging.fails).swap(purged.is_err(), Ordering::Relaxed);
        if let Err(error) = purged {
            log::purge_failed(&error, !failed_before);
        }
    }

    fn purge_some(&self) -> Result<(), StoreError> {
        let Some(longest) = self.engine.policy().cool_off.longest() else {
            return Ok(()); // never forgotten
        };
        for _ in 0..ROUNDS {
            let now = (self.options.now)();
            if self.store.purge(now.minus(longest), now, AT_ONCE)? == 0 {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purge_is_due_once_a_minute_and_not_at_once() {
        let purging = Purging::default();
        let due = |seconds: i64| purging.is_due(Timestamp::from_millis(seconds * 1000));
        assert_eq!([100, 101, 159].map(due), [false; 3]);
        assert_eq!(
            [160, 160, 219, 220, 221].map(due),
            [true, false, false, true, false]
        );
        // A clock that was set back holds nothing up.
        assert_eq!([50, 51, 110].map(due), [true, false, true]);
    }
}
