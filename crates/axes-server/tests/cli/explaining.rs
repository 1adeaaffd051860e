//! `axes explain`.

use axes_server::Exit;

use crate::{Desk, assert_said};

#[test]
fn a_lockout_is_explained() {
    let desk = Desk::new();
    desk.morning();
    assert_said!("explain_username", desk.axes("explain --username ada"));
    assert_said!("explain_both", desk.axes("explain -u carol -i 203.0.113.9"));
    assert_said!(
        "explain_json",
        desk.axes("explain -u carol -i 203.0.113.9 --json")
    );
    assert_said!(
        "explain_admitted",
        desk.axes("explain -u bob -i 198.51.100.2")
    );
    assert_said!("explain_depends", desk.axes("explain -u dave"));
    assert_said!("explain_depends_json", desk.axes("explain -u dave --json"));
    assert_said!("explain_unknown", desk.axes("explain -u nobody"));
}

#[test]
fn lists_are_explained() {
    let desk = Desk::new();
    desk.morning();
    let explain = |flags: &str| desk.axes(&format!("explain --ip 203.0.113.9 -u x {flags}"));
    assert_said!(
        "explain_denylisted",
        explain("--ip-blacklist 203.0.113.0/24")
    );
    let allowlisted = explain("--ip-whitelist 203.0.113.9 --never-lockout-whitelist true");
    assert_said!("explain_allowlisted", allowlisted);
    assert_said!("explain_not_allowlisted", explain("--only-whitelist true"));
    let useless = explain("--ip-whitelist 203.0.113.9");
    assert!(useless.out.contains("that has no effect"), "{useless}");
}

#[test]
fn what_nobody_told_is_not_claimed() {
    let desk = Desk::new();
    desk.morning();
    // Ada's name is locked out wherever she is.
    assert_eq!(desk.axes("explain -u ada").exit, Exit::Found);
    // Nobody knows where Bob will come from.
    let bob = desk.axes("explain -u bob --json");
    assert!(
        bob.out.contains("\"refused\": null") && bob.exit == Exit::Done,
        "{bob}"
    );
    let agents = "explain -u bob -i 198.51.100.2 --lockout-parameters user_agent --json";
    let agents = desk.axes(agents);
    assert!(agents.out.contains("\"refused\": null"), "{agents}");
    let named = desk.run(&[
        "explain",
        "-u",
        "bob",
        "--user-agent",
        "Firefox",
        "--lockout-parameters",
        "user_agent",
        "--json",
    ]);
    assert!(named.out.contains("\"refused\": true"), "{named}");
}
