//! Where Axes keeps tallies and records.
//!
//! A [`Store`] executes the batches that the engine hands out. [`MemoryStore`] keeps everything in
//! this process; [`SqlStore`] keeps it in the tables that Django's migrations create, over whatever
//! connection implements [`SqlConnection`]. [`Driver`] runs an engine against a store. A store that
//! implements [`Listing`] can tell who is locked out.
//!
//! # Features
//!
//! Each is a store with connections of its own, and all are on by default: `sqlite` (`SqliteStore`),
//! `postgres` (`PostgresStore`) and `redis` (`RedisStore`). [`open`] finds them by their URLs.

#![cfg_attr(
    not(all(feature = "sqlite", feature = "postgres", feature = "redis")),
    allow(
        dead_code,
        unused_imports,
        unused_variables,
        reason = "some is there for the stores that are left out"
    )
)]

mod archive;
mod bans;
mod cached;
mod decision;
mod driver;
mod error;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "redis"))]
mod forks;
mod keyed;
mod listing;
mod memory;
mod open;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "redis"))]
mod pool;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod schema;
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;
mod store;

pub use archive::{Archive, Cursor, Happened, Logged, Past, Recorded, Slice};
pub use bans::Bans;
pub use cached::{CachedStore, SharedCache};
pub use decision::{Admitting, Decision, Progress};
pub use driver::{Clock, Driver};
pub use error::{ErrorKind, StoreError};
pub use keyed::{
    Attempts, Entries, Entry, Expected, Gone, Join, KeyedStore, KnownEntries, Line, Members, Put,
    Swap, Swapped,
};
pub use listing::{Asked, Listing, Page, Search, Wanted};
pub use memory::MemoryStore;
#[cfg(feature = "redis")]
pub use open::redis_risks;
pub use open::{AnyStore, Backend, OpenOptions, open};
#[cfg(feature = "postgres")]
pub use postgres::{PostgresOptions, PostgresStore};
#[cfg(feature = "redis")]
pub use redis::{COMPARE_AND_SET, RedisOptions, RedisRisk, RedisStore, TAKE_OUT};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use schema::{Migrated, migrate};
pub use sql::{Dialect, KnownTallies, RecordIdentity, SqlConnection, SqlStore, TABLES, Value};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteOptions, SqliteStore};
pub use store::Store;
