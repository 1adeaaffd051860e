//! The command line, as operators use it: every command on real stores, at a time that stands still.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "this is a test"
)]

mod banning;
mod checking;
mod configuring;
mod desk;
mod errors;
mod explaining;
mod exporting;
mod following;
mod guide;
mod help;
mod listing;
mod meeting;
mod migrating;
mod resetting;
mod stores;

pub(crate) use desk::Desk;

/// Compares what was said with the snapshot `name`.
macro_rules! assert_said {
    ($name:literal, $said:expr) => {
        insta::assert_snapshot!($name, $said)
    };
}
pub(crate) use assert_said;
