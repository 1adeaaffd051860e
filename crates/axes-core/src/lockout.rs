//! Who is locked out now, for a person who looks at all of them.

use ipnet::IpNet;

use crate::redact::quoted;
use crate::{
    Overrides, Parameter, Parts, Policy, Reason, Redactor, Scope, ScopeKey, Tally, Terms,
    Timestamp, clean_reason,
};

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

/// A tally that is locked out now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lockout {
    /// The key of the tally.
    pub key: ScopeKey,
    /// What it counts on.
    pub scope: Scope,
    /// Whom it locks out: the values, as far as they can be shown.
    pub parts: Parts,
    /// The failures that are counted.
    pub failures: u32,
    /// How many lead to a lockout; `None` where the site's own code decides.
    pub limit: Option<u32>,
    /// When it began, as far as that is known: the last failure at the latest.
    pub since: Timestamp,
    /// When it ends by itself; `None`: only by a reset.
    pub until: Option<Timestamp>,
    /// Why attempts would be refused without the lockout too, if they would.
    pub refused_anyway: Option<Reason>,
}

impl Lockout {
    /// What it counts on: names of parameters with their values, as a person reads them.
    #[must_use]
    pub fn values(&self) -> Vec<(&'static str, String)> {
        let value = |parameter: Parameter| match parameter {
            Parameter::Username => self.parts.username.clone(),
            Parameter::IpAddress => self.parts.network.map(shown),
            Parameter::UserAgent => self.parts.user_agent.clone(),
        };
        self.scope
            .parameters()
            .map(|parameter| (parameter.name(), value(parameter).unwrap_or_default()))
            .collect()
    }

    /// The log line of somebody who lifted it, for a `reason`.
    #[must_use]
    pub fn lifted(&self, redactor: &Redactor, by: &str, reason: &str) -> String {
        let (whom, failures) = (redactor.lockout_string(self), self.failures);
        let (by, reason) = (clean_reason(by), quoted(&clean_reason(reason)));
        format!("Lockout lifted by {by} after {failures} failures, because {reason}: {whom}")
    }
}

/// A network of one address as this address.
fn shown(network: IpNet) -> String {
    if network.prefix_len() == network.max_prefix_len() {
        network.addr().to_string()
    } else {
        network.to_string()
    }
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
    fn whoever_lifts_a_lockout_is_told_in_one_line_without_names() {
        let parts = Parts {
            username: Some("ada".to_owned()),
            ..address("2001:db8::7")
        };
        let scopes = Arc::from([parts.scope().unwrap()]);
        let policy = Policy { scopes, ..policy() };
        let lockout = found(&policy, &failed(&parts, 2, &policy)).unwrap();
        let values = lockout.values();
        assert_eq!(values[0], ("username", "ada".to_owned()));
        assert_eq!(values[1], ("ip_address", "2001:db8::/64".to_owned()));
        let line = |sensitive: &[&str]| {
            lockout.lifted(&Redactor::new(sensitive), "user 7", "\"forgot\"\nAXES: it")
        };
        let mask = crate::MASK;
        assert_eq!(
            line(&["username", "ip_address"]),
            format!(
                "Lockout lifted by user 7 after 2 failures, because \"\\\"forgot\\\" AXES: it\": \
                 {{username: \"{mask}\", ip_address: \"{mask}\"}}"
            )
        );
        assert!(line(&[]).ends_with(r#"{username: "ada", ip_address: "2001:db8::/64"}"#));
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
