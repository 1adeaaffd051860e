//! One submission of credentials.

use std::net::IpAddr;

use crate::record::{MAX_ACCEPT, MAX_FORM, MAX_PATH, MAX_USER_AGENT, MAX_USERNAME};
use crate::redact::{stored, truncate};
use crate::{Client, Parts, Record, Timestamp, UNKNOWN};

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
                .map(|name| stored(name, MAX_USERNAME)),
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
        Some(text) if !text.is_empty() => stored(text, max_chars),
        _ => UNKNOWN.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
