//! Instructions of hot paths, counted by callgrind: a regression is seen on any machine, however busy.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::{Command, Stdio};

use crate::error::{Error, Result};
use crate::packages::{self, COUNTS};
use crate::program;

/// What is counted, which is no part of the workspace.
pub(crate) const MANIFEST: &str = "bench/rust/Cargo.toml";
/// Where it is built.
pub(crate) const FOLDER: &str = "target/counts";
const BINARY: &str = "target/counts/release/axes-counts";

/// What was counted when somebody last looked.
const FILE: &str = "bench/instructions.toml";

/// The machines that counts are kept for.
const MACHINE: &str = "x86_64";

/// How often a path is done in the shorter run and in the longer one. What differs is the path.
const SHORT: u64 = 100;
const LONG: u64 = 300;

/// By how many percent a count may differ: C libraries choose by the processor how they copy.
const MARGIN: u64 = 5;

type Counts = BTreeMap<String, u64>;

/// Counts, and fails where a path takes more or clearly fewer instructions than the file says.
pub(crate) fn check() -> Result {
    if std::env::consts::ARCH != MACHINE {
        return Err(Error::new(format!("counts are kept for {MACHINE} only")));
    }
    let expected = read()?;
    let counted = count()?;
    let findings: Vec<String> = names(&expected, &counted)
        .filter_map(|name| finding(name, expected.get(name), counted.get(name)))
        .collect();
    Error::from_findings(&findings)
}

/// Counts, and writes what was counted to the file.
pub(crate) fn write() -> Result {
    let counted = count()?;
    std::fs::write(FILE, written(&counted))
        .map_err(|error| Error::new(format!("cannot write {FILE}: {error}")))
}

fn read() -> Result<Counts> {
    let text = std::fs::read_to_string(FILE)
        .map_err(|error| Error::new(format!("cannot read {FILE}: {error}")))?;
    toml::from_str(&text).map_err(|error| Error::new(format!("{FILE}: {error}")))
}

fn written(counts: &Counts) -> String {
    let mut text = format!(
        "# Instructions that hot paths take on {MACHINE}, written by `cargo xtask counts --write`.\n\
         # `cargo xtask lint` fails where one differs by more than {MARGIN} %.\n\n"
    );
    for (name, count) in counts {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "\"{name}\" = {count}");
    }
    text
}

fn count() -> Result<Counts> {
    packages::ensure(COUNTS)?;
    let mut build = program::cargo();
    build.args(["build", "--release", "--quiet", "--package", "axes-counts"]);
    build.args(["--manifest-path", MANIFEST, "--target-dir", FOLDER]);
    program::run(&mut build)?;
    let names = program::output(&mut Command::new(BINARY))?;
    names
        .lines()
        .map(|name| Ok((name.to_owned(), instructions(name)?)))
        .collect()
}

/// The instructions that the path `name` takes once.
fn instructions(name: &str) -> Result<u64> {
    let short = executed(name, SHORT)?;
    let long = executed(name, LONG)?;
    Ok(long.saturating_sub(short) / (LONG - SHORT))
}

/// The instructions of a whole run.
fn executed(name: &str, times: u64) -> Result<u64> {
    let mut command = Command::new("valgrind");
    command
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", BINARY])
        .arg(name)
        .arg(times.to_string())
        .stdin(Stdio::null());
    let output = command
        .output()
        .map_err(|error| Error::new(format!("cannot start valgrind: {error}")))?;
    let told = String::from_utf8_lossy(&output.stderr);
    let collected = told
        .lines()
        .find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    match collected {
        Some(collected) if output.status.success() => Ok(collected),
        _ => Err(Error::new(format!(
            "valgrind could not count {name:?}:\n{told}"
        ))),
    }
}

fn names<'a>(one: &'a Counts, other: &'a Counts) -> impl Iterator<Item = &'a String> {
    let new = other.keys().filter(|name| !one.contains_key(*name));
    one.keys().chain(new)
}

fn finding(name: &str, expected: Option<&u64>, counted: Option<&u64>) -> Option<String> {
    let how_to = "`cargo xtask counts --write` takes it over";
    match (expected, counted) {
        (Some(expected), Some(counted)) => {
            let most = expected.saturating_mul(MARGIN) / 100;
            (expected.abs_diff(*counted) > most).then(|| {
                format!(
                    "{name}: {counted} instructions, {expected} before; if that is meant, {how_to}"
                )
            })
        }
        (Some(_), None) => Some(format!("{name} is not counted any more; {how_to}")),
        (None, _) => Some(format!("{name} is in no file yet; {how_to}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_differs_is_found_whichever_way() {
        let found = |expected: u64, counted: u64| finding("x", Some(&expected), Some(&counted));
        assert_eq!(found(1_000, 1_050), None);
        assert_eq!(found(1_000, 950), None);
        for counted in [1_051, 949] {
            let text = found(1_000, counted).unwrap();
            assert!(text.starts_with(&format!("x: {counted} instructions, 1000 before")));
        }
    }

    #[test]
    fn a_path_that_only_one_side_knows_is_found() {
        assert!(finding("x", Some(&1), None).is_some());
        assert!(finding("x", None, Some(&1)).is_some());
    }

    #[test]
    fn what_is_written_is_read_again() {
        let counts = Counts::from([("key of an address".to_owned(), 7)]);
        assert_eq!(toml::from_str::<Counts>(&written(&counts)).unwrap(), counts);
    }
}
