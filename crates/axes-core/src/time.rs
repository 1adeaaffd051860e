//! Points in time, as the host tells them.

use std::time::Duration;

/// A point in time: milliseconds since the Unix epoch.
///
/// The engine never reads a clock; every call that needs to know the time takes one of these.
/// Arithmetic saturates, so [`Timestamp::NEVER`] stays never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Before everything: the expiry of a tally that holds no failures.
    pub const EPOCH: Self = Self(0);
    /// After everything: the expiry of a lockout that has no cool-off.
    pub const NEVER: Self = Self(i64::MAX);

    /// The time `millis` milliseconds after the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// This time moved into the future by `by`.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(millis(by)))
    }

    /// This time moved into the past by `by`.
    #[must_use]
    pub fn minus(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(millis(by)))
    }

    /// How long from `now` until this time; zero when it has passed, `None` when it never comes.
    #[must_use]
    pub fn left(self, now: Self) -> Option<Duration> {
        if self == Self::NEVER {
            return None;
        }
        let left = self.0.saturating_sub(now.0).max(0);
        Some(Duration::from_millis(left.unsigned_abs()))
    }
}

/// `duration` in whole milliseconds, as many as a timestamp can hold.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_stays_never() {
        let later = Timestamp::NEVER.plus(Duration::from_secs(1));
        assert_eq!(later, Timestamp::NEVER);
        assert_eq!(later.left(Timestamp::EPOCH), None);
    }

    #[test]
    fn what_has_passed_has_nothing_left() {
        let then = Timestamp::from_millis(5);
        assert_eq!(then.left(Timestamp::from_millis(9)), Some(Duration::ZERO));
        assert_eq!(
            then.left(Timestamp::from_millis(2)),
            Some(Duration::from_millis(3))
        );
    }
}
