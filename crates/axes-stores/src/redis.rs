//! Redis and Valkey: one server, or a cluster.

mod bans;
mod connection;
mod entries;

use std::time::Duration;

use axes_core::{Batch, Judge, Reply, ScopeKey, Timestamp};
use redis::cluster::ClusterClient;
use redis::{Client, IntoConnectionInfo, RedisError};

use self::connection::Connection;
use self::entries::{RedisEntries, unavailable};
use crate::pool::Pool;
use crate::{Asked, KeyedStore, Listing, Page, Store, StoreError};

/// A store in Redis or Valkey.
///
/// Each entry is changed by one script under one key, so it also works where keys are on different
/// servers. Threads share its connections; each call uses one of them, and blocks until it is done.
#[derive(Debug)]
pub struct RedisStore(KeyedStore<RedisEntries>);

/// How a [`RedisStore`] uses its server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedisOptions {
    /// How many connections it opens at most.
    pub connections: usize,
    /// How long one answer, or a free connection, is waited for.
    pub timeout: Duration,
    /// What every key begins with.
    pub prefix: String,
    /// How long records stay after the last attempt at least, for people who look at them.
    pub records_stay: Duration,
}

impl Default for RedisOptions {
    fn default() -> Self {
        Self {
            connections: 64,
            timeout: Duration::from_secs(5),
            prefix: String::new(),
            records_stay: Duration::from_hours(24),
        }
    }
}

impl RedisStore {
    /// A store in the server at `url`, such as `redis://localhost/0` or `rediss://user:secret@host`.
    /// Nothing is connected to before it is needed.
    ///
    /// # Errors
    /// [`StoreError`] when the URL makes no sense. It is not in the message.
    pub fn new(url: &str, options: RedisOptions) -> Result<Self, StoreError> {
        let client = Client::open(url).map_err(not_understood)?;
        let timeout = options.timeout;
        let open = move || {
            let told = |error: RedisError| unavailable("connect to Redis", &error);
            let redis = client.get_connection_with_timeout(timeout).map_err(told)?;
            redis.set_read_timeout(Some(timeout)).map_err(told)?;
            redis.set_write_timeout(Some(timeout)).map_err(told)?;
            Ok(Connection::new(redis))
        };
        Ok(Self::with(open, false, options))
    }

    /// A store in the cluster that the servers at `urls` belong to: one of them is enough, if it is there.
    ///
    /// # Errors
    /// [`StoreError`] when a URL makes no sense. It is not in the message.
    pub fn in_cluster(urls: &[&str], options: RedisOptions) -> Result<Self, StoreError> {
        let nodes: Result<Vec<_>, _> = urls.iter().map(|url| url.into_connection_info()).collect();
        let timeout = options.timeout;
        let client = ClusterClient::builder(nodes.map_err(not_understood)?)
            .connection_timeout(timeout)
            .response_timeout(timeout)
            .retries(2)
            .build()
            .map_err(not_understood)?;
        let open = move || {
            let redis = client.get_connection();
            let redis = redis.map_err(|error| unavailable("connect to the cluster", &error))?;
            Ok(Connection::new(redis))
        };
        Ok(Self::with(open, true, options))
    }

    fn with(
        open: impl Fn() -> Result<Connection, StoreError> + Send + Sync + 'static,
        is_cluster: bool,
        options: RedisOptions,
    ) -> Self {
        let entries = RedisEntries {
            pool: Pool::new(options.connections, options.timeout, open),
            prefix: options.prefix,
            is_cluster,
        };
        Self(KeyedStore::new(entries).records_stay(options.records_stay))
    }
}

impl Store for RedisStore {
    fn execute(&self, batch: &Batch, now: Timestamp) -> Result<Vec<Reply>, StoreError> {
        self.0.execute(batch, now)
    }
}

impl Listing for RedisStore {
    fn lockouts(&self, asked: &Asked<'_>, now: Timestamp) -> Result<Page, StoreError> {
        self.0.lockouts(asked, now)
    }

    fn unlock(&self, judge: &Judge<'_>, key: ScopeKey, now: Timestamp) -> Result<bool, StoreError> {
        self.0.unlock(judge, key, now)
    }
}

fn not_understood(error: RedisError) -> StoreError {
    unavailable("understand the URL of the store", &error)
}
