//! No file of the repository may name a folder of the machine that it was written on.

use std::process::Command;

use crate::error::{Error, Result};
use crate::program;

/// Folders that exist on one machine only, in pieces so that this file passes its own check.
const PRIVATE: [&str; 4] = [
    concat!("/", "home/"),
    concat!("/", "root/"),
    concat!("/", "work/"),
    concat!("/", "Users/"),
];

/// Looks through all files that are committed or could be.
pub(crate) fn check() -> Result {
    let listing = [
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ];
    let files = program::output(Command::new("git").args(listing))?;
    let mut findings = Vec::new();
    for file in files.split_terminator('\0') {
        // A file that was deleted but is still in the index is no finding.
        let Ok(bytes) = std::fs::read(file) else {
            continue;
        };
        for line in private_lines(&String::from_utf8_lossy(&bytes)) {
            findings.push(format!("{file}:{line}: a path of one machine"));
        }
    }
    Error::from_findings(&findings)
}

/// The numbers of the lines in `text` that hold such a path.
fn private_lines(text: &str) -> Vec<usize> {
    let numbered = (1..).zip(text.lines());
    numbered
        .filter(|(_, line)| is_private(line))
        .map(|(number, _)| number)
        .collect()
}

fn is_private(line: &str) -> bool {
    PRIVATE.iter().any(|folder| {
        line.match_indices(folder).any(|(at, _)| {
            // After a letter, as in an address of the web, it is the end of some other path.
            let before = line.get(..at).and_then(|before| before.chars().next_back());
            !before.is_some_and(|char| char.is_alphanumeric() || "/._-~}*".contains(char))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_one_machine_is_found() {
        for folder in PRIVATE {
            let text = format!("fine\nfolder = \"{folder}me/axes\"\n");
            assert_eq!(private_lines(&text), [2]);
        }
    }

    #[test]
    fn the_end_of_another_path_is_not() {
        let text = format!("https://example.com{}page\nsrc{}x", PRIVATE[0], PRIVATE[2]);
        assert_eq!(private_lines(&text), [0_usize; 0]);
    }
}
