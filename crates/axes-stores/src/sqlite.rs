//! SQLite, without Django: the same tables, in a file that several processes of a machine may use.

mod archive;
mod bans;
mod connection;
mod failures;
mod together;
mod values;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use axes_core::{Batch, Judge, Op, Reply, ScopeKey, Timestamp};

pub(crate) use self::connection::Connection;
use self::together::Together;
use crate::forks::PerProcess;
use crate::pool::Pool;
use crate::{
    Asked, ErrorKind, KnownTallies, Listing, Page, SqlConnection, SqlStore, Store, StoreError,
};

type Replies = Result<Vec<Reply>, StoreError>;

/// A store in the tables that Django's migrations create, in a file of SQLite.
///
/// A commit waits for the disk, and only one process writes at a time. So batches that come while
/// another one is committed are committed together afterwards: each is a part of the transaction of its
/// own, is whole or not there at all, and is answered after the commit.
///
/// SQLite does not survive a fork while a connection is open: a process that was forked then gets an
/// error whenever it uses this.
#[derive(Debug)]
pub struct SqliteStore {
    /// The one that writes, and those that only look.
    pool: Pool<Connection>,
    shared: PerProcess<Shared>,
    expirations: bool,
}

/// What the threads of one process share.
#[derive(Debug)]
struct Shared {
    together: Together<(Batch, Timestamp), Replies>,
    known: Arc<KnownTallies>,
    /// Until when other processes may begin to write without this one.
    turn_of_others: Mutex<Option<Instant>>,
}

/// How a [`SqliteStore`] uses its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SqliteOptions {
    /// How long others may write before somebody gives up.
    pub timeout: Duration,
    /// Whether each record keeps the time at which it expires.
    pub expirations: bool,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(5),
            expirations: false,
        }
    }
}

/// How many connections look at the same time, one of which writes.
const CONNECTIONS: usize = 8;

/// After each transaction others get this part of its time to begin one, and no more than so much: they
/// look now and then whether they can, and would hardly ever find a process that always writes away.
const OTHERS: (u32, Duration) = (8, Duration::from_millis(5));

impl SqliteStore {
    /// A store in the file at `path`, which is opened when it is needed.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, options: SqliteOptions) -> Self {
        let (path, timeout) = (path.into(), options.timeout);
        Self {
            pool: Pool::new(CONNECTIONS, timeout, move || {
                Connection::open(&path, timeout, false)
            }),
            shared: PerProcess::new(Shared::new),
            expirations: options.expirations,
        }
    }

    /// A connection to the file at `path` that creates what is missing. A file that is new keeps a log
    /// aside, so that nobody who reads waits for anybody who writes; others stay as they are.
    pub(crate) fn to_create(path: &str, timeout: Duration) -> Result<Connection, StoreError> {
        let path = Path::new(path);
        let is_new = std::fs::metadata(path).is_ok_and(|file| file.len() == 0) || !path.exists();
        let connection = Connection::open(path, timeout, true)?;
        if is_new {
            connection.keep_log_aside()?;
        }
        Ok(connection)
    }

    /// Does `work` on the tables, apart from what others do.
    fn with<T>(
        &self,
        work: impl FnOnce(&SqlStore<&Connection>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.pool.with(|connection| work(&self.store(connection)))
    }

    fn store<'c>(&self, connection: &'c Connection) -> SqlStore<&'c Connection> {
        SqlStore::new(connection)
            .with_known(Arc::clone(&self.shared.get().known))
            .with_expirations(self.expirations)
    }

    /// Executes several batches in one transaction.
    fn execute_all(&self, jobs: &[&(Batch, Timestamp)]) -> Vec<Replies> {
        let begun = self.shared.get().take_turn();
        let done = self.pool.with(|connection| {
            connection.begin()?;
            let replies = self.execute_each(connection, jobs);
            let committed = replies.and_then(|replies| connection.commit().map(|()| replies));
            if committed.is_err() {
                connection.roll_back();
            }
            committed
        });
        self.shared.get().leave_turn(begun);
        done.unwrap_or_else(|error| {
            let error = Arc::new(error);
            jobs.iter().map(|_| Err(shared(&error))).collect()
        })
    }

    /// Executes them, each as a whole that can fail without the others.
    ///
    /// Nobody else writes meanwhile, so whoever makes a tally of records that are deleted here has done so
    /// before or will do so afterwards: the late looks of [`SqlStore`] need not wait for the commit.
    fn execute_each(
        &self,
        connection: &Connection,
        jobs: &[&(Batch, Timestamp)],
    ) -> Result<Vec<Replies>, StoreError> {
        let store = self.store(connection);
        let mut replies = Vec::with_capacity(jobs.len());
        for (batch, now) in jobs {
            let done = store.whole(|| store.execute(batch, *now));
            if connection.has_lost_its_transaction() {
                return Err(done.err().unwrap_or_else(lost));
            }
            replies.push(done);
        }
        Ok(replies)
    }
}

impl Shared {
    fn new() -> Self {
        Self {
            together: Together::new(),
            known: Arc::default(),
            turn_of_others: Mutex::default(),
        }
    }

    /// Waits until others have had their turn; returns when that was.
    fn take_turn(&self) -> Instant {
        let until = *self.turn_of_others();
        if let Some(left) = until.and_then(|it| it.checked_duration_since(Instant::now())) {
            sleep(left);
        }
        Instant::now()
    }

    /// Lets others have theirs, after one that was `begun` then.
    fn leave_turn(&self, begun: Instant) {
        let (part, most) = OTHERS;
        let pause = begun.elapsed().checked_div(part).unwrap_or(most).min(most);
        *self.turn_of_others() = Instant::now().checked_add(pause);
    }

    fn turn_of_others(&self) -> MutexGuard<'_, Option<Instant>> {
        let turn = self.turn_of_others.lock();
        turn.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for SqliteStore {
    fn execute(&self, batch: &Batch, now: Timestamp) -> Replies {
        if batch.ops().iter().all(only_looks) {
            // Whoever only looks waits for nobody.
            return self.with(|store| store.execute(batch, now));
        }
        self.shared.get().together.submit(
            (batch.clone(), now),
            |jobs| self.execute_all(jobs),
            || Err(lost()),
        )
    }
}

impl Listing for SqliteStore {
    fn lockouts(&self, asked: &Asked<'_>, now: Timestamp) -> Result<Page, StoreError> {
        self.with(|store| store.lockouts(asked, now))
    }

    fn unlock(&self, judge: &Judge<'_>, key: ScopeKey, now: Timestamp) -> Result<bool, StoreError> {
        self.with(|store| store.unlock(judge, key, now))
    }
}

fn lost() -> StoreError {
    StoreError::new(ErrorKind::Unavailable, "commit a transaction")
}

/// An error that several get.
fn shared(error: &Arc<StoreError>) -> StoreError {
    let told = StoreError::new(error.kind(), error.operation());
    match std::error::Error::source(&**error) {
        Some(source) => told.because(source.to_string()),
        None => told,
    }
}

const fn only_looks(op: &Op) -> bool {
    matches!(op, Op::Peek(_) | Op::Heed(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_get_a_turn_after_each_of_ours() {
        let shared = Shared::new();
        let now = Instant::now();
        shared.leave_turn(now.checked_sub(Duration::from_secs(1)).unwrap());
        assert!(shared.take_turn().duration_since(now) >= OTHERS.1);
    }
}
