//! The store in Redis, on real servers: the rules of every store, the scenarios, the oracle, and what
//! only servers do.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

mod archive;
mod cluster;
mod failover;
mod places;
mod questions;
mod risks;
mod tls;
mod trouble;

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use axes_core::{Attempt, Policy};
use axes_stores::{RedisOptions, RedisStore};
use axes_testkit::conformance::Backend;
use axes_testkit::servers::RedisServer;
use axes_testkit::{corpus, histories};

/// One for all tests that do nothing to the server itself.
static SERVER: LazyLock<RedisServer> = LazyLock::new(RedisServer::start);

/// What the keys of nobody else begin with.
fn new_prefix() -> String {
    static LAST: AtomicU32 = AtomicU32::new(0);
    format!("test{}:", LAST.fetch_add(1, Ordering::Relaxed))
}

fn open(url: &str) -> RedisStore {
    RedisStore::new(url, RedisOptions::default()).expect("the URL is right")
}

/// A store that nobody else has.
fn fresh() -> RedisStore {
    open(&SERVER.url(&new_prefix()))
}

/// A part of a server, or of a cluster, that nobody else uses.
struct Place(String);

impl Backend for Place {
    type Store = RedisStore;

    fn open(&self) -> Self::Store {
        open(&self.0)
    }
}

axes_testkit::conformance_tests!(Place(SERVER.url(&new_prefix())));

#[test]
fn every_scenario_goes_as_written() {
    corpus::check_all(fresh);
}

#[test]
fn the_engine_answers_what_the_oracle_answers() {
    histories::check_in_time(100, fresh);
}

#[test]
fn who_is_listed_as_locked_out_is_who_would_be_refused() {
    histories::check_listed_while_no_limit_is_lowered(50, fresh);
}

/// Somebody at an address of their own.
fn somebody(username: &str) -> Attempt {
    let attempt = Attempt::new(Some([192, 0, 2, 1].into()));
    attempt.with_username(username).with_user_agent("curl")
}

/// Logs everything, and keeps the latest three failures of each username.
fn logging(policy: &mut Policy) {
    policy.limit = 100;
    policy.logs.failures = true;
    policy.logs.failures_per_username = Some(3);
}
