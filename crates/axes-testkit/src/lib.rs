//! What the tests of Axes share: a clock that stands still, an oracle, stores that fail or tell what
//! they did, the suite that every store has to pass, the corpus of scenarios, and private servers.
//!
//! A store is tested in three lines, with one `#[test]` for each rule of [`axes_stores::Store`]:
//!
//! ```
//! use std::sync::Arc;
//! use axes_stores::MemoryStore;
//! use axes_testkit::conformance::Backend;
//!
//! #[derive(Default)]
//! struct Memory(Arc<MemoryStore>);
//! impl Backend for Memory {
//!     type Store = Arc<MemoryStore>;
//!     fn open(&self) -> Self::Store {
//!         Arc::clone(&self.0)
//!     }
//! }
//!
//! axes_testkit::conformance_tests!(Memory::default());
//! # axes_testkit::conformance::check_all(Memory::default);
//! ```
//!
//! against all scenarios with [`corpus::check_all`], and against the oracle with
//! [`histories::check_all`].

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "only tests use this crate, and a panic is how a test fails"
)]

pub mod archives;
pub mod conformance;
pub mod corpus;
pub mod histories;
pub mod servers;

mod clock;
mod driving;
mod faulty;
mod naive;
mod spy;

pub use clock::FakeClock;
pub use driving::{answered, driver};
pub use faulty::{FaultyStore, When};
pub use naive::{Answer, Lockout, NaiveModel, Ticket};
pub use spy::Spy;
