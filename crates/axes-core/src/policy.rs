//! Settings after parsing, valid by construction.

use std::sync::Arc;
use std::time::Duration;

use crate::{CoolOff, Networks, Scope, Terms};

/// What is written to the logs of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessLogs {
    /// Write successes and logouts to the access log.
    pub successes: bool,
    /// Write every failure to the failure log.
    pub failures: bool,
    /// How many entries of the failure log one username keeps.
    pub failures_per_username: Option<u32>,
}

/// All that the engine decides by.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one independent setting of the operator"
)]
pub struct Policy {
    /// Off: every attempt is exempt.
    pub enabled: bool,
    /// The number of failures that leads to a lockout.
    pub limit: u32,
    /// Off: failures are counted, but nobody is locked out.
    pub lock_out: bool,
    /// What is counted on, joined by OR. Never empty.
    pub scopes: Arc<[Scope]>,
    /// How long failures are remembered.
    pub cool_off: CoolOff,
    /// Whether an attempt that is refused counts too and restarts the cool-off.
    pub count_refused: bool,
    /// Whether a success forgets the failures that it proves to be its own.
    pub reset_on_success: bool,
    /// GET requests are never refused.
    pub never_lock_out_get: bool,
    /// Addresses on the allowlist are exempt.
    pub never_lock_out_allowlist: bool,
    /// Only addresses on the allowlist may log in.
    pub only_allowlist: bool,
    /// The allowlist.
    pub allowlist: Arc<Networks>,
    /// Always refused.
    pub denylist: Arc<Networks>,
    /// By which prefix IPv6 addresses are counted.
    pub ipv6_prefix: u8,
    /// How long a permit may stay unsettled.
    pub lease: Duration,
    /// How long an attempt waits for permits in flight at most.
    pub max_wait: Duration,
    /// What is logged.
    pub logs: AccessLogs,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            enabled: true,
            limit: 3,
            lock_out: true,
            scopes: Arc::new([Scope::IP_ADDRESS]),
            cool_off: CoolOff::Never,
            count_refused: true,
            reset_on_success: false,
            never_lock_out_get: false,
            never_lock_out_allowlist: false,
            only_allowlist: false,
            allowlist: Arc::default(),
            denylist: Arc::default(),
            ipv6_prefix: 64,
            lease: Duration::from_mins(1),
            max_wait: Duration::from_secs(30),
            logs: AccessLogs {
                successes: true,
                failures: false,
                failures_per_username: Some(1000),
            },
        }
    }
}

/// What a host's own code (callables) says about one attempt, where it says anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Axes does not apply to this attempt (only the admin site is guarded, say).
    pub not_applicable: bool,
    /// The attempt is exempt.
    pub exempt: bool,
    /// Its failure limit.
    pub limit: Option<u32>,
    /// Its cool-off.
    pub cool_off: Option<CoolOff>,
    /// What it is counted on.
    pub scopes: Option<Arc<[Scope]>>,
    /// What the host decides itself.
    pub rulings: Rulings,
}

/// What a host that overrides parts of the decision rules about one attempt. Where it says nothing,
/// the engine decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rulings {
    /// Whether the attempt is exempt, whatever the allowlist says.
    pub exempt: Option<bool>,
    /// Whether it is denied, whatever the denylist says.
    pub denied: Option<bool>,
    /// Whether it is locked out, whatever the tallies say.
    pub locked_out: Option<bool>,
    /// How many failures decide about a lockout, whatever the tallies say.
    pub failures: Option<u32>,
    /// The last word: whether it may go on, whatever everything else says.
    pub allowed: Option<bool>,
}

impl Rulings {
    /// Whether the attempt is locked out on `limit`, where the host rules on it.
    #[must_use]
    pub fn locked_out(&self, limit: u32) -> Option<bool> {
        self.locked_out
            .or(self.failures.map(|failures| failures >= limit))
    }

    /// Whether the host lets through what a lockout would refuse.
    #[must_use]
    pub fn forgives(&self, limit: u32) -> bool {
        match self.allowed {
            Some(allowed) => allowed,
            None => self.locked_out(limit) == Some(false),
        }
    }

    /// Whether the host refuses what the engine would admit.
    #[must_use]
    pub const fn forbids(&self) -> bool {
        matches!(self.allowed, Some(false))
    }
}

impl Policy {
    /// The terms on which an attempt with these overrides is judged.
    #[must_use]
    pub fn terms(&self, overrides: &Overrides) -> Terms {
        Terms {
            limit: overrides.limit.unwrap_or(self.limit),
            cool_off: overrides
                .cool_off
                .clone()
                .unwrap_or_else(|| self.cool_off.clone()),
            lease: self.lease,
        }
    }

    /// What an attempt with these overrides is counted on.
    #[must_use]
    pub fn scopes<'a>(&'a self, overrides: &'a Overrides) -> &'a [Scope] {
        overrides.scopes.as_deref().unwrap_or(&self.scopes)
    }
}
