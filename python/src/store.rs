//! Where a handler keeps what it counts.

use std::sync::{Arc, LazyLock};

use axes_core::{Ban, Banned, Batch, Judge, Reply, ScopeKey, Timestamp};
use axes_stores::{
    Asked, Bans, CachedStore, KeyedStore, KnownEntries, KnownTallies, Listing, Page, SqlStore,
    Store, StoreError,
};
use pyo3::intern;
use pyo3::prelude::*;

use crate::cache::DjangoCache;
use crate::connection::DjangoConnection;
use crate::entries::DjangoEntries;
use crate::native::{Detached, NativeStore};

type Tables = CachedStore<SqlStore<DjangoConnection>, DjangoCache>;
type Cache = KeyedStore<DjangoEntries>;

/// What this process has seen of caches. It saves questions and decides nothing, so all caches share it:
/// a site has one.
static KNOWN: LazyLock<Arc<KnownEntries>> = LazyLock::new(Arc::default);

/// The store that a handler hands over.
pub(crate) enum DjangoStore {
    /// An `axes.connection.Connection`: the tables of the Django app.
    Tables(Tables),
    /// An `axes.entries.EntriesConnection`: a cache.
    Cache(Cache),
    /// A `NativeStore`: none of Django's.
    Native(Detached),
}

impl DjangoStore {
    /// The store behind `connection`, which says by its type that it is none of Django's, and by its
    /// `entries` that it is a cache.
    pub(crate) fn of(
        connection: &Bound<'_, PyAny>,
        expirations: bool,
        known: &Arc<KnownTallies>,
    ) -> PyResult<Self> {
        if let Ok(native) = connection.cast::<NativeStore>() {
            return Detached::of(native).map(Self::Native);
        }
        match connection.getattr_opt(intern!(connection.py(), "entries"))? {
            Some(entries) => {
                let cache = KeyedStore::new(DjangoEntries::new(entries)?);
                Ok(Self::Cache(cache.with_known(Arc::clone(&KNOWN))))
            }
            None => tables(connection, expirations, known).map(Self::Tables),
        }
    }
}

/// The tables behind an `axes.connection.Connection`.
pub(crate) fn tables(
    connection: &Bound<'_, PyAny>,
    expirations: bool,
    known: &Arc<KnownTallies>,
) -> PyResult<Tables> {
    let sql = SqlStore::new(DjangoConnection::new(connection)?)
        .with_expirations(expirations)
        .with_known(Arc::clone(known));
    Ok(CachedStore::new(sql, DjangoCache::of(connection)?))
}

impl Store for DjangoStore {
    fn execute(&self, batch: &Batch, now: Timestamp) -> Result<Vec<Reply>, StoreError> {
        match self {
            Self::Tables(tables) => tables.execute(batch, now),
            Self::Cache(cache) => cache.execute(batch, now),
            Self::Native(store) => store.execute(batch, now),
        }
    }
}

impl Listing for DjangoStore {
    fn lockouts(&self, asked: &Asked<'_>, now: Timestamp) -> Result<Page, StoreError> {
        match self {
            Self::Tables(tables) => tables.lockouts(asked, now),
            Self::Cache(cache) => cache.lockouts(asked, now),
            Self::Native(store) => store.lockouts(asked, now),
        }
    }

    fn unlock(&self, judge: &Judge<'_>, key: ScopeKey, now: Timestamp) -> Result<bool, StoreError> {
        match self {
            Self::Tables(tables) => tables.unlock(judge, key, now),
            Self::Cache(cache) => cache.unlock(judge, key, now),
            Self::Native(store) => store.unlock(judge, key, now),
        }
    }
}

impl Bans for DjangoStore {
    fn ban(&self, ban: &Ban) -> Result<(), StoreError> {
        match self {
            Self::Tables(tables) => tables.ban(ban),
            Self::Cache(cache) => cache.ban(ban),
            Self::Native(store) => store.ban(ban),
        }
    }

    fn unban(&self, target: &Banned) -> Result<bool, StoreError> {
        match self {
            Self::Tables(tables) => tables.unban(target),
            Self::Cache(cache) => cache.unban(target),
            Self::Native(store) => store.unban(target),
        }
    }

    fn bans(&self, now: Timestamp) -> Result<Vec<Ban>, StoreError> {
        match self {
            Self::Tables(tables) => tables.bans(now),
            Self::Cache(cache) => cache.bans(now),
            Self::Native(store) => store.bans(now),
        }
    }
}
