//! One submission of credentials.

use std::net::IpAddr;

use crate::record::{MAX_ACCEPT, MAX_FORM, MAX_PATH, MAX_USER_AGENT, MAX_USERNAME};
use crate::redact::{stored, truncate};
use crate::{Client, Details, Parts, Record, Timestamp, UNKNOWN, network_of, normalize_username};

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
        let details = Details {
            username: self
                .username
                .as_deref()
                .map(|name| stored(name, MAX_USERNAME)),
            ip_address: self.client.ip_address,
            user_agent: self.recorded_user_agent(),
            http_accept: recorded(self.http_accept.as_deref(), MAX_ACCEPT),
            path_info: recorded(Some(&self.path), MAX_PATH),
            get_data: truncate(&self.get_data, MAX_FORM),
            post_data: truncate(&self.post_data, MAX_FORM),
            parts,
        };
        Record::new(details, now)
    }

    /// Whether `details` are what a store keeps of this attempt, as far as that shows at one look: of one
    /// with texts that are cut or cleaned it does not.
    pub(crate) fn is_kept_as(&self, details: &Details, ipv6_prefix: u8) -> bool {
        // Comparing nothing with nothing takes some processors as long as all the rest.
        let same =
            |text: &str, kept: &str| text.len() == kept.len() && (text.is_empty() || text == kept);
        let is_whole =
            |text: &str, kept: &str, max_chars: usize| text.len() <= max_chars && same(text, kept);
        let is_header = |header: Option<&str>, kept: &str, max_chars| match header {
            Some(text) if !text.is_empty() => is_whole(text, kept, max_chars),
            _ => kept == UNKNOWN,
        };
        let same_username = match (&self.username, &details.username) {
            // One that is whole may look like what another was cut or cleaned to.
            (Some(name), Some(kept)) => {
                is_whole(name, kept, MAX_USERNAME)
                    && normalize_username(name) == details.parts.username
            }
            (None, None) => true,
            _ => false,
        };
        let ip_address = self.client.ip_address;
        same_username
            && ip_address == details.ip_address
            && ip_address.map(|address| network_of(address, ipv6_prefix)) == details.parts.network
            && is_header(
                self.client.user_agent.as_deref(),
                &details.user_agent,
                MAX_USER_AGENT,
            )
            && is_header(
                self.http_accept.as_deref(),
                &details.http_accept,
                MAX_ACCEPT,
            )
            && is_header(Some(&self.path), &details.path_info, MAX_PATH)
            && is_whole(&self.get_data, &details.get_data, MAX_FORM)
            && is_whole(&self.post_data, &details.post_data, MAX_FORM)
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
        let username = record.username.clone().unwrap();
        assert_eq!(username.chars().count(), 255);
        assert!(username.starts_with("n0x00n0x00"));
        assert_eq!(record.ip_address, "192.0.2.1".parse().ok());
        assert_eq!(record.user_agent.len(), 255);
        assert_eq!(record.path_info.len(), 255);
        assert_eq!(record.http_accept, UNKNOWN);
        assert_eq!(record.username.as_deref().map(str::len), Some(255));
    }

    #[test]
    fn an_attempt_is_known_again_by_what_is_kept_of_it() {
        let plain = Attempt::new("2001:db8::1".parse().ok())
            .with_username("Ada")
            .with_user_agent("curl/8");
        let kept = plain.record(Parts::of(&plain, 64), Timestamp::EPOCH);
        assert!(plain.is_kept_as(&kept, 64));
        assert!(!plain.is_kept_as(&kept, 56), "counted by another network");
        let changes: [fn(&mut Attempt); 8] = [
            |it| it.username = None,
            |it| it.username = Some("ada".to_owned()),
            |it| it.client.ip_address = "2001:db8::2".parse().ok(),
            |it| it.client.user_agent = None,
            |it| it.http_accept = Some("text/html".to_owned()),
            |it| it.path.push('/'),
            |it| it.get_data.push('a'),
            |it| it.post_data.push('a'),
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let mut other = plain.clone();
            change(&mut other);
            assert!(!other.is_kept_as(&kept, 64), "change {number}");
            let own = other.record(Parts::of(&other, 64), Timestamp::EPOCH);
            assert!(other.is_kept_as(&own, 64), "change {number}");
        }
    }

    #[test]
    fn texts_that_are_cut_or_cleaned_are_not_taken_for_others() {
        for username in ["a\0b".to_owned(), "a".repeat(300)] {
            let attempt = Attempt::new(None).with_username(&username);
            let kept = attempt.record(Parts::of(&attempt, 64), Timestamp::EPOCH);
            let shown = Attempt::new(None).with_username(kept.username.as_ref().unwrap());
            assert!(!attempt.is_kept_as(&kept, 64));
            assert_eq!(
                shown.is_kept_as(&kept, 64),
                shown.record(Parts::of(&shown, 64), Timestamp::EPOCH) == kept
            );
        }
    }
}
