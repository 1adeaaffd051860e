//! What a setting can be.

use axes_core::Networks;

use crate::store::NO_STORE;
use crate::{Problem, Value, lockout};

/// What values a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// True or False.
    Switch,
    /// A number of failures, or code that returns one.
    Limit,
    /// A whole number in this range.
    Number(i64, i64),
    /// A whole number in this range, or None.
    NumberOrNone(i64, i64),
    /// A text.
    Text,
    /// A text, or None.
    TextOrNone,
    /// One of these texts.
    Choice(&'static [&'static str]),
    /// Code: a callable, its dotted path, or None.
    Code,
    /// A length of time after which failures are forgotten, or code that returns one.
    CoolOff,
    /// A length of time, in seconds if it carries no unit.
    Duration,
    /// What is counted on, or code that returns it.
    Scopes,
    /// A ladder of tiers.
    Tiers,
    /// A list of addresses and networks, or None.
    Networks,
    /// A list of texts, or None.
    Texts,
    /// The URL of a store, which may hold a password; or None.
    Store,
}

impl Kind {
    /// What a person may write, in words.
    #[must_use]
    pub fn expects(self) -> String {
        match self {
            Self::Switch => "True or False".to_owned(),
            Self::Limit => {
                "a whole number of 1 or more, or a callable (request, credentials) that returns one"
                    .to_owned()
            }
            Self::Number(least, most) => format!("a whole number from {least} to {most}"),
            Self::NumberOrNone(least, most) => {
                format!("a whole number from {least} to {most}, or None")
            }
            Self::Text => "a text".to_owned(),
            Self::TextOrNone => "a text, or None".to_owned(),
            Self::Choice(choices) => format!("one of {}", choices.join(", ")),
            Self::Code => "a callable, the dotted path of one, or None".to_owned(),
            Self::CoolOff => "a timedelta, a number of hours above 0, a callable (request) or the \
                              dotted path of one, or None"
                .to_owned(),
            Self::Duration => "a timedelta or a number of seconds above 0".to_owned(),
            Self::Scopes => "a list of username, ip_address and user_agent, or of lists of them, \
                             such as [[\"username\", \"ip_address\"]]; or a callable"
                .to_owned(),
            Self::Tiers => "a list of LockoutTier(failures, cooloff) with failures of 1 or more, \
                            each number once, or None"
                .to_owned(),
            Self::Networks => {
                "a list of IP addresses and networks, such as [\"192.0.2.1\", \"10.0.0.0/8\"]"
                    .to_owned()
            }
            Self::Texts => "a list of texts".to_owned(),
            Self::Store => "the URL of a store, such as \"sqlite:axes.sqlite3\", \
                 \"postgres://user:password@host/database\" or \"redis://host:6379/0\"; or None"
                .to_owned(),
        }
    }

    /// Adds to `problems` what is wrong with `value` as the setting `name`.
    pub(crate) fn check(self, name: &str, value: &Value, problems: &mut Vec<Problem>) {
        match self {
            Self::Scopes => check_scopes(name, value, problems),
            Self::Networks => check_networks(name, value, problems),
            _ if self.is_right(value) => (),
            Self::Store => problems.push(Problem::new(
                name,
                NO_STORE,
                format!("use {}", self.expects()),
            )),
            _ => problems.push(Problem::new(
                name,
                format!("is {value}"),
                format!("use {}", self.expects()),
            )),
        }
    }

    /// Whether `value` means something.
    pub(crate) fn is_right(self, value: &Value) -> bool {
        match self {
            Self::Switch => matches!(value, Value::Bool(_)),
            Self::Limit => {
                is_code(value) || lockout::parse_limit(value).is_some_and(|limit| limit > 0)
            }
            Self::Number(least, most) => in_range(value, least, most),
            Self::NumberOrNone(least, most) => {
                *value == Value::None || in_range(value, least, most)
            }
            // Lazy translations and the like are texts too: they arrive as what they say.
            Self::Text => matches!(value, Value::Text(_)),
            Self::TextOrNone => matches!(value, Value::Text(_) | Value::None),
            Self::Choice(choices) => {
                matches!(value, Value::Text(text) if choices.contains(&text.as_str()))
            }
            Self::Code => matches!(value, Value::Callable | Value::Text(_) | Value::None),
            Self::CoolOff => is_code(value) || lockout::parse_cool_off(value).is_some(),
            Self::Duration => lockout::seconds(value, 1.0).is_some_and(|time| !time.is_zero()),
            Self::Scopes => {
                *value == Value::None || is_code(value) || lockout::parse_scopes(value).is_ok()
            }
            Self::Tiers => lockout::parse_tiers(value).is_some(),
            Self::Networks => {
                list_of_networks(value).is_some_and(|entries| Networks::parse(entries).is_ok())
            }
            // Whether it is the URL of a store, Django's own check says.
            Self::Store => matches!(value, Value::Text(_) | Value::None),
            Self::Texts => value.texts().is_some() && !matches!(value, Value::Text(_)),
        }
    }
}

/// Whether `value` is a callable, or a text that may be the dotted path of one.
fn is_code(value: &Value) -> bool {
    match value {
        Value::Callable => true,
        Value::Text(path) => path.contains('.') && path.parse::<f64>().is_err(),
        _ => false,
    }
}

fn in_range(value: &Value, least: i64, most: i64) -> bool {
    matches!(value, Value::Int(number) if (least..=most).contains(number))
}

fn check_scopes(name: &str, value: &Value, problems: &mut Vec<Problem>) {
    if *value == Value::None || is_code(value) {
        return;
    }
    if let Err(wrong) = lockout::parse_scopes(value) {
        let wrong = format!("is {value}: {wrong}");
        problems.push(Problem::new(
            name,
            wrong,
            format!("use {}", Kind::Scopes.expects()),
        ));
    }
}

fn list_of_networks(value: &Value) -> Option<Vec<&str>> {
    value.texts().filter(|_| !matches!(value, Value::Text(_)))
}

fn check_networks(name: &str, value: &Value, problems: &mut Vec<Problem>) {
    let expects = || format!("use {}", Kind::Networks.expects());
    let Some(entries) = list_of_networks(value) else {
        problems.push(Problem::new(name, format!("is {value}"), expects()));
        return;
    };
    if let Err(errors) = Networks::parse(entries) {
        for error in errors {
            let wrong = format!("holds {:?}, which is no IP address or network", error.0);
            problems.push(Problem::new(name, wrong, expects()));
        }
    }
}
