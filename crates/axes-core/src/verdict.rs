//! The engine's answer.

use std::time::Duration;

use crate::{Permit, Scope};

/// Admit, with a permit, or refuse, with a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// One password may be checked now.
    Admit(Permit),
    /// No password may be checked.
    Refuse(Refusal),
}

impl Verdict {
    /// The permit, if the attempt was admitted.
    #[must_use]
    pub fn permit(self) -> Option<Permit> {
        match self {
            Self::Admit(permit) => Some(permit),
            Self::Refuse(_) => None,
        }
    }

    /// The verdict, for whoever asked; a permit that is left here holds nothing.
    pub(crate) fn hand_over(&mut self) -> Self {
        match self {
            Self::Admit(permit) => Self::Admit(permit.hand_over()),
            Self::Refuse(refusal) => Self::Refuse(refusal.clone()),
        }
    }
}

/// Why an attempt was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The failure limit is reached.
    LockedOut,
    /// The address is on the denylist.
    Denylisted,
    /// Only listed addresses may log in, and this one is not listed.
    NotAllowlisted,
    /// An operator refuses the username or the network.
    Banned,
    /// The host's own code does not allow it.
    NotAllowed,
    /// As many passwords as the limit allows are being checked; it is not locked out.
    Busy,
    /// The store did not answer.
    StoreUnavailable,
}

impl Reason {
    /// A short name, for logs and machine-readable answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LockedOut => "locked_out",
            Self::Denylisted => "denylisted",
            Self::NotAllowlisted => "not_allowlisted",
            Self::Banned => "banned",
            Self::NotAllowed => "not_allowed",
            Self::Busy => "busy",
            Self::StoreUnavailable => "store_unavailable",
        }
    }

    /// Whether a person decided so, and no failures: by a list of addresses, or by a ban.
    #[must_use]
    pub const fn is_denial(self) -> bool {
        matches!(self, Self::Denylisted | Self::NotAllowlisted | Self::Banned)
    }

    /// Whether nothing could be decided yet, so that trying again soon makes sense.
    #[must_use]
    pub const fn is_undecided(self) -> bool {
        matches!(self, Self::Busy | Self::StoreUnavailable)
    }
}

/// A refusal, with all that the person should be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// The time until another attempt makes sense; `None` when only a person can help.
    pub retry_after: Option<Duration>,
    /// The failures counted in the scope that refused.
    pub failures: u32,
    /// The failure limit.
    pub limit: u32,
    /// The scope that refused.
    pub scope: Option<Scope>,
    /// Whether this is the first that anybody hears of the lockout.
    pub newly_locked: bool,
    /// The cool-off that holds in that scope; `None` when there is none.
    pub cool_off: Option<Duration>,
}

impl Refusal {
    /// The refusal while the store does not answer.
    #[must_use]
    pub const fn unavailable() -> Self {
        Self::of(Reason::StoreUnavailable, Some(Duration::from_secs(1)))
    }

    /// A refusal that no tally led to.
    #[must_use]
    pub const fn of(reason: Reason, retry_after: Option<Duration>) -> Self {
        Self {
            reason,
            retry_after,
            failures: 0,
            limit: 0,
            scope: None,
            newly_locked: false,
            cool_off: None,
        }
    }
}
