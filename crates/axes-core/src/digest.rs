//! Digests of texts, and of several values.

use sha2::{Digest, Sha256};

/// The SHA-256 of `text`, in hexadecimal.
#[must_use]
pub fn hex_digest(text: &str) -> String {
    hexadecimal(&Sha256::digest(text.as_bytes()))
}

/// `bytes` in hexadecimal. Keys and names are made of it all the time: formatting would take ten times as
/// long.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    text.extend(digits.filter_map(|digit| char::from_digit(digit.into(), 16)));
    text
}

/// Values on their way into one digest: each with its tag and its length in front of it, so that no two
/// different lists of values ever meet.
pub(crate) struct Values(Sha256);

impl Values {
    /// No values yet, to be told apart from lists of other kinds by `prefix`.
    pub(crate) fn new(prefix: &[u8]) -> Self {
        Self(Sha256::new_with_prefix(prefix))
    }

    /// Adds `value`.
    pub(crate) fn add(&mut self, tag: u8, value: &[u8]) {
        self.0.update([tag]);
        self.0.update((value.len() as u64).to_be_bytes());
        self.0.update(value);
    }

    /// The SHA-256 of them.
    pub(crate) fn digest(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}
