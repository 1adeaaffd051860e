//! What is wrong with a setting.

use std::fmt;

use crate::Origin;

/// One thing that is wrong with one setting, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it was written.
    pub origin: Origin,
    /// The setting's name, as it is written there; empty where a file is wrong as such.
    pub setting: String,
    /// Whether there is no such setting; otherwise its value is wrong.
    pub unknown: bool,
    /// What is wrong.
    pub wrong: String,
    /// What would be right.
    pub right: String,
}

impl Problem {
    pub(crate) fn new(setting: &str, wrong: impl Into<String>, right: impl Into<String>) -> Self {
        Self {
            origin: Origin::Host,
            setting: setting.to_owned(),
            unknown: false,
            wrong: wrong.into(),
            right: right.into(),
        }
    }

    pub(crate) fn unknown(setting: &str, right: impl Into<String>) -> Self {
        Self {
            unknown: true,
            ..Self::new(setting, "is not a setting of Axes", right)
        }
    }

    pub(crate) fn at(self, origin: Origin) -> Self {
        Self { origin, ..self }
    }
}

/// On one line. In front of it stands where it was written, except for Django's settings.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.origin != Origin::Host {
            write!(f, "{} ", self.origin)?;
        }
        if !self.setting.is_empty() {
            write!(f, "{} ", self.setting)?;
        }
        write!(f, "{}: {}", self.wrong, self.right)
    }
}
