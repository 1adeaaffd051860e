//! The Python of this machine that environments are made from.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};
use crate::{packages, program};

/// A Python of this machine that is new enough.
pub(crate) struct Interpreter {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Its version is 3 and this.
    pub(crate) minor: u32,
}

/// Which of several Pythons is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// What `python3` is here, or else the newest.
    Usual,
    /// The oldest that we support.
    Oldest,
    /// The newest, and no older than 3 and this.
    From(u32),
}

/// We support Python 3 from this on.
const OLDEST: u32 = 10;

impl Interpreter {
    /// Finds the Python that `choice` means.
    pub(crate) fn find(choice: Choice) -> Result<Self> {
        let found = Self::all();
        match choice {
            Choice::Usual => found.into_iter().next(),
            Choice::Oldest => found.into_iter().min_by_key(|python| python.minor),
            Choice::From(minor) => found
                .into_iter()
                .filter(|python| python.minor >= minor)
                .max_by_key(|python| python.minor),
        }
        .ok_or_else(|| {
            let minor = match choice {
                Choice::From(minor) => minor,
                Choice::Usual | Choice::Oldest => OLDEST,
            };
            Error::new(format!(
                "no Python 3.{minor} or newer here: install python3 and python3-venv"
            ))
        })
    }

    /// All that are here and new enough, `python3` first.
    fn all() -> Vec<Self> {
        let mut pythons = vec![PathBuf::from("python3")];
        for minor in (OLDEST..=20).rev() {
            let name = format!("python3.{minor}");
            pythons.extend(program::find(&name));
            pythons.extend(pyenv(&name));
        }
        pythons
            .iter()
            .filter_map(|python| Self::ask(python))
            .collect()
    }

    fn ask(python: &Path) -> Option<Self> {
        let code = "import sys; print(sys.executable, *sys.version_info[:2], sep='\\n')";
        let answer = program::ask(Command::new(python).args(["-c", code]))?;
        Self::read(&answer).filter(|python| python.minor >= OLDEST)
    }

    fn read(answer: &str) -> Option<Self> {
        let mut lines = answer.lines();
        let path = lines.next()?.into();
        let is_three = lines.next()? == "3";
        let minor = lines.next()?.parse().ok()?;
        is_three.then_some(Self { path, minor })
    }

    /// Whether Debian's packages can add to it.
    pub(crate) fn is_debians(&self) -> bool {
        self.path.starts_with("/usr/bin")
    }

    /// The one that the environment of `python` was made from.
    pub(crate) fn behind(python: &Path) -> Option<Self> {
        let code = "import sys; print(sys._base_executable, *sys.version_info[:2], sep='\\n')";
        Self::read(&program::ask(Command::new(python).args(["-c", code]))?)
    }

    /// Makes sure that it can make virtual environments.
    pub(crate) fn ensure_venv(&self) -> Result {
        if program::ask(Command::new(&self.path).args(["-c", "import ensurepip, venv"])).is_some() {
            return Ok(());
        }
        if self.is_debians() {
            return packages::ensure_venv();
        }
        Err(Error::new(format!(
            "this Python {self} cannot make virtual environments: install one with `venv`"
        )))
    }
}

impl fmt::Display for Interpreter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "3.{}", self.minor)
    }
}

/// Where pyenv keeps Pythons that it does not put into `PATH`.
fn pyenv(name: &str) -> Vec<PathBuf> {
    let root = std::env::var_os("PYENV_ROOT").map(PathBuf::from);
    let root = root.or_else(|| Some(std::env::home_dir()?.join(".pyenv")));
    let versions = root.and_then(|root| std::fs::read_dir(root.join("versions")).ok());
    versions
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin").join(name))
        .filter(|python| python.is_file())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_there_is_no_interpreter() {
        assert!(Interpreter::ask(Path::new("python-that-is-not-there")).is_none());
    }

    #[test]
    fn a_python_is_known_by_its_answer() {
        let python = Interpreter::read("/usr/bin/python3.13\n3\n13\n").unwrap();
        assert_eq!(python.to_string(), "3.13");
        assert!(python.is_debians());
        assert!(Interpreter::read("/usr/bin/python2\n2\n7\n").is_none());
    }

    #[test]
    fn the_choice_is_kept() {
        let usual = Interpreter::find(Choice::Usual).unwrap();
        let oldest = Interpreter::find(Choice::Oldest).unwrap();
        assert!(OLDEST <= oldest.minor && oldest.minor <= usual.minor);
        let error = Interpreter::find(Choice::From(99)).err().unwrap();
        assert!(error.to_string().contains("3.99"), "{error}");
    }
}
