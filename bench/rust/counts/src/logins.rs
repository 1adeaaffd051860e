//! Logins of clients that differ by a number.

use std::hint::black_box;
use std::net::Ipv4Addr;
use std::time::Duration;

use axes_core::{Attempt, CoolOff, Engine, Outcome, Overrides, Policy, Timestamp, Verdict};
use axes_stores::{Clock, Driver, MemoryStore};

/// The failure limit where nobody is to be locked out.
const NO_LIMIT: u32 = 1_000_000_000;

/// Everything that a login needs.
pub(crate) struct Logins {
    engine: Engine,
    strict: Engine,
    store: MemoryStore,
}

impl Logins {
    pub(crate) fn in_memory() -> Self {
        let engine = |limit| {
            Engine::new(Policy {
                limit,
                cool_off: CoolOff::After(Duration::from_hours(1)),
                ..Policy::default()
            })
        };
        Self {
            engine: engine(NO_LIMIT),
            strict: engine(1),
            store: MemoryStore::default(),
        }
    }

    fn driver<'a>(&'a self, engine: &'a Engine) -> Driver<'a, &'a MemoryStore, Still> {
        Driver {
            engine,
            store: &self.store,
            clock: Still,
            fail_open: false,
        }
    }

    /// An admission, and what becomes of it.
    pub(crate) fn settled(&self, number: u32, outcome: Outcome) {
        let driver = self.driver(&self.engine);
        let attempt = attempt(number);
        let verdict = driver.admit(&attempt, &Overrides::default(), nonce(number));
        let permit = verdict.decided.permit().expect("nobody is locked out");
        black_box(driver.settle(&permit, outcome, &attempt));
    }

    /// Locks a client out, for [`refused`](Self::refused).
    pub(crate) fn lock_out(&self, number: u32) {
        self.settled(number, Outcome::Failure);
    }

    /// An attempt of a client that is locked out.
    pub(crate) fn refused(&self, number: u32) {
        let driver = self.driver(&self.strict);
        let verdict = driver.admit(&attempt(number), &Overrides::default(), nonce(number));
        assert!(
            matches!(verdict.decided, Verdict::Refuse(_)),
            "it is locked out"
        );
    }

    /// A look at where a client stands.
    pub(crate) fn looked(&self, number: u32) {
        let driver = self.driver(&self.engine);
        black_box(driver.peek(&attempt(number), &Overrides::default()));
    }
}

/// The attempt of the client of this number.
pub(crate) fn attempt(number: u32) -> Attempt {
    let address = Ipv4Addr::from(0x0a00_0000_u32.wrapping_add(number));
    let mut attempt = Attempt::new(Some(address.into()))
        .with_username("ada")
        .with_user_agent("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0");
    "/accounts/login/".clone_into(&mut attempt.path);
    attempt
}

/// A number that is not 0.
fn nonce(number: u32) -> i64 {
    i64::from(number).wrapping_add(1)
}

/// Time does not pass: counts do not depend on when they are made.
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_767_225_600_000)
    }

    fn sleep(&self, _pause: Duration) {
        unreachable!("nobody else is here");
    }
}
