//! The tables that Django's migrations create, over any connection.
//!
//! A tally is one row, changed by compare-and-swap: it is read, the engine's own
//! [`Tally`](axes_core::Tally) code says what becomes of it, and it is written on the condition that
//! nobody wrote it meanwhile. So what decides is one implementation for every database, no row stays
//! locked while a password is checked, and no isolation level can over-grant. What happens most, a
//! permit taken where none is in flight, is one statement that does the same (`grab.rs`).
//!
//! A tally is a running sum over the records: one that is missing is made from them.

mod archive;
mod bans;
mod columns;
mod connection;
mod expirations;
mod grab;
mod known;
mod late;
mod listing;
mod logs;
mod peeks;
mod piece;
mod purge;
mod recorded;
mod records;
mod refuse;
mod resets;
mod sources;
mod store;
mod tallies;
mod together;
mod value;

pub(crate) use columns::every_scope;
pub use columns::{RecordIdentity, TABLES};
pub use connection::{Dialect, SqlConnection};
pub use known::KnownTallies;
pub use store::SqlStore;
pub use value::Value;
