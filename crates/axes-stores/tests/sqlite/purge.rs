//! Deleting what has expired, while others go on failing.

use std::time::Duration;

use axes_core::Timestamp;
use axes_stores::{Clock, SqlStore};
use axes_testkit::conformance::Scene;

use crate::ada;
use crate::connection::{Begin, Database};
use crate::meanwhile::Meanwhile;

const HOUR: Duration = Duration::from_hours(1);

/// How many records are purged two hours after a failure, and how many stay.
fn purged(expirations: bool, fails_again: bool) -> (u64, i64) {
    let database = Database::new(Begin::Immediate);
    let open = || SqlStore::new(database.connect()).with_expirations(expirations);
    let scene = Scene::new(open());
    scene.fail_unasked(&ada(), 1);
    let now: Timestamp = scene.clock.now().plus(HOUR * 2);
    scene.clock.set(now);
    let fail = || {
        scene.fail_unasked(&ada(), 1);
    };
    let happens = || {
        if fails_again {
            fail();
        }
    };
    let connection = Meanwhile::new(database.connect(), "id IN", &happens);
    let store = SqlStore::new(connection).with_expirations(expirations);
    let removed = store.purge(now.minus(HOUR), now, 10);
    let left = database
        .connect()
        .number("SELECT COUNT(*) FROM axes_accessattempt");
    (removed.expect("the database answers"), left)
}

#[test]
fn what_has_expired_is_deleted() {
    assert_eq!(purged(false, false), (1, 0));
    assert_eq!(purged(true, false), (1, 0));
}

#[test]
fn what_fails_again_meanwhile_stays() {
    assert_eq!(purged(false, true), (0, 1));
    assert_eq!(purged(true, true), (0, 1));
}

#[test]
fn permits_that_were_never_settled_stay_as_long_as_failures_do() {
    let database = Database::new(Begin::Immediate);
    let scene = Scene::new(SqlStore::new(database.connect()));
    // A crash while the very first passwords were checked: no failure has been counted yet.
    for _ in 0..3 {
        scene.begin(&ada());
    }
    let purged_after = |hours: u32| {
        let now = scene.clock.now().plus(HOUR * hours);
        scene.clock.set(now);
        let store = SqlStore::new(database.connect());
        let purged = store.purge(now.minus(HOUR), now, 10);
        purged.expect("the database answers");
    };
    let tallies = || database.connect().number("SELECT COUNT(*) FROM axes_tally");
    scene
        .clock
        .set(scene.clock.now().plus(Duration::from_mins(3)));
    purged_after(0);
    assert_eq!(scene.look(&ada()), (3, true));
    purged_after(2);
    assert_eq!(tallies(), 0);
}

/// A database in which `count` users fail now, and one more whose failure is forgotten by then.
fn living(count: u32, expirations: bool) -> (Database, Timestamp) {
    let database = Database::new(Begin::Immediate);
    let scene = Scene::new(SqlStore::new(database.connect()).with_expirations(expirations));
    scene.fail_unasked(&ada(), 1);
    let now = scene.clock.now().plus(HOUR * 2);
    scene.clock.set(now);
    for number in 0..count {
        scene.fail_unasked(&ada().with_username(&format!("user-{number}")), 1);
    }
    (database, now)
}

fn purge(database: &Database, expirations: bool, forgotten: Timestamp, now: Timestamp) -> u64 {
    let store = SqlStore::new(database.connect()).with_expirations(expirations);
    store
        .purge(forgotten, now, 5)
        .expect("the database answers")
}

#[test]
fn what_lives_is_looked_at_once_and_hides_nothing_behind_it() {
    for expirations in [true, false] {
        let (database, now) = living(30, expirations);
        let connection = database.connect();
        if !expirations {
            // The oldest is found last.
            connection.run("UPDATE axes_accessattempt SET id = 999 WHERE username = 'Ada'");
        }
        assert_eq!(purge(&database, expirations, now.minus(HOUR), now), 1);
        let unseen = "SELECT COUNT(*) FROM axes_accessattempt WHERE seen_time IS NULL";
        assert_eq!(connection.number(unseen), 0);
        let due = "SELECT COUNT(*) FROM axes_accessattempt WHERE seen_time < attempt_time";
        assert_eq!(connection.number(due), 0);
        assert_eq!(
            connection.number("SELECT COUNT(*) FROM axes_accessattempt"),
            30
        );
        if expirations {
            continue;
        }
        // What fails again is found by the time that it had, and gets the one that it has.
        let later = now.plus(HOUR);
        connection.run("UPDATE axes_accessattempt SET attempt_time = '2999-01-01 00:00:00'");
        assert_eq!(purge(&database, false, later.minus(HOUR), later), 0);
        let moved = "SELECT COUNT(*) FROM axes_accessattempt WHERE seen_time = attempt_time";
        assert_eq!(connection.number(moved), 30);
    }
}

#[test]
fn what_a_short_cool_off_would_forget_but_an_expiry_keeps_is_not_in_the_way() {
    let (database, now) = living(30, true);
    let connection = database.connect();
    connection.run(
        "INSERT OR REPLACE INTO axes_accessattemptexpiration \
         SELECT id, '2999-01-01 00:00:00' FROM axes_accessattempt WHERE username <> 'Ada'",
    );
    connection.run("UPDATE axes_tally SET expires_at = 9000000000000 WHERE last_at > 0");
    // By the terms of somebody whose failures are forgotten at once.
    assert_eq!(purge(&database, true, now, now), 1);
    for _ in 0..10 {
        assert_eq!(purge(&database, true, now, now), 0);
    }
    let due = "SELECT COUNT(*) FROM axes_accessattempt WHERE seen_time < '2999-01-01'";
    assert_eq!(connection.number(due), 0);
    let unseen = "SELECT COUNT(*) FROM axes_tally WHERE seen_at IS NULL OR seen_at < last_at";
    assert_eq!(connection.number(unseen), 0);
}

#[test]
fn what_another_program_wrote_is_purged_too() {
    for expirations in [false, true] {
        let (database, now) = living(3, expirations);
        let connection = database.connect();
        connection.run(
            "INSERT INTO axes_accessattempt (username, ip_address, user_agent, http_accept, \
             path_info, attempt_time, get_data, post_data, failures_since_start) \
             VALUES ('bob', '192.0.2.7', 'curl', '', '', '2001-01-01 00:00:00', '', '', 3)",
        );
        assert_eq!(purge(&database, expirations, now.minus(HOUR), now), 2);
        assert_eq!(
            connection.number("SELECT COUNT(*) FROM axes_accessattempt"),
            3
        );
    }
}
