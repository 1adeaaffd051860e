//! The Python environment: a virtual one in `target/python/venv` with pinned packages, and our
//! extension built into it. Nothing of the machine's own Python packages is used.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};
use crate::{packages, program};

/// Where the environment is.
pub(crate) const VENV: &str = "target/python/venv";
const CONSTRAINTS: &str = "python/constraints.txt";

/// Which packages are needed. Each set includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Set {
    /// To run the example site.
    Demo,
    /// To lint.
    Lint,
    /// To test.
    Test,
}

impl Set {
    const ALL: [Self; 3] = [Self::Demo, Self::Lint, Self::Test];

    fn name(self) -> &'static str {
        match self {
            Self::Demo => "demo",
            Self::Lint => "lint",
            Self::Test => "test",
        }
    }

    fn file(self) -> String {
        format!("python/requirements-{}.txt", self.name())
    }

    fn stamp(self) -> PathBuf {
        Path::new(VENV).join(format!("{}.stamp", self.name()))
    }

    fn up_to(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |set| *set <= self)
    }

    /// All that decides what is installed, as one text: the stamp of an environment made from it.
    fn pins(self) -> Result<String> {
        self.up_to()
            .map(Self::file)
            .chain([CONSTRAINTS.to_owned()])
            .map(|file| read(&file))
            .collect()
    }
}

/// A Python of this machine that is new enough.
pub(crate) struct Interpreter {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Its version, as `3.11`.
    pub(crate) version: String,
}

impl Interpreter {
    /// Finds a Python 3.10 or newer.
    fn find() -> Result<Self> {
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

    fn can_make_venv(&self) -> bool {
        program::ask(Command::new(&self.path).args(["-c", "import ensurepip, venv"])).is_some()
    }
}

/// The Python environment of this repository.
pub(crate) struct Env {
    root: PathBuf,
}

impl Env {
    /// Makes the environment or brings it up to date, with the packages of `set` in it.
    pub(crate) fn ensure(set: Set) -> Result<Self> {
        let root = std::env::current_dir()
            .map_err(|error| Error::new(format!("cannot tell the current folder: {error}")))?;
        let env = Self { root };
        if !env.is_usable() {
            Self::create()?;
        }
        let pins = set.pins()?;
        if std::fs::read_to_string(set.stamp()).ok().as_deref() != Some(pins.as_str()) {
            env.install(set)?;
        }
        Ok(env)
    }

    /// A command that runs the environment's `program`, free of the caller's Python settings.
    pub(crate) fn command(&self, program: &str) -> Command {
        let venv = self.root.join(VENV);
        let mut command = Command::new(venv.join("bin").join(program));
        for name in [
            "PYTHONHOME",
            "PYTHONPATH",
            "CONDA_PREFIX",
            "DJANGO_SETTINGS_MODULE",
        ] {
            command.env_remove(name);
        }
        command
            .env("VIRTUAL_ENV", venv)
            .env("PYTHONUNBUFFERED", "1");
        command
    }

    /// Builds `axes._axes` with the dev profile, in the workspace's target folder, and links the
    /// package into the environment.
    pub(crate) fn build_extension(&self) -> Result {
        let mut command = self.command("maturin");
        command
            .args(["develop", "--manifest-path", "python/Cargo.toml"])
            .env("PIP_QUIET", "1");
        program::run(&mut command)
    }

    fn is_usable(&self) -> bool {
        program::ask(self.command("python").args(["-c", "import pip"])).is_some()
    }

    fn create() -> Result {
        let interpreter = Interpreter::find()?;
        if !interpreter.can_make_venv() {
            if !interpreter.is_debians() {
                let version = &interpreter.version;
                return Err(Error::new(format!(
                    "this Python {version} cannot make virtual environments: install one with `venv`"
                )));
            }
            packages::ensure_venv()?;
        }
        println!("making {VENV} with Python {}", interpreter.version);
        program::run(Command::new(&interpreter.path).args(["-m", "venv", "--clear", VENV]))
    }

    fn install(&self, set: Set) -> Result {
        if set == Set::Test {
            let path = self.root.join(VENV).join("bin/python");
            let base = "import sys; print(sys._base_executable)";
            let base = program::ask(Command::new(path).args(["-c", base])).unwrap_or_default();
            packages::ensure_headers(&Interpreter {
                path: base.into(),
                version: "3".to_owned(),
            })?;
        }
        println!("installing {}", set.file());
        program::run(
            self.command("python")
                .args(["-m", "pip", "install", "--quiet"])
                .args([
                    "--disable-pip-version-check",
                    "--requirement",
                    &set.file(),
                    "--constraint",
                    CONSTRAINTS,
                ]),
        )?;
        // Written last: an installation that was interrupted is done again.
        set.up_to()
            .try_for_each(|set| write(&set.stamp(), &set.pins()?))
    }
}

fn read(file: &str) -> Result<String> {
    std::fs::read_to_string(file)
        .map_err(|error| Error::new(format!("cannot read {file}: {error}")))
}

fn write(file: &Path, text: &str) -> Result {
    std::fs::write(file, text)
        .map_err(|error| Error::new(format!("cannot write {}: {error}", file.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_includes_those_before_it() {
        assert_eq!(Set::Demo.up_to().collect::<Vec<_>>(), [Set::Demo]);
        assert_eq!(Set::Test.up_to().collect::<Vec<_>>(), Set::ALL);
    }

    #[test]
    fn a_program_that_is_not_there_is_no_interpreter() {
        assert!(Interpreter::ask("python-that-is-not-there").is_none());
    }
}
