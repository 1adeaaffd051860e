//! How many statements an attempt costs.

use std::cell::Cell;
use std::time::Duration;

use axes_core::{CoolOff, Engine, Outcome, Overrides, Policy, Verdict};
use axes_stores::{Dialect, Driver, SqlConnection, SqlStore, StoreError, Value};
use axes_testkit::FakeClock;

use crate::ada;
use crate::connection::Connection;

/// A connection that counts statements.
struct Counting {
    connection: Connection,
    statements: Cell<u32>,
}

impl Counting {
    fn count(&self) {
        self.statements.set(self.statements.get() + 1);
    }
}

impl SqlConnection for Counting {
    fn dialect(&self) -> Dialect {
        self.connection.dialect()
    }

    fn returns_rows(&self) -> bool {
        self.connection.returns_rows()
    }

    fn is_in_transaction(&self) -> bool {
        self.connection.is_in_transaction()
    }

    fn query(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Vec<Value>>, StoreError> {
        self.count();
        self.connection.query(sql, parameters)
    }

    fn execute(&self, sql: &str, parameters: &[Value]) -> Result<u64, StoreError> {
        self.count();
        self.connection.execute(sql, parameters)
    }

    fn begin(&self) -> Result<(), StoreError> {
        self.connection.begin()
    }

    fn commit(&self) -> Result<(), StoreError> {
        self.connection.commit()
    }

    fn roll_back(&self) {
        self.connection.roll_back();
    }
}

struct Site {
    connection: Counting,
    clock: FakeClock,
    engine: Engine,
}

impl Site {
    fn new(policy: Policy) -> Self {
        let connection = Counting {
            connection: Connection::in_memory(),
            statements: Cell::new(0),
        };
        let clock = FakeClock::default();
        let engine = Engine::new(policy);
        Self {
            connection,
            clock,
            engine,
        }
    }

    /// The statements of one attempt, and whether it was refused. `outcome` is that of its password.
    fn attempt(
        &self,
        driver: &Driver<'_, SqlStore<&Counting>, &FakeClock>,
        outcome: Outcome,
    ) -> (u32, bool) {
        self.connection.statements.set(0);
        let decision = driver.admit(&ada(), &Overrides::default(), 5);
        assert!(decision.error.is_none(), "{:?}", decision.error);
        let refused = match decision.decided {
            Verdict::Refuse(_) => true,
            Verdict::Admit(permit) => {
                let settled = driver.settle(&permit, outcome, &ada());
                assert!(settled.error.is_none(), "{:?}", settled.error);
                false
            }
        };
        (self.connection.statements.get(), refused)
    }

    fn driver(&self) -> Driver<'_, SqlStore<&Counting>, &FakeClock> {
        Driver {
            engine: &self.engine,
            store: SqlStore::new(&self.connection),
            clock: &self.clock,
            fail_open: false,
        }
    }
}

fn policy(count_refused: bool) -> Policy {
    Policy {
        limit: 2,
        count_refused,
        cool_off: CoolOff::After(Duration::from_mins(5)),
        ..Policy::default()
    }
}

#[test]
fn a_failed_login_costs_three_statements() {
    let site = Site::new(policy(true));
    let driver = site.driver();
    let costs = [(); 2].map(|()| site.attempt(&driver, Outcome::Failure));
    assert_eq!(costs, [(3, false); 2]);
}

#[test]
fn so_does_one_after_the_cool_off() {
    let site = Site::new(Policy {
        limit: 1,
        ..policy(true)
    });
    let driver = site.driver();
    for _ in 0..3 {
        assert_eq!(site.attempt(&driver, Outcome::Failure), (3, false));
        site.clock.advance(Duration::from_mins(6));
    }
}

#[test]
fn a_successful_login_costs_three_statements() {
    let site = Site::new(policy(true));
    let driver = site.driver();
    let success = || Outcome::Success {
        session_hash: String::new(),
    };
    for _ in 0..2 {
        assert_eq!(site.attempt(&driver, success()), (3, false));
    }
}

#[test]
fn a_refusal_that_counts_costs_two_statements() {
    let site = Site::new(policy(true));
    let driver = site.driver();
    for _ in 0..2 {
        site.attempt(&driver, Outcome::Failure);
    }
    for _ in 0..3 {
        assert_eq!(site.attempt(&driver, Outcome::Failure), (2, true));
    }
}

#[test]
fn a_refusal_that_counts_for_nothing_costs_one_statement() {
    let site = Site::new(policy(false));
    let driver = site.driver();
    for _ in 0..2 {
        site.attempt(&driver, Outcome::Failure);
    }
    let costs = [(); 2].map(|()| site.attempt(&driver, Outcome::Failure));
    assert_eq!(costs, [(1, true); 2]);
    // Another process learns from the first one that asking first is cheaper.
    let another = site.driver();
    let costs = [(); 3].map(|()| site.attempt(&another, Outcome::Failure));
    assert_eq!(costs, [(2, true), (1, true), (1, true)]);
}
