//! What an operator wrote, whatever it was written in.

use std::fmt;

/// The value of a setting before it is checked.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Nothing: Python's `None`.
    None,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// A text.
    Text(String),
    /// A length of time that carries its unit: a `timedelta`.
    Seconds(f64),
    /// Several values.
    List(Vec<Value>),
    /// A tier of `AXES_LOCKOUT_TIERS`: failures and cool-off.
    Tier(Box<Value>, Box<Value>),
    /// Code that the host calls for each attempt.
    Callable,
    /// Anything else, by the name of its type.
    Other(String),
}

impl Value {
    /// A text value.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// The texts of a list (or of a single text); `None` when there is anything else in it.
    #[must_use]
    pub fn texts(&self) -> Option<Vec<&str>> {
        match self {
            Self::None => Some(Vec::new()),
            Self::Text(text) => Some(vec![text]),
            Self::List(items) => items
                .iter()
                .map(|item| {
                    if let Self::Text(text) = item {
                        Some(text.as_str())
                    } else {
                        None
                    }
                })
                .collect(),
            _ => None,
        }
    }
}

/// As a person would write it. Long texts are cut: a message shows what is meant, not all of it.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Bool(true) => f.write_str("True"),
            Self::Bool(false) => f.write_str("False"),
            Self::Int(number) => write!(f, "{number}"),
            Self::Float(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "{:?}", text.chars().take(60).collect::<String>()),
            Self::Seconds(seconds) => write!(f, "{seconds} seconds"),
            Self::List(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().take(8).enumerate() {
                    write!(f, "{}{item}", if index == 0 { "" } else { ", " })?;
                }
                f.write_str(if items.len() > 8 { ", …]" } else { "]" })
            }
            Self::Tier(failures, cool_off) => write!(f, "({failures}, {cool_off})"),
            Self::Callable => f.write_str("a callable"),
            Self::Other(name) => write!(f, "a {name}"),
        }
    }
}
