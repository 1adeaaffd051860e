//! Bans, and who is met by them.

use axes_core::{Ban, Banned, Heed, Reply, Timestamp};

use super::{Inner, MemoryStore};
use crate::bans::told;
use crate::{Bans, ErrorKind, StoreError};

impl Inner {
    pub(super) fn heed(&self, heed: &Heed, now: Timestamp) -> Reply {
        if self.bans.is_empty() {
            return Reply::Heeded(None);
        }
        let met = heed.targets().filter_map(|target| self.bans.get(&target));
        Heed::answer(met.map(|ban| ban.until), now)
    }
}

impl Bans for MemoryStore {
    fn ban(&self, ban: &Ban) -> Result<(), StoreError> {
        let mut inner = self.lock();
        inner.bans.retain(|_, other| other.holds(ban.since));
        if inner.bans.len() >= self.capacity && !inner.bans.contains_key(&ban.target) {
            return Err(StoreError::new(ErrorKind::Full, "keep another ban"));
        }
        inner.bans.insert(ban.target.clone(), ban.clone());
        Ok(())
    }

    fn unban(&self, target: &Banned) -> Result<bool, StoreError> {
        Ok(self.lock().bans.remove(target).is_some())
    }

    fn bans(&self, now: Timestamp) -> Result<Vec<Ban>, StoreError> {
        Ok(told(self.lock().bans.values().cloned(), now))
    }
}
