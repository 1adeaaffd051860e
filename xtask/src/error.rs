//! Why a command of this repository failed.

use std::fmt;
use std::process::ExitCode;

/// One line that says what went wrong and what to do about it.
#[derive(Debug)]
pub(crate) struct Error(String);

/// What every step of a command returns.
pub(crate) type Result<T = ()> = std::result::Result<T, Error>;

impl Error {
    /// An error that reads `message`.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// One error out of many `findings`, one a line; nothing when there are none.
    pub(crate) fn from_findings(findings: &[String]) -> Result {
        match findings {
            [] => Ok(()),
            _ => Err(Self(findings.join("\n"))),
        }
    }

    /// Prints the error and gives the exit code of the process.
    pub(crate) fn report(&self) -> ExitCode {
        eprintln!("xtask: {self}");
        ExitCode::FAILURE
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
