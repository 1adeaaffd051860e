//! Bans, over a connection of the pool.

use axes_core::{Ban, Banned, Timestamp};

use super::PostgresStore;
use crate::{Bans, StoreError};

impl Bans for PostgresStore {
    fn ban(&self, ban: &Ban) -> Result<(), StoreError> {
        self.with(|store| store.ban(ban))
    }

    fn unban(&self, target: &Banned) -> Result<bool, StoreError> {
        self.with(|store| store.unban(target))
    }

    fn bans(&self, now: Timestamp) -> Result<Vec<Ban>, StoreError> {
        self.with(|store| store.bans(now))
    }
}
