//! The layer in front of axum, over real connections.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod addresses;
mod bodies;
mod client;
mod losses;
mod permits;
mod purges;
mod races;
mod rules;
mod scenarios;
mod secrets;
mod site;
