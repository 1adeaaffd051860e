//! Running an engine against a store that blocks.

use std::time::Duration;

use axes_core::{
    Attempt, Batch, Engine, Outcome, Overrides, Permit, Refusal, Reply, Report, Selector, Step,
    Timestamp, Verdict,
};

use crate::{Store, StoreError};

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
}

impl<S: Store, C: Clock> Driver<'_, S, C> {
    /// Decides whether the password of `attempt` may be checked now, waiting where only permits in
    /// flight stand in the way.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not answer; the attempt has no permit then.
    pub fn admit(
        &self,
        attempt: &Attempt,
        overrides: &Overrides,
        nonce: i64,
    ) -> Result<Verdict, StoreError> {
        let mut admission = self.engine.admit(attempt, overrides, nonce);
        loop {
            match admission.step(self.clock.now()) {
                Step::Execute(batch) => {
                    let (replies, now) = self.run(&batch)?;
                    admission.resume(&replies, now);
                }
                Step::Wait(pause) => self.clock.sleep(pause),
                Step::Done(verdict) => return Ok(verdict),
            }
        }
    }

    /// Settles `permit` and tells what came of it.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not take it in; the permit counts as a failure once its
    /// lease has run out.
    pub fn settle(
        &self,
        permit: &Permit,
        outcome: Outcome,
        attempt: &Attempt,
    ) -> Result<Report, StoreError> {
        let settlement = self.engine.settle(permit, outcome, attempt, self.clock.now());
        let (replies, now) = self.run(settlement.batch())?;
        Ok(settlement.judge(&replies, now))
    }

    /// The highest number of failures in any scope of `attempt`, and the refusal that it would meet
    /// now. Takes nothing, records nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not answer.
    pub fn peek(
        &self,
        attempt: &Attempt,
        overrides: &Overrides,
    ) -> Result<(u32, Option<Refusal>), StoreError> {
        let peeking = self.engine.peek(attempt, overrides);
        let (replies, now) = self.run(peeking.batch())?;
        Ok(peeking.judge(&replies, now))
    }

    /// Forgets the selected attempts; returns how many records that were.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not do it.
    pub fn reset(&self, selector: Selector) -> Result<u64, StoreError> {
        let (replies, _) = self.run(&self.engine.reset(selector))?;
        Ok(replies.iter().map(|reply| if let Reply::Removed(count) = reply { *count } else { 0 }).sum())
    }

    /// Notes the logout of a session.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not do it.
    pub fn log_out(&self, session_hash: &str) -> Result<(), StoreError> {
        self.run(&self.engine.log_out(session_hash, self.clock.now())).map(|_| ())
    }

    fn run(&self, batch: &Batch) -> Result<(Vec<Reply>, Timestamp), StoreError> {
        let now = self.clock.now();
        let replies = if batch.is_empty() { Vec::new() } else { self.store.execute(batch, now)? };
        Ok((replies, now))
    }
}
