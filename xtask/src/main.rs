//! The commands of this repository: `cargo xtask demo`, `test`, `race`, `fuzz`, `lint`, `ci`, `bench`,
//! `counts`, `gen-reference` and `gen-locales`.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a terminal program speaks by printing"
)]

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::bench::{Contest, Effort};
use crate::error::{Error, Result};
use crate::stages::Stages;
use crate::test::Suite;

mod bench;
mod counts;
mod demo;
mod deny;
mod dependencies;
mod env;
mod error;
mod fuzz;
mod imports;
mod interpreter;
mod lint;
mod locales;
mod packages;
mod paths;
mod program;
mod race;
mod reference;
mod seeds;
mod stages;
mod test;

/// The commands of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build everything and run the example site on this machine
    Demo {
        /// The port to listen on, on 127.0.0.1
        #[arg(long, default_value_t = 8000)]
        port: u16,
    },
    /// Run the tests: all of them, or one suite
    Test {
        /// The suite to run
        suite: Option<Suite>,
    },
    /// Run the races many times, up to the first failure
    Race {
        /// How often
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
        times: u32,
        /// The seed of the first time, to repeat a failure; each further time has the next one
        #[arg(long)]
        seed: Option<u32>,
    },
    /// Give the fuzz targets inputs, up to the first that one of them fails on
    Fuzz {
        /// How long, for each target
        #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
        seconds: u32,
    },
    /// Check format, lints, types, imports, licences and paths
    Lint,
    /// Measure what Axes costs, and write docs/benchmarks.md
    Bench {
        /// What to measure
        contest: Contest,
        #[command(flatten)]
        effort: Effort,
    },
    /// Count the instructions of hot paths, and compare them with bench/instructions.toml
    Counts {
        /// Write them there instead
        #[arg(long)]
        write: bool,
    },
    /// Write docs/reference/ from the table of settings and from the command line
    GenReference,
    /// Bring the translations in python/axes/locale up to date, and compile them
    GenLocales {
        /// Languages to begin, as Django names their folders
        languages: Vec<String>,
    },
    /// Lint and test: what has to pass before a change is merged
    Ci,
}

fn main() -> ExitCode {
    let task = Arguments::parse().task;
    match enter_root().and_then(|()| perform(&task)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => error.report(),
    }
}

fn perform(task: &Task) -> Result {
    let mut stages = Stages::default();
    match task {
        Task::Demo { port } => return demo::run(*port),
        Task::Bench { contest, effort } => return bench::run(*contest, effort),
        Task::Race { times, seed } => return race::run(*times, *seed),
        Task::Fuzz { seconds } => return fuzz::run(*seconds),
        Task::Counts { write: true } => return counts::write(),
        Task::Counts { write: false } => return counts::check(),
        Task::GenReference => return reference::write(),
        Task::GenLocales { languages } => return locales::write(languages),
        Task::Test { suite: Some(suite) } => suite.run(&mut stages),
        Task::Test { suite: None } => test::all(&mut stages),
        Task::Lint => lint::all(&mut stages),
        Task::Ci => {
            lint::all(&mut stages);
            test::all(&mut stages);
        }
    }
    stages.finish()
}

/// Makes the root of the workspace the current folder: all paths in this program are relative to it.
fn enter_root() -> Result {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let root = manifest.as_deref().and_then(|folder| folder.parent());
    let root = root.ok_or_else(|| Error::new("start this program as `cargo xtask`"))?;
    std::env::set_current_dir(root)
        .map_err(|error| Error::new(format!("cannot enter the workspace: {error}")))
}
