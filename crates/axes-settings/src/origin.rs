//! Where a value was written.

use std::fmt;
use std::sync::Arc;

use crate::{Spec, Syntax};

/// Where a value of a setting comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The host handed it over: Django's settings.
    #[default]
    Host,
    /// A TOML file.
    File {
        /// The file, as the operator named it.
        path: Arc<str>,
        /// The line in it, from 1.
        line: usize,
        /// The character in the line, from 1.
        column: usize,
    },
    /// An environment variable.
    Variable,
    /// A flag of the command line.
    Flag,
}

impl Origin {
    /// What the setting is called there.
    #[must_use]
    pub fn name_of(&self, spec: &Spec) -> String {
        match self {
            Self::Host | Self::Variable => spec.name.to_owned(),
            Self::File { .. } => spec.key(),
            Self::Flag => spec.flag(),
        }
    }

    /// How values are written there.
    #[must_use]
    pub fn syntax(&self) -> Syntax {
        match self {
            Self::Host => Syntax::Python,
            Self::File { .. } => Syntax::Toml,
            Self::Variable | Self::Flag => Syntax::Words,
        }
    }
}

/// What stands before the name of the setting in a message; nothing for Django's settings.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host => Ok(()),
            Self::File { path, line, column } => write!(f, "{path}:{line}:{column}:"),
            Self::Variable => f.write_str("environment variable"),
            Self::Flag => f.write_str("flag"),
        }
    }
}
