//! What follows from the outcome of an attempt.

use std::sync::Arc;
use std::time::Duration;

use crate::{Batch, Op, Permit, Reason, Refusal, Reply, Scope, Tally, Terms, Timestamp};

/// What became of an admitted attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The proof was right.
    Success {
        /// The SHA-256 of the new session's key, in hexadecimal; empty when there is no session.
        session_hash: String,
    },
    /// The proof was wrong.
    Failure,
    /// No proof was checked, or its outcome does not concern Axes.
    Withdrawn,
}

/// A settled attempt: the batch to execute, and then the judgement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    terms: Arc<Terms>,
    batch: Batch,
    lock_out: bool,
}

/// What came of a settlement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The highest number of failures in any scope of the attempt.
    pub failures: u32,
    /// The failure limit.
    pub limit: u32,
    /// The lockout that the attempt's scopes are in now, if they are.
    pub refusal: Option<Refusal>,
}

impl Report {
    /// What is known of a `permit` that the store could not settle; it counts as a failure once its lease
    /// has run out. With `fail_open` nobody is told.
    #[must_use]
    pub fn without_store(permit: &Permit, fail_open: bool) -> Self {
        Self {
            limit: permit.terms().limit,
            refusal: (!fail_open).then(Refusal::unavailable),
            ..Self::default()
        }
    }
}

impl Settlement {
    pub(crate) fn new(permit: &Permit, batch: Batch, lock_out: bool) -> Self {
        Self {
            terms: Arc::clone(&permit.terms),
            batch,
            lock_out,
        }
    }

    /// What to execute.
    #[must_use]
    pub const fn batch(&self) -> &Batch {
        &self.batch
    }

    /// What the `replies` to the batch mean.
    #[must_use]
    pub fn judge(&self, replies: &[Reply], now: Timestamp) -> Report {
        let terms = &*self.terms;
        let mut report = Report {
            limit: terms.limit,
            ..Report::default()
        };
        for (op, reply) in self.batch.ops().iter().zip(replies) {
            let (
                Op::Fail(fail),
                Reply::Counted {
                    newly_locked,
                    tally,
                },
            ) = (op, reply)
            else {
                continue;
            };
            report.failures = report.failures.max(tally.failures);
            if self.lock_out && tally.is_locked_out(terms.limit) {
                let found = locked_out(fail.parts.scope(), tally, terms, *newly_locked, now);
                report.refusal = Some(longer(report.refusal, found));
            }
        }
        report
    }
}

/// The refusal that the locked out `tally` leads to.
pub(crate) fn locked_out(
    scope: Option<Scope>,
    tally: &Tally,
    terms: &Terms,
    newly_locked: bool,
    now: Timestamp,
) -> Refusal {
    Refusal {
        reason: Reason::LockedOut,
        retry_after: tally.time_left(now),
        failures: tally.failures,
        limit: terms.limit,
        scope,
        newly_locked,
        cool_off: terms.cool_off.after(tally.failures),
    }
}

/// Of two refusals the one that holds longer; it is new if one of them is.
pub(crate) fn longer(one: Option<Refusal>, other: Refusal) -> Refusal {
    let Some(one) = one else { return other };
    let newly_locked = one.newly_locked || other.newly_locked;
    let left = |refusal: &Refusal| refusal.retry_after.unwrap_or(Duration::MAX);
    let longer = if left(&other) > left(&one) {
        other
    } else {
        one
    };
    Refusal {
        newly_locked,
        ..longer
    }
}
