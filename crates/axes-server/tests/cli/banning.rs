//! `axes ban`, `axes unban` and `axes bans`.

use std::time::Duration;

use axes_server::Exit;

use crate::{Desk, assert_said};

#[test]
fn bans_are_entered_listed_and_lifted() {
    let mut desk = Desk::new();
    desk.environment
        .insert("USER".to_owned(), "olivia".to_owned());
    assert_said!("bans_none", desk.axes("bans"));
    let username = ["ban", "--username", "Eve ", "--reason", "sold her password"];
    assert_said!("ban_username", desk.run(&username));
    assert!(desk.is_refused("EVE", "192.0.2.1") && !desk.is_refused("ada", "192.0.2.1"));
    desk.clock.advance(Duration::from_secs(90));
    let network = [
        "ban",
        "-i",
        "203.0.113.9/24",
        "-r",
        "botnet",
        "--for",
        "7 days",
        "--author",
        "the night shift",
        "--json",
    ];
    assert_said!("ban_network", desk.run(&network));
    assert!(desk.is_refused("ada", "203.0.113.200"));
    let until = [
        "ban",
        "-i",
        "2001:db8::5",
        "-r",
        "scanner",
        "--until",
        "2026-01-02 09:00",
    ];
    assert_said!("ban_address", desk.run(&until));
    assert_said!("bans", desk.axes("bans"));
    assert_said!("bans_json", desk.axes("bans --json --ip 203.0.113.77"));
    assert_said!("export_bans", desk.axes("export bans -f csv"));
    assert_said!("explain_banned", desk.axes("explain -u eve"));
    assert_said!(
        "explain_banned_json",
        desk.axes("explain -u ada -i 203.0.113.200 --json")
    );
    assert_said!("unban", desk.axes("unban --username EVE"));
    assert!(!desk.is_refused("eve", "192.0.2.1"));
    assert_said!("unban_again", desk.axes("unban --username EVE"));
    assert_said!("unban_part", desk.axes("unban --ip 203.0.113.9"));
    assert_said!(
        "unban_network",
        desk.axes("unban --ip 203.0.113.0/24 --json")
    );
    assert!(!desk.is_refused("ada", "203.0.113.200"));
}

#[test]
fn what_cannot_be_banned_is_said() {
    let desk = Desk::new();
    let refused = |name: &str, flags: &[&str]| {
        let said = desk.run(&[&["ban"], flags].concat());
        assert_eq!(said.exit, Exit::Wrong, "{said}");
        insta::assert_snapshot!(name, said);
    };
    refused("ban_nobody", &["--reason", "x"]);
    refused("ban_without_reason", &["--username", "eve"]);
    refused("ban_everybody", &["--ip", "0.0.0.0/0", "--reason", "x"]);
    refused("ban_no_network", &["--ip", "office", "--reason", "x"]);
    refused("ban_no_time", &["-u", "eve", "-r", "x", "--for", "ever"]);
    refused(
        "ban_past",
        &["-u", "eve", "-r", "x", "--until", "2025-01-01"],
    );
    refused("ban_empty", &["-u", " ", "-r", "x"]);
    assert!(desk.axes("bans").out.starts_with("No bans"));
}

#[test]
fn a_reset_says_what_refuses_still() {
    let desk = Desk::new();
    desk.morning();
    desk.run(&["ban", "-u", "ada", "-r", "left"]);
    assert_said!("reset_and_others", desk.axes("reset --username ada"));
    assert_said!(
        "reset_and_others_json",
        desk.axes("reset --ip 192.0.2.7 --username ada --json")
    );
}
