//! The URL of a store, which may hold a password.

use std::fmt;
use std::path::PathBuf;

/// A URL of a store that is displayed without its credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreUrl {
    /// As it was written.
    url: String,
    /// Where files are that it names.
    folder: PathBuf,
}

impl StoreUrl {
    /// Where nobody names another.
    pub const DEFAULT: &str = "sqlite:axes.sqlite3";

    /// The URL `url`; if it names a file, of one in `folder`.
    #[must_use]
    pub fn new(url: impl Into<String>, folder: impl Into<PathBuf>) -> Self {
        Self {
            url: url.into(),
            folder: folder.into(),
        }
    }

    /// The whole of it, for opening the store.
    #[must_use]
    pub fn secret(&self) -> String {
        self.file().map_or_else(
            || self.url.clone(),
            |file| format!("sqlite:{}", file.display()),
        )
    }

    /// Whether it is of the memory of a process.
    #[must_use]
    pub fn is_memory(&self) -> bool {
        self.url.starts_with("memory:")
    }

    /// Its file, if it names one.
    #[must_use]
    pub fn file(&self) -> Option<PathBuf> {
        let rest = self.url.strip_prefix("sqlite:")?;
        let path = rest.strip_prefix("//").unwrap_or(rest);
        Some(self.folder.join(path))
    }

    /// Whether it names a file that is not there.
    #[must_use]
    pub fn is_missing_file(&self) -> bool {
        self.file().is_some_and(|file| !file.exists())
    }

    /// Whether it names a file in a folder that is not there.
    #[must_use]
    pub fn lacks_folder(&self) -> bool {
        let file = self.file();
        let folder = file.as_ref().and_then(|file| file.parent());
        folder.is_some_and(|folder| !folder.as_os_str().is_empty() && !folder.exists())
    }

    /// `text` without what must not be seen of this URL.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let mut text = text.replace(&self.url, &self.to_string());
        for secret in self.secrets() {
            text = text.replace(secret, "…");
        }
        text
    }

    /// What must not be seen: the password, in the authority or in the query.
    fn secrets(&self) -> impl Iterator<Item = &str> {
        let authority = self.authority().and_then(|(_, authority, _)| {
            let (credentials, _) = authority.rsplit_once('@')?;
            Some(
                credentials
                    .split_once(':')
                    .map_or("", |(_, password)| password),
            )
        });
        let query = self.url.split_once('?').map_or("", |(_, query)| query);
        let asked = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .filter(|(name, _)| name.to_ascii_lowercase().contains("password"))
            .map(|(_, password)| password);
        authority
            .into_iter()
            .chain(asked)
            .filter(|secret| !secret.is_empty())
    }

    /// Scheme, authority and what comes behind it.
    fn authority(&self) -> Option<(&str, &str, &str)> {
        let (scheme, rest) = self.url.split_once("://")?;
        if scheme == "sqlite" {
            return None;
        }
        // A password may hold what should have been escaped: the last @ ends it.
        let from = rest.rfind('@').unwrap_or(0);
        let end = rest
            .get(from..)
            .and_then(|tail| tail.find(['/', '?', '#']))
            .map_or(rest.len(), |at| at.saturating_add(from));
        let (authority, behind) = rest.split_at(end);
        Some((scheme, authority, behind))
    }
}

impl Default for StoreUrl {
    fn default() -> Self {
        Self::new(Self::DEFAULT, "")
    }
}

/// Scheme, host and path.
impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((scheme, authority, behind)) = self.authority() else {
            if self.file().is_some() || self.is_memory() {
                return f.write_str(&self.url);
            }
            let scheme = self.url.split_once(':').map_or("", |(scheme, _)| scheme);
            return write!(f, "{scheme}:…");
        };
        // What looks like a host may be the end of a password that a parameter holds.
        let ends = self.url.rfind('@').unwrap_or(0);
        if self.url.find('?').is_some_and(|at| at < ends) {
            return write!(f, "{scheme}://…");
        }
        let host = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        let path = behind.split(['?', '#']).next().unwrap_or_default();
        write!(f, "{scheme}://{host}{path}")
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_never_shown() {
        for (url, shown) in [
            ("sqlite:axes.sqlite3", "sqlite:axes.sqlite3"),
            ("sqlite:///var/lib/axes@home", "sqlite:///var/lib/axes@home"),
            (
                "postgres://axes:secret@db:5432/site",
                "postgres://db:5432/site",
            ),
            (
                "postgres://axes@db/site?password=secret",
                "postgres://db/site",
            ),
            ("postgres://db/site?password=se@cret", "postgres://…"),
            ("redis://:se/cr@et@cache:6379/1", "redis://cache:6379/1"),
            (
                "redis-cluster://u:secret@a:1,b:2",
                "redis-cluster://a:1,b:2",
            ),
            ("postgres://localhost", "postgres://localhost"),
            ("secret", ":…"),
            ("mysql:secret", "mysql:…"),
        ] {
            let url = StoreUrl::new(url, "");
            assert_eq!(url.to_string(), shown);
            assert!(!format!("{url:?}").contains("secret"));
            let told = url.redact(&format!("cannot open {}", url.url));
            assert!(
                !told.contains("@et") && !told.contains("secret") || shown.contains('…'),
                "{told}"
            );
        }
    }

    #[test]
    fn a_password_alone_is_hidden_too() {
        let url = StoreUrl::new("postgres://axes:hunter2@db/site?sslpassword=hunter3", "");
        assert_eq!(
            url.redact("hunter2 is wrong, hunter3 too"),
            "… is wrong, … too"
        );
    }
}
