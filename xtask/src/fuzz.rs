//! Fuzzing: each target in `fuzz/`, guided by what of the code an input reaches.
//!
//! cargo-fuzz needs a nightly compiler; the flags that it comes down to do not.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::error::{Error, Result};
use crate::{program, seeds};

/// The manifest of the targets, which are no part of the workspace.
pub(crate) const MANIFEST: &str = "fuzz/Cargo.toml";
const FOLDER: &str = "target/fuzz";
const REGRESSIONS: &str = "fuzz/regressions";

/// What makes the compiler count, for each edge of the control flow, how often it was taken.
const FLAGS: [&str; 7] = [
    "--cfg=fuzzing",
    "-Ccodegen-units=1",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];

/// Long enough for the usernames that are cut.
const MAX_LENGTH: usize = 8192;

/// Builds all targets and gives each of them inputs for `seconds`: as many targets at once as there
/// are processors, so that each has one for itself.
pub(crate) fn run(seconds: u32) -> Result {
    let host = host()?;
    build(&host)?;
    let ahead = Mutex::new(seeds::all()?.into_iter());
    let next = || ahead.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        while let Some((target, seeds)) = next() {
            let binary = format!("{FOLDER}/{host}/debug/{target}");
            replay(&binary, target)?;
            let corpus = write(target, &seeds)?;
            fuzz(&binary, target, &corpus, seconds)?;
        }
        Ok(())
    };
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..processors).map(|_| scope.spawn(work)).collect();
        let panicked = |_| Err(Error::new("a fuzz target could not be watched"));
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(panicked))
    })
}

/// Lints the targets, as everything else is linted: as they are built, so that libFuzzer is compiled
/// once.
pub(crate) fn clippy() -> Result {
    let mut command = cargo("clippy", &host()?);
    command.args(["--all-targets", "--", "-D", "warnings"]);
    program::run(&mut command)
}

/// The triple of this machine. With `--target`, flags are not for what runs while building.
fn host() -> Result<String> {
    let text = program::output(Command::new("rustc").arg("-vV"))?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .ok_or_else(|| Error::new("rustc does not tell for which machine it compiles"))
}

fn build(host: &str) -> Result {
    program::run(cargo("build", host).arg("--bins"))
}

/// Cargo's `verb` for the targets, with their flags.
fn cargo(verb: &str, host: &str) -> Command {
    let mut command = program::cargo();
    command
        .args([verb, "--locked", "--manifest-path", MANIFEST])
        .args(["--target", host, "--target-dir", FOLDER])
        .env_remove("RUSTFLAGS")
        .env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\x1f"));
    command
}

/// Gives `target` all inputs that it has failed on before.
fn replay(binary: &str, target: &str) -> Result {
    let inputs = inputs(&Path::new(REGRESSIONS).join(target));
    if inputs.is_empty() {
        return Ok(());
    }
    println!(
        "fuzz {target}: {} inputs that it once failed on",
        inputs.len()
    );
    let (ended, told) = logged(Command::new(binary).args(inputs), target)?;
    ended.map_err(|error| {
        Error::new(format!(
            "{}\n{error}\nfuzz {target} fails again on the last input that is named above",
            last_lines(&told, 20)
        ))
    })
}

/// Runs `command` and returns how it ended and what libFuzzer told.
fn logged(command: &mut Command, target: &str) -> Result<(Result, String)> {
    let log = format!("{FOLDER}/{target}.log");
    let failed = |error| Error::new(format!("cannot write {log}: {error}"));
    let file = std::fs::File::create(&log).map_err(failed)?;
    let ended = program::run(command.env("RUST_BACKTRACE", "0").stderr(file));
    let told = std::fs::read(&log).map_err(failed)?;
    Ok((ended, String::from_utf8_lossy(&told).into_owned()))
}

/// The files in `folder`, sorted; none where there is no such folder.
fn inputs(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    found.sort();
    found
}

/// Writes the seeds of `target`, beside what earlier runs have found.
fn write(target: &str, seeds: &seeds::Seeds) -> Result<PathBuf> {
    let corpus = Path::new(FOLDER).join("corpus").join(target);
    let failed = |error| Error::new(format!("cannot write the seeds of {target}: {error}"));
    std::fs::create_dir_all(&corpus).map_err(failed)?;
    for (number, seed) in seeds.iter().enumerate() {
        std::fs::write(corpus.join(format!("seed-{number}")), seed).map_err(failed)?;
    }
    Ok(corpus)
}

fn fuzz(binary: &str, target: &str, corpus: &Path, seconds: u32) -> Result {
    let failed = |error| Error::new(format!("cannot make the folders of {target}: {error}"));
    let artifacts = format!("{FOLDER}/artifacts/{target}/");
    std::fs::create_dir_all(&artifacts).map_err(failed)?;
    let mut command = Command::new(binary);
    command.arg(corpus).args([
        format!("-max_total_time={seconds}"),
        format!("-max_len={MAX_LENGTH}"),
        format!("-artifact_prefix={artifacts}"),
        "-timeout=10".to_owned(),
        "-rss_limit_mb=1024".to_owned(),
        "-print_final_stats=1".to_owned(),
    ]);
    let (ended, told) = logged(&mut command, target)?;
    if let Err(error) = ended {
        let written = told.split_once("Test unit written to ");
        let input = written.and_then(|(_, rest)| rest.lines().next());
        let input = input.unwrap_or("that is named above");
        return Err(Error::new(format!(
            "{}\n{error}\nfuzz {target} fails on the input {input}: mend it, and keep the input in \
             {REGRESSIONS}/{target}",
            last_lines(&told, 20)
        )));
    }
    println!("fuzz {target}: {}", summary(&told)?);
    Ok(())
}

/// What libFuzzer tells of a run, in short.
///
/// # Errors
/// When it had no coverage to be guided by: then the compiler has not done what the flags say.
fn summary(told: &str) -> Result<String> {
    let reached = told.lines().rev().find_map(|line| {
        let rest = line.split_once("DONE   cov: ")?.1;
        rest.split_whitespace().next()?.parse::<u32>().ok()
    });
    let runs = told
        .lines()
        .find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    match (reached, runs) {
        (Some(reached @ 1..), Some(runs)) => Ok(format!(
            "{} inputs, {reached} edges of the code reached",
            runs.trim()
        )),
        _ => Err(Error::new(
            "the targets were not built to be guided by coverage",
        )),
    }
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<_> = text.lines().collect();
    let start = lines.len().saturating_sub(count);
    lines.get(start..).unwrap_or_default().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_seeds() {
        let manifest = std::fs::read_to_string("../fuzz/Cargo.toml").unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        let targets: Vec<&str> = manifest["bin"]
            .as_array()
            .unwrap()
            .iter()
            .map(|target| target["name"].as_str().unwrap())
            .collect();
        assert!(!targets.is_empty());
        let source = include_str!("seeds.rs");
        for target in targets {
            assert!(source.contains(&format!("(\"{target}\", ")), "{target}");
        }
    }

    #[test]
    fn a_run_without_coverage_fails() {
        let units = "stat::number_of_executed_units: 7\n";
        let told = format!("#7\tDONE   cov: 960 ft: 1 corp: 1\n{units}");
        assert_eq!(
            summary(&told).unwrap(),
            "7 inputs, 960 edges of the code reached"
        );
        for blind in [units.to_owned(), told.replace("960", "0")] {
            let error = summary(&blind).unwrap_err().to_string();
            assert!(error.contains("coverage"), "{error}");
        }
    }

    #[test]
    fn a_folder_that_is_not_there_has_no_inputs() {
        assert!(inputs(Path::new("no/such/folder")).is_empty());
    }
}
