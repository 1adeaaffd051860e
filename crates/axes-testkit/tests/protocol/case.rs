//! Small configurations, each checked in every interleaving.

use std::sync::Arc;
use std::time::Duration;

use axes_core::{Attempt, CoolOff, Engine, Parts, Policy, Scope, ScopeKey, Selector};

/// How the protocol goes, and how it must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// As it is.
    Permits,
    /// Broken: look first, check the password, count afterwards.
    CheckThenCount,
    /// Broken: permits in flight count as a lockout.
    BusyLocksOut,
    /// Broken: permits whose lease ran out are free again.
    LapsedAreGivenBack,
}

/// What an attempt is going to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Right,
    Wrong,
    /// It dies: after it was admitted, or at any moment before.
    Crash,
}

/// What a person resets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reset {
    Everything,
    Username(&'static str),
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum End {
    LoggedIn,
    Failed,
    LockedOut,
    Busy,
    Crashed,
}

pub(crate) const LEASE: Duration = Duration::from_mins(1);
/// Past the end of every lease.
pub(crate) const LAPSE: u64 = 125;
/// Past the end of every cool-off that a lapse or a failure began.
pub(crate) const COOL_OFF: u64 = 1000;

/// One small configuration.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) protocol: Protocol,
    pub(crate) limit: u32,
    pub(crate) scopes: &'static [Scope],
    pub(crate) cool_off_secs: u64,
    pub(crate) count_refused: bool,
    /// Whether attempts wait for permits, or are told to come again at once.
    pub(crate) waits: bool,
    /// Username, address, what it is going to be.
    pub(crate) attempts: &'static [(&'static str, &'static str, Kind)],
    /// By how many seconds the clock steps forward, one after the other, at any moment.
    pub(crate) jumps: &'static [u64],
    /// A reset, at any moment.
    pub(crate) reset: Option<Reset>,
    /// Ends that some attempt has to come to on some way.
    pub(crate) sees: &'static [End],
    /// Whether every attempt logs in on every way.
    pub(crate) all_log_in: bool,
}

impl Case {
    /// Two attempts in one scope, of which the others are variations.
    pub(crate) const PLAIN: Self = Self {
        name: "plain",
        protocol: Protocol::Permits,
        limit: 1,
        scopes: &[Scope::IP_ADDRESS],
        cool_off_secs: COOL_OFF,
        count_refused: false,
        waits: true,
        attempts: &[],
        jumps: &[],
        reset: None,
        sees: &[],
        all_log_in: false,
    };

    pub(crate) fn engine(&self) -> Engine {
        Engine::new(Policy {
            limit: self.limit,
            scopes: Arc::from(self.scopes),
            cool_off: CoolOff::After(self.cool_off()),
            count_refused: self.count_refused,
            lease: LEASE,
            max_wait: if self.waits {
                Duration::from_hours(999)
            } else {
                Duration::ZERO
            },
            ..Policy::default()
        })
    }

    pub(crate) const fn cool_off(&self) -> Duration {
        Duration::from_secs(self.cool_off_secs)
    }

    pub(crate) fn attempt(&self, attempt: usize) -> Attempt {
        let (username, address, _) = self.attempts[attempt];
        Attempt::new(address.parse().ok()).with_username(username)
    }

    pub(crate) fn is_right(&self, attempt: usize) -> bool {
        self.attempts[attempt].2 == Kind::Right
    }

    pub(crate) fn crashes(&self, attempt: usize) -> bool {
        self.attempts[attempt].2 == Kind::Crash
    }

    /// The scope keys that `attempt` counts in.
    pub(crate) fn keys(&self, attempt: usize) -> Vec<ScopeKey> {
        let parts = Parts::of(&self.attempt(attempt), 64);
        let scopes = self.scopes.iter();
        scopes
            .filter_map(|scope| Some(scope.project(&parts)?.key()))
            .collect()
    }

    /// The scope keys that the reset forgets.
    pub(crate) fn reset_keys(&self) -> Vec<ScopeKey> {
        let username = match self.reset {
            None => return Vec::new(),
            Some(Reset::Everything) => None,
            Some(Reset::Username(username)) => Some(username),
        };
        let selected = Selector::new(username, None, 64).parts();
        let mut keys = Vec::new();
        for attempt in 0..self.attempts.len() {
            let parts = Parts::of(&self.attempt(attempt), 64);
            let projected = self.scopes.iter().filter_map(|scope| scope.project(&parts));
            keys.extend(
                projected
                    .filter(|parts| selected.covers(parts))
                    .map(|parts| parts.key()),
            );
        }
        keys
    }
}
