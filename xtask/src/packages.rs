//! Debian packages that the tests and benchmarks need: found by what they bring, installed when we may.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};
use crate::interpreter::Interpreter;
use crate::program;

/// One Debian package and the program by which its presence is seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Package {
    name: &'static str,
    program: &'static str,
}

const fn package(name: &'static str, program: &'static str) -> Package {
    Package { name, program }
}

/// What the Rust tests start.
pub(crate) const RUST: &[Package] = &[
    package("postgresql", "initdb"),
    package("pgbouncer", "pgbouncer"),
    package("redis-server", "redis-server"),
    package("openssl", "openssl"),
];

/// What the Python tests start, and what compiling `mysqlclient` takes, and `pylibmc` for a Python
/// that it has no wheel for.
pub(crate) const PYTHON: &[Package] = &[
    package("postgresql", "initdb"),
    package("pgbouncer", "pgbouncer"),
    package("mariadb-server", "mariadbd"),
    package("redis-server", "redis-server"),
    package("memcached", "memcached"),
    package("libmariadb-dev", "mariadb_config"),
    package("libmemcached-dev", "/usr/include/libmemcached/memcached.h"),
    package("zlib1g-dev", "/usr/include/zlib.h"),
    package("pkg-config", "pkg-config"),
    package("gcc", "gcc"),
];

/// What the benchmarks start beside servers.
pub(crate) const BENCH: &[Package] = &[package("wrk", "wrk")];

/// What the browser tests start.
pub(crate) const BROWSER: &[Package] = &[
    package("chromium", "chromium"),
    package("chromium-driver", "chromedriver"),
];

/// Makes sure that all of `packages` are there.
///
/// # Errors
/// One line with the command to type when something is missing and we are not root.
pub(crate) fn ensure(packages: &[Package]) -> Result {
    let missing = missing(packages, is_installed);
    install(&missing)
}

/// Makes sure that C extensions can be compiled for `interpreter`.
pub(crate) fn ensure_headers(interpreter: &Interpreter) -> Result {
    let code = "import os, sysconfig; \
                print(os.path.exists(os.path.join(sysconfig.get_path('include'), 'Python.h')))";
    let answer = program::ask(Command::new(&interpreter.path).args(["-c", code]));
    match answer.as_deref() {
        Some("True") => Ok(()),
        _ if interpreter.is_debians() => install(&["python3-dev"]),
        _ => Err(Error::new(format!(
            "the headers of Python {interpreter} are missing (Python.h): install them, \
             `mysqlclient` is compiled"
        ))),
    }
}

/// Makes sure that Debian's own Python can make virtual environments.
pub(crate) fn ensure_venv() -> Result {
    install(&["python3-venv"])
}

fn missing(packages: &[Package], is_installed: impl Fn(&str) -> bool) -> Vec<&'static str> {
    packages
        .iter()
        .filter(|package| !is_installed(package.program))
        .map(|it| it.name)
        .collect()
}

fn is_installed(name: &str) -> bool {
    match name {
        // Debian keeps these outside `PATH`; a wrapper of the same name elsewhere is not a server.
        "initdb" if has_apt() => !postgres_folders().is_empty(),
        // A package without a program shows by a file.
        file if file.starts_with('/') => !has_apt() || Path::new(file).exists(),
        _ => program::find(name).is_some(),
    }
}

fn postgres_folders() -> Vec<PathBuf> {
    let versions = std::fs::read_dir(Path::new("/usr/lib/postgresql"));
    versions
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .filter(|folder| folder.join("initdb").is_file())
        .collect()
}

fn install(names: &[&str]) -> Result {
    if names.is_empty() {
        return Ok(());
    }
    if !has_apt() {
        let names = names.join(", ");
        return Err(Error::new(format!("install what Debian calls: {names}")));
    }
    if !is_root() {
        return Err(Error::new(by_hand(names)));
    }
    println!("installing {}", names.join(", "));
    program::run(apt().args(["-q", "update"]))?;
    program::run(
        apt()
            .args(["-q", "install", "-y", "--no-install-recommends"])
            .args(names),
    )
}

fn by_hand(names: &[&str]) -> String {
    let names = names.join(" ");
    format!("missing Debian packages, install them as root: apt-get install {names}")
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    // Tests start servers of their own; run level 1 asks Debian's scripts to leave theirs stopped.
    command.env("RUNLEVEL", "1");
    command
}

fn has_apt() -> bool {
    program::find("apt-get").is_some()
}

fn is_root() -> bool {
    program::ask(Command::new("id").arg("-u")).as_deref() == Some("0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_there_is_missing() {
        let missing = missing(PYTHON, |program| {
            program != "mariadbd" && program != "initdb"
        });
        assert_eq!(missing, ["postgresql", "mariadb-server"]);
    }

    #[test]
    fn without_root_one_line_says_what_to_install() {
        let line = by_hand(&["redis-server", "memcached"]);
        assert_eq!(line.lines().count(), 1);
        assert!(
            line.ends_with("apt-get install redis-server memcached"),
            "{line}"
        );
    }
}
