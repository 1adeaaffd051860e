//! The settings that say which store there is, and how it is opened.

use std::time::Duration;

use crate::{Settings, Value, lockout};

/// The schemes of the URLs of stores.
pub const STORE_SCHEMES: &[&str] = &[
    "memory",
    "sqlite",
    "postgres",
    "postgresql",
    "redis",
    "rediss",
    "valkey",
    "valkeys",
    "redis-cluster",
    "rediss-cluster",
    "valkey-cluster",
    "valkeys-cluster",
];

/// What is said of a text that is no URL of a store, instead of the text.
pub(crate) const NO_STORE: &str =
    "is no URL of a store (it is not shown, because it may hold a password)";

/// Whether `url` may be one of a store's.
pub(crate) fn is_store(url: &str) -> bool {
    url.split_once(':').is_some_and(|(scheme, rest)| {
        STORE_SCHEMES.contains(&scheme)
            && (scheme == "memory" || !rest.trim_matches('/').is_empty())
    })
}

impl Settings {
    /// The URL of the store; `None` where a Django site names none. Outside Django there always is one.
    /// It may hold a password.
    #[must_use]
    pub fn store(&self) -> Option<&str> {
        if let Value::Text(url) = self.get("AXES_STORE") {
            Some(url)
        } else {
            None
        }
    }

    /// How many connections to the store one process opens at most.
    #[must_use]
    pub fn store_connections(&self) -> usize {
        self.number("AXES_STORE_CONNECTIONS").unwrap_or(1)
    }

    /// How long one answer of the store is waited for, and a free connection.
    #[must_use]
    pub fn store_timeout(&self) -> Duration {
        let time = lockout::seconds(self.get("AXES_STORE_TIMEOUT"), 1.0);
        time.unwrap_or(Duration::from_secs(5))
    }

    /// Whether each record keeps the time at which it expires.
    #[must_use]
    pub fn keeps_expirations(&self) -> bool {
        self.is_on("AXES_USE_ATTEMPT_EXPIRATION")
    }
}
