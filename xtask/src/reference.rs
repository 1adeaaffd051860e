//! Reference pages that are generated: of the settings from their table, of the command line from itself.

use crate::error::{Error, Result};
use crate::program;

/// Each page, with the package and its example that prints it.
const PAGES: [(&str, &str, &str); 2] = [
    ("docs/reference/settings.md", "axes-settings", "reference"),
    (
        "docs/reference/command-line.md",
        "axes-server",
        "command_line_reference",
    ),
];

/// Writes the pages.
pub(crate) fn write() -> Result {
    for (page, package, example) in PAGES {
        std::fs::write(page, generate(package, example)?)
            .map_err(|error| Error::new(format!("cannot write {page}: {error}")))?;
    }
    Ok(())
}

/// Fails where a page is not what would be written now.
pub(crate) fn check() -> Result {
    let mut findings = Vec::new();
    for (page, package, example) in PAGES {
        let text = std::fs::read_to_string(page)
            .map_err(|error| Error::new(format!("cannot read {page}: {error}")))?;
        if text != generate(package, example)? {
            findings.push(format!("{page} is stale: run `cargo xtask gen-reference`"));
        }
    }
    Error::from_findings(&findings)
}

/// The page, from a program of the crate that knows what it says: xtask depends on no crate of ours.
fn generate(package: &str, example: &str) -> Result<String> {
    program::output(
        program::cargo()
            .args(["run", "--quiet", "--package", package])
            .args(["--example", example]),
    )
}
