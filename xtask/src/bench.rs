//! The benchmarks: what Axes costs a Django login, beside what people use today.

use std::path::Path;

use clap::{Args, ValueEnum};

use crate::env::{Env, Set};
use crate::error::{Error, Result};
use crate::packages::{self, BENCH, PYTHON, RUST};
use crate::{counts, program};

/// Where the wheel is built, and what was measured is kept.
const FOLDER: &str = "target/bench";

/// What is measured.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Contest {
    /// Logins and an attack, with Axes and with other guards, in turns (6 minutes)
    Django,
    /// Failed logins with up to 1,000,000 recorded attempts
    Flat,
    /// The engine, the stores and the tower layer, beside others in Rust and beside bare servers (10 minutes)
    Rust,
}

/// How long is measured. More takes longer and tells more.
#[derive(Args, Debug)]
pub(crate) struct Effort {
    /// How often everybody has a turn
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,
    /// The logins of each in a round
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    logins: Option<u32>,
    /// How many seconds each is attacked
    #[arg(long, value_parser = clap::value_parser!(u32).range(10..))]
    attack_seconds: Option<u32>,
    /// Try it out: few rounds, few logins (1 to 2 minutes)
    #[arg(long)]
    quick: bool,
}

impl Effort {
    fn arguments(&self) -> Vec<String> {
        let numbers = [
            ("rounds", self.rounds),
            ("logins", self.logins),
            ("attack-seconds", self.attack_seconds),
        ];
        let given = numbers.into_iter().filter_map(|(name, number)| {
            let number = number?;
            Some(format!("--{name}={number}"))
        });
        given.chain(self.quick.then(|| "--quick".into())).collect()
    }
}

/// Prepares all contestants and measures them; the results go to `docs/benchmarks.md`.
pub(crate) fn run(contest: Contest, effort: &Effort) -> Result {
    let name = match contest {
        Contest::Django => "django",
        Contest::Flat => "flat",
        Contest::Rust => return rust(effort),
    };
    packages::ensure(PYTHON)?;
    packages::ensure(BENCH)?;
    let env = Env::ensure(Set::Bench)?;
    Env::ensure(Set::BenchDjangoAxes)?;
    install_release(&env)?;
    program::run(
        env.command("python")
            .args(["-m", "contest", name])
            .args(effort.arguments())
            .current_dir("bench/django"),
    )
}

/// What is measured without Python.
fn rust(effort: &Effort) -> Result {
    packages::ensure(RUST)?;
    let mut command = program::cargo();
    command.args(["run", "--release", "--package", "axes-contest"]);
    command.args([
        "--manifest-path",
        counts::MANIFEST,
        "--target-dir",
        counts::FOLDER,
        "--",
    ]);
    program::run(command.args(effort.quick.then_some("--quick")))
}

/// Builds the wheel as it is given away, and installs that: the package that tests use is a debug
/// build in the folder of the source.
fn install_release(env: &Env) -> Result {
    if Path::new(FOLDER).exists() {
        std::fs::remove_dir_all(FOLDER)
            .map_err(|error| Error::new(format!("cannot empty {FOLDER}: {error}")))?;
    }
    let manifest = ["--manifest-path", "python/Cargo.toml"];
    program::run(
        env.command("maturin")
            .args(["build", "--release", "--quiet", "--out", FOLDER])
            .args(manifest),
    )?;
    program::run(
        env.command("python")
            .args(["-m", "pip", "install", "--quiet"])
            .args(["--disable-pip-version-check", "--no-index", "--no-deps"])
            .args(["--force-reinstall", "--find-links", FOLDER, "axes-guard"]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_given_is_handed_on() {
        let effort = Effort {
            rounds: Some(3),
            logins: None,
            attack_seconds: Some(10),
            quick: true,
        };
        let expected = ["--rounds=3", "--attack-seconds=10", "--quick"];
        assert_eq!(effort.arguments(), expected);
    }
}
