//! `axes export`.

use axes_server::Exit;

use crate::{Desk, assert_said};

#[test]
fn everything_can_be_exported() {
    let desk = Desk::new();
    assert_said!("export_nothing", desk.axes("export --format csv"));
    desk.morning();
    assert_said!("export", desk.axes("export"));
    assert_said!("export_csv", desk.axes("export attempts --format csv"));
    assert_said!("export_log", desk.axes("export log -f csv --username bob"));
    assert_said!("export_lockouts", desk.axes("export lockouts"));
    assert_said!("export_lockouts_csv", desk.axes("export lockouts -f csv"));
    assert_said!(
        "export_lockouts_of_one",
        desk.axes("export lockouts --username bob")
    );
}

#[test]
fn a_file_is_written_for_its_owner_only() {
    let desk = Desk::new();
    desk.morning();
    let path = desk.path("out.jsonl");
    let said = desk.run(&["export", "--output", &path.display().to_string()]);
    assert_eq!((said.exit, said.out.as_str()), (Exit::Done, ""));
    let written = std::fs::read_to_string(&path).expect("the file is there");
    assert_eq!(written, desk.axes("export").out);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path)
            .expect("the file is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert_said!("export_nowhere", desk.run(&["export", "-o", "/nowhere/x"]));
}

#[test]
fn more_than_one_slice_is_exported_whole() {
    let desk = Desk::new();
    let connection = rusqlite::Connection::open(desk.path("axes.sqlite3")).expect("it is there");
    connection
        .execute_batch(
            "WITH RECURSIVE series(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM series \
             WHERE value < 2500) INSERT INTO axes_accessattempt (username, ip_address, user_agent, \
             http_accept, path_info, attempt_time, get_data, post_data, failures_since_start) \
             SELECT 'user' || value, '192.0.2.1', 'curl', '', '/', '2026-01-01 00:00:00', '', '', 1 \
             FROM series",
        )
        .expect("the statement is right");
    let lines = desk.axes("export").out;
    let mut names: Vec<&str> = lines.lines().collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 2500);
}
