//! Why a run of the program did not do what was asked.

use std::error::Error;
use std::io;

use axes_stores::{ErrorKind, StoreError};

use crate::{Exit, StoreUrl};

/// What went wrong, with what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The command line makes no sense.
    #[error("{0}")]
    Usage(String),
    /// The configuration makes no sense: everything that is wrong, each with where it stands.
    #[error("the configuration is wrong:\n{}", bullets(.0))]
    Configuration(Vec<String>),
    /// The store did not do it.
    #[error("{}", explained(.error, .url))]
    Store {
        /// Why.
        error: StoreError,
        /// Which store.
        url: StoreUrl,
    },
    /// Results could not be written.
    #[error("could not write the output: {0}")]
    Output(#[from] io::Error),
}

impl Failure {
    /// How the run ends.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) | Self::Configuration(_) => Exit::Wrong,
            Self::Store { .. } => Exit::Store,
            // Whoever read them has seen enough, as `head` does.
            Self::Output(_) if self.is_quiet() => Exit::Done,
            Self::Output(_) => Exit::Output,
        }
    }

    /// Whether nobody needs to hear of it.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Whether the store says that it has no tables yet.
pub(crate) fn lacks_tables(error: &StoreError) -> bool {
    let told = causes(error).join(" ");
    told.contains("no such table") || told.contains("42P01")
}

fn explained(error: &StoreError, url: &StoreUrl) -> String {
    if lacks_tables(error) {
        return format!(
            "the store {url} has no tables of Axes: create them with `axes migrate`, or with Django's \
             `manage.py migrate`"
        );
    }
    if url.is_missing_file() {
        return format!(
            "the store {url} is not there: name another with --store, or create it with `axes migrate`"
        );
    }
    let causes: Vec<String> = causes(error)
        .into_iter()
        .map(|cause| url.redact(&cause))
        .collect();
    let why = if causes.is_empty() {
        String::new()
    } else {
        format!(" ({})", causes.join(": "))
    };
    let help = if error.kind() == ErrorKind::Unavailable {
        "see whether it runs, and whether --store is right"
    } else if error.is_transient() {
        "try again later"
    } else {
        "see whether --store names a store of Axes"
    };
    format!("store {url}: {error}{why}: {help}")
}

fn causes(error: &StoreError) -> Vec<String> {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if causes
            .last()
            .is_none_or(|last: &String| !last.contains(&text))
        {
            causes.push(text);
        }
        next = cause.source();
    }
    causes
}

fn bullets(problems: &[String]) -> String {
    let lines: Vec<String> = problems.iter().map(|line| format!("  {line}")).collect();
    lines.join("\n")
}
