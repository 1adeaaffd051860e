//! Running an engine against a store that blocks.

use std::time::Duration;

use axes_core::{
    Attempt, Batch, ByCode, Engine, Judge, Outcome, Overrides, Peeking, Permit, Refusal, Reply,
    Report, ScopeKey, Selector, Timestamp, Verdict,
};

use crate::{Admitting, Asked, Decision, Listing, Page, Progress, Store, StoreError, Wanted};

/// The host's time.
pub trait Clock {
    /// The time now.
    fn now(&self) -> Timestamp;
    /// Lets `pause` pass.
    fn sleep(&self, pause: Duration);
}

impl<C: Clock + ?Sized> Clock for &C {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
    fn sleep(&self, pause: Duration) {
        (**self).sleep(pause);
    }
}

/// An engine, a store and a clock: everything that one attempt needs.
#[derive(Clone, Copy, Debug)]
pub struct Driver<'a, S, C> {
    /// Decides.
    pub engine: &'a Engine,
    /// Executes.
    pub store: S,
    /// Tells the time.
    pub clock: C,
    /// Lets attempts through, uncounted, while the store does not answer. Otherwise they are
    /// refused, so that nobody guesses uncounted.
    pub fail_open: bool,
}

impl<S: Store, C: Clock> Driver<'_, S, C> {
    /// Decides whether the password of `attempt` may be checked now, waiting where only permits in
    /// flight stand in the way.
    ///
    /// `nonce` is a random number other than 0, new for each attempt.
    pub fn admit(&self, attempt: &Attempt, overrides: &Overrides, nonce: i64) -> Decision<Verdict> {
        let mut admitting = self.admitting(attempt, overrides, nonce);
        loop {
            match admitting.proceed(&self.store, self.clock.now()) {
                Progress::Wait(pause) => self.clock.sleep(pause),
                Progress::Done(decision) => return decision,
            }
        }
    }

    /// Begins to decide the same, for a host that waits in its own way.
    #[must_use]
    pub fn admitting(&self, attempt: &Attempt, overrides: &Overrides, nonce: i64) -> Admitting {
        Admitting::new(self.engine, attempt, overrides, nonce, self.fail_open)
    }

    /// Settles `permit` and tells what came of it.
    ///
    /// Where the store does not answer, the permit counts as a failure once its lease has run out.
    pub fn settle(&self, permit: &Permit, outcome: Outcome, attempt: &Attempt) -> Decision<Report> {
        // A record and the tallies that count it tell the same time.
        let now = self.clock.now();
        let settlement = self.engine.settle(permit, outcome, attempt, now);
        match self.run_at(settlement.batch(), now) {
            Ok(replies) => Decision::of(settlement.judge(&replies, now)),
            Err(error) => Decision {
                decided: Report::without_store(permit, self.fail_open),
                error: Some(error),
            },
        }
    }

    /// The highest number of failures in any scope of `attempt`, and the refusal that it would meet
    /// now. Takes nothing, records nothing.
    pub fn peek(
        &self,
        attempt: &Attempt,
        overrides: &Overrides,
    ) -> Decision<(u32, Option<Refusal>)> {
        let peeking = self.engine.peek(attempt, overrides);
        match self.run(peeking.batch()) {
            Ok((replies, now)) => Decision::of(peeking.judge(&replies, now)),
            Err(error) => {
                let decided = (0, (!self.fail_open).then(Refusal::unavailable));
                Decision {
                    decided,
                    error: Some(error),
                }
            }
        }
    }

    /// The same for each of `attempts` without a look at bans, asking the store once for all.
    pub fn peek_many(
        &self,
        attempts: &[Attempt],
        overrides: &Overrides,
    ) -> Decision<Vec<(u32, Option<Refusal>)>> {
        let look = |attempt| self.engine.peek(attempt, overrides).without_bans();
        let peekings: Vec<Peeking> = attempts.iter().map(look).collect();
        let ops = peekings
            .iter()
            .flat_map(|peeking| peeking.batch().ops().iter().cloned());
        match self.run(&Batch::new(ops.collect())) {
            Ok((replies, now)) => {
                let mut replies = replies.into_iter();
                let judge = |peeking: &Peeking| {
                    let own = replies.by_ref().take(peeking.batch().ops().len());
                    peeking.judge(&own.collect::<Vec<_>>(), now)
                };
                Decision::of(peekings.iter().map(judge).collect())
            }
            Err(error) => {
                let unknown = (0, (!self.fail_open).then(Refusal::unavailable));
                Decision {
                    decided: vec![unknown; attempts.len()],
                    error: Some(error),
                }
            }
        }
    }

    /// Forgets the selected attempts; returns how many records that were.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not do it.
    pub fn reset(&self, selector: Selector) -> Result<u64, StoreError> {
        self.removed(&self.engine.reset(selector))
    }

    /// Forgets all that `attempt` is refused for; returns how many records that were.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not do it.
    pub fn lift(&self, attempt: &Attempt) -> Result<u64, StoreError> {
        self.removed(&self.engine.lift(attempt))
    }

    fn removed(&self, batch: &Batch) -> Result<u64, StoreError> {
        let (replies, _) = self.run(batch)?;
        let count = |reply: &Reply| {
            if let Reply::Removed(count) = reply {
                *count
            } else {
                0
            }
        };
        Ok(replies.iter().map(count).sum())
    }

    /// Notes the logout of a session.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not do it.
    pub fn log_out(&self, attempt: &Attempt, session_hash: &str) -> Result<(), StoreError> {
        self.run(&self.engine.log_out(attempt, session_hash, self.clock.now()))
            .map(|_| ())
    }

    fn run(&self, batch: &Batch) -> Result<(Vec<Reply>, Timestamp), StoreError> {
        let now = self.clock.now();
        Ok((self.run_at(batch, now)?, now))
    }

    fn run_at(&self, batch: &Batch, now: Timestamp) -> Result<Vec<Reply>, StoreError> {
        if batch.is_empty() {
            Ok(Vec::new())
        } else {
            self.store.execute(batch, now)
        }
    }
}

impl<S: Listing, C: Clock> Driver<'_, S, C> {
    /// The lockouts from `start` to `stop` of those that are `wanted`, and how many there are.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not tell.
    pub fn lockouts(
        &self,
        by_code: ByCode,
        wanted: Wanted,
        start: usize,
        stop: usize,
    ) -> Result<Page, StoreError> {
        let judge = Judge::new(self.engine.policy(), by_code);
        if !judge.locks_out() {
            return Ok(Page::default());
        }
        let asked = Asked {
            judge,
            wanted,
            start,
            stop,
        };
        self.store.lockouts(&asked, self.clock.now())
    }

    /// Forgets what is counted in the tally `key`, if it is locked out; whether it was.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not do it.
    pub fn unlock(&self, by_code: ByCode, key: ScopeKey) -> Result<bool, StoreError> {
        let judge = Judge::new(self.engine.policy(), by_code);
        self.store.unlock(&judge, key, self.clock.now())
    }
}
