//! Files that cannot be used, or not now.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use axes_core::{Attempt, Batch, CoolOff, Op, Parts, Peek, Selector, Terms, Timestamp};
use axes_stores::{ErrorKind, Migrated, SqliteOptions, SqliteStore, Store, StoreError};
use axes_testkit::conformance::Scene;

use crate::file::File;

fn ada() -> Attempt {
    Attempt::new(Some([192, 0, 2, 1].into())).with_username("ada")
}

/// What somebody who writes meets, and somebody who looks.
fn errors(store: &SqliteStore) -> [StoreError; 2] {
    let scene = Scene::new(store);
    let driver = axes_testkit::driver(&scene.engine, &scene.store, &scene.clock);
    let reset = driver.reset(Selector::new(None, None, 64));
    let looked = store.execute(&Batch::new(vec![peek()]), Timestamp::EPOCH);
    [
        reset.expect_err("it cannot be used"),
        looked.expect_err("it cannot be used"),
    ]
}

fn peek() -> Op {
    let parts = Parts {
        username: Some("ada".to_owned()),
        ..Parts::default()
    };
    let terms = Terms {
        limit: 3,
        cool_off: CoolOff::Never,
        lease: Duration::from_secs(60),
    };
    Op::Peek(Peek {
        key: parts.key(),
        parts,
        terms: Arc::new(terms),
    })
}

fn told(file: &File) -> [(ErrorKind, String); 2] {
    errors(&file.store()).map(|error| (error.kind(), error.to_string()))
}

#[test]
fn a_file_that_is_not_there_is_not_made() {
    let file = File::none();
    for (kind, text) in told(&file) {
        assert_eq!(kind, ErrorKind::Unprepared);
        assert!(text.contains("open the file"), "{text}");
        assert!(!text.contains("db.sqlite3"), "{text}");
    }
    for error in errors(&file.store()) {
        let cause = std::error::Error::source(&error).expect("SQLite has said something");
        let text = cause.to_string();
        assert!(!text.contains("db.sqlite3"), "{text}");
        assert!(text.contains("unable to open"), "{text}");
    }
    assert!(!file.path().exists());
}

#[test]
fn a_file_without_tables_is_told_from_one_that_does_not_answer() {
    let file = File::none();
    file.run("CREATE TABLE users (id integer)");
    for (kind, text) in told(&file) {
        assert_eq!(kind, ErrorKind::Unprepared);
        assert!(text.contains("find the tables"), "{text}");
    }
    // It is ready as soon as it has them, for those who have tried before too.
    let store = file.store();
    let _ = errors(&store);
    assert_eq!(file.migrate(), Ok(Migrated::Created));
    assert_eq!(Scene::new(&store).fail(&ada()).failures, 1);
}

#[test]
fn a_file_of_something_else_is_left_alone() {
    let file = File::none();
    let text = "this is no database. ".repeat(1000);
    std::fs::write(file.path(), &text).expect("it can be written");
    for (kind, _) in told(&file) {
        assert_eq!(kind, ErrorKind::Corrupt);
    }
    assert_eq!(file.migrate(), Err(ErrorKind::Corrupt));
    let left = std::fs::read_to_string(file.path());
    assert_eq!(left.expect("it is there"), text);
}

#[test]
fn nobody_waits_for_ever_for_others_who_write() {
    let file = File::new();
    let options = SqliteOptions {
        timeout: Duration::from_millis(30),
        ..SqliteOptions::default()
    };
    let store = SqliteStore::new(file.path(), options);
    let scene = Scene::new(&store);
    assert_eq!(scene.fail(&ada()).failures, 1);
    let blocker = file.connect();
    blocker
        .execute_batch("BEGIN IMMEDIATE")
        .expect("nobody writes");
    let driver = axes_testkit::driver(&scene.engine, &scene.store, &scene.clock);
    let reset = driver.reset(Selector::new(None, None, 64));
    let error = reset.expect_err("somebody writes");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("get its turn"), "{error}");
    // Whoever only looks does not wait.
    assert_eq!(scene.look(&ada()), (1, false));
    blocker.execute_batch("ROLLBACK").expect("it can end");
    assert_eq!(scene.fail(&ada()).failures, 2);
}

#[test]
fn whoever_waits_for_others_gets_its_turn() {
    let file = File::new();
    let scene = Scene::new(file.store());
    let blocker = file.connect();
    blocker
        .execute_batch("BEGIN IMMEDIATE")
        .expect("nobody writes");
    thread::scope(|threads| {
        let waiting = threads.spawn(|| Scene::new(file.store()).fail(&ada()).failures);
        thread::yield_now();
        blocker.execute_batch("COMMIT").expect("it can end");
        assert_eq!(waiting.join().expect("no panic"), 1);
    });
    assert_eq!(scene.look(&ada()), (1, false));
}

#[test]
fn tables_are_made_once_by_whoever_comes_first() {
    for _ in 0..20 {
        let file = File::none();
        let made: Vec<_> = thread::scope(|threads| {
            let made: Vec<_> = (0..4).map(|_| threads.spawn(|| file.migrate())).collect();
            made.into_iter()
                .map(|it| it.join().expect("no panic"))
                .collect()
        });
        let created = made.iter().filter(|it| **it == Ok(Migrated::Created));
        assert_eq!(created.count(), 1, "{made:?}");
        let current = made.iter().filter(|it| **it == Ok(Migrated::Current));
        assert_eq!(current.count(), 3, "{made:?}");
        assert_eq!(file.text("PRAGMA journal_mode"), "wal");
    }
}
