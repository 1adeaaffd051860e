//! What holds for every policy.

use axes_core::{Attempt, CoolOff, Engine, Overrides, Policy, Step, Timestamp};

/// Checks that a policy means something, whatever it was made of.
///
/// # Panics
/// When it does not.
pub fn is_valid(policy: Policy) {
    assert!(policy.limit > 0);
    assert!(!policy.scopes.is_empty());
    assert!((1..=128).contains(&policy.ipv6_prefix));
    assert!(!policy.lease.is_zero() && !policy.max_wait.is_zero());
    if policy.cool_off != CoolOff::Never {
        let after = policy.cool_off.after(u32::MAX);
        assert!(
            after.is_some_and(|time| !time.is_zero()),
            "{:?}",
            policy.cool_off
        );
    }
    let attempt = Attempt::new("203.0.113.7".parse().ok()).with_username("ada");
    let engine = Engine::new(policy);
    let mut admission = engine.admit(&attempt, &Overrides::default(), 1);
    let step = admission.step(Timestamp::from_millis(1_750_000_000_000));
    assert!(!matches!(step, Step::Wait(_)), "nobody else is here");
}
