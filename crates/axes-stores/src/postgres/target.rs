//! Where a server is, and how it is reached.

use std::str::FromStr;
use std::sync::RwLock;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use super::tls::{Proof, Tls};
use crate::{ErrorKind, StoreError};

/// A server by its URL.
pub(super) struct Target {
    pub(super) config: Config,
    pub(super) tls: Tls,
    /// Whether statements are prepared; none where the connection shows it.
    pub(super) prepares: Option<bool>,
}

impl Target {
    /// What `url` names. Nobody waits for longer than `timeout` to be connected.
    pub(super) fn of(url: &str, timeout: Duration) -> Result<Self, StoreError> {
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        let mut others = Vec::new();
        let (mut mode, mut trusted, mut prepares) = (None, None, None);
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            match parameter.split_once('=') {
                Some(("sslmode", value)) => mode = Some(value),
                Some(("sslrootcert", value)) => trusted = Some(decoded(value)?),
                Some(("prepared", "true")) => prepares = Some(true),
                Some(("prepared", "false")) => prepares = Some(false),
                Some(("prepared", _)) => return Err(not_understood()),
                _ => others.push(parameter),
            }
        }
        let trusted = trusted.filter(|file| file != "system");
        let (mode, proof) = match (mode, &trusted) {
            (Some("disable"), _) => (SslMode::Disable, Proof::None),
            (None | Some("prefer"), _) => (SslMode::Prefer, Proof::None),
            // As with every other client of PostgreSQL.
            (Some("require"), None) => (SslMode::Require, Proof::None),
            (Some("require" | "verify-ca"), _) => (SslMode::Require, Proof::Authority),
            (Some("verify-full"), _) => (SslMode::Require, Proof::Host),
            (Some(_), _) => return Err(not_understood()),
        };
        let others = others.join("&");
        // Its text says what is wrong, and repeats nothing.
        let mut config = Config::from_str(&format!("{place}?{others}"))
            .map_err(|error| not_understood().because(error))?;
        config
            .ssl_mode(mode)
            .connect_timeout(timeout)
            .keepalives_idle(Duration::from_secs(60));
        if config.get_application_name().is_none() {
            config.application_name("axes");
        }
        Ok(Self {
            config,
            tls: Tls {
                proof,
                trusted,
                made: RwLock::default(),
            },
            prepares,
        })
    }
}

/// A value of a URL, with what stands after each percent sign.
fn decoded(value: &str) -> Result<String, StoreError> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = after
            .first_chunk::<2>()
            .and_then(|it| std::str::from_utf8(it).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.ok_or_else(not_understood)?);
        rest = after.get(2..).unwrap_or_default();
    }
    String::from_utf8(bytes).map_err(|_| not_understood())
}

fn not_understood() -> StoreError {
    StoreError::new(ErrorKind::Unprepared, "understand the URL of the store")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(query: &str) -> Result<Target, StoreError> {
        let url = format!("postgres://ada:hunter2@db.example/site{query}");
        Target::of(&url, Duration::from_secs(5))
    }

    #[test]
    fn modes_are_those_of_other_clients() {
        for (query, mode, proof) in [
            ("", SslMode::Prefer, Proof::None),
            ("?sslmode=prefer", SslMode::Prefer, Proof::None),
            ("?sslmode=disable", SslMode::Disable, Proof::None),
            ("?sslmode=require", SslMode::Require, Proof::None),
            (
                "?sslmode=require&sslrootcert=system",
                SslMode::Require,
                Proof::None,
            ),
            (
                "?sslmode=require&sslrootcert=ca.pem",
                SslMode::Require,
                Proof::Authority,
            ),
            ("?sslmode=verify-ca", SslMode::Require, Proof::Authority),
            ("?sslmode=verify-full", SslMode::Require, Proof::Host),
        ] {
            let target = target(query).unwrap();
            assert_eq!(target.config.get_ssl_mode(), mode, "{query}");
            assert_eq!(target.tls.proof, proof, "{query}");
        }
    }

    #[test]
    fn parameters_are_read_and_others_passed_on() {
        let query = "?sslrootcert=%2Fetc%2Fmy%20ca.pem&application_name=mine&prepared=false";
        let target = target(query).unwrap();
        assert_eq!(target.tls.trusted.as_deref(), Some("/etc/my ca.pem"));
        assert_eq!(target.config.get_application_name(), Some("mine"));
        assert_eq!(target.config.get_dbname(), Some("site"));
        assert_eq!(target.prepares, Some(false));
    }

    #[test]
    fn what_makes_no_sense_is_refused_without_repeating_it() {
        for query in [
            "?sslmode=hunter2",
            "?prepared=hunter2",
            "?sslrootcert=%zzhunter2",
            "?connect_timeout=hunter2",
            "?port=hunter2",
        ] {
            let error = target(query).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::Unprepared, "{query}");
            assert!(!format!("{error:?} {error}").contains("hunter2"), "{query}");
        }
    }
}
