//! The store in a file of SQLite: the rules of every store, the scenarios, the oracle, and what happens
//! where several write at once.

#![expect(clippy::expect_used, reason = "this is a test")]

mod file;
mod group;
mod trouble;

use axes_stores::{Migrated, SqliteOptions, SqliteStore};
use axes_testkit::conformance::Backend;
use axes_testkit::{corpus, histories};

use file::File;

impl Backend for File {
    type Store = SqliteStore;

    fn open(&self) -> Self::Store {
        self.store()
    }

    fn lose_tallies(&self) -> bool {
        self.run("DELETE FROM axes_tally");
        true
    }
}

axes_testkit::conformance_tests!(File::new());

/// The same in a file whose log is not kept aside, as those that Django makes.
mod with_a_rollback_journal {
    use crate::file::File;

    axes_testkit::conformance_tests!(File::with_a_rollback_journal());
}

/// Empty stores, one after the other in the same file.
fn fresh() -> impl Fn() -> SqliteStore {
    let file = File::new();
    move || {
        file.empty();
        file.store()
    }
}

#[test]
fn every_scenario_goes_as_written() {
    corpus::check_all(fresh());
}

#[test]
fn the_engine_answers_what_the_oracle_answers() {
    histories::check_recorded(40, fresh());
}

#[test]
fn who_is_listed_as_locked_out_is_who_would_be_refused() {
    histories::check_listed(20, fresh());
    let file = File::new();
    histories::check_listed(20, || {
        file.empty();
        let options = SqliteOptions {
            expirations: true,
            ..SqliteOptions::default()
        };
        SqliteStore::new(file.path(), options)
    });
}

#[test]
fn a_file_is_made_once_and_keeps_a_log_aside() {
    let file = File::none();
    assert_eq!(file.migrate(), Ok(Migrated::Created));
    assert_eq!(file.migrate(), Ok(Migrated::Current));
    assert_eq!(file.text("PRAGMA journal_mode"), "wal");
    let other = File::with_a_rollback_journal();
    assert_eq!(other.migrate(), Ok(Migrated::Current));
    assert_eq!(other.text("PRAGMA journal_mode"), "delete");
}
