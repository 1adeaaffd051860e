//! What the oracle remembers of one scope's values.

use std::time::Duration;

use axes_core::{Parts, Policy, Timestamp};

/// A lockout, as the person that it meets is told about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lockout {
    /// The time left; none where it never ends.
    pub retry_after: Option<Duration>,
    /// The failures counted.
    pub failures: u32,
    /// Whether nobody was told of it before.
    pub newly_locked: bool,
}

impl Lockout {
    /// Of several lockouts the one that holds longest; it is new if any is.
    pub(super) fn longest(lockouts: &[Self]) -> Option<Self> {
        let left = |lockout: &&Self| lockout.retry_after.unwrap_or(Duration::MAX);
        // Of equals the first counts.
        let longest = lockouts.iter().rev().max_by_key(left)?;
        Some(Self {
            newly_locked: lockouts.iter().any(|lockout| lockout.newly_locked),
            ..*longest
        })
    }
}

/// One scope's values, from the first attempt on them until nothing is left to remember.
#[derive(Clone, Debug)]
pub(super) struct Life {
    pub(super) parts: Parts,
    /// When each failure that is remembered happened.
    failures: Vec<Timestamp>,
    /// When each failure since the last time that all were forgotten would be forgotten itself.
    ends: Vec<Timestamp>,
    first: Timestamp,
    /// Permits in flight: ticket, end of the lease.
    permits: Vec<(u64, Timestamp)>,
    /// The tickets whose leases ran out.
    lapsed: Vec<u64>,
    told: bool,
}

impl Life {
    pub(super) const fn new(parts: Parts) -> Self {
        Self {
            parts,
            failures: Vec::new(),
            ends: Vec::new(),
            first: Timestamp::NEVER,
            permits: Vec::new(),
            lapsed: Vec::new(),
            told: false,
        }
    }

    pub(super) fn failures(&self) -> u32 {
        u32::try_from(self.failures.len()).expect("a test counts less")
    }

    pub(super) const fn used(&self) -> usize {
        self.failures.len() + self.permits.len()
    }

    pub(super) const fn is_locked_out(&self, policy: &Policy) -> bool {
        self.failures.len() >= policy.limit as usize
    }

    pub(super) const fn is_blank(&self) -> bool {
        self.used() == 0
    }

    /// Whether something that happened last at `last` belongs to what is remembered now.
    pub(super) fn remembers(&self, last: Timestamp) -> bool {
        !self.failures.is_empty() && last >= self.first
    }

    /// Lets leases run out and failures be forgotten, in the order in which it happened.
    pub(super) fn catch_up(&mut self, policy: &Policy, now: Timestamp) {
        self.permits.sort_by_key(|(_, until)| *until);
        while let Some((ticket, until)) = self.permits.first().copied()
            && until <= now
        {
            self.permits.remove(0);
            self.lapsed.push(ticket);
            self.forget(until);
            self.count(policy, until);
        }
        self.forget(now);
    }

    pub(super) fn grant(&mut self, ticket: u64, until: Timestamp) {
        self.told = false;
        self.permits.push((ticket, until));
    }

    pub(super) fn give_back(&mut self, ticket: u64) -> bool {
        let before = self.permits.len();
        self.permits.retain(|(other, _)| *other != ticket);
        self.permits.len() < before
    }

    pub(super) fn fail(&mut self, ticket: u64, policy: &Policy, now: Timestamp) {
        if !self.is_locked_out(policy) {
            self.told = false;
        }
        if self.give_back(ticket) || !self.lapsed.contains(&ticket) {
            self.count(policy, now);
        }
    }

    pub(super) fn count(&mut self, policy: &Policy, at: Timestamp) {
        self.failures.push(at);
        self.first = self.first.min(at);
        let cool_off = policy.cool_off.after(self.failures());
        let end = cool_off.map_or(Timestamp::NEVER, |cool_off| at.plus(cool_off));
        self.ends.push(end);
    }

    pub(super) fn forgive(&mut self, failures: u32) {
        let left = self.failures().saturating_sub(failures);
        self.failures.truncate(left as usize);
        if left == 0 {
            self.forget(Timestamp::NEVER);
        }
    }

    /// The lockout as somebody is told about it now.
    pub(super) fn lockout(&mut self, now: Timestamp) -> Lockout {
        let newly_locked = !std::mem::replace(&mut self.told, true);
        Lockout {
            retry_after: self.end().left(now),
            failures: self.failures(),
            newly_locked,
        }
    }

    fn end(&self) -> Timestamp {
        let latest = self.ends.iter().max();
        latest.copied().unwrap_or(Timestamp::EPOCH)
    }

    fn forget(&mut self, now: Timestamp) {
        if self.end() <= now {
            self.failures.clear();
            self.ends.clear();
            self.first = Timestamp::NEVER;
            self.told = false;
        }
    }
}
