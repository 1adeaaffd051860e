//! Private servers: each in a temporary folder, on a free port of this machine, ended with its test.
//!
//! One that is not installed fails the test, which says what to install.

mod folder;
mod postgres;
mod process;
mod redis; // Redis, Valkey and clusters of them

pub use folder::Folder;
pub use postgres::{Database, PostgresServer, Sql};
pub use process::{Plan, Server, Signal, find};
