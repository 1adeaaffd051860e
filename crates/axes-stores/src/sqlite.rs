//! SQLite, without Django: the same tables, in a file that several processes of a machine may use.

mod archive;
mod bans;
mod connection;
mod together;
mod values;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axes_core::{Batch, Judge, Op, Reply, ScopeKey, Timestamp};

use self::connection::Connection;
use self::together::Together;
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
#[derive(Debug)]
pub struct SqliteStore {
    /// The one that writes, and those that only look.
    pool: Pool<Connection>,
    together: Together<(Batch, Timestamp), Replies>,
    known: Arc<KnownTallies>,
    expirations: bool,
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

impl SqliteStore {
    /// A store in the file at `path`, which is opened when it is needed.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, options: SqliteOptions) -> Self {
        let (path, timeout) = (path.into(), options.timeout);
        Self {
            pool: Pool::new(CONNECTIONS, timeout, move || {
                Connection::open(&path, timeout)
            }),
            together: Together::new(),
            known: Arc::default(),
            expirations: options.expirations,
        }
    }

    fn store<'c>(&self, connection: &'c Connection) -> SqlStore<&'c Connection> {
        SqlStore::new(connection)
            .with_known(Arc::clone(&self.known))
            .with_expirations(self.expirations)
    }

    /// Executes several batches in one transaction.
    fn execute_all(&self, jobs: &[&(Batch, Timestamp)]) -> Vec<Replies> {
        let done = self.pool.with(|connection| {
            connection.begin()?;
            let store = self.store(connection);
            let replies: Vec<Replies> = jobs
                .iter()
                .map(|(batch, now)| {
                    connection.begin()?;
                    let done = store.execute(batch, *now);
                    let done = done.and_then(|replies| connection.commit().map(|()| replies));
                    if done.is_err() {
                        connection.roll_back();
                    }
                    done
                })
                .collect();
            if let Err(error) = connection.commit() {
                connection.roll_back();
                return Err(error);
            }
            Ok(replies)
        });
        done.unwrap_or_else(|error| {
            let again = || StoreError::new(error.kind(), "commit a transaction");
            jobs.iter().map(|_| Err(again())).collect()
        })
    }
}

impl Store for SqliteStore {
    fn execute(&self, batch: &Batch, now: Timestamp) -> Replies {
        if batch.ops().iter().all(only_looks) {
            // Whoever only looks waits for nobody.
            return self
                .pool
                .with(|connection| self.store(connection).execute(batch, now));
        }
        self.together.submit(
            (batch.clone(), now),
            |jobs| self.execute_all(jobs),
            || {
                Err(StoreError::new(
                    ErrorKind::Unavailable,
                    "commit a transaction",
                ))
            },
        )
    }
}

impl Listing for SqliteStore {
    fn lockouts(&self, asked: &Asked<'_>, now: Timestamp) -> Result<Page, StoreError> {
        self.pool
            .with(|connection| self.store(connection).lockouts(asked, now))
    }

    fn unlock(&self, judge: &Judge<'_>, key: ScopeKey, now: Timestamp) -> Result<bool, StoreError> {
        self.pool
            .with(|connection| self.store(connection).unlock(judge, key, now))
    }
}

const fn only_looks(op: &Op) -> bool {
    matches!(op, Op::Peek(_) | Op::Heed(_))
}
