//! Virtual environments in `target/python`, each with pinned packages. Nothing of the machine's own
//! Python packages is used.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};
use crate::interpreter::{Choice, Interpreter};
use crate::{packages, program};

/// The folder of the environment for everyday work.
pub(crate) const VENV: &str = "target/python/venv";
const CONSTRAINTS: &str = "python/constraints.txt";

/// An environment for a purpose: a folder, and a file of requirements that is installed there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Set {
    /// To run the example site.
    Demo,
    /// To lint.
    Lint,
    /// To test.
    Test,
    /// To test with the oldest Django that we support.
    Django42,
    /// To test with a newer Django.
    Django60,
    /// To test with the newest Django.
    Django61,
    /// The package that sites switch from, alone; our extension is not for this one.
    DjangoAxes,
    /// To measure what guards cost: Axes as it is given away, and others beside it.
    Bench,
    /// The same for the package that sites switch from.
    BenchDjangoAxes,
}

impl Set {
    /// Where the environment is. Several sets may share one.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Demo | Self::Lint | Self::Test => VENV,
            Self::Django42 => "target/python/django-4.2",
            Self::Django60 => "target/python/django-6.0",
            Self::Django61 => "target/python/django-6.1",
            Self::DjangoAxes | Self::BenchDjangoAxes => "target/python/django-axes-8.3.1",
            Self::Bench => "target/python/bench",
        }
    }

    /// What is installed. A file takes in others with a line `-r FILE`.
    fn file(self) -> &'static str {
        match self {
            Self::Demo => "python/requirements-demo.txt",
            Self::Lint => "python/requirements-lint.txt",
            Self::Test => "python/requirements-test.txt",
            Self::Django42 => "python/requirements-django-4.2.txt",
            Self::Django60 => "python/requirements-django-6.0.txt",
            Self::Django61 => "python/requirements-django-6.1.txt",
            Self::DjangoAxes => "python/requirements-django-axes.txt",
            Self::Bench => "python/requirements-bench.txt",
            Self::BenchDjangoAxes => "python/requirements-bench-django-axes.txt",
        }
    }

    /// The Python that the environment is made with.
    pub(crate) fn python(self) -> Choice {
        match self {
            Self::Demo
            | Self::Lint
            | Self::Test
            | Self::DjangoAxes
            | Self::Bench
            | Self::BenchDjangoAxes => Choice::Usual,
            Self::Django42 => Choice::Oldest,
            Self::Django60 | Self::Django61 => Choice::From(12),
        }
    }
}

/// A Python environment of this repository.
pub(crate) struct Env {
    folder: PathBuf,
}

impl Env {
    /// Makes the environment or brings it up to date, with the packages of `set` in it.
    pub(crate) fn ensure(set: Set) -> Result<Self> {
        let folder = std::path::absolute(set.folder())
            .map_err(|error| Error::new(format!("cannot tell the current folder: {error}")))?;
        let env = Self { folder };
        if !env.is_usable() {
            env.create(set.python())?;
        }
        let file = Path::new(set.file());
        let stamp = std::fs::read_to_string(env.stamp(file)).ok();
        if stamp != Some(pins(file)?) {
            env.install(file)?;
        }
        Ok(env)
    }

    /// A command that runs the environment's `program`, free of the caller's Python settings.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.program(program));
        for name in [
            "PYTHONHOME",
            "PYTHONPATH",
            "CONDA_PREFIX",
            "DJANGO_SETTINGS_MODULE",
            // Tests start hundreds of processes: none should compile again what another has.
            "PYTHONDONTWRITEBYTECODE",
        ] {
            command.env_remove(name);
        }
        command
            .env("VIRTUAL_ENV", &self.folder)
            .env("PYTHONUNBUFFERED", "1");
        command
    }

    /// Builds `axes._axes` with the dev profile, in the workspace's target folder, and links the
    /// package into the environment.
    pub(crate) fn build_extension(&self) -> Result {
        self.develop("python/Cargo.toml")
    }

    /// Builds `axes_conformance`, the rules of every store, for the tests.
    pub(crate) fn build_conformance(&self) -> Result {
        self.develop("python/conformance/Cargo.toml")
    }

    fn develop(&self, manifest: &str) -> Result {
        let mut command = self.command("maturin");
        command
            .args(["develop", "--manifest-path", manifest])
            .env("PIP_QUIET", "1");
        program::run(&mut command)
    }

    /// Links the package, with the extension that was built for another environment, into this one:
    /// one build serves every Python and every Django.
    pub(crate) fn link_extension(&self) -> Result {
        let code = "import sysconfig; print(sysconfig.get_path('purelib'))";
        let folder = program::output(self.command("python").args(["-c", code]))?;
        let package = std::path::absolute("python")
            .map_err(|error| Error::new(format!("cannot tell the current folder: {error}")))?;
        let link = Path::new(folder.trim()).join("axes_guard.pth");
        write(&link, &format!("{}\n", package.display()))
    }

    fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }

    fn is_usable(&self) -> bool {
        program::ask(self.command("python").args(["-c", "import pip"])).is_some()
    }

    fn create(&self, choice: Choice) -> Result {
        let interpreter = Interpreter::find(choice)?;
        interpreter.ensure_venv()?;
        let name = self.folder.file_name().unwrap_or_default().display();
        println!("making the environment {name} with Python {interpreter}");
        let mut command = Command::new(&interpreter.path);
        command.args(["-m", "venv", "--clear"]).arg(&self.folder);
        program::run(&mut command)
    }

    fn install(&self, file: &Path) -> Result {
        if pins(file)?.contains("mysqlclient==") {
            let python = Interpreter::behind(&self.program("python"));
            python.as_ref().map_or(Ok(()), packages::ensure_headers)?;
        }
        println!("installing {}", file.display());
        program::run(
            self.command("python")
                .args(["-m", "pip", "install", "--quiet"])
                .args(["--disable-pip-version-check", "--constraint", CONSTRAINTS])
                .arg("--requirement")
                .arg(file),
        )?;
        // Written last: an installation that was interrupted is done again.
        with_included(file)?
            .iter()
            .try_for_each(|file| write(&self.stamp(file), &pins(file)?))
    }

    /// Where it is noted what was installed from `file`.
    fn stamp(&self, file: &Path) -> PathBuf {
        let name = file.file_stem().unwrap_or_default();
        self.folder.join(name).with_added_extension("stamp")
    }
}

/// All that decides what is installed from `file`, as one text.
fn pins(file: &Path) -> Result<String> {
    with_included(file)?
        .iter()
        .chain([&PathBuf::from(CONSTRAINTS)])
        .map(|file| read(file))
        .collect()
}

/// `file` and the files that it takes in.
fn with_included(file: &Path) -> Result<Vec<PathBuf>> {
    let mut files = vec![file.to_owned()];
    for line in read(file)?.lines() {
        if let Some(name) = line.strip_prefix("-r ") {
            files.extend(with_included(&file.with_file_name(name.trim()))?);
        }
    }
    Ok(files)
}

fn read(file: &Path) -> Result<String> {
    std::fs::read_to_string(file)
        .map_err(|error| Error::new(format!("cannot read {}: {error}", file.display())))
}

fn write(file: &Path, text: &str) -> Result {
    std::fs::write(file, text)
        .map_err(|error| Error::new(format!("cannot write {}: {error}", file.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(set: Set) -> Vec<String> {
        // Tests run in the folder of the crate.
        let files = with_included(&Path::new("..").join(set.file())).unwrap();
        let name = |file: &PathBuf| file.file_name().unwrap().display().to_string();
        files.iter().map(name).collect()
    }

    #[test]
    fn a_file_brings_the_files_that_it_takes_in() {
        assert_eq!(names(Set::Demo), ["requirements-demo.txt"]);
        let all = names(Set::Test);
        for name in ["demo", "lint", "suite"] {
            assert!(all.contains(&format!("requirements-{name}.txt")), "{all:?}");
        }
    }

    #[test]
    fn django_is_pinned_once_in_each_environment() {
        for set in [
            Set::Demo,
            Set::Lint,
            Set::Test,
            Set::Django42,
            Set::Django60,
            Set::Django61,
            Set::DjangoAxes,
            Set::Bench,
            Set::BenchDjangoAxes,
        ] {
            let files = with_included(&Path::new("..").join(set.file())).unwrap();
            let text: String = files.iter().map(|file| read(file).unwrap()).collect();
            assert_eq!(text.matches("\nDjango==").count(), 1, "{set:?}");
        }
    }
}
