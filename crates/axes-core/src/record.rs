//! What a store keeps of an attempt.

use std::fmt;
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;

use crate::digest::{Values, hexadecimal};
use crate::networks::address_text;
use crate::{Parts, Timestamp};

/// The widths of the columns, in characters.
pub(crate) const MAX_USERNAME: usize = 255;
pub(crate) const MAX_USER_AGENT: usize = 255;
pub(crate) const MAX_PATH: usize = 255;
pub(crate) const MAX_ACCEPT: usize = 1025;
pub(crate) const MAX_FORM: usize = 1024;

/// An attempt as it is stored: what is known of it, which whoever needs it shares, and when it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// When it happened.
    pub time: Timestamp,
    details: Arc<Details>,
}

/// What is stored of an attempt: bounded, clean, without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// The username as it was typed, cut to its column.
    pub username: Option<String>,
    /// The full address, also where networks are counted.
    pub ip_address: Option<IpAddr>,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// The `Accept` header.
    pub http_accept: String,
    /// The path of the request.
    pub path_info: String,
    /// The query's fields.
    pub get_data: String,
    /// The form's fields.
    pub post_data: String,
    /// The values by which it is counted.
    pub parts: Parts,
}

impl Record {
    /// The record of an attempt at the time `time`.
    #[must_use]
    pub fn new(details: Details, time: Timestamp) -> Self {
        Self {
            time,
            details: Arc::new(details),
        }
    }

    /// The same at another time.
    pub(crate) fn at(&self, time: Timestamp) -> Self {
        Self {
            time,
            details: Arc::clone(&self.details),
        }
    }
}

impl Deref for Record {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.details
    }
}

impl Details {
    /// What makes repetitions of one attempt share one record, so that records do not grow with
    /// repetition: the username as typed, the address and the user agent.
    #[must_use]
    pub fn key(&self) -> RecordKey {
        let ip_address = self.ip_address.map(address_text);
        RecordKey::of(
            self.username.as_deref(),
            ip_address.as_deref(),
            &self.user_agent,
        )
    }
}

/// The digest of what identifies a record.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey([u8; 32]);

impl RecordKey {
    /// The key of the record of these values.
    #[must_use]
    pub fn of(username: Option<&str>, ip_address: Option<&str>, user_agent: &str) -> Self {
        let mut values = Values::new(b"axes record 1");
        for value in [username, ip_address, Some(user_agent)] {
            let text = value.unwrap_or_default();
            values.add(u8::from(value.is_some()), text.as_bytes());
        }
        Self(values.digest())
    }
}

impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hexadecimal(&self.0))
    }
}

impl fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordKey({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_username_is_not_an_empty_one() {
        assert_ne!(
            RecordKey::of(None, None, "x"),
            RecordKey::of(Some(""), None, "x")
        );
        assert_ne!(
            RecordKey::of(Some("a"), None, "x"),
            RecordKey::of(None, Some("a"), "x")
        );
    }
}
