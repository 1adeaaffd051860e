//! Telling who is locked out.

use axes_core::{Judge, ScopeKey, Selector, Suspect, Timestamp};

use super::{Entry, MemoryStore};
use crate::{Asked, Listing, Page, StoreError};

impl Listing for MemoryStore {
    fn lockouts(&self, asked: &Asked<'_>, now: Timestamp) -> Result<Page, StoreError> {
        let inner = self.lock();
        let suspects = inner
            .tallies
            .iter()
            .map(|(key, entry)| suspect(*key, entry));
        Ok(asked.page(suspects, now))
    }

    fn unlock(&self, judge: &Judge<'_>, key: ScopeKey, now: Timestamp) -> Result<bool, StoreError> {
        let mut inner = self.lock();
        let found = inner.tallies.get(&key).map(|entry| suspect(key, entry));
        let Some(lockout) = found.and_then(|suspect| judge.lockout(suspect, now)) else {
            return Ok(false);
        };
        inner.reset(&Selector::of(lockout.parts));
        Ok(true)
    }
}

fn suspect(key: ScopeKey, entry: &Entry) -> Suspect {
    Suspect {
        key,
        parts: entry.parts.clone(),
        tally: entry.tally.clone(),
    }
}
