//! Keeping secrets and hostile characters out of records and log lines.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::record::MAX_FORM;
use crate::{Attempt, Banned, Lockout, Parameter, Scope};

/// What stands where a sensitive value was. Its length tells nothing about the value's.
pub const MASK: &str = "********************";

/// What the name of a field that carries a secret contains: an OAuth client's secret, a token, a
/// one-time code. Such fields are masked whatever the settings say.
const SECRETS: [&str; 9] = [
    "api",
    "code",
    "credential",
    "key",
    "otp",
    "pass",
    "secret",
    "signature",
    "token",
];

/// How many characters of a reason are kept.
const MAX_REASON: usize = 200;

/// Which form fields and client properties are masked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redactor {
    sensitive: BTreeSet<String>,
}

impl Redactor {
    /// Masks the fields of these names, compared without regard to case.
    #[must_use]
    pub fn new<S: AsRef<str>>(sensitive: impl IntoIterator<Item = S>) -> Self {
        let sensitive = sensitive
            .into_iter()
            .map(|name| name.as_ref().to_lowercase())
            .collect();
        Self { sensitive }
    }

    /// Whether the values of the field `name` are masked: it was named, or sounds like a secret.
    #[must_use]
    pub fn hides(&self, name: &str) -> bool {
        // Names are as long as whoever sends them likes.
        let name = truncate(name, MAX_FORM).to_lowercase();
        self.sensitive.contains(&name) || SECRETS.iter().any(|secret| name.contains(secret))
    }

    /// The fields as they are recorded: one `key=value` a line, sensitive values masked, bounded.
    #[must_use]
    pub fn form_lines<'a>(&self, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
        let mut lines = String::new();
        for (name, value) in fields {
            if !lines.is_empty() {
                lines.push('\n');
            }
            let value = if self.hides(name) { MASK } else { value };
            // Cut before cleaning: a megabyte of input costs no more than what is kept of it.
            lines.push_str(&clean_text(&truncate(name, MAX_FORM)));
            lines.push('=');
            lines.push_str(&clean_text(&truncate(value, MAX_FORM)));
            if lines.len() > MAX_FORM.saturating_mul(4) {
                break;
            }
        }
        truncate(&lines, MAX_FORM)
    }

    /// The client of `attempt` as log lines show it: with what `scopes` count on, or with everything
    /// that is known.
    #[must_use]
    pub fn client_string(&self, attempt: &Attempt, scopes: Option<&[Scope]>) -> String {
        let is_shown =
            |parameter| scopes.is_none_or(|scopes| scopes.iter().any(|scope| scope.has(parameter)));
        let address = attempt.client.ip_address.map(|address| address.to_string());
        let known = Parameter::ALL.into_iter().filter(|known| is_shown(*known));
        let fields = known.map(|parameter| {
            let value = match parameter {
                Parameter::Username => attempt.username.as_deref(),
                Parameter::IpAddress => address.as_deref(),
                Parameter::UserAgent => attempt.client.user_agent.as_deref(),
            };
            (parameter.name(), value)
        });
        self.braced(fields.chain([("path_info", Some(attempt.path.as_str()))]))
    }

    /// Whom `lockout` keeps out, as log lines show it.
    #[must_use]
    pub fn lockout_string(&self, lockout: &Lockout) -> String {
        let values = lockout.values();
        self.braced(
            values
                .iter()
                .map(|(name, value)| (*name, Some(value.as_str()))),
        )
    }

    /// Whom a ban of `target` refuses, as log lines show it.
    #[must_use]
    pub fn banned_string(&self, target: &Banned) -> String {
        let (name, value) = match target {
            Banned::Username(username) => ("username", username.clone()),
            Banned::Network(network) => ("ip_address", crate::lockout::shown(*network)),
        };
        self.braced([(name, Some(value.as_str()))])
    }

    fn braced<'a>(
        &self,
        fields: impl IntoIterator<Item = (&'static str, Option<&'a str>)>,
    ) -> String {
        let mut text = String::from("{");
        for (index, (name, value)) in fields.into_iter().enumerate() {
            text.push_str(if index == 0 { "" } else { ", " });
            let shown = match value {
                None => "None".to_owned(),
                Some(_) if self.hides(name) => format!("\"{MASK}\""),
                Some(value) => quoted(&truncate(value, 255)),
            };
            // Writing into a String cannot fail.
            let _ = write!(text, "{name}: {shown}");
        }
        text.push('}');
        text
    }
}

/// `text` in double quotes, with everything escaped that could forge a second log line.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len().saturating_add(2));
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            mark if is_mark(mark) => quoted.extend(mark.escape_unicode()),
            control if control.is_control() => quoted.extend(control.escape_default()),
            plain => quoted.push(plain),
        }
    }
    quoted.push('"');
    quoted
}

/// What a person gave as a reason, as it is kept: one line, bounded, nothing in it that changes how
/// the text around it is read. Empty when nothing is left.
#[must_use]
pub fn clean_reason(text: &str) -> String {
    let unsafe_in_a_line =
        |character: char| character.is_whitespace() || character.is_control() || is_mark(character);
    // Cut before and after: what is thrown away is bounded too.
    let mut words = String::new();
    for word in truncate(text, MAX_REASON.saturating_mul(4)).split(unsafe_in_a_line) {
        if !words.is_empty() && !word.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
    }
    truncate(&words, MAX_REASON).trim_end().to_owned()
}

/// Line and paragraph separators, and the marks that reverse the direction of text.
const fn is_mark(character: char) -> bool {
    matches!(character, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{061c}'
        | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `text` without NUL characters, which databases refuse: each is written `0x00`.
#[must_use]
pub fn clean_text(text: &str) -> String {
    text.replace('\0', "0x00")
}

/// The first `max_chars` characters of `text`.
pub(crate) fn truncate(text: &str, max_chars: usize) -> String {
    match text.char_indices().nth(max_chars) {
        Some((index, _)) => text.get(..index).unwrap_or_default().to_owned(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sensitive_fields_are_masked_whatever_their_case() {
        let redactor = Redactor::new(["password"]);
        let lines = redactor.form_lines([("Password", "hunter2"), ("next", "/a\0b")]);
        assert_eq!(lines, format!("Password={MASK}\nnext=/a0x00b"));
    }

    #[test]
    fn fields_that_sound_like_secrets_are_masked_without_being_named() {
        let redactor = Redactor::default();
        for name in [
            "client_secret",
            "otp_token",
            "X-Api-Key",
            "Passphrase",
            "refresh_token",
        ] {
            assert!(redactor.hides(name), "{name} is shown");
        }
        for name in [
            "username",
            "ip_address",
            "next",
            "grant_type",
            "client_id",
            "scope",
        ] {
            assert!(!redactor.hides(name), "{name} is masked");
        }
    }

    #[test]
    fn form_lines_are_bounded() {
        let value = "é".repeat(1_000_000);
        let lines = Redactor::default().form_lines(std::iter::repeat_n(("k", value.as_str()), 99));
        assert_eq!(lines.chars().count(), MAX_FORM);
    }

    #[test]
    fn a_username_cannot_forge_a_log_line() {
        let attempt =
            Attempt::new("192.0.2.1".parse().ok()).with_username("a\"\r\nAXES: \u{2028}x");
        let shown = Redactor::default().client_string(&attempt, None);
        assert_eq!(
            shown,
            r#"{username: "a\"\r\nAXES: \u{2028}x", ip_address: "192.0.2.1", user_agent: None, path_info: ""}"#
        );
    }

    #[test]
    fn masked_properties_show_twenty_asterisks() {
        let attempt = Attempt::new("192.0.2.1".parse().ok()).with_username("ada");
        let shown = Redactor::new(["username", "ip_address"])
            .client_string(&attempt, Some(&[Scope::IP_ADDRESS]));
        assert_eq!(
            shown,
            format!("{{ip_address: \"{MASK}\", path_info: \"\"}}")
        );
    }

    #[test]
    fn what_is_counted_on_is_shown() {
        let attempt = Attempt::new("192.0.2.1".parse().ok()).with_username("ada");
        let shown = |parameters: &[Parameter]| {
            let scope = Scope::of(parameters.iter().copied()).unwrap();
            Redactor::new([""; 0]).client_string(&attempt, Some(&[scope]))
        };
        assert_eq!(
            shown(&[Parameter::IpAddress, Parameter::UserAgent]),
            r#"{ip_address: "192.0.2.1", user_agent: None, path_info: ""}"#
        );
        assert_eq!(
            shown(&[Parameter::Username, Parameter::IpAddress]),
            r#"{username: "ada", ip_address: "192.0.2.1", path_info: ""}"#
        );
    }

    #[test]
    fn a_reason_is_one_bounded_line_that_cannot_forge_another() {
        let typed = " called\u{202e} me\r\nAXES:\0 \u{2028}x  ";
        assert_eq!(clean_reason(typed), "called me AXES: x");
        assert_eq!(clean_reason("\n \u{2066}\t"), "");
        assert_eq!(clean_reason(&"é ".repeat(1_000_000)).chars().count(), 199);
    }
}
