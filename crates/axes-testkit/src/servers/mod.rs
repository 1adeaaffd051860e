//! Private servers: each in a temporary folder, on a free port of this machine, ended with its test.
//!
//! One that is not installed fails the test, which says what to install.

mod certificates;
mod folder;
mod pooler;
mod postgres;
mod process;
mod redis;

pub use certificates::make_certificates;
pub use folder::Folder;
pub use pooler::PgBouncer;
pub use postgres::{Database, PostgresServer, Sql};
pub use process::{Plan, Runs, Server, Signal, find};
pub use redis::{Monitor, RedisCluster, RedisServer};
