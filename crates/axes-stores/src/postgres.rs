//! PostgreSQL, without Django: the same tables, over connections of our own.

mod archive;
mod bans;
mod connection;
mod text;
mod values;

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use axes_core::{Batch, Judge, Reply, ScopeKey, Timestamp};
use tokio_postgres::Config;

use self::connection::Connection;
use crate::pool::Pool;
use crate::{Asked, ErrorKind, KnownTallies, Listing, Page, SqlStore, Store, StoreError};

/// A store in the tables that Django's migrations create, in PostgreSQL.
///
/// Threads share its connections; each call uses one of them, and blocks until it is done.
#[derive(Debug)]
pub struct PostgresStore {
    pool: Pool<Connection>,
    known: Arc<KnownTallies>,
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
    /// # Errors
    /// [`StoreError`] when the URL makes no sense. It is not in the message.
    pub fn new(url: &str, options: PostgresOptions) -> Result<Self, StoreError> {
        let mut config = Config::from_str(url).map_err(|error| {
            // Its text says what is wrong, and repeats nothing.
            StoreError::new(ErrorKind::Unavailable, "understand the URL of the store")
                .because(error)
        })?;
        config
            .application_name("axes")
            .connect_timeout(options.timeout)
            .keepalives_idle(Duration::from_secs(60));
        let timeout = options.timeout;
        Ok(Self {
            pool: Pool::new(options.connections, timeout, move || {
                Connection::open(&config, timeout)
            }),
            known: Arc::default(),
            expirations: options.expirations,
        })
    }

    /// Does `work` on the tables.
    fn with<T>(
        &self,
        work: impl FnOnce(&SqlStore<&Connection>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.pool.with(|connection| {
            let store = SqlStore::new(connection)
                .with_known(Arc::clone(&self.known))
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
