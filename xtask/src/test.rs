//! The tests: Rust, fuzz targets, Python on three databases and with all Djangos, and pages in a
//! real browser.

use clap::ValueEnum;

use crate::env::{Env, Set};
use crate::error::Result;
use crate::interpreter::Interpreter;
use crate::packages::{self, BROWSER, PYTHON, RUST};
use crate::stages::Stages;
use crate::{fuzz, program};

/// Beside 5.2, which runs with everything. What there is no Python for is named as not run.
const DJANGOS: [(&str, Set); 3] = [
    ("test django 4.2", Set::Django42),
    ("test django 6.0", Set::Django60),
    ("test django 6.1", Set::Django61),
];

/// How long each fuzz target runs here: long enough to see that what was mended stays so.
const FUZZ_SECONDS: u32 = 5;

/// As many tests at once as there are processors: none of these minds. `conftest.py` orders the files.
const SIDE_BY_SIDE: [&str; 3] = [
    "--numprocesses=auto",
    "--dist=loadfile",
    "--no-loadscope-reorder",
];

/// What needs packages that only the everyday environment has, sites that are written for its
/// Django, or has nothing to do with Django's version.
const ONLY_5_2: [&str; 23] = [
    "bench",
    "browser",
    "cache/test_corpus.py",
    "cache/test_races.py",
    "cache/test_resets.py",
    "cache/test_shared_refusals.py",
    "conformance",
    "cost/test_plans.py",
    "integrations",
    "native/test_asgi.py",
    "native/test_forks.py",
    "native/test_races.py",
    "native/test_races_in_tables.py",
    "native/test_resets.py",
    "native/test_restarts.py",
    "package",
    "promises",
    "race",
    "shared",
    "switching",
    "test_demo_site.py",
    "test_reference.py",
    "test_servers.py",
];

/// Tests that are run together.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Suite {
    /// All crates
    Rust,
    /// The fuzz targets, a few seconds each
    Fuzz,
    /// The Django app, on SQLite, PostgreSQL and MariaDB
    Python,
    /// The Django app with the other Djangos that we support, on SQLite
    Djangos,
    /// Pages, in headless Chromium
    Browser,
}

/// Runs all suites.
pub(crate) fn all(stages: &mut Stages) {
    for suite in Suite::value_variants() {
        suite.run(stages);
    }
}

impl Suite {
    /// Runs the suite as a stage.
    pub(crate) fn run(self, stages: &mut Stages) {
        match self {
            Self::Rust => stages.run("test rust", rust),
            Self::Fuzz => stages.run("fuzz", || fuzz::run(FUZZ_SECONDS)),
            Self::Python => stages.run("test python", python),
            Self::Djangos => {
                for (name, set) in DJANGOS {
                    match Interpreter::find(set.python()) {
                        Ok(_) => stages.run(name, || django(set)),
                        Err(error) => stages.leave_out(name, &error),
                    }
                }
            }
            Self::Browser => stages.run("test browser", browser),
        }
    }
}

/// `axes-python` has no tests of its own: Python's suite builds it and is its test. So it is with
/// `axes-conformance`.
const OURS: [&str; 5] = [
    "--workspace",
    "--exclude",
    "axes-python",
    "--exclude",
    "axes-conformance",
];

fn rust() -> Result {
    packages::ensure(RUST)?;
    program::run(program::cargo().arg("test").args(OURS))
}

/// What Python's tests start beside Django: of all crates, so that each is built once for all suites.
fn programs() -> Result {
    let kinds = ["--bins", "--examples"];
    program::run(program::cargo().arg("build").args(OURS).args(kinds))
}

fn python() -> Result {
    packages::ensure(PYTHON)?;
    programs()?;
    let env = ready()?;
    env.build_conformance()?;
    Env::ensure(Set::DjangoAxes)?;
    program::run(
        env.command("python")
            .args(["-m", "tests.run"])
            .current_dir("python"),
    )
}

/// The suite on SQLite with another Django. The extension is the one that is built already.
fn django(set: Set) -> Result {
    packages::ensure(PYTHON)?;
    ready()?;
    let env = Env::ensure(set)?;
    env.link_extension()?;
    program::run(
        env.command("python")
            .args(["-m", "pytest", "-m", "not browser"])
            .args(SIDE_BY_SIDE)
            .args(ONLY_5_2.map(|path| format!("--ignore=tests/{path}")))
            .current_dir("python"),
    )
}

fn browser() -> Result {
    packages::ensure(PYTHON)?;
    packages::ensure(BROWSER)?;
    programs()?;
    let env = ready()?;
    let pytest = ["-m", "pytest", "tests/browser", "-m", "browser"];
    program::run(env.command("python").args(pytest).current_dir("python"))
}

fn ready() -> Result<Env> {
    let env = Env::ensure(Set::Test)?;
    env.build_extension()?;
    Ok(env)
}
