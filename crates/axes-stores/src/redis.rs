//! Redis and Valkey: one server, or a cluster.

mod bans;
mod cluster;
mod connection;
mod entries;
mod link;
mod log;
mod place;
mod risks;
mod server;
mod slice;
mod slots;
mod trouble;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axes_core::{Batch, Judge, Reply, ScopeKey, Timestamp};

use self::connection::Connection;
use self::entries::RedisEntries;
use self::log::LogKeys;
use self::place::Place;
use crate::forks::PerProcess;
use crate::pool::Pool;
use crate::{
    Archive, Asked, Cursor, KeyedStore, KnownEntries, Listing, Logged, Page, Past, Recorded, Slice,
    Store, StoreError,
};

pub use self::entries::{COMPARE_AND_SET, TAKE_OUT};
pub use self::risks::RedisRisk;

/// A store in Redis or Valkey, of version 6.2 or newer.
///
/// One server is asked once before a password is checked and once afterwards. In a cluster each entry is
/// changed by a script of its own, under one key, so it does not matter on which servers they are. Threads
/// share the connections; each call uses one of them, and blocks until it is done.
///
/// # The audit log
///
/// Successes and failures are in two streams, so that no flood of failures pushes out a success. A stream
/// keeps the latest [`log_lines`](RedisOptions::log_lines), and up to a hundred more. What differs from a
/// database:
///
/// - The failures that one username keeps are counted from its first failure on after it was quiet for as
///   long as [`records_stay`](RedisOptions::records_stay); what is older stays until the stream is full.
/// - A success keeps the first logout of its session, and as many logouts are kept as successes.
/// - Where nothing was written, no line was either. In a cluster a line may be missing whose batch ended
///   with an error.
pub struct RedisStore {
    entries: RedisEntries,
    known: PerProcess<Arc<KnownEntries>>,
    records_stay: Duration,
}

/// How a [`RedisStore`] uses its server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedisOptions {
    /// How many connections it opens at most.
    pub connections: usize,
    /// How long one answer, or a free connection, is waited for.
    pub timeout: Duration,
    /// What every key begins with, if the URL does not say.
    pub prefix: String,
    /// How long records stay after the last attempt at least, for people who look at them.
    pub records_stay: Duration,
    /// How many lines the log of successes keeps, and that of failures. A line takes up to 500 bytes
    /// or so.
    pub log_lines: u64,
}

impl Default for RedisOptions {
    fn default() -> Self {
        Self {
            connections: 64,
            timeout: Duration::from_secs(5),
            prefix: String::new(),
            records_stay: Duration::from_hours(24),
            log_lines: 100_000,
        }
    }
}

impl RedisStore {
    /// A store at `url`. Nothing is connected to before it is needed.
    ///
    /// | URL | server |
    /// |---|---|
    /// | `redis://[USER[:PASSWORD]@]HOST[:PORT][/DATABASE]` | one server |
    /// | `redis-cluster://[USER[:PASSWORD]@]HOST[:PORT],HOST[:PORT]…` | the cluster that they belong to: one of them is enough, if it is there |
    /// | `rediss://…`, `rediss-cluster://…` | the same by TLS |
    /// | `valkey…://…` | the same |
    ///
    /// Parameters after a `?`: `prefix`, as in [`RedisOptions`]; `ca`, a file of the certificates that
    /// are trusted instead of those that everybody knows; `cert` and `key`, files of one's own.
    ///
    /// # Errors
    /// [`StoreError`] when the URL makes no sense, or names a file that cannot be read. It is not in the
    /// message.
    pub fn new(url: &str, options: RedisOptions) -> Result<Self, StoreError> {
        let RedisOptions {
            connections,
            timeout,
            prefix,
            records_stay,
            log_lines,
        } = options;
        let place = Place::of(url)?;
        let prefix = place.prefix.clone().unwrap_or(prefix);
        let is_cluster = place.is_cluster;
        let open = Connection::opener(place, timeout)?;
        let entries = RedisEntries {
            pool: Pool::new(connections, timeout, open),
            log: LogKeys::new(&prefix, log_lines, records_stay),
            prefix,
            is_cluster,
        };
        Ok(Self {
            entries,
            known: PerProcess::new(Arc::default),
            records_stay,
        })
    }

    fn keyed(&self) -> KeyedStore<&RedisEntries> {
        KeyedStore::new(&self.entries)
            .records_stay(self.records_stay)
            .with_known(Arc::clone(self.known.get()))
    }

    /// What the settings of the server put at risk. What it does not tell is left out.
    ///
    /// # Errors
    /// [`StoreError`] when it does not answer.
    pub fn risks(&self) -> Result<Vec<RedisRisk>, StoreError> {
        self.entries.risks()
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").finish_non_exhaustive()
    }
}

impl Store for RedisStore {
    fn execute(&self, batch: &Batch, now: Timestamp) -> Result<Vec<Reply>, StoreError> {
        self.keyed().execute(batch, now)
    }
}

impl Listing for RedisStore {
    fn lockouts(&self, asked: &Asked<'_>, now: Timestamp) -> Result<Page, StoreError> {
        self.keyed().lockouts(asked, now)
    }

    fn unlock(&self, judge: &Judge<'_>, key: ScopeKey, now: Timestamp) -> Result<bool, StoreError> {
        self.keyed().unlock(judge, key, now)
    }
}

/// Records have no order in Redis: those of whoever is asked for are all looked at for each slice. The log
/// has one. Nothing has to be purged, because entries expire by themselves.
impl Archive for RedisStore {
    fn recorded(
        &self,
        wanted: &Past,
        from: Option<&Cursor>,
        most: u32,
        now: Timestamp,
    ) -> Result<Slice<Recorded>, StoreError> {
        self.keyed().recorded(wanted, from, most, now)
    }

    fn logged(
        &self,
        wanted: &Past,
        from: Option<&Cursor>,
        most: u32,
    ) -> Result<Slice<Logged>, StoreError> {
        self.entries.logged(wanted, from, most)
    }

    fn purge(&self, forgotten: Timestamp, now: Timestamp, most: u32) -> Result<u64, StoreError> {
        self.keyed().purge(forgotten, now, most)
    }
}
