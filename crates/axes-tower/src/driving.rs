//! Asking the engine and the store without blocking the runtime.

use std::sync::Arc;
use std::time::Duration;

use axes_core::{Attempt, Engine, Event, Overrides, Redactor, Timestamp, Verdict};
use axes_stores::{Backend, Clock, Driver, ErrorKind, Progress, Store as _, StoreError};

use crate::address::Addresses;
use crate::purging::Purging;
use crate::{Guard, Refusals, log};

type Overriding = dyn Fn(&Attempt) -> Overrides + Send + Sync;

/// What a guard does besides asking the engine.
pub(crate) struct Options {
    pub(crate) fail_open: bool,
    pub(crate) body_limit: usize,
    pub(crate) addresses: Addresses,
    pub(crate) refusals: Refusals,
    pub(crate) redactor: Redactor,
    pub(crate) overrides: Option<Arc<Overriding>>,
    pub(crate) now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

/// What all clones of a guard have in common.
pub(crate) struct Shared {
    pub(crate) engine: Engine,
    pub(crate) store: Arc<dyn Backend>,
    pub(crate) options: Options,
    pub(crate) purging: Purging,
}

/// A driver that never sleeps: whoever has to wait does it where that blocks nobody.
pub(crate) type GuardDriver<'a> = Driver<'a, &'a Arc<dyn Backend>, Time<'a>>;

/// A guard's clock.
pub(crate) struct Time<'a>(&'a Options);

impl Clock for Time<'_> {
    fn now(&self) -> Timestamp {
        (self.0.now)()
    }

    fn sleep(&self, pause: Duration) {
        std::thread::sleep(pause);
    }
}

impl Shared {
    fn driver(&self) -> GuardDriver<'_> {
        Driver {
            engine: &self.engine,
            store: &self.store,
            clock: Time(&self.options),
            fail_open: self.options.fail_open,
        }
    }
}

impl Guard {
    /// Does `work` with a driver, on a thread that may block if the store does. Once it has begun, it is
    /// done, whether anybody waits for it or not.
    pub(crate) async fn drive<T: Send + 'static>(
        &self,
        work: impl FnOnce(&GuardDriver<'_>) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        if !self.shared.store.blocks() {
            return Ok(work(&self.shared.driver()));
        }
        let shared = Arc::clone(&self.shared);
        let done = tokio::task::spawn_blocking(move || work(&shared.driver())).await;
        done.map_err(|error| {
            let operation = "finish what it was asked, because its thread broke down";
            StoreError::new(ErrorKind::Unavailable, operation).because(error)
        })
    }

    /// Decides about `attempt`, waiting where only permits in flight stand in the way.
    pub(crate) async fn verdict(&self, attempt: &Attempt, overrides: &Overrides) -> Verdict {
        let nonce = match nonce() {
            Ok(nonce) => nonce,
            Err(error) => return self.undecided(attempt, &error),
        };
        let mut admitting = self.shared.driver().admitting(attempt, overrides, nonce);
        loop {
            // All at once: whoever is dropped between two steps may not leave a part behind.
            let proceed = |driver: &GuardDriver<'_>| {
                let progress = admitting.proceed(&driver.store, driver.clock.now());
                (progress, admitting)
            };
            match self.drive(proceed).await {
                Ok((Progress::Wait(pause), waiting)) => {
                    admitting = waiting;
                    tokio::time::sleep(pause).await;
                }
                Ok((Progress::Done(decision), _)) => {
                    self.tell_error(decision.error.as_ref());
                    return decision.decided;
                }
                Err(error) => return self.undecided(attempt, &error),
            }
        }
    }

    /// The verdict where nothing could even be asked.
    fn undecided(&self, attempt: &Attempt, error: &StoreError) -> Verdict {
        self.tell_error(Some(error));
        let fail_open = self.options().fail_open;
        self.shared.engine.without_store(attempt, fail_open)
    }

    /// Writes log lines about `attempt`.
    pub(crate) fn tell(&self, events: &[Event], attempt: &Attempt) {
        log::tell(events, &self.options().redactor, attempt);
    }

    /// Writes that the store did not answer, if so.
    pub(crate) fn tell_error(&self, error: Option<&StoreError>) {
        if let Some(error) = error {
            log::store_failed(error, self.options().fail_open);
        }
    }
}

/// A random number other than 0.
fn nonce() -> Result<i64, StoreError> {
    match getrandom::u64() {
        Ok(0) => Ok(1),
        Ok(number) => Ok(number.cast_signed()),
        Err(error) => {
            Err(StoreError::new(ErrorKind::Unavailable, "draw a random number").because(error))
        }
    }
}
