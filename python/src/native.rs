//! A store that is reached without Django, while other Python code runs.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axes_core::{Ban, Banned, Batch, Judge, Reply, ScopeKey, Timestamp};
use axes_settings::Settings;
use axes_stores::{
    AnyStore, Archive, Asked, Bans, ErrorKind, Listing, Migrated, OpenOptions, Page, Past,
    Recorded, Store, StoreError,
};
use pyo3::prelude::*;

use crate::errors::{improper, raised};

/// How many records are read at once.
const SLICE: u32 = 1000;

/// The stores that this process has opened: all threads share them.
///
/// Whoever locks this is attached to Python and asks nothing of it meanwhile. Python forks while it is
/// attached too, so no child finds it locked by a thread that it does not have. The same holds for the
/// two below.
static OPENED: Mutex<Vec<Opened>> = Mutex::new(Vec::new());

/// How many threads are asking a store something.
static ASKING: AtomicU32 = AtomicU32::new(0);
/// How many threads are about to fork.
static FORKING: AtomicU32 = AtomicU32::new(0);
/// How long whoever forks waits for those who ask, and they for it.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(1);

struct Opened {
    process: u32,
    url: String,
    options: OpenOptions,
    store: AnyStore,
}

/// What the native handler hands to the engine, where others hand a database connection: the store at
/// a URL. No transaction of the request concerns it.
#[pyclass(module = "axes._axes", frozen)]
pub(crate) struct NativeStore {
    url: String,
    options: OpenOptions,
}

impl Opened {
    fn is_in_memory(&self) -> bool {
        self.url.starts_with("memory:")
    }
}

#[pymethods]
impl NativeStore {
    /// The alias of Django's database that it is: none.
    #[classattr]
    const fn alias() -> &'static str {
        ""
    }

    /// Whether what is written can be undone by somebody else's transaction.
    #[classattr]
    const fn may_be_rolled_back() -> bool {
        false
    }

    /// Whether it is any use to write.
    #[classattr]
    const fn takes_writes() -> bool {
        true
    }

    /// What is written is written, wherever a transaction of the request is.
    const fn apart(slf: Py<Self>) -> Py<Self> {
        slf
    }

    const fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[expect(clippy::unused_self, reason = "Python calls it so")]
    const fn __exit__(
        &self,
        _class: &Bound<'_, PyAny>,
        _error: &Bound<'_, PyAny>,
        _traceback: &Bound<'_, PyAny>,
    ) {
    }

    /// Nothing.
    #[expect(clippy::unused_self, reason = "Python calls it so")]
    const fn lock_afterwards(&self) {}

    /// Creates the tables that the store needs, where it needs any; what there is to say of those that
    /// are there, if anything.
    fn prepare(&self, py: Python<'_>) -> PyResult<Option<String>> {
        refuse_file_of_django(py, &self.url)?;
        wait_while(py, || FORKING.load(Ordering::Relaxed) > 0);
        let _asking = Asking::new();
        let done = py.detach(|| axes_stores::migrate(&self.url, &self.options));
        let (what, missing) = match done.map_err(raised)? {
            Migrated::Outdated(missing) => (
                "are of an older version: `migrate` the site they belong to",
                missing,
            ),
            Migrated::Incomplete(missing) => ("are not complete", missing),
            Migrated::Unneeded
            | Migrated::Created
            | Migrated::Upgraded(_)
            | Migrated::Current
            | _ => return Ok(None),
        };
        let missing = missing.join(", ");
        Ok(Some(format!(
            "the tables of AXES_STORE {what} ({missing} missing)"
        )))
    }
}

impl NativeStore {
    /// The store at `url`, opened as `settings` say when somebody asks it something.
    pub(crate) fn at(url: &str, settings: &Settings) -> Self {
        let options = OpenOptions {
            connections: settings.store_connections(),
            timeout: settings.store_timeout(),
            expirations: settings.keeps_expirations(),
        };
        let url = url.to_owned();
        Self { url, options }
    }

    /// The store, which is opened where this process has not done so yet.
    fn open(&self, py: Python<'_>) -> PyResult<AnyStore> {
        let process = std::process::id();
        if let Some(store) = self.opened(process) {
            return Ok(store);
        }
        refuse_file_of_django(py, &self.url)?;
        // Its text would say what is wrong in words that are not for settings.
        let store = axes_stores::open(&self.url, &self.options)
            .map_err(|_| improper(py, "AXES_STORE is no URL of a store"))?;
        let mut stores = lock();
        // Another thread may have been quicker.
        let other = stores.iter().find(|it| self.is(it, process));
        let store = other.map_or(store, |it| it.store.clone());
        if other.is_none() {
            stores.push(Opened {
                process,
                url: self.url.clone(),
                options: self.options.clone(),
                store: store.clone(),
            });
        }
        Ok(store)
    }

    fn opened(&self, process: u32) -> Option<AnyStore> {
        let stores = lock();
        let found = stores.iter().find(|it| self.is(it, process));
        found.map(|it| it.store.clone())
    }

    fn is(&self, opened: &Opened, process: u32) -> bool {
        // What is in memory is there once, whatever settings say meanwhile.
        let same = opened.options == self.options || opened.is_in_memory();
        opened.process == process && opened.url == self.url && same
    }
}

/// Two libraries of `SQLite` in one process must not open the same file.
fn refuse_file_of_django(py: Python<'_>, url: &str) -> PyResult<()> {
    py.import("axes.stores")?
        .call_method1("refuse_file_of_django", (url,))?;
    Ok(())
}

/// Why the store at `url` cannot be opened, whatever answers there; None where it can be.
#[pyfunction]
pub(crate) fn wrong_url(url: &str) -> Option<String> {
    let opened = axes_stores::open(url, &OpenOptions::default());
    opened.err().map(|error| error.to_string())
}

/// Python is about to fork: waits until nobody asks a store anything, and closes all but those in
/// memory. A child must neither have connections of its parent nor be made in the middle of something:
/// `SQLite` keeps what it knows of the locks on its files in its own memory, so a child would believe
/// to have those of its parent.
#[pyfunction]
pub(crate) fn before_fork(py: Python<'_>) {
    FORKING.fetch_add(1, Ordering::Relaxed);
    wait_while(py, || ASKING.load(Ordering::Relaxed) > 0);
    let stores: Vec<Opened> = lock().extract_if(.., |it| !it.is_in_memory()).collect();
    drop(stores);
}

/// The fork is done, in the process that did it.
#[pyfunction]
pub(crate) fn after_fork_in_parent() {
    FORKING.fetch_sub(1, Ordering::Relaxed);
}

/// The fork is done, in the new process: it begins anew.
#[pyfunction]
pub(crate) fn after_fork_in_child() {
    // Whatever is open still belongs to the parent, and closing it would end it there.
    std::mem::forget(std::mem::take(&mut *lock()));
    ASKING.store(0, Ordering::Relaxed);
    FORKING.store(0, Ordering::Relaxed);
}

/// Closes all stores of this process. What is in memory is forgotten; others open again when they are
/// asked something.
#[pyfunction]
pub(crate) fn close_stores(py: Python<'_>) {
    let stores = std::mem::take(&mut *lock());
    py.detach(|| drop(stores));
}

fn lock() -> MutexGuard<'static, Vec<Opened>> {
    OPENED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A store that is asked while this thread is detached from Python: whoever waits for a server, or for
/// the disk, keeps no other thread waiting.
pub(crate) struct Detached(Py<NativeStore>);

impl Detached {
    /// The store behind `native`, which can be opened.
    pub(crate) fn of(native: &Bound<'_, NativeStore>) -> PyResult<Self> {
        native.get().open(native.py())?;
        Ok(Self(native.clone().unbind()))
    }

    /// Has `work` done. Nobody holds the store in between: it is closed when Python forks.
    fn ask<T: Send>(
        &self,
        work: impl FnOnce(AnyStore) -> Result<T, StoreError> + Send,
    ) -> Result<T, StoreError> {
        Python::attach(|py| {
            wait_while(py, || FORKING.load(Ordering::Relaxed) > 0);
            let _asking = Asking::new();
            let store = self.0.get().open(py).map_err(|error| {
                StoreError::new(ErrorKind::Unavailable, "open the store").because(error)
            })?;
            py.detach(|| work(store))
        })
    }

    /// All that is recorded, what is new first.
    pub(crate) fn recorded(&self, now: Timestamp) -> Result<Vec<Recorded>, StoreError> {
        let mut found = Vec::new();
        let (mut from, wanted) = (None, Past::default());
        loop {
            let slice = self.ask(|store| store.recorded(&wanted, from.as_ref(), SLICE, now))?;
            found.extend(slice.items);
            from = slice.next;
            if from.is_none() {
                return Ok(found);
            }
        }
    }

    /// Deletes at most `most` records that nobody needs any more; returns how many.
    pub(crate) fn purge(
        &self,
        forgotten: Timestamp,
        now: Timestamp,
        most: u32,
    ) -> Result<u64, StoreError> {
        self.ask(|store| store.purge(forgotten, now, most))
    }
}

impl Store for Detached {
    fn execute(&self, batch: &Batch, now: Timestamp) -> Result<Vec<Reply>, StoreError> {
        self.ask(|store| store.execute(batch, now))
    }
}

impl Listing for Detached {
    fn lockouts(&self, asked: &Asked<'_>, now: Timestamp) -> Result<Page, StoreError> {
        self.ask(|store| store.lockouts(asked, now))
    }

    fn unlock(&self, judge: &Judge<'_>, key: ScopeKey, now: Timestamp) -> Result<bool, StoreError> {
        self.ask(|store| store.unlock(judge, key, now))
    }
}

impl Bans for Detached {
    fn ban(&self, ban: &Ban) -> Result<(), StoreError> {
        self.ask(|store| store.ban(ban))
    }

    fn unban(&self, target: &Banned) -> Result<bool, StoreError> {
        self.ask(|store| store.unban(target))
    }

    fn bans(&self, now: Timestamp) -> Result<Vec<Ban>, StoreError> {
        self.ask(|store| store.bans(now))
    }
}

/// Lets other threads go on while something `holds`, but not for ever.
fn wait_while(py: Python<'_>, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while holds() && start.elapsed() < LONGEST_WAIT {
        py.detach(|| std::thread::sleep(PAUSE));
    }
}

/// Somebody who is asking a store something. It begins and ends while attached to Python.
struct Asking;

impl Asking {
    fn new() -> Self {
        ASKING.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        ASKING.fetch_sub(1, Ordering::Relaxed);
    }
}
