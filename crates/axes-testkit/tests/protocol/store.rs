//! A store that executes single ops, so that others get in between any two of them.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

use axes_core::{Op, Reply, ScopeKey, Taken, Tally, Timestamp};

use crate::case::Protocol;

/// Tallies and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OpStore {
    tallies: BTreeMap<ScopeKey, Tally>,
}

impl OpStore {
    /// Executes one op; in a broken protocol, the way that protocol has it.
    pub(crate) fn execute(&mut self, op: &Op, protocol: Protocol, now: Timestamp) -> Reply {
        if protocol == Protocol::LapsedAreGivenBack {
            self.free_lapsed(now);
        }
        match op {
            Op::Take(take) => {
                let (taken, tally) = take.apply(self.tallies.get(&take.key).cloned(), now);
                self.tallies.insert(take.key, tally.clone());
                let taken = match taken {
                    Taken::Busy if protocol == Protocol::BusyLocksOut => {
                        Taken::LockedOut { newly: false }
                    }
                    taken => taken,
                };
                Reply::Taken { taken, tally }
            }
            Op::Fail(fail) => {
                let (newly_locked, tally) = fail.apply(self.tallies.get(&fail.key).cloned(), now);
                self.tallies.insert(fail.key, tally.clone());
                Reply::Counted {
                    newly_locked,
                    tally,
                }
            }
            Op::GiveBack(give_back) => {
                if let Some(found) = self.tallies.remove(&give_back.key) {
                    let tally = give_back.apply(found, now);
                    if !tally.is_blank() {
                        self.tallies.insert(give_back.key, tally);
                    }
                }
                Reply::Done
            }
            Op::Peek(peek) => Reply::Seen(peek.apply(self.tallies.get(&peek.key).cloned(), now)),
            _ => Reply::Done,
        }
    }

    pub(crate) fn reset(&mut self, keys: &[ScopeKey]) {
        self.tallies.retain(|key, _| !keys.contains(key));
    }

    fn free_lapsed(&mut self, now: Timestamp) {
        for tally in self.tallies.values_mut() {
            if tally.previous_until <= now {
                tally.previous = 0;
            }
            if tally.current_until <= now {
                tally.current = 0;
            }
        }
    }
}

/// Every field of every tally: two states that differ must never pass for one.
impl Hash for OpStore {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for (key, tally) in &self.tallies {
            let Tally {
                epoch,
                version,
                failures,
                current,
                current_until,
                previous,
                previous_until,
                first,
                last,
                expires,
                locked_since,
            } = tally;
            key.hash(state);
            (epoch, version, failures, current, current_until).hash(state);
            (previous, previous_until, first, last).hash(state);
            (expires, locked_since).hash(state);
        }
    }
}
