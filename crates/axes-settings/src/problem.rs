//! What is wrong with a setting.

use std::fmt;

/// One thing that is wrong with one setting, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The setting's name, as its table has it.
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
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.setting, self.wrong, self.right)
    }
}
