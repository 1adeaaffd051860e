//! What one statement makes of a tally is what the engine's own code makes of it.

use std::sync::Arc;
use std::time::Duration;

use axes_core::{
    Batch, CoolOff, OnLocked, Op, Parts, Peek, Reply, Take, Tally, Terms, Tier, Timestamp,
};
use axes_stores::{SqlConnection, SqlStore, Store, Value};

use crate::connection::Connection;

const NOW: i64 = 1_767_225_600_000;
const MINUTE: i64 = 60_000;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn parts() -> Parts {
    Parts {
        username: Some("ada".to_owned()),
        ..Parts::default()
    }
}

fn terms(cool_off: CoolOff) -> Arc<Terms> {
    limited(3, cool_off)
}

fn limited(limit: u32, cool_off: CoolOff) -> Arc<Terms> {
    Arc::new(Terms {
        limit,
        cool_off,
        lease: Duration::from_mins(1),
    })
}

/// What counts a refused attempt and records nothing of it.
fn count() -> OnLocked {
    OnLocked::Count(Arc::from([]))
}

fn take(terms: &Arc<Terms>, on_locked: OnLocked) -> Take {
    Take {
        key: parts().key(),
        parts: parts(),
        terms: Arc::clone(terms),
        nonce: 99,
        on_locked,
    }
}

/// Writes `tally` as version 5.
fn put(connection: &Connection, tally: &Tally) {
    connection.run("DELETE FROM axes_tally");
    let sql = "INSERT INTO axes_tally (scope_key, scope, epoch, version, failures, current_permits, \
               current_until, previous_permits, previous_until, first_at, last_at, expires_at, \
               locked_since, listed_failures, listed_until) \
               VALUES (?, 'username', ?, 5, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)";
    let time = |time: Timestamp| Value::Int(time.as_millis());
    let parameters = [
        Value::Text(parts().key().to_string()),
        Value::Int(tally.epoch),
        Value::Int(tally.failures.into()),
        Value::Int(tally.current.into()),
        time(tally.current_until),
        Value::Int(tally.previous.into()),
        time(tally.previous_until),
        time(tally.first),
        time(tally.last),
        time(tally.expires),
        tally.locked_since.map_or(Value::Null, time),
    ];
    let written = connection.execute(sql, &parameters);
    assert_eq!(written.expect("the tally can be written"), 1);
}

/// Tallies of every kind, with permits in flight and without.
fn tallies() -> Vec<Tally> {
    let mut tallies = Vec::new();
    for failures in [0, 1, 2, 3, 4, 999, 1000] {
        for expires in [
            NOW - 1,
            NOW,
            NOW + 1,
            NOW + MINUTE,
            NOW + 99 * MINUTE,
            i64::MAX,
        ] {
            for (current, previous) in [(0, 0), (1, 0), (0, 1), (2, 0)] {
                for until in [0, NOW, NOW + MINUTE, NOW + 2 * MINUTE] {
                    for last in [NOW - MINUTE, NOW + 1] {
                        for locked_since in [None, Some(at(NOW - 7))] {
                            tallies.push(Tally {
                                epoch: 7,
                                version: 5,
                                failures,
                                current,
                                current_until: at(until),
                                previous,
                                previous_until: at(until - 1),
                                first: at(if failures == 0 { 0 } else { NOW - 2 * MINUTE }),
                                last: at(if failures == 0 { 0 } else { last }),
                                expires: at(if failures == 0 { 0 } else { expires }),
                                locked_since: locked_since.filter(|_| failures > 0),
                            });
                        }
                    }
                }
            }
        }
    }
    tallies
}

#[test]
fn it_does_what_the_engine_would() {
    let connection = Connection::in_memory();
    let tier = |failures, mins| Tier {
        failures,
        cool_off: Duration::from_mins(mins),
    };
    let ladder = CoolOff::tiers(vec![tier(3, 1), tier(4, 2)]).expect("two steps");
    let minute = CoolOff::After(Duration::from_mins(1));
    for cool_off in [CoolOff::Never, minute, ladder] {
        let terms = terms(cool_off);
        for on_locked in [count(), OnLocked::Leave] {
            let take = take(&terms, on_locked);
            for before in tallies() {
                put(&connection, &before);
                let store = SqlStore::new(&connection);
                let replies = store.execute(&Batch::new(vec![Op::Take(take.clone())]), at(NOW));
                let replies = replies.expect("the store answers");
                let [Reply::Taken { taken, tally }] = replies.as_slice() else {
                    unreachable!("a take is answered by one, not by {replies:?}");
                };
                let (expected, mut after) = take.apply(Some(before.clone()), at(NOW));
                after.version = tally.version;
                assert_eq!((*taken, tally), (expected, &after), "{before:?} {take:?}");
                assert_eq!(
                    seen(&store, &terms),
                    caught_up(&after, &terms),
                    "{before:?}"
                );
            }
        }
    }
}

fn seen<S: Store>(store: &S, terms: &Arc<Terms>) -> Tally {
    let peek = Op::Peek(Peek {
        key: parts().key(),
        parts: parts(),
        terms: Arc::clone(terms),
    });
    let replies = store.execute(&Batch::new(vec![peek]), at(NOW));
    match replies.as_deref() {
        Ok([Reply::Seen(tally)]) => tally.clone(),
        other => unreachable!("a peek is answered by a tally, not by {other:?}"),
    }
}

fn caught_up(tally: &Tally, terms: &Terms) -> Tally {
    let mut tally = tally.clone();
    tally.catch_up(at(NOW), &terms.cool_off);
    tally
}

#[test]
fn a_tally_that_nobody_has_begins() {
    let connection = Connection::in_memory();
    let store = SqlStore::new(&connection);
    let terms = terms(CoolOff::Never);
    let take = Op::Take(take(&terms, count()));
    let replies = store.execute(&Batch::new(vec![take]), at(NOW));
    let replies = replies.expect("the store answers");
    let [Reply::Taken { tally, .. }] = replies.as_slice() else {
        unreachable!("a take is answered by one, not by {replies:?}");
    };
    assert_eq!((tally.epoch, tally.current, tally.failures), (99, 1, 0));
    assert_eq!(seen(&store, &terms), *tally);
}

#[test]
fn a_limit_of_nothing_refuses_from_the_beginning() {
    for on_locked in [count(), OnLocked::Leave] {
        let connection = Connection::in_memory();
        let store = SqlStore::new(&connection);
        let take = take(&limited(0, CoolOff::Never), on_locked.clone());
        let replies = store.execute(&Batch::new(vec![Op::Take(take.clone())]), at(NOW));
        let replies = replies.expect("the store answers");
        let [Reply::Taken { taken, tally }] = replies.as_slice() else {
            unreachable!("a take is answered by one, not by {replies:?}");
        };
        let (expected, mut after) = take.apply(None, at(NOW));
        after.version = tally.version;
        assert_eq!((*taken, tally), (expected, &after), "{on_locked:?}");
    }
}

#[test]
fn a_permit_that_a_rollback_took_away_is_not_believed_to_be_there() {
    let connection = Connection::in_memory();
    let store = SqlStore::new(&connection);
    let terms = terms(CoolOff::Never);
    let taking = |nonce| {
        let take = Take {
            nonce,
            ..take(&terms, count())
        };
        let replies = store.execute(&Batch::new(vec![Op::Take(take)]), at(NOW));
        let Ok([Reply::Taken { tally, .. }]) = replies.as_deref() else {
            unreachable!("a take is answered by one, not by {replies:?}");
        };
        tally.clone()
    };
    let begun = taking(1);
    connection.begin().expect("a transaction can begin");
    let undone = taking(2);
    connection.roll_back();
    let after = taking(3);
    assert_eq!((begun.current, undone.current, after.current), (1, 2, 2));
    assert_ne!(undone.version, after.version, "a version comes once");
}
