//! `axes reset` and `axes purge`.

use std::time::Duration;

use axes_server::Exit;

use crate::{Desk, assert_said};

#[test]
fn a_reset_lifts_what_it_names() {
    let desk = Desk::new();
    desk.morning();
    assert!(desk.is_refused("ada", "192.0.2.200") && desk.is_refused("zoe", "203.0.113.9"));
    assert_said!("reset_username", desk.axes("reset --username ada"));
    assert!(!desk.is_refused("ada", "192.0.2.200") && desk.is_refused("zoe", "203.0.113.9"));
    assert_said!("reset_ip", desk.axes("reset --ip 203.0.113.9 --json"));
    assert!(!desk.is_refused("zoe", "203.0.113.9"));
    assert_said!("reset_nobody", desk.axes("reset --username nobody"));
}

#[test]
fn a_reset_of_both_leaves_what_one_of_them_did_elsewhere() {
    let desk = Desk::new();
    desk.fails("ada", "192.0.2.1");
    desk.fails("ada", "192.0.2.2");
    desk.fails("ada", "192.0.2.2");
    assert!(desk.is_refused("ada", "192.0.2.3"));
    assert_said!(
        "reset_both",
        desk.run(&["reset", "-u", "ada", "-i", "192.0.2.2"])
    );
    assert!(!desk.is_refused("ada", "192.0.2.3"));
    assert_eq!(
        desk.axes("list")
            .out
            .lines()
            .filter(|line| line.contains("ada"))
            .count(),
        1
    );
}

#[test]
fn everything_is_reset_only_by_whoever_means_it() {
    let mut desk = Desk::new();
    desk.morning();
    assert_said!("reset_what", desk.axes("reset"));
    assert_said!("reset_all_unasked", desk.axes("reset --all"));
    desk.terminal.stdin = true;
    "n\n".clone_into(&mut desk.typed);
    assert_said!("reset_all_not_meant", desk.axes("reset --all"));
    assert!(desk.is_refused("ada", "192.0.2.200"));
    "y\n".clone_into(&mut desk.typed);
    assert_said!("reset_all_meant", desk.axes("reset --all"));
    assert!(!desk.is_refused("ada", "192.0.2.200"));
    desk.terminal.stdin = false;
    assert_eq!(desk.axes("reset --all --yes").exit, Exit::Done);
}

#[test]
fn what_is_forgotten_is_purged() {
    let desk = Desk::new();
    desk.morning();
    assert_said!("purge_nothing_yet", desk.axes("purge"));
    desk.clock.advance(Duration::from_mins(14));
    assert_said!("purge", desk.axes("purge"));
    assert_said!("purge_json", desk.axes("purge --json"));
    assert_said!(
        "purge_without_cool_off",
        desk.axes("purge --cooloff-time none")
    );
    desk.clock.advance(Duration::from_hours(2));
    desk.axes("purge");
    assert!(desk.axes("list").out.starts_with("No failed attempts"));
}
