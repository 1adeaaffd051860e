//! Bans, as operators enter, read and lift them.

use axes_core::{Ban, Banned, Timestamp};

use crate::StoreError;

/// A store that keeps bans, and tells of them whoever [heeds](axes_core::Op::Heed) them.
///
/// # Rules
/// 1. When [`ban`](Self::ban) has returned, no attempt that begins is admitted by any process that uses the
///    store; when [`unban`](Self::unban) has, none is refused for that ban.
/// 2. There is one ban of a username or network at most; a new one takes its place.
/// 3. What a ban costs an attempt does not grow with the number of bans, nor with what is recorded.
/// 4. A ban refuses until it ends, to the millisecond, and is no longer told then.
/// 5. An attempt that a ban refuses takes no permit and changes no tally.
pub trait Bans {
    /// Enters `ban`.
    ///
    /// # Errors
    /// [`StoreError`] when the backend cannot do it, or has no room for another one.
    fn ban(&self, ban: &Ban) -> Result<(), StoreError>;

    /// Lifts the ban of `target`; whether there was one.
    ///
    /// # Errors
    /// [`StoreError`] when the backend cannot do it.
    fn unban(&self, target: &Banned) -> Result<bool, StoreError>;

    /// The bans that hold at the time `now`, the newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the backend cannot answer.
    fn bans(&self, now: Timestamp) -> Result<Vec<Ban>, StoreError>;
}

impl<B: Bans + ?Sized> Bans for &B {
    fn ban(&self, ban: &Ban) -> Result<(), StoreError> {
        (**self).ban(ban)
    }

    fn unban(&self, target: &Banned) -> Result<bool, StoreError> {
        (**self).unban(target)
    }

    fn bans(&self, now: Timestamp) -> Result<Vec<Ban>, StoreError> {
        (**self).bans(now)
    }
}

impl<B: Bans + ?Sized> Bans for std::sync::Arc<B> {
    fn ban(&self, ban: &Ban) -> Result<(), StoreError> {
        (**self).ban(ban)
    }

    fn unban(&self, target: &Banned) -> Result<bool, StoreError> {
        (**self).unban(target)
    }

    fn bans(&self, now: Timestamp) -> Result<Vec<Ban>, StoreError> {
        (**self).bans(now)
    }
}

/// `bans` as they are told: those that hold, the newest first.
pub(crate) fn told(bans: impl IntoIterator<Item = Ban>, now: Timestamp) -> Vec<Ban> {
    let mut bans: Vec<Ban> = bans.into_iter().filter(|ban| ban.holds(now)).collect();
    bans.sort_by(|one, other| (other.since, &one.target).cmp(&(one.since, &other.target)));
    // There is one of each target; what finds them may find one twice.
    bans.dedup_by(|one, other| one.target == other.target && one.since == other.since);
    bans
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn who_is_found_twice_is_told_once() {
        let now = Timestamp::from_millis(1_000);
        let ban = |username: &str, since: Timestamp| Ban {
            target: Banned::username(username).unwrap(),
            reason: String::new(),
            author: String::new(),
            since,
            until: Timestamp::NEVER,
        };
        let later = now.plus(Duration::from_secs(1));
        let (ada, bob, eve) = (ban("ada", now), ban("bob", now), ban("eve", later));
        let found = [&bob, &eve, &ada, &bob].map(Ban::clone);
        assert_eq!(told(found, later), [eve, ada, bob]);
    }
}
