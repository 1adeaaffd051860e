//! Everything that judges the source without running it. Quick checks come first.

use crate::env::{Env, Set};
use crate::error::Result;
use crate::stages::Stages;
use crate::{counts, deny, fuzz, imports, paths, program, reference};

const PYTHON_SETTINGS: [&str; 2] = ["--config", "python/pyproject.toml"];

/// Runs all checks.
pub(crate) fn all(stages: &mut Stages) {
    stages.run("lint paths", paths::check);
    stages.run("lint rustfmt", rustfmt);
    stages.run("lint imports", imports::check);
    stages.run("lint deny", deny::check);
    stages.run("lint ruff", ruff);
    stages.run("lint mypy", mypy);
    stages.run("lint reference", reference::check);
    stages.run("lint clippy", clippy);
    stages.run("lint rustdoc", rustdoc);
    stages.run("lint counts", counts::check);
}

fn rustfmt() -> Result {
    for manifest in ["Cargo.toml", fuzz::MANIFEST, counts::MANIFEST] {
        let check = ["fmt", "--all", "--check", "--manifest-path", manifest];
        program::run(program::cargo().args(check))?;
    }
    Ok(())
}

fn clippy() -> Result {
    let mut command = program::cargo();
    command.args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]);
    program::run(&mut command)?;
    fuzz::clippy()
}

fn rustdoc() -> Result {
    let mut command = program::cargo();
    command
        .args(["doc", "--workspace", "--no-deps"])
        .env("RUSTDOCFLAGS", "-D warnings");
    program::run(&mut command)
}

/// All Python of the repository, the examples too, by the rules of the package.
fn ruff() -> Result {
    let env = Env::ensure(Set::Lint)?;
    let format = ["format", "--check"];
    program::run(
        env.command("ruff")
            .args(format)
            .args(PYTHON_SETTINGS)
            .arg("."),
    )?;
    program::run(
        env.command("ruff")
            .arg("check")
            .args(PYTHON_SETTINGS)
            .arg("."),
    )
}

fn mypy() -> Result {
    let env = Env::ensure(Set::Lint)?;
    // The Django plugin of mypy loads the app, and the app loads the extension.
    env.build_extension()?;
    program::run(
        env.command("python")
            .args(["-m", "mypy"])
            .current_dir("python"),
    )
}
