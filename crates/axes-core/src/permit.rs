//! The right to check one password now.

use std::sync::Arc;

use crate::{Op, Parts, Peek, Record, ScopeKey, Tally, Terms, Timestamp};

/// One permit's place in one tally.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Slot {
    /// Which life of the tally it was taken in; a reset begins a new one.
    pub epoch: i64,
    /// When its lease runs out.
    pub until: Timestamp,
}

/// The right to check one password now: taken before the check, settled after it, leased.
///
/// It must be settled exactly once, with [`Engine::settle`](crate::Engine::settle). One that never
/// is counts as a failure when its lease has run out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    /// The tallies that count this attempt, sorted by key, each with the slot taken there (none
    /// where lockouts are switched off).
    pub(crate) places: Vec<Place>,
    pub(crate) terms: Arc<Terms>,
    /// New tallies get this epoch.
    pub(crate) nonce: i64,
    /// Whether the attempt is exempt: its failures are not recorded.
    pub(crate) exempt: bool,
    /// What would be recorded of the attempt, where it was admitted: it is hardly ever another when it is
    /// settled.
    pub(crate) record: Option<Record>,
}

/// A tally that an attempt counts in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) key: ScopeKey,
    pub(crate) parts: Parts,
    pub(crate) slot: Option<Slot>,
    /// The tally as it was when the slot was taken, where the store told its version.
    pub(crate) seen: Option<Box<Tally>>,
}

impl Place {
    /// The op that looks at the tally.
    pub(crate) fn peek(&self, terms: &Arc<Terms>) -> Op {
        Op::Peek(Peek {
            key: self.key,
            parts: self.parts.clone(),
            terms: Arc::clone(terms),
        })
    }
}

impl Permit {
    /// Whether the attempt is exempt (allowlisted, or Axes does not apply): nothing is counted.
    #[must_use]
    pub const fn is_exempt(&self) -> bool {
        self.exempt
    }

    /// The terms that the attempt was admitted on.
    #[must_use]
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The permit, for whoever it was taken for; what is left here holds nothing.
    pub(crate) fn hand_over(&mut self) -> Self {
        Self {
            places: std::mem::take(&mut self.places),
            terms: Arc::clone(&self.terms),
            record: self.record.clone(),
            ..*self
        }
    }

    /// The keys of the tallies that the attempt counts in.
    pub fn keys(&self) -> impl Iterator<Item = ScopeKey> {
        self.places.iter().map(|place| place.key)
    }
}
