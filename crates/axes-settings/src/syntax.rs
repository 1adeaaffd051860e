//! How values are written: in Python, in TOML, or as words in the environment and in flags.

use std::fmt::Write;
use std::time::Duration;

use crate::{Kind, Value, length::write_length, lockout};

/// How values are written in one kind of source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// Django's settings.
    Python,
    /// A TOML file.
    Toml,
    /// An environment variable or a flag: one text without quotes.
    Words,
}

impl Syntax {
    /// What values of `kind` a person may write in this syntax, in words.
    #[must_use]
    pub fn expects(self, kind: Kind) -> String {
        let toml = self == Self::Toml;
        let quoted = |text: &str| self.text(text);
        let lengths = ["15m", "1h30m", "7d"].map(quoted).join(", ");
        match kind {
            _ if self == Self::Python => kind.expects(),
            Kind::Switch => "true or false".to_owned(),
            Kind::Limit => "a whole number of 1 or more".to_owned(),
            Kind::Number(..) | Kind::Text => kind.expects(),
            Kind::NumberOrNone(least, most) => {
                format!(
                    "a whole number from {least} to {most}, or {}",
                    quoted("none")
                )
            }
            Kind::TextOrNone => format!("a text, or {}", quoted("none")),
            Kind::Choice(choices) => {
                let choices: Vec<_> = choices.iter().map(|choice| quoted(choice)).collect();
                format!("one of {}", choices.join(", "))
            }
            Kind::Code => "nothing: only Python can have code".to_owned(),
            Kind::CoolOff => format!(
                "a length of time such as {lengths}, a number of hours above 0, or {}",
                quoted("none")
            ),
            Kind::Duration => {
                format!("a length of time such as {lengths}, or a number of seconds above 0")
            }
            Kind::Scopes if toml => {
                "a list of username, ip_address and user_agent, or of lists of \
                them, such as [\"username\", [\"ip_address\", \"user_agent\"]]"
                    .to_owned()
            }
            Kind::Scopes => "username, ip_address and user_agent with commas between, or with + \
                where they count together, such as username,ip_address+user_agent"
                .to_owned(),
            Kind::Tiers if toml => {
                "tiers such as { failures = 3, cooloff = \"5m\" }, each number of \
                failures once, or \"none\""
                    .to_owned()
            }
            Kind::Tiers => "tiers FAILURES:COOLOFF with commas between, such as 3:5m,10:1h, each \
                number of failures once, or none"
                .to_owned(),
            Kind::Networks | Kind::Texts if toml => kind.expects(),
            Kind::Networks => "IP addresses and networks with commas between, such as \
                192.0.2.1,10.0.0.0/8"
                .to_owned(),
            Kind::Texts => "texts with commas between".to_owned(),
            Kind::Store => format!(
                "a URL such as {}, {} or {}",
                quoted("sqlite:axes.sqlite3"),
                quoted("postgres://user:password@host/database"),
                quoted("redis://host:6379/0")
            ),
        }
    }

    /// `value`, which is right for `kind`, as an operator would write it.
    #[must_use]
    pub fn write(self, kind: Kind, value: &Value) -> String {
        match value {
            _ if self == Self::Python => value.to_string(),
            Value::None if self == Self::Toml && matches!(kind, Kind::Networks | Kind::Texts) => {
                "[]".to_owned()
            }
            Value::None => self.text("none"),
            Value::Bool(switch) => switch.to_string(),
            Value::Int(_) | Value::Float(_) if kind != Kind::Duration => value.to_string(),
            Value::Int(_) | Value::Float(_) | Value::Seconds(_) => self.length(value, 1.0),
            Value::Text(text) => self.text(text),
            Value::List(items) if self == Self::Toml => {
                let items: Vec<_> = items.iter().map(|item| self.write(kind, item)).collect();
                format!("[{}]", items.join(", "))
            }
            Value::List(items) => {
                let of = |item: &Value| match item {
                    Value::List(names) => self
                        .write(kind, &Value::List(names.clone()))
                        .replace(',', "+"),
                    single => self.write(kind, single),
                };
                items.iter().map(of).collect::<Vec<_>>().join(",")
            }
            Value::Tier(failures, cool_off) => {
                let cool_off = self.length(cool_off, lockout::SECONDS_PER_HOUR);
                if self == Self::Toml {
                    format!("{{ failures = {failures}, cooloff = {cool_off} }}")
                } else {
                    format!("{failures}:{cool_off}")
                }
            }
            Value::Callable | Value::Other(_) => value.to_string(),
        }
    }

    fn length(self, value: &Value, unit: f64) -> String {
        match lockout::seconds(value, unit) {
            // What has no unit may have a fraction.
            Some(length) if length.subsec_nanos() > 0 => (length.as_secs_f64() / unit).to_string(),
            length => self.text(&write_length(length.unwrap_or(Duration::ZERO))),
        }
    }

    fn text(self, text: &str) -> String {
        if self == Self::Words {
            return text.to_owned();
        }
        let mut quoted = String::from('"');
        for char in text.chars() {
            match char {
                '"' | '\\' => quoted.extend(['\\', char]),
                char if char.is_control() => {
                    // Writing to a text cannot fail.
                    let _ = write!(quoted, "\\u{:04x}", u32::from(char));
                }
                char => quoted.push(char),
            }
        }
        quoted.push('"');
        quoted
    }
}
