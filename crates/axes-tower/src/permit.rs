//! A permit in somebody's hands.

use std::fmt;

use axes_core::{Attempt, Event, Outcome, Permit, Report};

use crate::session::session_hash;
use crate::{Guard, log};

/// The right to check one password now. Say what became of it.
///
/// One that is dropped fails closed: it counts as a failure once its
/// [lease](crate::GuardBuilder::lease) has run out.
#[must_use = "a permit that is dropped counts as a failure once its lease has run out"]
pub struct OpenPermit {
    guard: Guard,
    permit: Permit,
    attempt: Attempt,
}

impl OpenPermit {
    pub(crate) const fn new(guard: Guard, permit: Permit, attempt: Attempt) -> Self {
        Self {
            guard,
            permit,
            attempt,
        }
    }

    /// The attempt that it was taken for.
    #[must_use]
    pub const fn attempt(&self) -> &Attempt {
        &self.attempt
    }

    /// Whether nothing is counted, because the attempt is exempt.
    #[must_use]
    pub const fn is_exempt(&self) -> bool {
        self.permit.is_exempt()
    }

    /// The password was right. Where the store cannot take that in, the log says so, and the permit
    /// counts as a failure once its lease has run out.
    pub async fn succeed(self) {
        self.succeed_in("").await;
    }

    /// The password was right, and a session with this key began. The access log keeps a digest of the
    /// key, to find the session's [logout](Guard::log_out).
    pub async fn succeed_in(self, session_key: &str) {
        let session_hash = session_hash(session_key);
        self.settle(Outcome::Success { session_hash }).await;
        self.guard.tell(&[Event::LoggedIn], &self.attempt);
    }

    /// The password was wrong. Where the report has a [refusal](Report::refusal), the client is locked
    /// out now, and should be told.
    #[must_use = "the client may be locked out now"]
    pub async fn fail(self) -> Report {
        let report = self.settle(Outcome::Failure).await;
        let is_told = report.refusal.as_ref();
        if is_told.is_none_or(|refusal| !refusal.reason.is_undecided()) {
            let events = Event::of_failure(&report, self.permit.is_exempt());
            self.guard.tell(&events, &self.attempt);
        }
        report
    }

    /// No password was checked, or what came of it does not concern the guard: nothing is counted.
    pub async fn withdraw(self) {
        self.settle(Outcome::Withdrawn).await;
    }

    /// Nobody knows what became of it.
    pub(crate) fn give_up(self) {
        log::outcome_unknown(&self.guard.options().redactor, &self.attempt);
    }

    async fn settle(&self, outcome: Outcome) -> Report {
        let (permit, attempt) = (self.permit.clone(), self.attempt.clone());
        let settled = self
            .guard
            .drive(move |driver| driver.settle(&permit, outcome, &attempt))
            .await;
        match settled {
            Ok(decision) => {
                self.guard.tell_error(decision.error.as_ref());
                self.guard.purge_in_passing(&self.permit);
                decision.decided
            }
            Err(error) => {
                self.guard.tell_error(Some(&error));
                Report::without_store(&self.permit, self.guard.options().fail_open)
            }
        }
    }
}

impl fmt::Debug for OpenPermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenPermit")
            .field("is_exempt", &self.is_exempt())
            .finish_non_exhaustive()
    }
}
