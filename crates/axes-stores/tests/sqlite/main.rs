//! The SQL store over SQLite: the rules of every store, the scenarios, the oracle, and what only
//! databases do.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    reason = "this is a test"
)]

mod archive;
mod budget;
mod connection;
mod crowded;
mod grab;
mod meanwhile;
mod purge;

use axes_core::{Attempt, Outcome, Timestamp};
use axes_stores::{Clock, ErrorKind, SqlConnection, SqlStore, Store};
use axes_testkit::conformance::{Backend, Scene};
use axes_testkit::corpus::Upkeep;
use axes_testkit::{corpus, histories};

use connection::{Begin, Connection, Database};
use crowded::{At, Crowded};

impl Backend for Database {
    type Store = SqlStore<Connection>;

    fn open(&self) -> Self::Store {
        SqlStore::new(self.connect())
    }

    fn lose_tallies(&self) -> bool {
        self.connect().run("DELETE FROM axes_tally");
        true
    }
}

axes_testkit::conformance_tests!(Database::new(Begin::Immediate));

/// The same with transactions as Django begins them.
mod deferred {
    use crate::connection::{Begin, Database};

    axes_testkit::conformance_tests!(Database::new(Begin::Deferred));
}

fn in_memory() -> SqlStore<Connection> {
    SqlStore::new(Connection::in_memory())
}

#[test]
fn every_scenario_goes_as_written() {
    corpus::check_all_with(in_memory, |store, upkeep| {
        let done = match upkeep {
            Upkeep::Purge { forgotten, now } => store.purge(forgotten, now, 100).map(|_| ()),
            Upkeep::LoseTallies(counted) => store.forget_tallies(&counted),
        };
        done.expect("the database answers");
    });
}

#[test]
fn the_engine_answers_what_the_oracle_answers() {
    histories::check_recorded(200, in_memory);
}

#[test]
fn who_is_listed_as_locked_out_is_who_would_be_refused() {
    histories::check_listed(100, in_memory);
    histories::check_listed(50, || in_memory().with_expirations(true));
}

#[test]
fn times_are_written_as_django_writes_them() {
    let connection = Connection::in_memory();
    for (millis, text) in [
        (0, "1970-01-01 00:00:00"),
        (1_767_225_600_000, "2026-01-01 00:00:00"),
        (1_767_225_600_001, "2026-01-01 00:00:00.001000"),
        (-1, "1969-12-31 23:59:59.999000"),
    ] {
        let time = Timestamp::from_millis(millis);
        assert_eq!(connection.write_time(time).as_deref(), Ok(text));
        assert_eq!(connection.read_time(text), Ok(time));
    }
}

#[test]
fn a_clock_that_is_set_back_makes_no_record_older() {
    let database = Database::new(Begin::Immediate);
    let scene = Scene::new(database.open());
    scene.fail_unasked(&ada(), 1);
    scene.clock.set(Timestamp::from_millis(1_767_225_590_000));
    scene.fail_unasked(&ada(), 1);
    let latest = "attempt_time = '2026-01-01 00:00:00' AND failures_since_start = 2";
    let sql = format!("SELECT COUNT(*) FROM axes_accessattempt WHERE {latest}");
    assert_eq!(database.connect().number(&sql), 1);
}

/// Ada, of whom another program has recorded two failures.
const LEGACY: &str = "INSERT INTO axes_accessattempt (username, ip_address, user_agent, \
    http_accept, path_info, attempt_time, get_data, post_data, failures_since_start) \
    VALUES ('Ada', '192.0.2.1', 'curl', '', '', '2025-12-31 23:59:00', '', '', 2)";

fn ada() -> Attempt {
    let ada = Attempt::new(Some([192, 0, 2, 1].into()));
    ada.with_username("Ada").with_user_agent("curl")
}

#[test]
fn a_record_of_another_program_is_adopted() {
    let database = Database::new(Begin::Immediate);
    let connection = database.connect();
    connection.run(LEGACY);
    let scene = Scene::new(database.open());
    assert_eq!(scene.fail_unasked(&ada(), 1).failures, 3);
    let records = connection.number(
        "SELECT COUNT(*) FROM axes_accessattempt WHERE failures_since_start = 3 \
         AND record_key IS NOT NULL AND username_key IS NOT NULL AND network IS NOT NULL \
         AND agent_key IS NOT NULL",
    );
    assert_eq!(records, 1);
    assert_eq!(scene.reset(Some("ada"), None), 1);
}

#[test]
fn a_record_of_another_program_is_adopted_in_a_crowd() {
    for at in [At::Begin, At::Write, At::Commit] {
        let crowded = Crowded::new(Connection::in_memory(), at, 1);
        crowded.connection.run(LEGACY);
        let report = Scene::new(SqlStore::new(&crowded)).fail_unasked(&ada(), 1);
        assert_eq!(report.failures, 3, "{at:?}");
    }
}

#[test]
fn what_others_are_in_the_way_of_is_tried_again() {
    for at in [At::Begin, At::Write, At::Commit] {
        let crowded = Crowded::new(Connection::in_memory(), at, 19);
        let report = Scene::new(SqlStore::new(&crowded)).fail_unasked(&ada(), 1);
        assert_eq!(report.failures, 1, "{at:?}");
    }
}

#[test]
fn who_is_never_let_through_gives_up_and_leaves_nothing_behind() {
    for at in [At::Begin, At::Write, At::Commit] {
        let crowded = Crowded::new(Connection::in_memory(), at, 20);
        let scene = Scene::new(SqlStore::new(&crowded));
        let overrides = axes_core::Overrides::default();
        let permit = scene.engine.without_admission(&ada(), &overrides, 7);
        let now = Timestamp::from_millis(1_767_225_600_000);
        let settlement = scene.engine.settle(&permit, Outcome::Failure, &ada(), now);
        let error = scene.store.execute(settlement.batch(), now);
        let error = error.expect_err("others are in the way");
        assert_eq!(error.kind(), ErrorKind::Contended, "{at:?}");
        // The crowd has gone, and no transaction is open.
        crowded.begin().expect("a transaction can begin");
        crowded.commit().expect("and end");
        assert_eq!(scene.look(&ada()), (0, false), "{at:?}");
        assert_eq!(scene.reset(None, None), 0, "{at:?}: no record");
    }
}

/// Does `deed` again and again, each time with one statement more before the one that others are in the
/// way of.
fn wherever_others_are_in_the_way(deed: impl Fn(&Crowded)) {
    for before in 0.. {
        let crowded = Crowded::once(Connection::in_memory(), before);
        deed(&crowded);
        if !crowded.is_over() {
            assert!(before > 2, "there are statements");
            return;
        }
    }
}

#[test]
fn a_reset_that_others_are_in_the_way_of_is_done_once() {
    for username in [None, Some("ada")] {
        wherever_others_are_in_the_way(|crowded| {
            let setting = Scene::new(SqlStore::new(&crowded.connection));
            setting.fail_unasked(&ada(), 2);
            setting.fail_unasked(&ada().with_user_agent("wget"), 1);
            let removed = Scene::new(SqlStore::new(crowded)).reset(username, None);
            assert_eq!(removed, 2);
            assert_eq!(setting.look(&ada()), (0, false));
        });
    }
}

#[test]
fn tallies_that_others_are_in_the_way_of_are_forgotten() {
    wherever_others_are_in_the_way(|crowded| {
        let setting = Scene::new(SqlStore::new(&crowded.connection));
        setting.fail_unasked(&ada(), 2);
        crowded.connection.run("DELETE FROM axes_accessattempt");
        let parts = setting.engine.parts(&ada());
        let forgotten = SqlStore::new(crowded).forget_tallies(&[parts]);
        forgotten.expect("it is tried again");
        assert_eq!(setting.look(&ada()), (0, false));
    });
}

#[test]
fn whoever_waits_for_a_reset_hears_that_its_tallies_could_not_be_looked_at_again() {
    let change = |policy: &mut axes_core::Policy| policy.reset_on_success = true;
    let crowd = || {
        let crowded = Crowded::new(Connection::in_memory(), At::AfterCommit, 1000);
        Scene::new(SqlStore::new(&crowded.connection)).fail_unasked(&ada(), 2);
        crowded.connection.run("DELETE FROM axes_tally");
        crowded
    };
    let crowded = crowd();
    let scene = Scene::with(SqlStore::new(&crowded), change);
    let driver = axes_testkit::driver(&scene.engine, &scene.store, &scene.clock);
    let error = driver.reset(axes_core::Selector::new(Some("ada"), None, 64));
    assert_eq!(error.expect_err("others").kind(), ErrorKind::Contended);
    // A login is one, whatever is left to do.
    let crowded = crowd();
    let scene = Scene::with(SqlStore::new(&crowded), change);
    scene.settle(
        &scene
            .engine
            .without_admission(&ada(), &axes_core::Overrides::default(), 9),
        Outcome::Success {
            session_hash: String::new(),
        },
        &ada(),
    );
}

#[test]
fn a_success_that_others_are_in_the_way_of_is_settled_once() {
    let change = |policy: &mut axes_core::Policy| policy.reset_on_success = true;
    wherever_others_are_in_the_way(|crowded| {
        let setting = Scene::with(SqlStore::new(&crowded.connection), change);
        setting.fail_unasked(&ada(), 1);
        let [mine, _other] = [setting.begin(&ada()), setting.begin(&ada())];
        // As if they had been lost.
        let reserved = "UPDATE axes_tally SET failures = 0, expires_at = 0, first_at = 0";
        crowded.connection.run(reserved);
        let session_hash = String::from("hash");
        let success = Outcome::Success { session_hash };
        Scene::with(SqlStore::new(crowded), change).settle(&mine, success, &ada());
        let number = |sql: &str| crowded.connection.number(sql);
        assert_eq!(number("SELECT COUNT(*) FROM axes_accesslog"), 1);
        assert_eq!(number("SELECT COUNT(*) FROM axes_accessattempt"), 0);
        let permits = "SELECT SUM(current_permits + previous_permits) FROM axes_tally";
        // The other one's, by username and by address.
        assert_eq!(number(permits), 2);
    });
}

/// A clock that is another millisecond later whenever it is asked.
struct Ticking(std::cell::Cell<i64>);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        self.0.set(self.0.get() + 1);
        Timestamp::from_millis(1_767_225_600_000 + self.0.get())
    }

    fn sleep(&self, _pause: std::time::Duration) {}
}

#[test]
fn a_reset_lowers_a_tally_whose_first_failure_it_removes_however_slow_that_was() {
    let engine = axes_core::Engine::new(axes_core::Policy::default());
    let clock = Ticking(std::cell::Cell::new(0));
    let driver = axes_testkit::driver(&engine, in_memory(), &clock);
    let fail = |who: &Attempt| {
        let permit = engine.without_admission(who, &axes_core::Overrides::default(), 7);
        axes_testkit::answered(driver.settle(&permit, Outcome::Failure, who)).failures
    };
    let bob = ada().with_username("bob");
    assert_eq!((fail(&ada()), fail(&bob)), (1, 2));
    let selector = axes_core::Selector::new(Some("ada"), None, 64);
    assert_eq!(driver.reset(selector).expect("the store answers"), 1);
    assert_eq!(fail(&bob), 2, "the address has lost the failure of Ada");
}
