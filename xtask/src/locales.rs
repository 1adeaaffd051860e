//! The translations, brought up to date by the tool that the Python tests compare them with.

use crate::env::{Env, Set};
use crate::error::Result;
use crate::program;

/// Brings every language up to date, after it has begun `languages`.
pub(crate) fn write(languages: &[String]) -> Result {
    let env = Env::ensure(Set::Test)?;
    program::run(
        env.command("python")
            .args(["-m", "tests.locales"])
            .args(languages)
            .current_dir("python"),
    )
}
