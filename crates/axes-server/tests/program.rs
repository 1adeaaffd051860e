//! The program itself, as a process: what no function call shows.

#![expect(clippy::expect_used, reason = "this is a test")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

fn axes(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_axes"));
    command
        .current_dir(folder)
        .env_clear()
        .env("TZ", "America/New_York");
    command
}

fn said(command: &mut Command) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("it can be started");
    let text = |bytes| String::from_utf8(bytes).expect("what is said is text");
    (status.code(), text(stdout), text(stderr))
}

/// A folder with a store in which so many attempts are recorded.
fn folder(attempts: u32) -> TempDir {
    let folder = TempDir::new().expect("a folder can be made");
    let (code, ..) = said(axes(folder.path()).arg("migrate"));
    assert_eq!(code, Some(0));
    let opened = rusqlite::Connection::open(folder.path().join("axes.sqlite3"));
    let filled = opened.expect("the file is there").execute_batch(&format!(
        "WITH RECURSIVE series(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM series \
         WHERE value < {attempts}) INSERT INTO axes_accessattempt (username, ip_address, user_agent, \
         http_accept, path_info, attempt_time, get_data, post_data, failures_since_start) \
         SELECT 'user' || value, '192.0.2.1', 'curl', '', '/', '2026-01-01 00:00:00', '', '', 1 \
         FROM series"
    ));
    filled.expect("the statement is right");
    folder
}

#[test]
fn it_reads_its_folder_its_environment_and_its_zone() {
    let folder = folder(1);
    std::fs::write(folder.path().join("axes.toml"), "failure_limit = 7")
        .expect("it can be written");
    let (code, out, err) = said(axes(folder.path()).arg("locked"));
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.contains("7 failures of one address"), "{out}");
    let (_, out, _) = said(axes(folder.path()).arg("list"));
    assert!(
        out.contains("2025-12-31 19:00") && out.contains("America/New_York"),
        "{out}"
    );
    let elsewhere = axes(folder.path())
        .arg("list")
        .env("AXES_STORE", "sqlite:elsewhere")
        .output();
    let elsewhere = elsewhere.expect("it can be started");
    assert_eq!(elsewhere.status.code(), Some(3));
    let (code, out, err) = said(axes(folder.path()).arg("nonsense"));
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.starts_with("error: unrecognized subcommand"), "{err}");
}

#[test]
fn it_ends_quietly_when_nobody_reads_on() {
    let folder = folder(20_000);
    let mut child = axes(folder.path())
        .arg("export")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it can be started");
    let mut line = String::new();
    let mut reader = BufReader::new(child.stdout.take().expect("it is piped"));
    reader.read_line(&mut line).expect("there is a line");
    drop(reader);
    assert!(line.contains("\"username\""), "{line}");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).as_deref(), Ok(""));
}
