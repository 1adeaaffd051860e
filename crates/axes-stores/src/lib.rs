//! Where Axes keeps tallies and records.
//!
//! A [`Store`] executes the batches that the engine hands out. [`MemoryStore`] keeps everything in
//! this process; [`SqlStore`] keeps it in the tables that Django's migrations create, over whatever
//! connection implements [`SqlConnection`]. [`Driver`] runs an engine against a store. A store that
//! implements [`Listing`] can tell who is locked out.

mod archive;
mod bans;
mod cached;
mod decision;
mod driver;
mod error;
mod forks;
mod keyed;
mod listing;
mod memory;
mod open;
mod pool;
mod postgres;
mod redis;
mod schema;
mod sql;
mod sqlite;
mod store;

pub use archive::{Archive, Cursor, Happened, Logged, Past, Recorded, Slice};
pub use bans::Bans;
pub use cached::{CachedStore, SharedCache};
pub use decision::{Admitting, Decision, Progress};
pub use driver::{Clock, Driver};
pub use error::{ErrorKind, StoreError};
pub use keyed::{Attempts, Entries, Entry, Expected, KeyedStore, KnownEntries, Line, Put, Swapped};
pub use listing::{Asked, Listing, Page, Search, Wanted};
pub use memory::MemoryStore;
pub use open::{AnyStore, Backend, OpenOptions, open, redis_risks};
pub use postgres::{PostgresOptions, PostgresStore};
pub use redis::{COMPARE_AND_SET, RedisOptions, RedisRisk, RedisStore};
pub use schema::{Migrated, migrate};
pub use sql::{Dialect, KnownTallies, RecordIdentity, SqlConnection, SqlStore, TABLES, Value};
pub use sqlite::{SqliteOptions, SqliteStore};
pub use store::Store;
