//! `axes migrate`.

use axes_server::Exit;

use crate::{Desk, assert_said};

#[test]
fn tables_are_created_once() {
    let desk = Desk::bare();
    assert_said!("migrate", desk.axes("migrate"));
    assert_said!("migrate_again", desk.axes("migrate --json"));
    assert!(desk.axes("locked").out.starts_with("Nobody is locked out."));
    assert_said!("migrate_memory", desk.axes("migrate --store memory:"));
}

#[test]
fn tables_that_are_not_whole_are_left_alone() {
    let desk = Desk::new();
    let connection = rusqlite::Connection::open(desk.path("axes.sqlite3")).expect("it is there");
    let done = connection.execute_batch("DROP TABLE axes_accesslog");
    done.expect("the statement is right");
    assert_said!("migrate_incomplete", desk.axes("migrate"));
    let done = connection.execute_batch("DELETE FROM django_migrations WHERE name LIKE '0013%'; INSERT INTO django_migrations (app, name, applied) VALUES ('auth', '0001_initial', '2026-01-01 00:00:00')");
    done.expect("the statement is right");
    assert_said!("migrate_outdated", desk.axes("migrate --json"));
    assert_eq!(desk.axes("migrate").exit, Exit::Found);
}

#[test]
fn where_no_file_can_be_made_it_is_said() {
    let desk = Desk::bare();
    assert_said!(
        "migrate_nowhere",
        desk.axes("migrate --store sqlite:nowhere/axes.sqlite3")
    );
}
