//! The tests: Rust, Python on three databases and with two Djangos, and pages in a real browser.

use clap::ValueEnum;

use crate::env::{Env, Set};
use crate::error::Result;
use crate::packages::{self, BROWSER, PYTHON, RUST};
use crate::program;
use crate::stages::Stages;

/// Tests that are run together.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Suite {
    /// All crates
    Rust,
    /// The Django app, on SQLite, PostgreSQL and MariaDB
    Python,
    /// The Django app with the oldest Django that we support, on SQLite
    OldDjango,
    /// Pages, in headless Chromium
    Browser,
}

/// Runs all suites.
pub(crate) fn all(stages: &mut Stages) {
    for suite in [Suite::Rust, Suite::Python, Suite::OldDjango, Suite::Browser] {
        suite.run(stages);
    }
}

impl Suite {
    /// Runs the suite as a stage.
    pub(crate) fn run(self, stages: &mut Stages) {
        match self {
            Self::Rust => stages.run("test rust", rust),
            Self::Python => stages.run("test python", python),
            Self::OldDjango => stages.run("test old django", old_django),
            Self::Browser => stages.run("test browser", browser),
        }
    }
}

fn rust() -> Result {
    packages::ensure(RUST)?;
    // `axes-python` has no tests of its own: Python's suite builds it and is its test.
    program::run(program::cargo().args(["test", "--workspace", "--exclude", "axes-python"]))
}

fn python() -> Result {
    packages::ensure(PYTHON)?;
    let env = ready()?;
    Env::ensure(Set::DjangoAxes)?;
    program::run(
        env.command("python")
            .args(["-m", "tests.run"])
            .current_dir("python"),
    )
}

fn old_django() -> Result {
    packages::ensure(PYTHON)?;
    ready()?;
    let env = Env::ensure(Set::OldDjango)?;
    env.link_extension()?;
    let pytest = ["-m", "pytest", "-m", "not browser"];
    // These need packages that are not there, or have nothing to do with Django's version.
    let elsewhere = ["browser", "integrations", "package", "switching"];
    program::run(
        env.command("python")
            .args(pytest)
            .args(elsewhere.map(|folder| format!("--ignore=tests/{folder}")))
            .current_dir("python"),
    )
}

fn browser() -> Result {
    packages::ensure(PYTHON)?;
    packages::ensure(BROWSER)?;
    let env = ready()?;
    let pytest = ["-m", "pytest", "tests/browser", "-m", "browser"];
    program::run(env.command("python").args(pytest).current_dir("python"))
}

fn ready() -> Result<Env> {
    let env = Env::ensure(Set::Test)?;
    env.build_extension()?;
    Ok(env)
}
