//! A store in a cache: texts under keys, changed by compare-and-set.
//!
//! A tally is one entry. It is read, the engine's own [`Tally`](axes_core::Tally) code says what becomes
//! of it, and it is written on the condition that nobody wrote it meanwhile: so the failure limit is as
//! exact as in a database. A record is one entry too. What a record contributes to a tally stands in the
//! tally as well, so that a reset lowers each tally in one step.
//!
//! Where a cache can compare and write many entries in one question, a process begins with what it
//! remembers of them (see [`known`]), and the question that writes also asks whether that is how things
//! are. So an attempt of which nobody else knows better is two questions: one before its password is
//! checked and one after.
//!
//! A reset leaves a mark that everything else is compared with (see [`resets`]); it does not depend on
//! knowing what there is. Indexes know (see [`index`] and [`sets`]): for telling who is locked out, for counting what
//! a reset removed, and for deleting it early.
//!
//! Entries expire when nobody needs them any more, and all that is decided by time is decided by the
//! tallies' own times. An entry that the cache loses earlier is as one that never was: a tally begins
//! anew, a record is not counted or listed. A lost number of the latest reset costs nothing. Only where
//! the mark of a reset is lost before what it was about has been looked at or found by an index, that
//! comes back.

mod archive;
mod bans;
mod entries;
mod forget;
mod index;
mod known;
mod line;
mod listing;
mod marks;
mod ops;
mod record_entry;
mod resets;
mod run;
mod sets;
mod store;
mod tally_entry;
mod text;

pub use entries::{Entries, Entry, Expected, Gone, Join, Members, Put, Swap, Swapped};
pub use known::KnownEntries;
pub use line::Line;
pub(crate) use line::{read_access, read_failure};
pub use listing::Attempts;
pub use store::KeyedStore;
