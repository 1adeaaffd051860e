//! PostgreSQL, without Django: the same tables, over connections of our own.

mod archive;
mod bans;
mod connection;
mod direct;
mod failures;
mod target;
mod text;
mod tls;
mod values;

use std::sync::Arc;
use std::time::Duration;

use axes_core::{Batch, Judge, Reply, ScopeKey, Timestamp};

use self::connection::Connection;
use self::target::Target;
use crate::forks::PerProcess;
use crate::pool::Pool;
use crate::{Asked, KnownTallies, Listing, Page, SqlStore, Store, StoreError};

/// A store in the tables that Django's migrations create, in PostgreSQL.
///
/// Threads share its connections; each call uses one of them, and blocks until it is done. So it is not to
/// be called by a task of an asynchronous runtime, but where blocking is allowed, such as in tokio's
/// `spawn_blocking`.
#[derive(Debug)]
pub struct PostgresStore {
    pool: Pool<Connection>,
    known: PerProcess<Arc<KnownTallies>>,
    expirations: bool,
}

/// How a [`PostgresStore`] uses its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PostgresOptions {
    /// How many connections it opens at most.
    pub connections: usize,
    /// How long one answer, or a free connection, is waited for.
    pub timeout: Duration,
    /// Whether each record keeps the time at which it expires.
    pub expirations: bool,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            connections: 16,
            timeout: Duration::from_secs(5),
            expirations: false,
        }
    }
}

impl PostgresStore {
    /// A store in the database at `url`, such as `postgres://axes@localhost/site`. Nothing is connected
    /// to before it is needed.
    ///
    /// Besides what other clients of PostgreSQL understand, the URL may say
    /// - `sslmode`: `disable`, `prefer` (the default: encrypted where the server can, whoever it is),
    ///   `require` (always encrypted), `verify-ca` (by a server that somebody trusted vouches for) or
    ///   `verify-full` (and that is the host of the URL: what a network needs);
    /// - `sslrootcert`: the file of those who are trusted, in PEM, instead of those of the system;
    /// - `prepared`: `false` never to prepare statements, `true` always to do so. Otherwise they are where
    ///   the connection leads to the server itself, and not to a pooler.
    ///
    /// # Errors
    /// [`StoreError`] when the URL makes no sense. It is not in the message.
    pub fn new(url: &str, options: PostgresOptions) -> Result<Self, StoreError> {
        let timeout = options.timeout;
        let target = Target::of(url, timeout)?;
        Ok(Self {
            pool: Pool::new(options.connections, timeout, move || {
                Connection::open(&target, timeout)
            }),
            known: PerProcess::new(Arc::default),
            expirations: options.expirations,
        })
    }

    /// A connection that creates tables in the database at `url`.
    pub(crate) fn to_create(url: &str, timeout: Duration) -> Result<Connection, StoreError> {
        Connection::open(&Target::of(url, timeout)?, timeout)
    }

    /// Does `work` on the tables.
    fn with<T>(
        &self,
        work: impl FnOnce(&SqlStore<&Connection>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.pool.with(|connection| {
            let store = SqlStore::new(connection)
                .with_known(Arc::clone(self.known.get()))
                .with_expirations(self.expirations);
            work(&store)
        })
    }
}

impl Store for PostgresStore {
    fn execute(&self, batch: &Batch, now: Timestamp) -> Result<Vec<Reply>, StoreError> {
        self.with(|store| store.execute(batch, now))
    }
}

impl Listing for PostgresStore {
    fn lockouts(&self, asked: &Asked<'_>, now: Timestamp) -> Result<Page, StoreError> {
        self.with(|store| store.lockouts(asked, now))
    }

    fn unlock(&self, judge: &Judge<'_>, key: ScopeKey, now: Timestamp) -> Result<bool, StoreError> {
        self.with(|store| store.unlock(judge, key, now))
    }
}
