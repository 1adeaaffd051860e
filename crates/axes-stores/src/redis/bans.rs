//! Bans, in the same entries.

use axes_core::{Ban, Banned, Timestamp};

use super::RedisStore;
use crate::{Bans, StoreError};

impl Bans for RedisStore {
    fn ban(&self, ban: &Ban) -> Result<(), StoreError> {
        self.keyed().ban(ban)
    }

    fn unban(&self, target: &Banned) -> Result<bool, StoreError> {
        self.keyed().unban(target)
    }

    fn bans(&self, now: Timestamp) -> Result<Vec<Ban>, StoreError> {
        self.keyed().bans(now)
    }
}
