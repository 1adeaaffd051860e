//! Refusing without asking the store, by a cache that all processes share.

use axes_core::{
    Ban, Banned, Batch, Judge, OnLocked, Op, Reply, ScopeKey, Take, Taken, Tally, Timestamp,
};

use crate::{Asked, Bans, Listing, Page, Store, StoreError};

/// The entry that every marker is made under. A reset changes it, and no older marker holds any more.
const GENERATION: &str = "axes:generation";
/// How long a marker is kept at most, in milliseconds.
const LONGEST: i64 = 300_000;

/// A cache that all processes share.
///
/// # Rules
/// 1. An entry may be gone at any moment, but one that is there is what was last set.
/// 2. A cache that cannot be reached answers as an empty one, except to
///    [`replace`](Self::replace), which says so.
pub trait SharedCache {
    /// The entries of `keys`, in their order.
    fn get(&self, keys: &[String]) -> Vec<Option<String>>;

    /// Sets an entry that need not stay longer than `millis`.
    fn set(&self, key: &str, value: &str, millis: i64);

    /// A text that no other call ever returns.
    fn unique(&self) -> String;

    /// Sets the entry `key` for good, once what was done in the database is committed.
    ///
    /// # Errors
    /// [`StoreError`] when the cache cannot be reached.
    fn replace(&self, key: &str, value: &str) -> Result<(), StoreError>;
}

/// A store that refuses whom it knows to be locked out from a [`SharedCache`].
///
/// Only a refusal that changes nothing can be answered so: where a refused attempt restarts the
/// cool-off, the store has to be told. Nothing is ever admitted from the cache. Whoever is banned as well
/// hears of the lockout first; bans are not cached, so that they hold and end at once.
///
/// A reset stays predictable, because a marker holds only under the generation that was current
/// *before* its tally was read, and a reset changes the generation *after* it has changed the store.
#[derive(Debug)]
pub struct CachedStore<S, C> {
    store: S,
    cache: Option<C>,
}

impl<S: Store, C: SharedCache> CachedStore<S, C> {
    /// `store` behind `cache`, if there is one.
    #[must_use]
    pub const fn new(store: S, cache: Option<C>) -> Self {
        Self { store, cache }
    }

    /// Makes all markers invalid: somebody changed the store by other means.
    ///
    /// # Errors
    /// [`StoreError`] when the cache cannot be reached.
    pub fn forget_markers(&self) -> Result<(), StoreError> {
        match &self.cache {
            Some(cache) => cache.replace(GENERATION, &cache.unique()),
            None => Ok(()),
        }
    }

    fn take(
        &self,
        cache: &C,
        takes: &[(usize, &Take)],
        batch: &Batch,
        now: Timestamp,
    ) -> Result<Vec<Reply>, StoreError> {
        let mut keys = vec![GENERATION.to_owned()];
        keys.extend(takes.iter().map(|(_, take)| marker_key(take.key)));
        let mut found = cache.get(&keys).into_iter();
        let generation = found.next().flatten();
        if let Some(generation) = &generation {
            for ((index, take), entry) in takes.iter().zip(found) {
                let tally = entry.and_then(|entry| read_marker(&entry, generation));
                let holds =
                    |tally: &Tally| tally.is_locked_out(take.terms.limit) && tally.expires > now;
                if let Some(tally) = tally.filter(holds) {
                    let mut replies = vec![Reply::Skipped; batch.ops().len()];
                    if let Some(reply) = replies.get_mut(*index) {
                        *reply = Reply::Taken {
                            taken: Taken::LockedOut { newly: false },
                            tally,
                        };
                    }
                    return Ok(replies);
                }
            }
        } else {
            // The cache is empty or away. Attempts are decided all the same, without it.
            let _ = cache.replace(GENERATION, &cache.unique());
        }
        let replies = self.store.execute(batch, now)?;
        for (index, take) in takes {
            if let (
                Some(generation),
                Some(Reply::Taken {
                    taken: Taken::LockedOut { .. },
                    tally,
                }),
            ) = (&generation, replies.get(*index))
            {
                let left = tally.expires.as_millis().saturating_sub(now.as_millis());
                let marker = marker(generation, tally);
                cache.set(&marker_key(take.key), &marker, left.min(LONGEST));
            }
        }
        Ok(replies)
    }
}

impl<S: Store, C: SharedCache> Store for CachedStore<S, C> {
    fn execute(&self, batch: &Batch, now: Timestamp) -> Result<Vec<Reply>, StoreError> {
        let Some(cache) = &self.cache else {
            return self.store.execute(batch, now);
        };
        let ops = batch.ops().iter();
        let asks_only = |op: &Op| quiet_take(op).is_some() || matches!(op, Op::Heed(_));
        let takes: Vec<(usize, &Take)> = (0..)
            .zip(ops.clone())
            .filter_map(|(index, op)| Some((index, quiet_take(op)?)))
            .collect();
        if !takes.is_empty() && ops.clone().all(asks_only) {
            return self.take(cache, &takes, batch, now);
        }
        let replies = self.store.execute(batch, now)?;
        let forgets = |op: &Op| matches!(op, Op::Reset(_) | Op::ClearProven(_));
        if batch.ops().iter().any(forgets) {
            self.forget_markers()?;
        }
        Ok(replies)
    }
}

impl<S: Listing + Store, C: SharedCache> Listing for CachedStore<S, C> {
    fn lockouts(&self, asked: &Asked<'_>, now: Timestamp) -> Result<Page, StoreError> {
        self.store.lockouts(asked, now)
    }

    fn unlock(&self, judge: &Judge<'_>, key: ScopeKey, now: Timestamp) -> Result<bool, StoreError> {
        let unlocked = self.store.unlock(judge, key, now)?;
        self.forget_markers()?;
        Ok(unlocked)
    }
}

impl<S: Bans, C> Bans for CachedStore<S, C> {
    fn ban(&self, ban: &Ban) -> Result<(), StoreError> {
        self.store.ban(ban)
    }

    fn unban(&self, target: &Banned) -> Result<bool, StoreError> {
        self.store.unban(target)
    }

    fn bans(&self, now: Timestamp) -> Result<Vec<Ban>, StoreError> {
        self.store.bans(now)
    }
}

/// The op as one that refuses without changing anything, if it is.
fn quiet_take(op: &Op) -> Option<&Take> {
    if let Op::Take(take) = op {
        Some(take).filter(|take| take.on_locked == OnLocked::Leave)
    } else {
        None
    }
}

fn marker_key(key: ScopeKey) -> String {
    format!("axes:locked:{key}")
}

fn marker(generation: &str, tally: &Tally) -> String {
    let (first, last) = (tally.first.as_millis(), tally.last.as_millis());
    let expires = tally.expires.as_millis();
    format!("{generation} {} {first} {last} {expires}", tally.failures)
}

fn read_marker(entry: &str, generation: &str) -> Option<Tally> {
    let mut fields = entry.split(' ');
    if fields.next() != Some(generation) {
        return None;
    }
    let failures = fields.next()?.parse().ok()?;
    let mut time = || fields.next()?.parse().ok().map(Timestamp::from_millis);
    let (first, last, expires) = (time()?, time()?, time()?);
    let locked_since = Some(last);
    Some(Tally {
        failures,
        first,
        last,
        expires,
        locked_since,
        ..Tally::blank(0)
    })
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::collections::HashMap;

    use axes_core::{Attempt, Engine, Outcome, Overrides, Policy, Reason, Selector, Verdict};

    use super::*;
    use crate::{Driver, MemoryStore};

    #[derive(Default)]
    struct Counting {
        store: MemoryStore,
        calls: Cell<u32>,
    }

    impl Store for Counting {
        fn execute(&self, batch: &Batch, now: Timestamp) -> Result<Vec<Reply>, StoreError> {
            self.calls.set(self.calls.get().saturating_add(1));
            self.store.execute(batch, now)
        }
    }

    #[derive(Default)]
    struct MapCache {
        entries: RefCell<HashMap<String, String>>,
        made: Cell<u32>,
    }

    impl SharedCache for &MapCache {
        fn get(&self, keys: &[String]) -> Vec<Option<String>> {
            keys.iter()
                .map(|key| self.entries.borrow().get(key).cloned())
                .collect()
        }
        fn set(&self, key: &str, value: &str, _millis: i64) {
            self.entries
                .borrow_mut()
                .insert(key.to_owned(), value.to_owned());
        }
        fn unique(&self) -> String {
            self.made.set(self.made.get().saturating_add(1));
            self.made.get().to_string()
        }
        fn replace(&self, key: &str, value: &str) -> Result<(), StoreError> {
            self.set(key, value, 0);
            Ok(())
        }
    }

    struct Stopped(Cell<i64>);

    impl crate::Clock for Stopped {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0.get())
        }
        fn sleep(&self, _pause: std::time::Duration) {}
    }

    fn policy(count_refused: bool) -> Policy {
        let cool_off = axes_core::CoolOff::After(std::time::Duration::from_secs(60));
        Policy {
            limit: 1,
            count_refused,
            cool_off,
            ..Policy::default()
        }
    }

    fn reason<S: Store, C: crate::Clock>(driver: &Driver<'_, S, C>) -> Option<Reason> {
        let attempt = Attempt::new("192.0.2.1".parse().ok());
        match driver.admit(&attempt, &Overrides::default(), 5).decided {
            Verdict::Refuse(refusal) => Some(refusal.reason),
            Verdict::Admit(permit) => {
                driver.settle(&permit, Outcome::Failure, &attempt);
                None
            }
        }
    }

    #[test]
    fn a_known_lockout_costs_the_store_nothing_until_it_ends_or_is_reset() {
        let (inner, cache) = (Counting::default(), MapCache::default());
        let engine = Engine::new(policy(false));
        let clock = Stopped(Cell::new(1_000));
        let store = CachedStore::new(&inner, Some(&cache));
        let driver = Driver {
            engine: &engine,
            store: &store,
            clock: &clock,
            fail_open: false,
        };

        assert_eq!(reason(&driver), None);
        assert_eq!(reason(&driver), Some(Reason::LockedOut));
        let before = inner.calls.get();
        for _ in 0..9 {
            assert_eq!(reason(&driver), Some(Reason::LockedOut));
        }
        assert_eq!(inner.calls.get(), before);

        driver.reset(Selector::default()).unwrap();
        assert_eq!(reason(&driver), None);
        assert_eq!(reason(&driver), Some(Reason::LockedOut));
        clock.0.set(61_001);
        assert_eq!(reason(&driver), None);
    }

    #[test]
    fn a_marker_of_a_tally_that_was_read_before_a_reset_is_void() {
        let (inner, cache) = (Counting::default(), MapCache::default());
        let engine = Engine::new(policy(false));
        let clock = Stopped(Cell::new(1_000));
        let store = CachedStore::new(&inner, Some(&cache));
        let driver = Driver {
            engine: &engine,
            store: &store,
            clock: &clock,
            fail_open: false,
        };
        reason(&driver);
        reason(&driver);
        let late = cache.entries.borrow().clone();
        driver.reset(Selector::default()).unwrap();
        // Another process writes its marker only now.
        let generation = cache.entries.borrow().get(GENERATION).cloned().unwrap();
        cache.entries.borrow_mut().extend(late);
        cache
            .entries
            .borrow_mut()
            .insert(GENERATION.to_owned(), generation);
        assert_eq!(reason(&driver), None);
    }

    #[test]
    fn who_is_unlocked_is_refused_by_no_marker() {
        let (inner, cache) = (MemoryStore::default(), MapCache::default());
        let engine = Engine::new(policy(false));
        let store = CachedStore::new(&inner, Some(&cache));
        let driver = Driver {
            engine: &engine,
            store: &store,
            clock: &Stopped(Cell::new(1_000)),
            fail_open: false,
        };
        for expected in [None, Some(Reason::LockedOut), Some(Reason::LockedOut)] {
            assert_eq!(reason(&driver), expected);
        }
        let by_code = axes_core::ByCode::default();
        let page = driver.lockouts(by_code, crate::Wanted::All, 0, 9).unwrap();
        let [lockout] = page.lockouts.as_slice() else {
            panic!("one is locked out, not {page:?}")
        };
        assert!(driver.unlock(by_code, lockout.key).unwrap());
        assert_eq!(reason(&driver), None);
    }

    #[test]
    fn a_ban_is_not_cached() {
        let (inner, cache) = (MemoryStore::default(), MapCache::default());
        let engine = Engine::new(policy(false));
        let clock = Stopped(Cell::new(1_000));
        let store = CachedStore::new(&inner, Some(&cache));
        let driver = Driver {
            engine: &engine,
            store: &store,
            clock: &clock,
            fail_open: false,
        };
        let target = Banned::network("192.0.2.0/24").unwrap();
        let ban = Ban {
            target: target.clone(),
            reason: String::new(),
            author: String::new(),
            since: Timestamp::from_millis(1_000),
            until: Timestamp::NEVER,
        };
        store.ban(&ban).unwrap();
        assert_eq!(
            store.bans(Timestamp::EPOCH).unwrap(),
            std::slice::from_ref(&ban)
        );
        assert_eq!(reason(&driver), Some(Reason::Banned));
        assert!(inner.unban(&target).unwrap());
        assert_eq!(reason(&driver), None);
        // Whoever is locked out as well hears of that first, from the cache.
        assert_eq!(reason(&driver), Some(Reason::LockedOut));
        inner.ban(&ban).unwrap();
        assert_eq!(reason(&driver), Some(Reason::LockedOut));
        clock.0.set(61_001);
        assert_eq!(reason(&driver), Some(Reason::Banned));
    }

    #[test]
    fn a_refusal_that_counts_always_reaches_the_store() {
        let (inner, cache) = (Counting::default(), MapCache::default());
        let engine = Engine::new(policy(true));
        let clock = Stopped(Cell::new(1_000));
        let store = CachedStore::new(&inner, Some(&cache));
        let driver = Driver {
            engine: &engine,
            store: &store,
            clock: &clock,
            fail_open: false,
        };
        for _ in 0..5 {
            reason(&driver);
        }
        assert_eq!(
            inner.store.recorded_failures(&axes_core::Parts::default()),
            1
        );
        assert!(inner.calls.get() > 5);
    }
}
