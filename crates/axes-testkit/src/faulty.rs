//! A store that fails when a test wants it to.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use axes_core::{Ban, Banned, Batch, Judge, Reply, ScopeKey, Timestamp};
use axes_stores::{
    Archive, Asked, Bans, Cursor, ErrorKind, Listing, Logged, Page, Past, Recorded, Slice, Store,
    StoreError,
};

/// When in a call the store fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Before anything happened, like a refused connection.
    Before,
    /// After everything happened, like an answer that was lost on its way back.
    After,
}

/// Passes batches on to a store, except for the calls that are to fail as
/// [`ErrorKind::Unavailable`].
#[derive(Debug)]
pub struct FaultyStore<S> {
    store: S,
    calls: AtomicUsize,
    purges: AtomicUsize,
    fails_purges: AtomicBool,
    is_down: AtomicBool,
    failing: Mutex<Vec<(usize, When)>>,
}

impl<S> FaultyStore<S> {
    /// A store that fails at nothing yet.
    pub const fn new(store: S) -> Self {
        Self {
            store,
            calls: AtomicUsize::new(0),
            purges: AtomicUsize::new(0),
            fails_purges: AtomicBool::new(false),
            is_down: AtomicBool::new(false),
            failing: Mutex::new(Vec::new()),
        }
    }

    /// Lets the `nth` call from now fail; 0 is the next one.
    pub fn fail_at(&self, nth: usize, when: When) {
        let call = self.calls() + nth;
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        failing.push((call, when));
    }

    /// Lets every call fail, or none but those that [`fail_at`](Self::fail_at) names.
    pub fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::SeqCst);
    }

    /// Lets every purge fail, or none.
    pub fn fail_purges(&self, fails: bool) {
        self.fails_purges.store(fails, Ordering::SeqCst);
    }

    /// Whether every call fails.
    #[must_use]
    pub fn is_down(&self) -> bool {
        self.is_down.load(Ordering::SeqCst)
    }

    /// How many calls there were.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// How many purges there were, which are no calls.
    #[must_use]
    pub fn purges(&self) -> usize {
        self.purges.load(Ordering::SeqCst)
    }

    /// The store behind it.
    pub const fn inner(&self) -> &S {
        &self.store
    }

    fn fault(&self, call: usize) -> Option<When> {
        if self.is_down() {
            return Some(When::Before);
        }
        let failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        let found = failing.iter().find(|(failing, _)| *failing == call)?;
        Some(found.1)
    }
}

impl<S: Store> Store for FaultyStore<S> {
    fn execute(&self, batch: &Batch, now: Timestamp) -> Result<Vec<Reply>, StoreError> {
        let unavailable = || StoreError::new(ErrorKind::Unavailable, "execute a batch");
        match self.fault(self.calls.fetch_add(1, Ordering::SeqCst)) {
            None => self.store.execute(batch, now),
            Some(When::Before) => Err(unavailable()),
            Some(When::After) => {
                self.store.execute(batch, now)?;
                Err(unavailable())
            }
        }
    }

    fn blocks(&self) -> bool {
        self.store.blocks()
    }
}

impl<S: Bans> Bans for FaultyStore<S> {
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

impl<S: Listing> Listing for FaultyStore<S> {
    fn lockouts(&self, asked: &Asked<'_>, now: Timestamp) -> Result<Page, StoreError> {
        self.store.lockouts(asked, now)
    }

    fn unlock(&self, judge: &Judge<'_>, key: ScopeKey, now: Timestamp) -> Result<bool, StoreError> {
        self.store.unlock(judge, key, now)
    }
}

impl<S: Archive> Archive for FaultyStore<S> {
    fn recorded(
        &self,
        wanted: &Past,
        from: Option<&Cursor>,
        most: u32,
        now: Timestamp,
    ) -> Result<Slice<Recorded>, StoreError> {
        self.store.recorded(wanted, from, most, now)
    }

    fn logged(
        &self,
        wanted: &Past,
        from: Option<&Cursor>,
        most: u32,
    ) -> Result<Slice<Logged>, StoreError> {
        self.store.logged(wanted, from, most)
    }

    fn purge(&self, forgotten: Timestamp, now: Timestamp, most: u32) -> Result<u64, StoreError> {
        self.purges.fetch_add(1, Ordering::SeqCst);
        if self.is_down() || self.fails_purges.load(Ordering::SeqCst) {
            return Err(StoreError::new(ErrorKind::Unavailable, "purge"));
        }
        self.store.purge(forgotten, now, most)
    }
}
