//! One submission of credentials.

use std::fmt::Write as _;
use std::net::IpAddr;

use caseless::default_case_fold_str;
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

use crate::record::{MAX_ACCEPT, MAX_FORM, MAX_PATH, MAX_USER_AGENT, MAX_USERNAME};
use crate::redact::truncate;
use crate::{Client, Parts, Record, Timestamp, UNKNOWN, clean_text};

/// How many characters of a username are normalized; what follows is only digested.
///
/// No real account name comes near it. The bound keeps the work for hostile input small.
pub const MAX_USERNAME_CHARS: usize = 1024;

/// One submission of credentials, outcome not yet known. It never holds the secret itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attempt {
    /// The username as it was typed.
    pub username: Option<String>,
    /// Who sent it.
    pub client: Client,
    /// The path of the login page.
    pub path: String,
    /// The HTTP method.
    pub method: String,
    /// The `Accept` header.
    pub http_accept: Option<String>,
    /// The query string's fields, one `key=value` a line, secrets masked.
    pub get_data: String,
    /// The form's fields, one `key=value` a line, secrets masked.
    pub post_data: String,
}

impl Attempt {
    /// An attempt from `ip_address`, of which nothing else is known yet.
    #[must_use]
    pub fn new(ip_address: Option<IpAddr>) -> Self {
        Self {
            client: Client::new(ip_address),
            method: "POST".to_owned(),
            ..Self::default()
        }
    }

    /// The same attempt on the account `username`.
    #[must_use]
    pub fn with_username(mut self, username: &str) -> Self {
        self.username = Some(username.to_owned());
        self
    }

    /// The same attempt by the user agent `user_agent`.
    #[must_use]
    pub fn with_user_agent(mut self, user_agent: &str) -> Self {
        self.client.user_agent = Some(user_agent.to_owned());
        self
    }

    /// The user agent as it is recorded and counted.
    #[must_use]
    pub fn recorded_user_agent(&self) -> String {
        recorded(self.client.user_agent.as_deref(), MAX_USER_AGENT)
    }

    /// What a store keeps of this attempt: every text cut to its column and safe to store.
    ///
    /// `parts` are the values by which it is counted.
    #[must_use]
    pub fn record(&self, parts: Parts, now: Timestamp) -> Record {
        Record {
            username: self
                .username
                .as_deref()
                .map(|name| truncate(&clean_text(name), MAX_USERNAME)),
            ip_address: self.client.ip_address,
            user_agent: self.recorded_user_agent(),
            http_accept: recorded(self.http_accept.as_deref(), MAX_ACCEPT),
            path_info: recorded(Some(&self.path), MAX_PATH),
            time: now,
            get_data: truncate(&self.get_data, MAX_FORM),
            post_data: truncate(&self.post_data, MAX_FORM),
            parts,
        }
    }
}

fn recorded(header: Option<&str>, max_chars: usize) -> String {
    match header {
        Some(text) if !text.is_empty() => truncate(&clean_text(text), max_chars),
        _ => UNKNOWN.to_owned(),
    }
}

/// The one form of `username` that is counted: stripped, NFKC, case-folded, so that `Ada`, `ADA `
/// and `ａｄａ` share one budget. `None` when nothing is left: then there is no username.
#[must_use]
pub fn normalize_username(username: &str) -> Option<String> {
    let trimmed = username.trim();
    let (head, tail) = match trimmed.char_indices().nth(MAX_USERNAME_CHARS) {
        Some((index, _)) => trimmed.split_at(index),
        None => (trimmed, ""),
    };
    let compatible: String = head.nfkc().collect();
    let folded = default_case_fold_str(&compatible);
    let mut normalized: String = folded.nfkc().collect::<String>().trim().to_owned();
    if !tail.is_empty() {
        for byte in Sha256::digest(tail.as_bytes()) {
            // Writing into a String cannot fail.
            let _ = write!(normalized, "{byte:02x}");
        }
    }
    (!normalized.is_empty()).then_some(normalized)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_one_username_are_one() {
        let one = normalize_username("straße");
        for form in ["STRASSE", " Straße\t", "ｓｔｒａｓｓｅ", "STRAẞE"] {
            assert_eq!(normalize_username(form), one, "{form}");
        }
        assert_eq!(normalize_username("e\u{301}"), normalize_username("É"));
        assert_ne!(normalize_username("ada"), normalize_username("adam"));
    }

    #[test]
    fn a_blank_username_is_none() {
        for blank in ["", "   ", "\u{a0}\t\n"] {
            assert_eq!(normalize_username(blank), None, "{blank:?}");
        }
    }

    #[test]
    fn a_huge_username_stays_bounded_and_distinct() {
        let huge = |last: &str| normalize_username(&("x".repeat(1_000_000) + last)).unwrap();
        assert!(huge("a").len() < 2 * MAX_USERNAME_CHARS);
        assert_ne!(huge("a"), huge("b"));
    }

    #[test]
    fn records_are_cut_and_clean() {
        let mut attempt = Attempt::new("::ffff:192.0.2.1".parse().ok())
            .with_username(&"n\0".repeat(5_000))
            .with_user_agent(&"a".repeat(9_999));
        attempt.path = "/".repeat(999);
        let record = attempt.record(Parts::default(), Timestamp::EPOCH);
        let username = record.username.unwrap();
        assert_eq!(username.chars().count(), 255);
        assert!(username.starts_with("n0x00n0x00"));
        assert_eq!(record.ip_address, "192.0.2.1".parse().ok());
        assert_eq!(record.user_agent.len(), 255);
        assert_eq!(record.path_info.len(), 255);
        assert_eq!(record.http_accept, UNKNOWN);
    }
}
