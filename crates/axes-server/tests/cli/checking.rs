//! `axes check`.

use std::time::Duration;

use axes_server::Exit;

use crate::{Desk, assert_said};

#[test]
fn nothing_is_wrong_at_the_desk() {
    let desk = Desk::new();
    desk.morning();
    assert_said!("check", desk.axes("check"));
    assert_said!("check_json", desk.axes("check --json --cooloff-time none"));
}

#[test]
fn what_is_risky_is_named() {
    let desk = Desk::new();
    let risky = "\
        failure_limit = 100\n\
        lockout_parameters = [\"username\"]\n\
        on_store_error = \"allow\"\n\
        never_lockout_get = true\n\
        ip_whitelist = [\"10.0.0.0/8\"]\n\
        ipware_meta_precedence_order = [\"HTTP_X_FORWARDED_FOR\"]\n";
    desk.write("axes.toml", risky);
    assert_said!("check_risky", desk.axes("check"));
    let ids = |flags: &str| {
        let said = desk
            .axes(&format!("check --offline --config none.toml {flags}"))
            .out;
        let ids = said
            .lines()
            .filter_map(|line| line.split_once(" axes.").map(|(_, id)| id.to_owned()));
        ids.collect::<Vec<String>>().join(" ")
    };
    desk.write("none.toml", "cooloff_time = \"1h\"");
    assert_eq!(ids(""), "");
    for (flags, found) in [
        ("--enabled false", "W102"),
        ("--lock-out-at-failure false", "W103"),
        ("--lockout-parameters username,ip_address", ""),
        ("--lockout-parameters username+ip_address", ""),
        ("--lockout-tiers 3:5m --failure-limit 5", "W007"),
        ("--lockout-tiers 3:5m", "W007"),
        ("--only-whitelist true", "E107"),
        ("--ip-whitelist 10.0.0.1 --only-whitelist true", ""),
        (
            "--ipware-meta-precedence-order HTTP_X_FORWARDED_FOR,REMOTE_ADDR --ipware-proxy-count 1",
            "",
        ),
        ("--cooloff-time none", "I102"),
    ] {
        assert_eq!(ids(flags), found, "{flags}");
    }
}

#[test]
fn a_proxy_that_nobody_told_of_is_noticed() {
    let desk = Desk::new();
    let site = desk.site();
    for number in 0..25 {
        site.fail_unasked(
            &crate::desk::attempt(&format!("user{number}"), "10.0.0.1"),
            1,
        );
    }
    site.fail_unasked(&crate::desk::attempt("ada", "203.0.113.5"), 1);
    assert_said!("check_proxy", desk.axes("check"));
}

#[test]
fn clocks_that_differ_are_noticed() {
    let desk = Desk::new();
    desk.morning();
    desk.clock.step_back(Duration::from_hours(2));
    let said = desk.axes("check");
    assert!(said.out.contains("warning axes.W111"), "{said}");
    assert_eq!(said.exit, Exit::Found);
}

#[test]
fn a_store_that_cannot_be_used_is_an_error() {
    let desk = Desk::bare();
    assert_said!("check_no_file", desk.axes("check"));
    desk.write("axes.sqlite3", "");
    assert_said!("check_no_tables", desk.axes("check --json"));
    assert_eq!(desk.axes("check --offline").exit, Exit::Done);
    assert_said!(
        "check_no_server",
        desk.axes("check --store redis://127.0.0.1:1")
    );
}
