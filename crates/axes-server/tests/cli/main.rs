//! The command line, as operators use it: every command on real stores, at a time that stands still.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    reason = "this is a test"
)]

mod checking;
mod desk;
mod errors;
mod explaining;
mod exporting;
mod following;
mod help;
mod listing;
mod resetting;

pub(crate) use desk::{Desk, Said};

/// Compares what was said with the snapshot `name`.
macro_rules! assert_said {
    ($name:literal, $said:expr) => {
        insta::assert_snapshot!($name, $said)
    };
}
pub(crate) use assert_said;
