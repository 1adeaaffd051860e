//! `axes settings`.

use axes_server::Exit;

use crate::{Desk, assert_said};

#[test]
fn settings_are_shown_with_where_they_were_set() {
    let mut desk = Desk::new();
    let url = "postgres://axes:hunter2@db.example.com/site";
    desk.environment
        .insert("AXES_STORE".to_owned(), url.to_owned());
    assert_said!("settings", desk.axes("settings --failure-limit 5"));
    assert_said!("settings_json", desk.axes("settings --json"));
    let all = desk.axes("settings --all");
    assert!(
        all.out.contains("ipv6_prefix") && !all.out.contains("hunter2"),
        "{all}"
    );
    desk.write("axes.toml", "");
    desk.environment.clear();
    assert_said!("settings_none", desk.axes("settings"));
    desk.write("axes.toml", "failure_limit = 0");
    assert_eq!(desk.axes("settings").exit, Exit::Wrong);
}

#[test]
fn a_file_to_begin_with_changes_nothing() {
    let desk = Desk::bare();
    let template = desk.axes("settings --template");
    desk.write("axes.toml", &template.out);
    assert!(desk.axes("settings").out.starts_with("Nothing is set"));
    assert!(template.out.contains("#failure_limit = 3"));
}
