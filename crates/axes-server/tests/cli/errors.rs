//! What is said where something is wrong, as people read it.

use std::io::{self, Write};

use axes_server::Exit;

use crate::{Desk, assert_said};

#[test]
fn what_is_wrong_is_said_in_one_line_with_what_to_do() {
    let desk = Desk::bare();
    assert_said!("error_no_file", desk.axes("locked"));
    desk.write("axes.sqlite3", "");
    assert_said!("error_no_tables", desk.axes("locked"));
    desk.write("axes.sqlite3", &"this is no database ".repeat(99));
    assert_said!("error_no_database", desk.axes("locked"));
    assert_said!(
        "error_no_server",
        desk.axes("locked --store redis://axes:secret@127.0.0.1:1/0")
    );
    assert_said!(
        "error_no_url",
        desk.axes("locked --store mysql://axes:secret@127.0.0.1/site")
    );
    assert_said!("error_no_config", desk.axes("locked --config there.toml"));
    assert_said!("error_no_time", desk.axes("list --since yesterday"));
    assert_said!("error_no_address", desk.axes("list --ip 192.0.2"));
    assert_said!("error_no_name", desk.run(&["list", "--username", " "]));
    assert_said!("error_no_command", desk.axes("lock"));
    assert_said!("error_nobody", desk.axes("explain"));
}

#[test]
fn every_mistake_is_named_with_its_place() {
    let mut desk = Desk::new();
    desk.write(
        "axes.toml",
        "failure_limit = 0\ncooloff_time = \"soon\"\nlockout_params = []\n",
    );
    desk.environment
        .insert("AXES_IPV6_PREFIX".to_owned(), "129".to_owned());
    assert_said!("error_settings", desk.axes("locked --permit-wait never"));
    assert_said!("check_settings", desk.axes("check --permit-wait never"));
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let mut desk = Desk::new();
    let judged = |desk: &Desk, flags: &str| {
        let said = desk.axes(&format!("locked {flags}")).out;
        said.lines().last().unwrap_or_default().to_owned()
    };
    assert!(judged(&desk, "").contains("3 failures of one username or of one address"));
    desk.environment
        .insert("AXES_FAILURE_LIMIT".to_owned(), "5".to_owned());
    assert!(judged(&desk, "").contains("5 failures"));
    assert!(judged(&desk, "--failure-limit 7").contains("7 failures"));
    assert!(judged(&desk, "--failure-limit=7").contains("(axes.toml and flags)"));
    desk.write("other.toml", "store = \"sqlite:axes.sqlite3\"");
    let other = judged(&desk, "--config other.toml");
    assert!(
        other.contains("5 failures of one address") && other.contains("the environment"),
        "{other}"
    );
    desk.environment
        .insert("AXES_CONFIG".to_owned(), "other.toml".to_owned());
    assert_eq!(judged(&desk, ""), other);
}

/// A reader that goes away after so many bytes, as `head` does.
struct Gone(usize);

impl Write for Gone {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self
            .0
            .checked_sub(bytes.len())
            .ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A disk that is full.
struct Full;

impl Write for Full {
    fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn whoever_has_read_enough_hears_of_no_error() {
    let desk = Desk::new();
    desk.morning();
    for command in [
        "list", "log", "export", "locked", "explain", "check", "man", "--help",
    ] {
        let arguments: &[&str] = if command == "explain" {
            &["explain", "-u", "ada"]
        } else {
            &[command]
        };
        let mut err = Vec::new();
        let exit = desk.run_into(arguments, &mut Gone(20), &mut err);
        assert_eq!((exit, err.as_slice()), (Exit::Done, &b""[..]), "{command}");
        let exit = desk.run_into(arguments, &mut Full, &mut err);
        assert_eq!(exit, Exit::Output, "{command}");
        assert!(
            err.starts_with(b"axes: could not write the output: "),
            "{command}"
        );
    }
}
