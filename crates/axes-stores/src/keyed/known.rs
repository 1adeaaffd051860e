//! What a process remembers of the entries that it has read or written.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::bans::KnownKinds;
use super::index::Depth;

/// How many bytes of keys and texts are remembered at most; then all is forgotten, which costs a question
/// each.
const MOST: usize = 8 << 20;
/// Longer texts are not worth it.
pub(super) const LONGEST: usize = 4096;

/// What this process has seen of a cache, for all stores in it.
///
/// It saves questions and decides nothing: where a cache can compare before it writes, it is asked
/// whether all is still as remembered in the same question that writes.
#[derive(Default)]
pub struct KnownEntries {
    pub(super) depth: Depth,
    pub(super) kinds: KnownKinds,
    texts: Mutex<Texts>,
}

/// Texts name users.
impl fmt::Debug for KnownEntries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownEntries").finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Texts {
    by_key: HashMap<String, String>,
    bytes: usize,
}

impl KnownEntries {
    /// The text of the entry `key`; none where there was none, and where nobody knows.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.texts().by_key.get(key).cloned()
    }

    /// The entry `key` has this text now, or there is none.
    pub(super) fn note(&self, key: &str, text: Option<&str>) {
        let mut texts = self.texts();
        let size = |text: &str| key.len().saturating_add(text.len());
        if let Some(before) = texts.by_key.remove(key) {
            texts.bytes = texts.bytes.saturating_sub(size(&before));
        }
        if let Some(text) = text.filter(|text| text.len() <= LONGEST) {
            if texts.bytes > MOST {
                *texts = Texts::default();
            }
            texts.bytes = texts.bytes.saturating_add(size(text));
            texts.by_key.insert(key.to_owned(), text.to_owned());
        }
    }

    /// Whatever a panic elsewhere left is as good as anything else here.
    fn texts(&self) -> MutexGuard<'_, Texts> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_remembers_more_than_it_may() {
        let known = KnownEntries::default();
        let text = "x".repeat(LONGEST);
        for number in 0..10_000 {
            known.note(&number.to_string(), Some(&text));
            known.note(&number.to_string(), Some("short"));
        }
        assert_eq!(known.text("0").as_deref(), Some("short"));
        for number in 0..10_000 {
            known.note(&number.to_string(), Some(&text));
            assert!(known.texts().bytes <= MOST + 2 * LONGEST);
        }
        assert_eq!(known.text("0"), None);
        known.note("9999", None);
        assert_eq!(known.text("9999"), None);
        known.note("long", Some(&"x".repeat(LONGEST + 1)));
        assert_eq!(known.text("long"), None);
    }
}
