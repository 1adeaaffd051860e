//! The Python of this machine that environments are made from.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};
use crate::{packages, program};

/// A Python of this machine that is new enough.
pub(crate) struct Interpreter {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Its version, as `3.11`.
    pub(crate) version: String,
}

impl Interpreter {
    /// Finds a Python 3.10 or newer.
    pub(crate) fn find() -> Result<Self> {
        let newest_last = (10..=20).map(|minor| format!("python3.{minor}"));
        std::iter::once("python3".to_owned())
            .chain(newest_last.rev())
            .find_map(|name| Self::ask(&name))
            .ok_or_else(|| {
                Error::new("no Python 3.10 or newer here: install python3 and python3-venv")
            })
    }

    fn ask(name: &str) -> Option<Self> {
        let code = "import sys; print(sys.executable); \
                    print('%d.%d' % sys.version_info[:2]) if sys.version_info >= (3, 10) else None";
        let answer = program::ask(Command::new(name).args(["-c", code]))?;
        let (path, version) = answer.split_once('\n')?;
        Some(Self {
            path: path.into(),
            version: version.to_owned(),
        })
    }

    /// Whether Debian's packages can add to it.
    pub(crate) fn is_debians(&self) -> bool {
        self.path.starts_with("/usr/bin")
    }

    /// The one that the environment of `python` was made from.
    pub(crate) fn behind(python: &Path) -> Self {
        let code = "import sys; print(sys._base_executable); print('%d.%d' % sys.version_info[:2])";
        let answer = program::ask(Command::new(python).args(["-c", code])).unwrap_or_default();
        let (path, version) = answer.split_once('\n').unwrap_or_default();
        Self {
            path: path.into(),
            version: version.to_owned(),
        }
    }

    /// Makes sure that it can make virtual environments.
    pub(crate) fn ensure_venv(&self) -> Result {
        if program::ask(Command::new(&self.path).args(["-c", "import ensurepip, venv"])).is_some() {
            return Ok(());
        }
        if self.is_debians() {
            return packages::ensure_venv();
        }
        let version = &self.version;
        Err(Error::new(format!(
            "this Python {version} cannot make virtual environments: install one with `venv`"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_there_is_no_interpreter() {
        assert!(Interpreter::ask("python-that-is-not-there").is_none());
    }
}
