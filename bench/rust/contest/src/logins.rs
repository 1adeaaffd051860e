//! Logins of clients that differ by a number.

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, SystemTime};

use axes_core::{Attempt, CoolOff, Engine, Outcome, Overrides, Permit, Policy, Timestamp};
use axes_stores::{Clock, Driver, Store};

/// An engine that never locks anybody out: what is measured are admissions.
pub(crate) fn engine() -> Engine {
    Engine::new(Policy {
        limit: 1_000_000_000,
        cool_off: CoolOff::After(Duration::from_hours(1)),
        ..Policy::default()
    })
}

/// An admission, and what becomes of it.
pub(crate) fn settled<S: Store>(engine: &Engine, store: S, number: u32, outcome: Outcome) {
    let driver = driver(engine, store);
    let attempt = attempt(number);
    let permit = admission(&driver, &attempt, number);
    let report = driver.settle(&permit, outcome, &attempt);
    assert!(report.error.is_none(), "{:?}", report.error);
    black_box(report);
}

/// An admission of which nobody hears again.
pub(crate) fn admitted<S: Store>(engine: &Engine, store: S, number: u32) {
    black_box(admission(&driver(engine, store), &attempt(number), number));
}

fn driver<S: Store>(engine: &Engine, store: S) -> Driver<'_, S, Wall> {
    Driver {
        engine,
        store,
        clock: Wall,
        fail_open: false,
    }
}

fn admission<S: Store>(driver: &Driver<'_, S, Wall>, attempt: &Attempt, number: u32) -> Permit {
    let verdict = driver.admit(attempt, &Overrides::default(), i64::from(number) + 1);
    assert!(verdict.error.is_none(), "{:?}", verdict.error);
    verdict.decided.permit().expect("nobody is locked out")
}

/// A right password.
pub(crate) fn success() -> Outcome {
    Outcome::Success {
        session_hash: String::new(),
    }
}

/// The address of the client of this number.
pub(crate) fn address(number: u32) -> IpAddr {
    Ipv4Addr::from(0x0a00_0000_u32.wrapping_add(number)).into()
}

fn attempt(number: u32) -> Attempt {
    Attempt::new(Some(address(number)))
        .with_username("ada")
        .with_user_agent("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")
}

/// The clock on the wall.
struct Wall;

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let millis = since.map_or(0, |since| since.as_millis());
        Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
    }

    fn sleep(&self, pause: Duration) {
        std::thread::sleep(pause);
    }
}
