//! A clock that tests set.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axes_core::Timestamp;
use axes_stores::Clock;

/// A clock that only moves when it is told to, or when somebody sleeps.
#[derive(Debug)]
pub struct FakeClock(AtomicI64);

impl Default for FakeClock {
    /// The start of 2026.
    fn default() -> Self {
        Self::at(Timestamp::from_millis(1_767_225_600_000))
    }
}

impl FakeClock {
    /// A clock that shows `time`.
    #[must_use]
    pub const fn at(time: Timestamp) -> Self {
        Self(AtomicI64::new(time.as_millis()))
    }

    /// Moves it to `time`, which may be in its past.
    pub fn set(&self, time: Timestamp) {
        self.0.store(time.as_millis(), Ordering::SeqCst);
    }

    /// Moves it forward.
    pub fn advance(&self, by: Duration) {
        self.set(self.now().plus(by));
    }

    /// Moves it back, as an administrator or a time server may do.
    pub fn step_back(&self, by: Duration) {
        self.set(self.now().minus(by));
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }

    fn sleep(&self, pause: Duration) {
        self.advance(pause);
    }
}
