//! The reference page of the settings, generated from their table.

use crate::error::{Error, Result};
use crate::program;

const PAGE: &str = "docs/reference/settings.md";

/// Writes the page.
pub(crate) fn write() -> Result {
    std::fs::write(PAGE, generate()?)
        .map_err(|error| Error::new(format!("cannot write {PAGE}: {error}")))
}

/// Fails where the page is not what would be written now.
pub(crate) fn check() -> Result {
    let page = std::fs::read_to_string(PAGE)
        .map_err(|error| Error::new(format!("cannot read {PAGE}: {error}")))?;
    if page == generate()? {
        return Ok(());
    }
    Err(Error::new(format!(
        "{PAGE} is stale: run `cargo xtask gen-reference`"
    )))
}

/// The page, from a program of the crate that has the table: xtask depends on no crate of ours.
fn generate() -> Result<String> {
    let example = ["run", "--quiet", "--package", "axes-settings"];
    program::output(
        program::cargo()
            .args(example)
            .args(["--example", "reference"]),
    )
}
