//! Telling who is locked out.

use axes_core::{Judge, ScopeKey, Selector, Suspect, Timestamp};

use super::MemoryStore;
use super::entries::Entry;
use super::texts::Texts;
use crate::{Asked, Listing, Page, StoreError};

impl Listing for MemoryStore {
    fn lockouts(&self, asked: &Asked<'_>, now: Timestamp) -> Result<Page, StoreError> {
        let inner = self.lock();
        // Nobody else can be locked out, and what it takes to tell is not small.
        let likely = |entry: &&Entry| {
            let tally = entry.tally();
            tally.failures.saturating_add(tally.in_flight()) >= asked.judge.least()
        };
        let suspects = inner.tallies.iter().filter(likely);
        Ok(asked.page(suspects.map(|entry| suspect(&inner.texts, entry)), now))
    }

    fn unlock(&self, judge: &Judge<'_>, key: ScopeKey, now: Timestamp) -> Result<bool, StoreError> {
        let mut inner = self.lock();
        let entry = inner.tallies.get(key.into());
        let found = entry.map(|entry| suspect(&inner.texts, entry));
        let Some(lockout) = found.and_then(|suspect| judge.lockout(suspect, now)) else {
            return Ok(false);
        };
        inner.reset(&Selector::of(lockout.parts));
        Ok(true)
    }
}

fn suspect(texts: &Texts, entry: &Entry) -> Suspect {
    let parts = texts.parts(&entry.packed);
    Suspect {
        key: parts.key(),
        parts,
        tally: entry.tally(),
    }
}
