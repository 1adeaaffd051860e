//! What a store knows of one scope key, and how it changes.
//!
//! Every store changes tallies through these few functions (or through a script that is tested
//! against them), so there is one place where the limit is kept.

use std::time::Duration;

use crate::{CoolOff, Slot, Timestamp};

/// On what terms an attempt is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The number of failures that leads to a lockout.
    pub limit: u32,
    /// How long failures are remembered.
    pub cool_off: CoolOff,
    /// How long a permit may stay unsettled at least; after at most twice this it is a failure.
    pub lease: Duration,
}

/// Failures and permits in flight of one scope key.
///
/// # Rules
/// 1. `failures` + permits in flight never grows past the limit by taking permits.
/// 2. Permits live in two groups that share the end of their leases, so a tally stays small however
///    many are in flight. A group whose lease has run out *lapses*: its permits become failures.
/// 3. A slot that is settled after it lapsed changes nothing: it is counted already.
/// 4. A slot of another epoch (taken before a reset) gives nothing back; its failure counts anew.
/// 5. Failures never shorten what is remembered: `expires` only grows until they are forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Which life of the tally this is; 0 when it is not stored yet.
    pub epoch: i64,
    /// Which writing of it this is, where a store tells: no two ever have the same. 0 where it does
    /// not. Only the store makes sense of it.
    pub version: i64,
    /// Failures that are remembered.
    pub failures: u32,
    /// Permits in flight in the newer group.
    pub current: u32,
    /// When the newer group's leases run out.
    pub current_until: Timestamp,
    /// Permits in flight in the older group.
    pub previous: u32,
    /// When the older group's leases run out.
    pub previous_until: Timestamp,
    /// The first of the failures.
    pub first: Timestamp,
    /// The last of the failures.
    pub last: Timestamp,
    /// When the failures are forgotten.
    pub expires: Timestamp,
    /// Since when it is locked out, as far as somebody was told.
    pub locked_since: Option<Timestamp>,
}

/// What became of the wish for a permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// A permit was taken at this slot.
    Granted(Slot),
    /// The failure limit is reached.
    LockedOut {
        /// Whether this is the first that anybody hears of the lockout.
        newly: bool,
    },
    /// Only permits in flight stand in the way.
    Busy,
}

impl Tally {
    /// A tally that counts nothing yet.
    #[must_use]
    pub const fn blank(epoch: i64) -> Self {
        Self {
            epoch,
            version: 0,
            failures: 0,
            current: 0,
            current_until: Timestamp::EPOCH,
            previous: 0,
            previous_until: Timestamp::EPOCH,
            first: Timestamp::EPOCH,
            last: Timestamp::EPOCH,
            expires: Timestamp::EPOCH,
            locked_since: None,
        }
    }

    /// A tally made from what is recorded: `failures` from the `first` to the `last`, and the latest
    /// time at which a record of them `expires`, where that is known. Not stored yet.
    #[must_use]
    pub fn from_records(
        failures: u32,
        (first, last): (Timestamp, Timestamp),
        expires: Timestamp,
        terms: &Terms,
        now: Timestamp,
    ) -> Self {
        let mut tally = Self::blank(0);
        if failures > 0 {
            tally.count(failures, last, &terms.cool_off);
            tally.first = first;
            tally.expires = tally.expires.max(expires);
            tally.catch_up(now, &terms.cool_off);
        }
        tally
    }

    /// Whether nothing would be lost by deleting it.
    #[must_use]
    pub const fn is_blank(&self) -> bool {
        self.failures == 0 && self.current == 0 && self.previous == 0
    }

    /// Permits that are taken and not settled.
    #[must_use]
    pub const fn in_flight(&self) -> u32 {
        self.current.saturating_add(self.previous)
    }

    /// Whether an attempt on `limit` is locked out, as of the last catch-up.
    #[must_use]
    pub const fn is_locked_out(&self, limit: u32) -> bool {
        self.failures >= limit
    }

    /// Makes failures of permits that have lapsed by `now`, and forgets failures whose cool-off has
    /// ended by `now`.
    pub fn catch_up(&mut self, now: Timestamp, cool_off: &CoolOff) {
        // The older group's leases always run out first. Each group counts at its own time, because
        // what the first one left may be forgotten before the second one lapses.
        if self.previous > 0 && self.previous_until <= now {
            let lapsed = std::mem::take(&mut self.previous);
            self.lapse(lapsed, self.previous_until, cool_off);
        }
        if self.current > 0 && self.current_until <= now {
            let lapsed = std::mem::take(&mut self.current);
            self.lapse(lapsed, self.current_until, cool_off);
        }
        self.forget_expired(now);
    }

    /// Takes a permit if `terms` leave room for one.
    ///
    /// A locked out tally counts the refused attempt too when `count_refused` says so: that restarts
    /// its cool-off.
    pub fn take(&mut self, terms: &Terms, now: Timestamp, count_refused: bool) -> Taken {
        self.catch_up(now, &terms.cool_off);
        if self.failures.saturating_add(self.in_flight()) < terms.limit {
            self.locked_since = None;
            return Taken::Granted(self.open_slot(terms.lease, now));
        }
        if !self.is_locked_out(terms.limit) {
            return Taken::Busy;
        }
        if count_refused {
            self.count(1, now, &terms.cool_off);
        }
        Taken::LockedOut {
            newly: self.mark_locked_out(now),
        }
    }

    /// Counts one failure: that of the permit at `slot`, or one that had no permit.
    ///
    /// Returns whether the failure began a lockout.
    pub fn fail(&mut self, slot: Option<Slot>, terms: &Terms, now: Timestamp) -> bool {
        self.catch_up(now, &terms.cool_off);
        if !self.is_locked_out(terms.limit) {
            // Part of what led to a former lockout was forgiven: the next one is another.
            self.locked_since = None;
        }
        let lapsed = slot.is_some_and(|slot| slot.epoch == self.epoch && !self.release(slot));
        if !lapsed {
            self.count(1, now, &terms.cool_off);
        }
        self.is_locked_out(terms.limit) && self.mark_locked_out(now)
    }

    /// Gives the permit at `slot` back, unless it has lapsed.
    pub fn give_back(&mut self, slot: Slot, terms: &Terms, now: Timestamp) {
        self.catch_up(now, &terms.cool_off);
        if slot.epoch == self.epoch {
            self.release(slot);
        }
    }

    /// Forgets `failures` of the failures: somebody has proven that they were theirs.
    pub fn forgive(&mut self, failures: u32) {
        self.failures = self.failures.saturating_sub(failures);
        if self.failures == 0 {
            self.forget();
        }
    }

    /// How long from `now` until the failures are forgotten; `None` when they never are.
    #[must_use]
    pub fn time_left(&self, now: Timestamp) -> Option<Duration> {
        self.expires.left(now)
    }

    fn lapse(&mut self, permits: u32, at: Timestamp, cool_off: &CoolOff) {
        self.forget_expired(at);
        self.count(permits, at, cool_off);
    }

    fn count(&mut self, failures: u32, at: Timestamp, cool_off: &CoolOff) {
        if self.failures == 0 || at < self.first {
            self.first = at;
        }
        self.failures = self.failures.saturating_add(failures);
        self.last = self.last.max(at);
        let expires = cool_off
            .after(self.failures)
            .map_or(Timestamp::NEVER, |after| at.plus(after));
        self.expires = self.expires.max(expires);
    }

    fn forget_expired(&mut self, now: Timestamp) {
        if self.failures > 0 && self.expires <= now {
            self.forget();
        }
    }

    fn forget(&mut self) {
        self.failures = 0;
        self.first = Timestamp::EPOCH;
        self.last = Timestamp::EPOCH;
        self.expires = Timestamp::EPOCH;
        self.locked_since = None;
    }

    /// Whether nobody has been told of this lockout yet; from now on somebody has.
    fn mark_locked_out(&mut self, now: Timestamp) -> bool {
        let newly = self.locked_since.is_none();
        self.locked_since.get_or_insert(now);
        newly
    }

    /// Puts one permit into a group whose lease lasts at least `lease` from `now`.
    ///
    /// A group is open for one lease and lapses after two, so the older group has always lapsed
    /// when the newer one closes. Only where hosts use different leases can both still live; then
    /// they are joined, on the safe side: the later end holds for both.
    fn open_slot(&mut self, lease: Duration, now: Timestamp) -> Slot {
        if self.current_until < now.plus(lease) {
            if self.current > 0 {
                let joined = if self.previous > 0 {
                    self.previous_until
                } else {
                    Timestamp::EPOCH
                };
                self.previous = self.previous.saturating_add(self.current);
                self.previous_until = self.current_until.max(joined);
                self.current = 0;
            }
            self.current_until = now.plus(lease.saturating_mul(2));
        }
        self.current = self.current.saturating_add(1);
        Slot {
            epoch: self.epoch,
            until: self.current_until,
        }
    }

    /// Removes a permit from the group of `slot`; false when it has lapsed.
    fn release(&mut self, slot: Slot) -> bool {
        for (permits, until) in [
            (&mut self.current, self.current_until),
            (&mut self.previous, self.previous_until),
        ] {
            if until == slot.until
                && let Some(fewer) = permits.checked_sub(1)
            {
                *permits = fewer;
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: Duration = Duration::from_mins(1);

    fn terms(limit: u32, cool_off_secs: u64) -> Terms {
        let cool_off = CoolOff::After(Duration::from_secs(cool_off_secs));
        Terms {
            limit,
            cool_off,
            lease: LEASE,
        }
    }

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_millis(secs.saturating_mul(1000))
    }

    fn granted(taken: Taken) -> Slot {
        match taken {
            Taken::Granted(slot) => slot,
            other @ (Taken::LockedOut { .. } | Taken::Busy) => panic!("not granted: {other:?}"),
        }
    }

    #[test]
    fn permits_in_flight_use_up_the_limit_but_lock_nobody_out() {
        let terms = terms(2, 3600);
        let mut tally = Tally::blank(7);
        let first = granted(tally.take(&terms, at(0), true));
        granted(tally.take(&terms, at(0), true));
        assert_eq!(tally.take(&terms, at(0), true), Taken::Busy);
        tally.give_back(first, &terms, at(1));
        granted(tally.take(&terms, at(1), true));
    }

    #[test]
    fn the_limit_locks_out_and_says_so_once() {
        let terms = terms(1, 10);
        let mut tally = Tally::blank(7);
        let slot = granted(tally.take(&terms, at(0), false));
        assert!(tally.fail(Some(slot), &terms, at(1)));
        assert_eq!(
            tally.take(&terms, at(2), false),
            Taken::LockedOut { newly: false }
        );
        assert_eq!(tally.time_left(at(2)), Some(Duration::from_secs(9)));
        granted(tally.take(&terms, at(11), false));
    }

    #[test]
    fn a_refused_attempt_restarts_the_cool_off_if_asked_to() {
        let terms = terms(1, 10);
        let mut tally = Tally::blank(7);
        tally.fail(None, &terms, at(0));
        assert_eq!(
            tally.take(&terms, at(9), true),
            Taken::LockedOut { newly: false }
        );
        assert_eq!(
            tally.take(&terms, at(18), true),
            Taken::LockedOut { newly: false }
        );
        assert_eq!(
            (tally.failures, tally.time_left(at(18))),
            (3, Some(Duration::from_secs(10)))
        );
    }

    #[test]
    fn an_unsettled_permit_is_a_failure_after_one_to_two_leases() {
        let terms = terms(1, 3600);
        let mut tally = Tally::blank(7);
        let slot = granted(tally.take(&terms, at(0), false));
        assert_eq!(tally.take(&terms, at(59), false), Taken::Busy);
        assert_eq!(
            tally.take(&terms, at(120), false),
            Taken::LockedOut { newly: true }
        );
        // Too late: it is counted already, and once.
        tally.give_back(slot, &terms, at(121));
        tally.fail(Some(slot), &terms, at(121));
        assert_eq!((tally.failures, tally.in_flight()), (1, 0));
        assert_eq!(tally.expires, at(120 + 3600));
    }

    #[test]
    fn steady_traffic_does_not_keep_a_lost_permit_alive() {
        let terms = terms(5, 3600);
        let mut tally = Tally::blank(7);
        granted(tally.take(&terms, at(0), false));
        for second in 1..300 {
            let slot = granted(tally.take(&terms, at(second), false));
            tally.give_back(slot, &terms, at(second));
        }
        assert_eq!((tally.failures, tally.in_flight()), (1, 0));
    }

    #[test]
    fn a_permit_from_before_a_reset_gives_nothing_back() {
        let terms = terms(1, 3600);
        let stale = granted(Tally::blank(1).take(&terms, at(0), false));
        let mut reset = Tally::blank(2);
        granted(reset.take(&terms, at(0), false));
        reset.give_back(stale, &terms, at(1));
        assert_eq!(reset.in_flight(), 1);
        reset.fail(Some(stale), &terms, at(1));
        assert_eq!((reset.failures, reset.in_flight()), (1, 1));
    }

    #[test]
    fn one_attempts_short_cool_off_never_shortens_what_others_left() {
        let mut tally = Tally::blank(7);
        tally.fail(None, &terms(1, 3600), at(0));
        tally.fail(None, &terms(1, 1), at(10));
        assert_eq!(tally.expires, at(3600));
        let never = Terms {
            cool_off: CoolOff::Never,
            ..terms(1, 0)
        };
        tally.fail(None, &never, at(11));
        tally.fail(None, &terms(1, 1), at(12));
        assert_eq!(tally.time_left(at(12)), None);
    }

    #[test]
    fn a_lease_that_runs_out_after_a_cool_off_does_not_revive_old_failures() {
        let terms = terms(2, 30);
        let mut tally = Tally::blank(7);
        tally.fail(None, &terms, at(0));
        granted(tally.take(&terms, at(1), false));
        // The old failure was forgotten at 30, the lease ran out at 121: one failure, not two.
        granted(tally.take(&terms, at(125), false));
        assert_eq!((tally.failures, tally.first), (1, at(121)));
    }

    #[test]
    fn what_lapsed_long_before_the_rest_is_forgotten_before_it() {
        let mut tally = Tally::blank(7);
        granted(tally.take(&terms(2, 30), at(0), false));
        granted(tally.take(&terms(2, 30), at(61), false));
        // The leases ran out at 120 and 181: never two failures within one cool-off.
        granted(tally.take(&terms(2, 30), at(190), false));
        assert_eq!((tally.failures, tally.first), (1, at(181)));
    }

    #[test]
    fn a_lockout_after_failures_were_forgiven_is_another_lockout() {
        let terms = terms(2, 3600);
        let mut tally = Tally::blank(7);
        assert!(!tally.fail(None, &terms, at(0)));
        assert!(tally.fail(None, &terms, at(1)));
        tally.forgive(1);
        assert!(tally.fail(None, &terms, at(2)));
        assert!(!tally.fail(None, &terms, at(3)));
    }

    #[test]
    fn a_clock_that_steps_back_frees_nothing() {
        let terms = terms(2, 10);
        let mut tally = Tally::blank(7);
        tally.fail(None, &terms, at(100));
        let slot = granted(tally.take(&terms, at(50), false));
        assert_eq!(tally.take(&terms, at(40), false), Taken::Busy);
        tally.fail(Some(slot), &terms, at(30));
        assert_eq!(
            (tally.failures, tally.last, tally.expires),
            (2, at(100), at(110))
        );
    }
}
