//! What the guide to configuration shows works.
#![allow(
    clippy::unwrap_used,
    reason = "what helps tests is a test: a panic fails it"
)]

use std::time::Duration;

use axes_settings::{Problem, Reader, Settings};

const GUIDE: &str = include_str!("../../../docs/guide/configuration.md");

fn blocks(language: &str) -> Vec<&'static str> {
    let begin = format!("\n```{language}\n");
    let parts = GUIDE.split(begin.as_str()).skip(1);
    parts
        .map(|rest| rest.split_once("\n```").unwrap().0)
        .collect()
}

fn read(reader: Reader) -> Settings {
    let (settings, problems) = reader.read();
    assert_eq!(problems, []);
    settings
}

#[test]
fn the_files_are_read() {
    let [first, tiers] = blocks("toml")[..] else {
        panic!("the guide shows two files");
    };
    let policy = read(Reader::new().file("axes.toml", first)).policy();
    assert_eq!(policy.limit, 5);
    assert_eq!(policy.cool_off.after(5), Some(Duration::from_mins(15)));
    let policy = read(Reader::new().file("axes.toml", tiers)).policy();
    assert_eq!(policy.limit, 3);
    assert_eq!(policy.cool_off.after(10), Some(Duration::from_hours(1)));
    // Both together, in the order in which they stand.
    read(Reader::new().file("axes.toml", &format!("{first}\n{tiers}")));
}

#[test]
fn the_variables_are_read() {
    let [variables] = blocks("sh")[..] else {
        panic!("the guide shows one environment");
    };
    let pairs: Vec<_> = variables
        .lines()
        .map(|line| line.split_once('=').unwrap())
        .collect();
    let settings = read(Reader::new().environment(pairs.iter().copied()));
    for (name, _) in &pairs {
        assert!(settings.origin(name).is_some(), "{name}");
    }
    assert_eq!(settings.policy().scopes.len(), 2);
}

#[test]
fn what_is_wrong_is_told_as_the_guide_says() {
    let file = "failure_limit = \"5\"\ncooloff_tme = \"15m\"\nlockout_callable = \"a.b\"";
    let reader = Reader::new()
        .file("axes.toml", file)
        .environment([("AXES_PERMIT_WAIT", "soon")]);
    let (_, problems) = reader.read();
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    assert_eq!(blocks("text"), [lines.join("\n")]);
}

#[test]
fn lengths_and_stores_of_the_tables_are_taken() {
    let row = |begin: &str| GUIDE.lines().find(|line| line.starts_with(begin)).unwrap();
    let texts = |row: &'static str| row.split('`').skip(1).step_by(2);
    for length in texts(row("| a length of time")) {
        let reader = if length.starts_with('"') {
            Reader::new().file("axes.toml", &format!("permit_wait = {length}"))
        } else {
            Reader::new().environment([("AXES_PERMIT_WAIT", length)])
        };
        read(reader);
    }
    for word in texts(row("| yes or no")) {
        read(Reader::new().environment([("AXES_ENABLED", word)]));
    }
    let stores = GUIDE.split_once("| URL | what it is |").unwrap().1;
    for line in stores
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
    {
        for url in line.split('`').skip(1).step_by(2) {
            assert_eq!(
                read(Reader::new().flags([("--store", url)])).store(),
                Some(url)
            );
        }
    }
}
