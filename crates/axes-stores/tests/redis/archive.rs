//! What operators read of the past.

use std::time::Duration;

use axes_core::{Attempt, Outcome, Policy, Selector};
use axes_stores::{
    Archive, Clock as _, Happened, Logged, Past, Recorded, RedisOptions, RedisStore,
};
use axes_testkit::conformance::Scene;

use crate::{SERVER, fresh, logging, new_prefix, open, somebody};

/// All slices of the log, each of as many as `most`.
fn logged(store: &RedisStore, wanted: &Past, most: u32) -> Vec<Logged> {
    let (mut lines, mut from) = (Vec::new(), None);
    loop {
        let slice = store
            .logged(wanted, from.as_ref(), most)
            .expect("it answers");
        assert!(slice.items.len() <= most as usize);
        lines.extend(slice.items);
        from = slice.next;
        if from.is_none() {
            return lines;
        }
    }
}

/// The names of those who failed, and with a mark those who succeeded.
fn names(lines: &[Logged]) -> Vec<String> {
    let name = |line: &Logged| {
        let name = line.username.clone().unwrap_or_default();
        match line.what {
            Happened::Success { .. } => format!("{name}!"),
            Happened::Failure { .. } => name,
        }
    };
    lines.iter().map(name).collect()
}

/// Somebody who logs in at `path`.
fn at(username: &str, path: &str) -> Attempt {
    Attempt {
        path: path.to_owned(),
        ..somebody(username)
    }
}

fn log_in(scene: &Scene<RedisStore>, attempt: &Attempt, session: &str) {
    let session_hash = session.to_owned();
    let permit = scene.begin(attempt);
    scene.settle(&permit, Outcome::Success { session_hash }, attempt);
}

fn log_out(scene: &Scene<RedisStore>, attempt: &Attempt, session: &str) {
    let batch = scene.engine.log_out(attempt, session, scene.clock.now());
    scene.run(batch.ops().to_vec());
}

pub(crate) fn check_that_both_logs_are_read_as_one(store: RedisStore) {
    let scene = Scene::with(store, logging);
    for name in ["ada", "bob"] {
        scene.fail(&at(name, "/login"));
        log_in(&scene, &somebody(name), name);
        scene.clock.advance(Duration::from_secs(1));
    }
    let everything = Past::default();
    for most in [1, 2, 3, 100] {
        let lines = logged(&scene.store, &everything, most);
        assert_eq!(names(&lines), ["bob!", "bob", "ada!", "ada"], "{most}");
    }
    let lines = logged(&scene.store, &everything, 100);
    assert_eq!(lines[1].path_info, "/login");
    assert_eq!(lines[1].user_agent, "curl");
    assert_eq!(lines[1].ip_address, Some([192, 0, 2, 1].into()));
    assert_eq!(lines[1].what, Happened::Failure { locked_out: false });
    assert_eq!(
        lines[0].time.left(lines[2].time),
        Some(Duration::from_secs(1))
    );
    let ada = Past {
        who: Selector::new(Some("ADA"), None, 64),
        since: None,
    };
    assert_eq!(names(&logged(&scene.store, &ada, 1)), ["ada!", "ada"]);
    let late = Past {
        since: Some(lines[0].time),
        ..Past::default()
    };
    assert_eq!(names(&logged(&scene.store, &late, 100)), ["bob!", "bob"]);
}

pub(crate) fn check_that_a_success_tells_its_logout(store: RedisStore) {
    let scene = Scene::with(store, logging);
    let ada = somebody("ada");
    for session in ["one", "two"] {
        log_in(&scene, &ada, session);
    }
    log_in(&scene, &somebody("bob"), "two");
    scene.clock.advance(Duration::from_secs(7));
    let end = scene.clock.now();
    log_out(&scene, &ada, "two");
    scene.clock.advance(Duration::from_secs(7));
    // Once is enough, and somebody else's is somebody else's.
    log_out(&scene, &ada, "two");
    log_out(&scene, &somebody("eve"), "one");
    let lines = logged(&scene.store, &Past::default(), 10);
    let ends: Vec<_> = lines.iter().map(|line| line.what).collect();
    let success = |logged_out| Happened::Success { logged_out };
    assert_eq!(ends, [success(None), success(Some(end)), success(None)]);
}

pub(crate) fn check_that_a_username_keeps_as_many_failures_as_it_may(store: RedisStore) {
    let scene = Scene::with(store, logging);
    scene.fail(&somebody("bob"));
    for number in 0..5 {
        scene.fail(&at("ada", &format!("/{number}")));
    }
    let lines = logged(&scene.store, &Past::default(), 100);
    let paths: Vec<_> = lines.iter().map(|line| line.path_info.as_str()).collect();
    assert_eq!(paths, ["/4", "/3", "/2", "<unknown>"]);
}

#[test]
fn both_logs_are_read_as_one_slice_by_slice() {
    check_that_both_logs_are_read_as_one(fresh());
}

#[test]
fn a_success_tells_when_its_session_ended() {
    check_that_a_success_tells_its_logout(fresh());
}

#[test]
fn a_username_keeps_as_many_failures_as_it_may() {
    check_that_a_username_keeps_as_many_failures_as_it_may(fresh());
}

#[test]
fn a_failure_that_locks_out_is_logged_as_that_and_so_is_what_is_refused() {
    check_that_lockouts_are_logged(fresh());
}

pub(crate) fn check_that_lockouts_are_logged(store: RedisStore) {
    let lock_out = |policy: &mut Policy| {
        logging(policy);
        policy.limit = 2;
    };
    let scene = Scene::with(store, lock_out);
    for _ in 0..2 {
        scene.fail(&somebody("ada"));
    }
    assert!(scene.admit(&somebody("ada")).permit().is_none());
    let lines = logged(&scene.store, &Past::default(), 100);
    let locked_out: Vec<_> = lines.iter().map(|line| line.what).collect();
    let failure = |locked_out| Happened::Failure { locked_out };
    assert_eq!(locked_out, [failure(true), failure(true), failure(false)]);
}

#[test]
fn a_log_keeps_the_latest_of_what_it_has_room_for() {
    let options = RedisOptions {
        log_lines: 10,
        ..RedisOptions::default()
    };
    let url = SERVER.url(&new_prefix());
    let store = RedisStore::new(&url, options).expect("the URL is right");
    let scene = Scene::with(store, |policy| {
        logging(policy);
        policy.limit = 10_000;
        policy.logs.failures_per_username = None;
    });
    log_in(&scene, &somebody("ada"), "session");
    scene.clock.advance(Duration::from_secs(1));
    for number in 0..300 {
        scene.fail(&somebody(&format!("user{number}")));
    }
    let names = names(&logged(&scene.store, &Past::default(), 1000));
    assert!((10..=110).contains(&(names.len() - 1)), "{}", names.len());
    assert_eq!(names[0], "user299");
    // No flood of failures pushes out a success.
    assert_eq!(names[names.len() - 1], "ada!");
}

#[test]
fn a_slice_goes_on_where_another_ended_whatever_comes_meanwhile() {
    let scene = Scene::with(fresh(), |policy| {
        logging(policy);
        policy.limit = 100_000;
        policy.logs.failures_per_username = None;
    });
    // More than are looked at for one slice.
    for number in 0..1200 {
        scene.fail_unasked(&somebody(&format!("user{number}")), 1);
    }
    log_in(&scene, &somebody("ada"), "session");
    let wanted = Past {
        who: Selector::new(Some("user3"), None, 64),
        since: None,
    };
    let store = &scene.store;
    let first = store.logged(&wanted, None, 10).expect("it answers");
    assert!(first.items.is_empty());
    let from = first.next.expect("there is more");
    scene.fail_unasked(&somebody("user3"), 1);
    let second = store.logged(&wanted, Some(&from), 10).expect("it answers");
    assert_eq!(names(&second.items), ["user3"]);
    assert_eq!(logged(store, &Past::default(), 1000).len(), 1202);
}

/// All slices of the records, each of as many as `most`.
fn recorded(scene: &Scene<RedisStore>, wanted: &Past, most: u32) -> Vec<Recorded> {
    let (mut records, mut from) = (Vec::new(), None);
    loop {
        let slice = scene
            .store
            .recorded(wanted, from.as_ref(), most, scene.clock.now());
        let slice = slice.expect("it answers");
        assert!(slice.items.len() <= most as usize);
        records.extend(slice.items);
        from = slice.next;
        if from.is_none() {
            return records;
        }
    }
}

#[test]
fn records_are_told_slice_by_slice_the_latest_first() {
    let scene = Scene::with(fresh(), logging);
    for name in ["ada", "bob", "eve", "ada"] {
        scene.fail(&somebody(name));
        scene.clock.advance(Duration::from_secs(1));
    }
    for most in [1, 2, 3, 100] {
        let records = recorded(&scene, &Past::default(), most);
        let told: Vec<_> = records
            .iter()
            .map(|record| (record.username.as_deref(), record.failures))
            .collect();
        let expected = [(Some("ada"), 2), (Some("eve"), 1), (Some("bob"), 1)];
        assert_eq!(told, expected, "{most}");
        assert_eq!(records[0].user_agent, "curl");
    }
    let eve = Past {
        who: Selector::new(Some("eve"), Some([192, 0, 2, 1].into()), 64),
        since: None,
    };
    assert_eq!(recorded(&scene, &eve, 10).len(), 1);
    let late = Past {
        since: Some(recorded(&scene, &Past::default(), 1)[0].time),
        ..Past::default()
    };
    assert_eq!(recorded(&scene, &late, 10).len(), 1);
    assert_eq!(scene.reset(Some("ada"), None), 1);
    assert_eq!(recorded(&scene, &Past::default(), 2).len(), 2);
}

#[test]
fn nothing_has_to_be_purged() {
    let scene = Scene::new(open(&SERVER.url(&new_prefix())));
    scene.fail(&somebody("ada"));
    let purged = scene.store.purge(scene.clock.now(), scene.clock.now(), 10);
    assert_eq!(purged.expect("it answers"), 0);
    assert_eq!(scene.look(&somebody("ada")), (1, false));
}
