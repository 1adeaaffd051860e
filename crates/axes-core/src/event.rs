//! Something worth telling, and how log lines tell it.

use std::fmt;
use std::time::Duration;

use crate::{Reason, Refusal, Report};

/// How much an event matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// All is well.
    Info,
    /// Somebody failed.
    Warning,
    /// Axes could not do its work.
    Error,
}

/// Something worth telling. It is written without its client, which the host adds, redacted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A failure was counted.
    FailureCounted {
        /// How many there are now.
        failures: u32,
        /// How many lead to a lockout.
        limit: u32,
    },
    /// A failure that does not count, because its client is exempt.
    FailureExempt,
    /// A failure that could be counted nowhere: no lockout parameter has a value.
    FailureUncounted,
    /// A lockout began.
    LockedOut {
        /// How long it lasts; `None`: until a reset.
        left: Option<Duration>,
    },
    /// An attempt was refused.
    Refused {
        /// Why.
        reason: Reason,
    },
    /// Somebody logged in.
    LoggedIn,
    /// Somebody logged out.
    LoggedOut,
}

impl Event {
    /// What a failure's `report` is worth telling, in order.
    #[must_use]
    pub fn of_failure(report: &Report, exempt: bool) -> Vec<Self> {
        if exempt {
            return vec![Self::FailureExempt];
        }
        if report.failures == 0 {
            return vec![Self::FailureUncounted];
        }
        let mut events = vec![Self::FailureCounted {
            failures: report.failures,
            limit: report.limit,
        }];
        if let Some(refusal) = report
            .refusal
            .as_ref()
            .filter(|refusal| refusal.newly_locked)
        {
            events.push(Self::LockedOut {
                left: refusal.retry_after,
            });
        }
        events
    }

    /// What a `refusal` is worth telling, in order.
    #[must_use]
    pub fn of_refusal(refusal: &Refusal) -> Vec<Self> {
        let mut events = vec![Self::Refused {
            reason: refusal.reason,
        }];
        if refusal.newly_locked {
            events.insert(
                0,
                Self::LockedOut {
                    left: refusal.retry_after,
                },
            );
        }
        events
    }

    /// How much it matters.
    #[must_use]
    pub const fn level(&self) -> Level {
        match self {
            Self::FailureCounted { .. }
            | Self::FailureUncounted
            | Self::LockedOut { .. }
            | Self::Refused { .. } => Level::Warning,
            Self::FailureExempt | Self::LoggedIn | Self::LoggedOut => Level::Info,
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FailureCounted { failures: 1, limit } => {
                write!(f, "New login failure (1 of {limit}) by")
            }
            Self::FailureCounted { failures, limit } => {
                write!(f, "Repeated login failure ({failures} of {limit}) by")
            }
            Self::FailureExempt => f.write_str("Login failure, not counted, by allowlisted"),
            Self::FailureUncounted => {
                f.write_str("Login failure without a value to count it on, by")
            }
            Self::LockedOut { left: None } => f.write_str("Locked out until a reset:"),
            Self::LockedOut { left: Some(left) } => {
                write!(f, "Locked out for {} s:", left.as_millis().div_ceil(1000))
            }
            Self::Refused { reason } => write!(f, "Refused ({}):", reason.name().replace('_', " ")),
            Self::LoggedIn => f.write_str("Successful login by"),
            Self::LoggedOut => f.write_str("Successful logout by"),
        }
    }
}
