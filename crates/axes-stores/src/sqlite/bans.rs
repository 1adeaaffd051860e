//! Bans, over a connection of the pool.

use axes_core::{Ban, Banned, Timestamp};

use super::SqliteStore;
use crate::{Bans, StoreError};

impl Bans for SqliteStore {
    fn ban(&self, ban: &Ban) -> Result<(), StoreError> {
        self.pool.with(|connection| self.store(connection).ban(ban))
    }

    fn unban(&self, target: &Banned) -> Result<bool, StoreError> {
        self.pool
            .with(|connection| self.store(connection).unban(target))
    }

    fn bans(&self, now: Timestamp) -> Result<Vec<Ban>, StoreError> {
        self.pool
            .with(|connection| self.store(connection).bans(now))
    }
}
