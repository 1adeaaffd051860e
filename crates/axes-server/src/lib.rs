//! The `axes` program as a library: what `main` calls with the real world, and tests with one of their
//! own.
//!
//! [`run`] takes arguments and a [`Host`], does what was asked, and returns an [`Exit`].

mod cli;
mod configuration;
mod context;
mod exit;
mod failure;
mod host;
mod output;
mod store_url;

pub use cli::{command, reference, run};
pub use exit::Exit;
pub use failure::Failure;
pub use host::{Host, Terminal};
pub use store_url::StoreUrl;
