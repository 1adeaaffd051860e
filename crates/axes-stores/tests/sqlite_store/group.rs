//! Batches that are committed together.

use std::sync::mpsc;
use std::thread;

use axes_core::{Attempt, Batch, Outcome, Overrides, Policy, Scope, Timestamp};
use axes_stores::{ErrorKind, SqliteStore, Store};
use axes_testkit::conformance::Scene;

use crate::file::File;

const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

fn attempt(username: &str) -> Attempt {
    Attempt::new(Some([192, 0, 2, 1].into()))
        .with_username(username)
        .with_user_agent("curl")
}

fn scene(store: SqliteStore) -> Scene<SqliteStore> {
    Scene::with(store, |policy: &mut Policy| {
        policy.scopes = [Scope::USERNAME].into();
    })
}

/// A failure of `username`, as it is settled.
fn failure(scene: &Scene<SqliteStore>, username: &str) -> Batch {
    let who = attempt(username);
    let permit = scene
        .engine
        .without_admission(&who, &Overrides::default(), 7);
    let settlement = scene.engine.settle(&permit, Outcome::Failure, &who, NOW);
    settlement.batch().clone()
}

/// Lets all of `usernames` fail while somebody else writes, so that they wait for each other; whether
/// each of them was told that it is counted.
fn fail_together(file: &File, usernames: &[&str]) -> Vec<Result<(), ErrorKind>> {
    let scene = scene(file.store());
    let batches: Vec<Batch> = usernames.iter().map(|it| failure(&scene, it)).collect();
    let blocker = file.connect();
    blocker
        .execute_batch("BEGIN IMMEDIATE")
        .expect("nobody writes");
    let (tell, told) = mpsc::channel();
    thread::scope(|threads| {
        let store = &scene.store;
        let waiting: Vec<_> = batches
            .iter()
            .map(|batch| {
                let tell = tell.clone();
                threads.spawn(move || {
                    tell.send(()).expect("somebody listens");
                    let done = store.execute(batch, NOW);
                    done.map(|_| ()).map_err(|error| error.kind())
                })
            })
            .collect();
        for _ in usernames {
            told.recv().expect("all begin");
        }
        blocker.execute_batch("COMMIT").expect("it can end");
        let done = waiting.into_iter().map(|it| it.join().expect("no panic"));
        done.collect()
    })
}

/// What is recorded of `username`.
fn recorded(file: &File, username: &str) -> i64 {
    file.number(&format!(
        "SELECT COUNT(*) FROM axes_accessattempt WHERE username = '{username}'"
    ))
}

const NAMES: [&str; 8] = ["a", "bad", "c", "d", "e", "bad too", "g", "h"];

#[test]
fn a_batch_that_fails_harms_no_other() {
    let file = File::new();
    file.run(
        "CREATE TRIGGER bad BEFORE INSERT ON axes_accessattempt WHEN NEW.username LIKE 'bad%' \
         BEGIN SELECT RAISE(ABORT, 'as if'); END",
    );
    for _ in 0..20 {
        for (name, done) in NAMES.iter().zip(fail_together(&file, &NAMES)) {
            assert_eq!(done.is_ok(), !name.starts_with("bad"), "{name}");
        }
        for name in NAMES {
            let expected = i64::from(!name.starts_with("bad"));
            assert_eq!(recorded(&file, name), expected, "{name}");
            let tallies = "SELECT COUNT(*) FROM axes_tally WHERE username = ";
            assert_eq!(
                file.number(&format!("{tallies}'{name}'")),
                expected,
                "{name}"
            );
        }
        file.empty();
    }
}

#[test]
fn what_nobody_was_told_is_not_there_and_what_somebody_was_told_is() {
    let file = File::new();
    file.run(
        "CREATE TRIGGER worst BEFORE INSERT ON axes_accessattempt WHEN NEW.username LIKE 'bad%' \
         BEGIN SELECT RAISE(ROLLBACK, 'as if the disk were full'); END",
    );
    for _ in 0..20 {
        for (name, done) in NAMES.iter().zip(fail_together(&file, &NAMES)) {
            assert_eq!(recorded(&file, name), i64::from(done.is_ok()), "{name}");
            assert!(done.is_err() || !name.starts_with("bad"), "{name}");
        }
        file.empty();
    }
}

#[test]
fn what_was_undone_is_remembered_nowhere() {
    let file = File::new();
    let scene = scene(file.store());
    file.run(
        "CREATE TRIGGER bad BEFORE INSERT ON axes_accessattempt \
         BEGIN SELECT RAISE(ABORT, 'as if'); END",
    );
    for _ in 0..3 {
        let done = scene.store.execute(&failure(&scene, "ada"), NOW);
        assert!(done.is_err());
    }
    file.run("DROP TRIGGER bad");
    let ada = attempt("ada");
    for failures in 1..=3 {
        assert_eq!(scene.fail(&ada).failures, failures);
    }
    assert_eq!(scene.look(&ada), (3, true));
}

#[test]
fn a_row_of_another_program_is_adopted_among_others() {
    let file = File::new();
    file.run(
        "INSERT INTO axes_accessattempt (username, ip_address, user_agent, http_accept, path_info, \
         attempt_time, get_data, post_data, failures_since_start) \
         VALUES ('c', '192.0.2.1', 'curl', '', '', '2025-12-31 23:59:00', '', '', 2)",
    );
    let done = fail_together(&file, &["a", "b", "c", "c"]);
    assert!(done.iter().all(Result::is_ok), "{done:?}");
    let scene = scene(file.store());
    assert_eq!(scene.look(&attempt("c")), (4, true));
    assert_eq!(recorded(&file, "c"), 1);
}
