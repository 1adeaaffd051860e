//! By what entries are found.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};

use axes_core::{Record, ScopeKey};

/// The first half of a digest, or as many bits of hashes under secret keys: nobody finds two values that
/// share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key(u64, u64);

impl Key {
    fn of(digest: &[u8; 32]) -> Self {
        match digest.as_chunks().0 {
            [one, other, ..] => Self(u64::from_be_bytes(*one), u64::from_be_bytes(*other)),
            _ => Self(0, 0),
        }
    }
}

impl From<ScopeKey> for Key {
    fn from(key: ScopeKey) -> Self {
        Self::of(key.as_bytes())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}", self.0, self.1)
    }
}

/// What makes hashes of keys unknown outside: anybody may try usernames until their digests begin alike,
/// and must not be able to fill one corner of a table with them.
#[derive(Debug)]
pub(super) struct Secret(u64, u64);

impl Default for Secret {
    fn default() -> Self {
        let random = RandomState::new();
        Self(random.hash_one(0), random.hash_one(1))
    }
}

impl Secret {
    /// A hash of `key`. A digest is even already, so one multiplication mixes enough.
    pub(super) fn hash(&self, key: Key) -> u64 {
        let (low, high) = (key.0 ^ self.0).carrying_mul(key.1 ^ self.1, 0);
        low ^ high
    }
}

/// Gives records their keys. No other process needs to know them, so it takes no digest, which would be
/// the larger part of what a failure costs where processors have no instructions for it.
#[derive(Debug, Default)]
pub(super) struct RecordKeys(RandomState, RandomState);

impl RecordKeys {
    /// The key of `record`: as [`Record::key`], by what repetitions of one attempt have in common.
    pub(super) fn of(&self, record: &Record) -> Key {
        let identity = (&record.username, record.ip_address, &record.user_agent);
        Key(self.0.hash_one(identity), self.1.hash_one(identity))
    }
}

#[cfg(test)]
mod tests {
    use axes_core::{Attempt, Parts, Timestamp};

    use super::*;

    #[test]
    fn records_share_a_key_when_they_are_of_one_username_address_and_user_agent() {
        let keys = RecordKeys::default();
        let record = |username: Option<&str>, address: &str, user_agent: &str| {
            let mut attempt = Attempt::new(address.parse().ok()).with_user_agent(user_agent);
            attempt.username = username.map(str::to_owned);
            attempt.record(Parts::default(), Timestamp::EPOCH)
        };
        let all = [
            record(Some("ada"), "192.0.2.1", "curl"),
            record(Some("Ada"), "192.0.2.1", "curl"),
            record(Some(""), "192.0.2.1", "curl"),
            record(None, "192.0.2.1", "curl"),
            record(Some("ada"), "192.0.2.2", "curl"),
            record(Some("ada"), "", "curl"),
            record(Some("ada"), "192.0.2.1", "curl/8"),
            record(Some("ada"), "192.0.2.1", ""),
        ];
        for one in &all {
            for other in &all {
                assert_eq!(keys.of(one) == keys.of(other), one.key() == other.key());
            }
        }
    }

    #[test]
    fn keys_that_begin_alike_are_spread_and_each_secret_spreads_them_differently() {
        let (one, other) = (Secret(0x9e37_79b9_7f4a_7c15, 3 << 40), Secret::default());
        let hashes = |secret: &Secret| {
            let keys = (0..1_000).map(|number| Key(7, number << 44));
            keys.map(|key| secret.hash(key)).collect::<Vec<_>>()
        };
        assert_ne!(hashes(&one), hashes(&other));
        let mut low: Vec<u64> = hashes(&other).iter().map(|hash| hash % 1024).collect();
        low.sort_unstable();
        low.dedup();
        assert!(low.len() > 400, "only {} of 1024 places", low.len());
    }

    #[test]
    fn a_key_is_the_first_half_of_a_digest() {
        let digest: [u8; 32] = std::array::from_fn(|index| u8::try_from(index).unwrap());
        let key = Key::from(ScopeKey::from_bytes(digest));
        assert_eq!(key.to_string(), "000102030405060708090a0b0c0d0e0f");
    }
}
