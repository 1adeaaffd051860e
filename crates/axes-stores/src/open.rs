//! Stores by their URLs.

use std::sync::Arc;
use std::time::Duration;

use crate::{Archive, Bans, ErrorKind, Listing, MemoryStore, Store, StoreError};
#[cfg(feature = "postgres")]
use crate::{PostgresOptions, PostgresStore};
#[cfg(feature = "redis")]
use crate::{RedisOptions, RedisRisk, RedisStore};
#[cfg(feature = "sqlite")]
use crate::{SqliteOptions, SqliteStore};

/// Everything that a host and its operators need of a store.
pub trait Backend: Store + Listing + Archive + Bans + Send + Sync {}

impl<S: Store + Listing + Archive + Bans + Send + Sync> Backend for S {}

/// A store that was opened by its URL; clones share it.
pub type AnyStore = Arc<dyn Backend>;

/// How a store is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenOptions {
    /// How many connections are opened at most, where the store has any.
    pub connections: usize,
    /// How long one answer, or a free connection, is waited for.
    pub timeout: Duration,
    /// Whether each record keeps the time at which it expires (`AXES_USE_ATTEMPT_EXPIRATION`).
    pub expirations: bool,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            connections: 16,
            timeout: Duration::from_secs(5),
            expirations: false,
        }
    }
}

/// The store at `url`. Nothing is connected to before it is needed.
///
/// | URL | store |
/// |---|---|
/// | `sqlite:PATH`, `sqlite://PATH` | `SqliteStore`; the file has to be there |
/// | `postgres://…`, `postgresql://…` | `PostgresStore` |
/// | `redis://…`, `rediss://…` (TLS), `valkey://…`, `valkeys://…` | `RedisStore`, one server |
/// | the same with `-cluster` before the colon: `redis-cluster://HOST,HOST…` | `RedisStore`, a cluster |
/// | `memory:` | [`MemoryStore`], for one process |
///
/// # Errors
/// [`StoreError`] when the URL makes no sense, or the store was not compiled in. What the URL holds is not
/// in the message, because that may be a password.
pub fn open(url: &str, options: &OpenOptions) -> Result<AnyStore, StoreError> {
    Ok(match Place::of(url)? {
        Place::Memory => Arc::new(MemoryStore::default()),
        #[cfg(feature = "sqlite")]
        Place::Sqlite(path) => {
            let options = SqliteOptions {
                timeout: options.timeout,
                expirations: options.expirations,
            };
            Arc::new(SqliteStore::new(path, options))
        }
        #[cfg(feature = "postgres")]
        Place::Postgres(url) => {
            let options = PostgresOptions {
                connections: options.connections,
                timeout: options.timeout,
                expirations: options.expirations,
            };
            Arc::new(PostgresStore::new(url, options)?)
        }
        #[cfg(feature = "redis")]
        Place::Redis(url) => Arc::new(redis(url, options)?),
        #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "redis")))]
        _ => return Err(left_out()),
    })
}

/// What the settings of the server at `url` put at risk, if it is Redis or Valkey.
///
/// # Errors
/// [`StoreError`] when the URL makes no sense, or the server does not answer.
#[cfg(feature = "redis")]
pub fn redis_risks(url: &str, options: &OpenOptions) -> Result<Vec<RedisRisk>, StoreError> {
    match Place::of(url)? {
        Place::Redis(url) => redis(url, options)?.risks(),
        Place::Memory | Place::Sqlite(_) | Place::Postgres(_) => Ok(Vec::new()),
    }
}

/// Where a store is.
pub(crate) enum Place<'a> {
    Memory,
    Sqlite(&'a str),
    Postgres(&'a str),
    Redis(&'a str),
}

impl<'a> Place<'a> {
    /// What `url` names.
    pub(crate) fn of(url: &'a str) -> Result<Self, StoreError> {
        let (scheme, rest) = url.split_once(':').ok_or_else(not_understood)?;
        let after_slashes = rest.strip_prefix("//").unwrap_or(rest);
        Ok(match scheme {
            "memory" => Self::Memory,
            "sqlite" if is_file(after_slashes) => Self::Sqlite(after_slashes),
            "postgres" | "postgresql" => Self::Postgres(url),
            _ if scheme.starts_with("redis") || scheme.starts_with("valkey") => Self::Redis(url),
            _ => return Err(not_understood()),
        })
    }
}

/// Whether SQLite takes `path` for a file and for nothing else. What it takes for a URI may turn off locks,
/// and what is in memory each connection has for itself.
fn is_file(path: &str) -> bool {
    !path.is_empty() && !path.starts_with("file:") && path != ":memory:"
}

#[cfg(feature = "redis")]
fn redis(url: &str, options: &OpenOptions) -> Result<RedisStore, StoreError> {
    let options = RedisOptions {
        connections: options.connections,
        timeout: options.timeout,
        ..RedisOptions::default()
    };
    RedisStore::new(url, options)
}

#[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "redis")))]
pub(crate) fn left_out() -> StoreError {
    StoreError::new(
        ErrorKind::Unprepared,
        "use a store that was not compiled in",
    )
}

fn not_understood() -> StoreError {
    StoreError::new(ErrorKind::Unprepared, "understand the URL of the store")
}
