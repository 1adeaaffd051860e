//! Stores by their URLs.

use std::sync::Arc;
use std::time::Duration;

use crate::{
    Archive, ErrorKind, Listing, MemoryStore, PostgresOptions, PostgresStore, RedisOptions,
    RedisStore, SqliteOptions, SqliteStore, Store, StoreError,
};

/// Everything that a host and its operators need of a store.
pub trait Backend: Store + Listing + Archive + Send + Sync {}

impl<S: Store + Listing + Archive + Send + Sync> Backend for S {}

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
/// | `sqlite:PATH`, `sqlite://PATH` | [`SqliteStore`]; the file has to be there |
/// | `postgres://…`, `postgresql://…` | [`PostgresStore`] |
/// | `redis://…`, `rediss://…` (TLS), `valkey://…`, `valkeys://…` | [`RedisStore`], one server |
/// | the same with `-cluster` before the colon: `redis-cluster://HOST,HOST…` | [`RedisStore`], a cluster |
/// | `memory:` | [`MemoryStore`], for one process |
///
/// # Errors
/// [`StoreError`] when the URL makes no sense. What it holds is not in the message, because that may be
/// a password.
pub fn open(url: &str, options: &OpenOptions) -> Result<AnyStore, StoreError> {
    let &OpenOptions {
        connections,
        timeout,
        expirations,
    } = options;
    let (scheme, rest) = url.split_once(':').ok_or_else(not_understood)?;
    Ok(match scheme {
        "memory" => Arc::new(MemoryStore::default()),
        "sqlite" => {
            let path = rest.strip_prefix("//").unwrap_or(rest);
            if path.is_empty() {
                return Err(not_understood());
            }
            let options = SqliteOptions {
                timeout,
                expirations,
            };
            Arc::new(SqliteStore::new(path, options))
        }
        "postgres" | "postgresql" => {
            let options = PostgresOptions {
                connections,
                timeout,
                expirations,
            };
            Arc::new(PostgresStore::new(url, options)?)
        }
        _ if scheme.starts_with("redis") || scheme.starts_with("valkey") => {
            let options = RedisOptions {
                connections,
                timeout,
                ..RedisOptions::default()
            };
            Arc::new(RedisStore::new(url, options)?)
        }
        _ => return Err(not_understood()),
    })
}

fn not_understood() -> StoreError {
    StoreError::new(ErrorKind::Unavailable, "understand the URL of the store")
}
