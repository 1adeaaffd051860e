//! `axes list`, `axes locked` and `axes log`.

use std::time::Duration;

use jiff::tz::TimeZone;

use crate::{Desk, assert_said};

#[test]
fn attempts_are_listed() {
    let desk = Desk::new();
    assert_said!("list_nothing", desk.axes("list"));
    desk.morning();
    assert_said!("list", desk.axes("list"));
    assert_said!("list_json", desk.axes("list --json --limit 2"));
    assert_said!("list_of_one", desk.axes("list --username ADA"));
    assert_said!("list_of_nobody", desk.axes("list --ip 192.0.2.99"));
    assert_said!("list_since", desk.axes("list --since 5m"));
}

#[test]
fn who_is_locked_out_is_listed() {
    let desk = Desk::new();
    assert_said!("locked_nobody", desk.axes("locked"));
    desk.morning();
    assert_said!("locked", desk.axes("locked"));
    assert_said!("locked_json", desk.axes("locked --json"));
    assert_said!("locked_search", desk.axes("locked 203.0"));
    assert_said!("locked_other_policy", desk.axes("locked --failure-limit 9"));
    desk.clock.advance(Duration::from_mins(15));
    assert_said!("locked_no_more", desk.axes("locked"));
}

#[test]
fn a_lockout_without_end_says_so() {
    let desk = Desk::new();
    desk.write("axes.toml", "");
    desk.site_with(|policy| policy.cool_off = axes_core::CoolOff::Never)
        .fail_unasked(&crate::desk::attempt("eve", "2001:db8::5"), 3);
    assert_said!("locked_for_ever", desk.axes("locked"));
    assert_said!("locked_for_ever_json", desk.axes("locked --json"));
    let denied = desk.axes("locked --ip-blacklist 2001:db8::/32");
    assert_said!("locked_and_denylisted", denied);
}

#[test]
fn the_log_is_shown() {
    let desk = Desk::new();
    assert_said!("log_nothing", desk.axes("log"));
    desk.morning();
    assert_said!("log", desk.axes("log"));
    assert_said!("log_json", desk.axes("log --json --limit 3"));
    assert_said!("log_of_one", desk.axes("log --username bob"));
    assert_said!(
        "log_since",
        desk.run(&["log", "--since", "2026-01-01 00:05"])
    );
}

#[test]
fn times_are_local_for_people() {
    let mut desk = Desk::new();
    desk.zone = TimeZone::fixed(jiff::tz::offset(-5));
    desk.morning();
    assert_said!("locked_elsewhere", desk.axes("locked"));
    assert_eq!(
        desk.axes("log --since 2025-12-31T19:05 --json").out,
        desk.axes("log --since 2026-01-01T00:05:00Z --json").out
    );
}

#[test]
fn tables_fit_the_terminal_and_are_lines_without_one() {
    let mut desk = Desk::new();
    let name = "a.very.long.username.that.somebody.typed.into.the.form@mail.example.com";
    for _ in 0..3 {
        desk.fails(name, "2001:db8:1234:5678:9abc:def0:1234:5678");
    }
    for width in [60, 80, 120] {
        desk.terminal.width = Some(width);
        for command in ["list", "locked", "log"] {
            let said = desk.axes(command).out;
            let widest = said
                .lines()
                .filter(|line| !line.starts_with("Judged"))
                .map(|line| line.chars().count());
            assert!(widest.max() <= Some(width.into()), "{said}");
        }
    }
    assert_said!("locked_wide_name", desk.axes("locked"));
    desk.terminal.width = None;
    assert_said!("locked_in_a_pipe", desk.axes("locked"));
}

#[test]
fn a_username_does_nothing_to_a_terminal() {
    let desk = Desk::new();
    let name = "eve\u{1b}[2J\u{1b}]0;pwned\u{7}\r\n\u{202e}nimda\u{9b}31m";
    for _ in 0..3 {
        desk.fails(name, "192.0.2.66");
    }
    for command in [
        "list",
        "locked",
        "log",
        "list --json",
        "locked --json",
        "log --json",
        "export",
        "explain --ip 192.0.2.66",
    ] {
        let said = desk.axes(command).out;
        let obeyed = |it: char| (it.is_control() && it != '\n') || it == '\u{202e}';
        assert!(!said.contains(obeyed), "{command}: {said:?}");
    }
    assert_said!("list_hostile", desk.axes("list"));
}
