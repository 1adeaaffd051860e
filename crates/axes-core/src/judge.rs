//! Who is locked out now, judged tally by tally.

use ipnet::IpNet;

use crate::{Lockout, Overrides, Parts, Policy, Reason, Scope, ScopeKey, Tally, Terms, Timestamp};

/// What a site's own code decides for each attempt: without one, nobody can tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByCode {
    /// The failure limit.
    pub limit: bool,
    /// What is counted on.
    pub scopes: bool,
}

/// A tally that a store found, with what it counts on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspect {
    /// The key under which it is kept.
    pub key: ScopeKey,
    /// The values, as far as they can be shown: a store may have cut long texts.
    pub parts: Parts,
    /// The tally, as it was kept.
    pub tally: Tally,
}

/// Says of tallies, without an attempt, whether they lock anybody out.
///
/// It is the engine's own judgement: an attempt that counts in a tally, and for which the site's code
/// decides nothing, is refused for it if and only if this finds a lockout.
#[derive(Clone, Debug)]
pub struct Judge<'a> {
    policy: &'a Policy,
    terms: Terms,
    by_code: ByCode,
}

impl<'a> Judge<'a> {
    /// Judges by `policy`, except for what `by_code` says.
    #[must_use]
    pub fn new(policy: &'a Policy, by_code: ByCode) -> Self {
        Self {
            policy,
            terms: policy.terms(&Overrides::default()),
            by_code,
        }
    }

    /// By what it judges.
    #[must_use]
    pub const fn policy(&self) -> &'a Policy {
        self.policy
    }

    /// On what terms.
    #[must_use]
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Whether the policy locks anybody out at all.
    #[must_use]
    pub const fn locks_out(&self) -> bool {
        self.policy.enabled && self.policy.lock_out
    }

    /// The scopes in use; `None` where the site's own code decides, so that any may be.
    #[must_use]
    pub fn scopes(&self) -> Option<&'a [Scope]> {
        (!self.by_code.scopes).then_some(&*self.policy.scopes)
    }

    /// The failure limit; `None` where the site's own code decides.
    #[must_use]
    pub fn limit(&self) -> Option<u32> {
        (!self.by_code.limit).then_some(self.terms.limit)
    }

    /// How many failures are left before a lockout where `failures` count; `None` where nobody can
    /// tell, or nobody is locked out.
    #[must_use]
    pub fn left(&self, failures: u32) -> Option<u32> {
        let limit = self.limit().filter(|_| self.locks_out())?;
        Some(limit.saturating_sub(failures))
    }

    /// How many failures and permits together a tally has at least that is locked out.
    #[must_use]
    pub fn least(&self) -> u32 {
        self.limit().unwrap_or(1)
    }

    /// The lockout that `suspect` is at the time `now`, if it is one.
    #[must_use]
    pub fn lockout(&self, suspect: Suspect, now: Timestamp) -> Option<Lockout> {
        let Suspect {
            key,
            parts,
            mut tally,
        } = suspect;
        let scope = parts.scope()?;
        let in_use = self.scopes().is_none_or(|scopes| scopes.contains(&scope));
        if !self.locks_out() || !in_use {
            return None;
        }
        tally.catch_up(now, &self.terms.cool_off);
        let locked_out = match self.limit() {
            Some(limit) => tally.is_locked_out(limit),
            // Somebody was told so, on a limit that only that attempt knew.
            None => tally.failures > 0 && tally.locked_since.is_some(),
        };
        let refused_anyway = self.refused_anyway(parts.network);
        if !locked_out || refused_anyway.is_none() && self.is_exempt(parts.network) {
            return None;
        }
        Some(Lockout {
            key,
            scope,
            failures: tally.failures,
            limit: self.limit(),
            since: tally.locked_since.unwrap_or(tally.last),
            until: Some(tally.expires).filter(|expires| *expires != Timestamp::NEVER),
            parts,
            refused_anyway,
        })
    }

    /// Why nobody from `network` may log in, whatever is counted.
    fn refused_anyway(&self, network: Option<IpNet>) -> Option<Reason> {
        let network = network?;
        if self.policy.denylist.covers(network) {
            return Some(Reason::Denylisted);
        }
        let refused = self.policy.only_allowlist && !self.policy.allowlist.meets(network);
        refused.then_some(Reason::NotAllowlisted)
    }

    /// Whether nobody from `network` is ever locked out.
    fn is_exempt(&self, network: Option<IpNet>) -> bool {
        self.policy.never_lock_out_allowlist
            && network.is_some_and(|network| self.policy.allowlist.covers(network))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::{CoolOff, Networks, Slot, Taken};

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn policy() -> Policy {
        Policy {
            limit: 2,
            cool_off: CoolOff::After(Duration::from_secs(60)),
            ..Policy::default()
        }
    }

    fn address(text: &str) -> Parts {
        let network = text.parse().unwrap();
        Parts {
            network: Some(crate::network_of(network, 64)),
            ..Parts::default()
        }
    }

    /// A tally with so many failures just before `NOW`, on the terms of `policy`.
    fn failed(parts: &Parts, times: u32, policy: &Policy) -> Suspect {
        let terms = policy.terms(&Overrides::default());
        let mut tally = Tally::blank(7);
        for _ in 0..times {
            tally.fail(None, &terms, NOW);
        }
        Suspect {
            key: parts.key(),
            parts: parts.clone(),
            tally,
        }
    }

    fn found(policy: &Policy, suspect: &Suspect) -> Option<Lockout> {
        Judge::new(policy, ByCode::default()).lockout(suspect.clone(), NOW)
    }

    fn list(entries: &[&str]) -> Arc<Networks> {
        Arc::new(Networks::parse(entries).unwrap())
    }

    #[test]
    fn a_lockout_says_why_since_when_and_until_when() {
        let parts = address("192.0.2.1");
        let lockout = found(&policy(), &failed(&parts, 2, &policy())).unwrap();
        assert_eq!((lockout.failures, lockout.limit), (2, Some(2)));
        assert_eq!(lockout.scope, Scope::IP_ADDRESS);
        assert_eq!(lockout.since, NOW);
        assert_eq!(lockout.until, Some(NOW.plus(Duration::from_secs(60))));
        assert_eq!(found(&policy(), &failed(&parts, 1, &policy())), None);
    }

    #[test]
    fn the_policy_of_now_decides_not_that_of_the_failures() {
        let suspect = failed(&address("192.0.2.1"), 2, &policy());
        let changed = |change: &dyn Fn(&mut Policy)| {
            let mut policy = policy();
            change(&mut policy);
            found(&policy, &suspect).is_some()
        };
        assert!(changed(&|policy| policy.limit = 1));
        assert!(!changed(&|policy| policy.limit = 3));
        let left = |policy: &Policy, failures| Judge::new(policy, ByCode::default()).left(failures);
        assert_eq!(
            [0, 1, 2, 9].map(|n| left(&policy(), n).unwrap()),
            [2, 1, 0, 0]
        );
        let off = Policy {
            lock_out: false,
            ..policy()
        };
        assert_eq!(left(&off, 0), None);
        assert!(!changed(&|policy| policy.lock_out = false));
        assert!(!changed(&|policy| policy.enabled = false));
        assert!(!changed(
            &|policy| policy.scopes = Arc::from([Scope::USERNAME])
        ));
    }

    #[test]
    fn what_has_lapsed_counts_and_what_has_expired_does_not() {
        let parts = address("192.0.2.1");
        let terms = policy().terms(&Overrides::default());
        let mut crashed = failed(&parts, 1, &policy());
        let taken = crashed.tally.take(&terms, NOW, false);
        assert!(matches!(taken, Taken::Granted(Slot { .. })));
        let judge_at = |suspect: &Suspect, secs| {
            let later = NOW.plus(Duration::from_secs(secs));
            let policy = policy();
            Judge::new(&policy, ByCode::default()).lockout(suspect.clone(), later)
        };
        assert_eq!(judge_at(&crashed, 1), None);
        // The permit lapses after two leases; the failure before it is forgotten by then.
        assert_eq!(judge_at(&crashed, 121), None);
        let mut twice = failed(&parts, 0, &policy());
        twice.tally.take(&terms, NOW, false);
        twice.tally.take(&terms, NOW, false);
        let lockout = judge_at(&twice, 121).unwrap();
        assert_eq!(lockout.since, NOW.plus(Duration::from_secs(120)));
        assert_eq!(lockout.until, Some(NOW.plus(Duration::from_secs(180))));
        assert_eq!(judge_at(&twice, 180), None);
    }

    #[test]
    fn lists_excuse_whole_networks_and_say_who_is_refused_anyway() {
        let suspect = |text| failed(&address(text), 2, &policy());
        let exempt = Policy {
            never_lock_out_allowlist: true,
            allowlist: list(&["192.0.2.0/24", "2001:db8::1"]),
            ..policy()
        };
        assert_eq!(found(&exempt, &suspect("192.0.2.1")), None);
        let unused = Policy {
            never_lock_out_allowlist: false,
            ..exempt.clone()
        };
        assert!(found(&unused, &suspect("192.0.2.1")).is_some());
        assert!(found(&exempt, &suspect("198.51.100.1")).is_some());
        // One address of the network is excused, all the others are locked out.
        assert!(found(&exempt, &suspect("2001:db8::2")).is_some());
        let anyway = |policy: &Policy| {
            let lockout = found(policy, &suspect("192.0.2.1")).unwrap();
            lockout.refused_anyway
        };
        let denied = Policy {
            denylist: list(&["192.0.2.1"]),
            ..exempt
        };
        assert_eq!(anyway(&denied), Some(Reason::Denylisted));
        let only = Policy {
            only_allowlist: true,
            allowlist: list(&["10.0.0.0/8"]),
            ..policy()
        };
        assert_eq!(anyway(&only), Some(Reason::NotAllowlisted));
        assert_eq!(anyway(&policy()), None);
    }

    #[test]
    fn where_code_decides_it_is_locked_out_who_was_told_so() {
        let by_code = ByCode {
            limit: true,
            scopes: true,
        };
        let policy = Policy {
            scopes: Arc::from([Scope::USERNAME]),
            ..policy()
        };
        let judge = Judge::new(&policy, by_code);
        let told = failed(&address("192.0.2.1"), 2, &policy);
        let lockout = judge.lockout(told, NOW).unwrap();
        assert_eq!((lockout.failures, lockout.limit), (2, None));
        let untold = failed(&address("192.0.2.1"), 1, &policy);
        assert_eq!(judge.lockout(untold, NOW), None);
    }
}
