//! The way to a decision, for hosts that wait in their own way.

use std::time::Duration;

use axes_core::{Admission, Attempt, Engine, Overrides, Step, Timestamp, Verdict};

use crate::{Store, StoreError};

/// A decision, and what kept the store from taking part in it.
#[derive(Debug)]
pub struct Decision<T> {
    /// What was decided.
    pub decided: T,
    /// Why the store did not answer, where it did not. The log should say so.
    pub error: Option<StoreError>,
}

impl<T> Decision<T> {
    pub(crate) const fn of(decided: T) -> Self {
        Self {
            decided,
            error: None,
        }
    }
}

/// One attempt on its way to a verdict, for a host that must not block its thread while it waits.
///
/// [`proceed`](Self::proceed) asks the store; what it says to wait, the host waits. Between two calls
/// nothing is taken, so dropping it there leaves nothing over.
#[derive(Debug)]
pub struct Admitting {
    admission: Admission,
    /// What holds where the store does not answer.
    otherwise: Verdict,
}

/// How far an attempt has come.
#[derive(Debug)]
pub enum Progress {
    /// Let this much time pass, and proceed: a permit in flight stands in the way.
    Wait(Duration),
    /// It is decided.
    Done(Decision<Verdict>),
}

impl Admitting {
    pub(crate) fn new(
        engine: &Engine,
        attempt: &Attempt,
        overrides: &Overrides,
        nonce: i64,
        fail_open: bool,
    ) -> Self {
        Self {
            admission: engine.admit(attempt, overrides, nonce),
            otherwise: engine.without_store(attempt, fail_open),
        }
    }

    /// Asks `store` all that there is to ask at the time `now`.
    pub fn proceed(&mut self, store: &impl Store, now: Timestamp) -> Progress {
        loop {
            match self.admission.step(now) {
                Step::Execute(batch) => match store.execute(&batch, now) {
                    Ok(replies) => self.admission.resume(&replies, now),
                    Err(error) => {
                        return Progress::Done(Decision {
                            decided: self.otherwise.clone(),
                            error: Some(error),
                        });
                    }
                },
                Step::Wait(pause) => return Progress::Wait(pause),
                Step::Done(verdict) => return Progress::Done(Decision::of(verdict)),
            }
        }
    }
}
