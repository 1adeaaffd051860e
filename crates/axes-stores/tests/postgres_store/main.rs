//! The store in PostgreSQL: the rules of every store, the scenarios, the oracle, and what happens to
//! connections.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    reason = "this is a test"
)]

mod connections;
mod database;
mod encrypted;

use axes_stores::{Migrated, PostgresOptions, PostgresStore};
use axes_testkit::conformance::Backend;
use axes_testkit::{corpus, histories};

use database::Tables;

impl Backend for Tables {
    type Store = PostgresStore;

    fn open(&self) -> Self::Store {
        self.store()
    }

    fn lose_tallies(&self) -> bool {
        self.run("DELETE FROM axes_tally");
        true
    }
}

axes_testkit::conformance_tests!(Tables::new());

/// The same without statements that the server keeps.
mod without_preparing {
    use crate::database::Tables;

    axes_testkit::conformance_tests!(Tables::new().by("prepared=false"));
}

/// Empty stores, one after the other in the same database.
fn fresh(expirations: bool) -> impl Fn() -> PostgresStore {
    let tables = Tables::new();
    move || {
        tables.empty();
        let options = PostgresOptions {
            expirations,
            connections: 1,
            ..PostgresOptions::default()
        };
        PostgresStore::new(&tables.url(), options).expect("the URL is right")
    }
}

#[test]
fn every_scenario_goes_as_written() {
    corpus::check_all(fresh(false));
}

#[test]
fn the_engine_answers_what_the_oracle_answers() {
    histories::check_recorded(40, fresh(false));
}

#[test]
fn who_is_listed_as_locked_out_is_who_would_be_refused() {
    histories::check_listed(20, fresh(false));
    histories::check_listed(20, fresh(true));
}

#[test]
fn tables_are_made_once() {
    let tables = Tables::none();
    assert_eq!(tables.migrate(), Ok(Migrated::Created));
    assert_eq!(tables.migrate(), Ok(Migrated::Current));
}
