//! Why a guard cannot be made.

use thiserror::Error;

/// What is wrong with how a guard was to be built: everything at once.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the guard cannot be built: {}", problems.join("; "))]
pub struct GuardError {
    problems: Vec<String>,
}

impl GuardError {
    pub(crate) const fn new(problems: Vec<String>) -> Self {
        Self { problems }
    }

    /// What has to be mended, one entry for each mistake.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}
