//! What really happened, kept beside the protocol to judge it by.

use std::collections::BTreeMap;
use std::time::Duration;

use axes_core::{Op, Reply, ScopeKey, Taken, Timestamp};

use crate::case::Case;

/// Which promises were broken on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Broken {
    /// 1: more passwords were checked in vain than the limit allows.
    pub(crate) exact_limit: bool,
    /// 2: somebody was called locked out before that many failures were counted.
    pub(crate) no_false_lockout: bool,
    /// 3: a permit that was never settled was used again.
    pub(crate) fail_closed: bool,
}

/// All that happened to each scope key since it was reset last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Ledger {
    pages: BTreeMap<ScopeKey, Page>,
    pub(crate) broken: Broken,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Page {
    entries: Vec<Entry>,
    refused: Vec<Timestamp>,
}

/// One permit, or one check that had none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Entry {
    attempt: usize,
    until: Timestamp,
    state: EntryState,
    /// Its password was checked before a reset or cool-off, and only its failure came after it.
    stale: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum EntryState {
    Taken,
    Checked,
    Failed(Timestamp),
    GivenBack,
}

impl Ledger {
    /// Notes what `op` of `attempt` came to, and whether that was right.
    pub(crate) fn note(
        &mut self,
        case: &Case,
        attempt: usize,
        op: &Op,
        reply: &Reply,
        now: Timestamp,
    ) {
        match (op, reply) {
            (Op::Take(take), Reply::Taken { taken, .. }) => {
                let page = self.pages.entry(take.key).or_default();
                match taken {
                    Taken::Granted(slot) => {
                        let crashed = page.count(case, now, |entry| case.crashes(entry.attempt));
                        let used = page.count(case, now, |_| true);
                        self.broken.fail_closed |= crashed > 0 && used >= case.limit;
                        page.entries.push(Entry {
                            attempt,
                            until: slot.until,
                            state: EntryState::Taken,
                            stale: false,
                        });
                    }
                    Taken::LockedOut { .. } => {
                        let failures = page.failures(case.cool_off(), now, |_| true);
                        self.broken.no_false_lockout |= failures < case.limit;
                        if case.count_refused {
                            page.refused.push(now);
                        }
                    }
                    Taken::Busy => {}
                }
            }
            (Op::Fail(fail), Reply::Counted { tally, .. }) => {
                let page = self.pages.entry(fail.key).or_default();
                page.end(attempt, EntryState::Failed(now), now);
                // A failure so late that the lapse of its permit is forgotten may count anew.
                let counted = page.failures(case.cool_off(), now, |_| true);
                if page.is_forgotten(attempt, case.cool_off(), now) && counted < tally.failures {
                    page.entries.push(Entry::stale(attempt, now));
                }
            }
            (Op::GiveBack(give_back), _) => {
                let page = self.pages.entry(give_back.key).or_default();
                page.end(attempt, EntryState::GivenBack, now);
            }
            _ => {}
        }
    }

    /// Notes that the password of `attempt` is being checked now.
    pub(crate) fn check(&mut self, case: &Case, attempt: usize, now: Timestamp) {
        let permitted = case.protocol != crate::case::Protocol::CheckThenCount;
        for key in case.keys(attempt) {
            let page = self.pages.entry(key).or_default();
            if let Some(entry) = page.entry_of(attempt) {
                entry.state = EntryState::Checked;
            } else if !permitted {
                page.entries.push(Entry {
                    attempt,
                    until: Timestamp::NEVER,
                    state: EntryState::Checked,
                    stale: false,
                });
            }
            let in_vain = page.checked(case, now, |entry| {
                !entry.stale && !case.is_right(entry.attempt)
            });
            self.broken.exact_limit |= in_vain > case.limit;
        }
    }

    /// Notes a reset. What was taken before it belongs to the time before it.
    pub(crate) fn reset(&mut self, keys: &[ScopeKey]) {
        self.pages.retain(|key, _| !keys.contains(key));
    }
}

impl Entry {
    /// A failure that comes now, of a password that was checked in a former life of the scope.
    const fn stale(attempt: usize, now: Timestamp) -> Self {
        Self {
            attempt,
            until: now,
            state: EntryState::Failed(now),
            stale: true,
        }
    }
}

impl Page {
    /// The permit that `attempt` holds here, if no reset took it away.
    fn entry_of(&mut self, attempt: usize) -> Option<&mut Entry> {
        let held =
            |entry: &&mut Entry| entry.attempt == attempt && entry.state == EntryState::Taken;
        self.entries.iter_mut().rev().find(held)
    }

    fn end(&mut self, attempt: usize, state: EntryState, now: Timestamp) {
        let open = |entry: &&mut Entry| {
            let open = matches!(entry.state, EntryState::Taken | EntryState::Checked);
            entry.attempt == attempt && open
        };
        match self.entries.iter_mut().rev().find(open) {
            // Too late: it is a failure already, since its lease ran out.
            Some(entry) if entry.until <= now => {}
            Some(entry) => entry.state = state,
            // Its permit was from before a reset, so the failure counts anew.
            None if state == EntryState::GivenBack => {}
            None => self.entries.push(Entry::stale(attempt, now)),
        }
    }

    /// Whether the permit of `attempt` lapsed a whole cool-off ago.
    fn is_forgotten(&self, attempt: usize, cool_off: Duration, now: Timestamp) -> bool {
        self.entries.iter().any(|entry| {
            entry.attempt == attempt
                && entry.state == EntryState::Checked
                && entry.until.plus(cool_off) <= now
        })
    }

    /// Permits in flight, and failures that are not forgotten, of the attempts that `of` accepts.
    fn count(&self, case: &Case, now: Timestamp, of: impl Fn(&Entry) -> bool + Copy) -> u32 {
        let states = [EntryState::Taken, EntryState::Checked];
        self.in_flight(&states, now, of) + self.failures(case.cool_off(), now, of)
    }

    /// The same without permits whose password is not being checked yet.
    fn checked(&self, case: &Case, now: Timestamp, of: impl Fn(&Entry) -> bool + Copy) -> u32 {
        self.in_flight(&[EntryState::Checked], now, of) + self.failures(case.cool_off(), now, of)
    }

    fn in_flight(&self, states: &[EntryState], now: Timestamp, of: impl Fn(&Entry) -> bool) -> u32 {
        let wanted =
            |entry: &&Entry| states.contains(&entry.state) && entry.until > now && of(entry);
        u32::try_from(self.entries.iter().filter(wanted).count()).expect("few attempts")
    }

    /// The failures, lapsed permits included, since the last time that a cool-off went by without
    /// any; of the attempts that `of` accepts.
    fn failures(&self, cool_off: Duration, now: Timestamp, of: impl Fn(&Entry) -> bool) -> u32 {
        let mut events: Vec<(Timestamp, bool)> = Vec::new();
        for entry in &self.entries {
            match entry.state {
                EntryState::Failed(at) => events.push((at, of(entry))),
                EntryState::Taken | EntryState::Checked if entry.until <= now => {
                    events.push((entry.until, of(entry)));
                }
                EntryState::Taken | EntryState::Checked | EntryState::GivenBack => {}
            }
        }
        events.extend(self.refused.iter().map(|at| (*at, false)));
        events.sort_unstable();
        let mut count = 0;
        let mut last = Timestamp::EPOCH;
        for (at, counted) in events {
            if at >= last.plus(cool_off) {
                count = 0;
            }
            last = at;
            count += u32::from(counted);
        }
        if now >= last.plus(cool_off) { 0 } else { count }
    }
}
