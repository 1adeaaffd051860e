//! What somebody sees who starts the application with something that cannot be.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use std::net::TcpListener;
use std::process::Command;

/// What the application writes before it gives up.
fn told(name: &str, variables: &[(&str, &str)]) -> String {
    let database = format!("{}/{name}.sqlite3", env!("CARGO_TARGET_TMPDIR"));
    let ended = Command::new(env!("CARGO_BIN_EXE_axum-login"))
        .env("DATABASE", database)
        .env("NO_COLOR", "1")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.stderr.is_empty(), "nothing but the log");
    let log = String::from_utf8(ended.stdout).unwrap();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("ERROR")).collect();
    let [line] = lines.as_slice() else {
        panic!("one line says what is wrong: {log}");
    };
    line.split_once("ERROR ").unwrap().1.to_owned()
}

#[test]
fn one_line_says_what_is_wrong() {
    let store = told("store", &[("AXES_STORE", "mysql://ada:s3cret@host/site")]);
    assert!(
        store.contains("cannot use the store that AXES_STORE names"),
        "{store}"
    );
    assert!(!store.contains("s3cret"), "{store}");

    let port = told("number", &[("PORT", "many")]);
    assert!(
        port.contains("environment variable PORT makes no sense"),
        "{port}"
    );

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let told = told("taken", &[("PORT", &port)]);
    assert!(
        told.contains(&format!("cannot listen on port {port}")),
        "{told}"
    );
    assert!(told.contains("choose another one in PORT"), "{told}");
}
