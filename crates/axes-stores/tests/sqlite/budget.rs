//! How many statements an attempt costs.

use std::cell::Cell;
use std::time::Duration;

use axes_core::{Ban, Banned, CoolOff, Engine, Outcome, Overrides, Policy, Timestamp, Verdict};
use axes_stores::{
    Bans as _, Clock as _, Dialect, Driver, SqlConnection, SqlStore, StoreError, Value,
};
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

/// A ban of somebody else.
fn ban_others(site: &Site) {
    let (store, now) = (SqlStore::new(&site.connection), site.clock.now());
    ban(&store, Banned::username("mallory"), now, Timestamp::NEVER);
    ban(&store, Banned::network("2001:db8::/32").ok(), now, now);
}

fn ban<C: SqlConnection>(
    store: &SqlStore<C>,
    target: Option<Banned>,
    since: Timestamp,
    until: Timestamp,
) {
    let ban = Ban {
        target: target.expect("a target"),
        reason: String::new(),
        author: String::new(),
        since,
        until,
    };
    store.ban(&ban).expect("the database answers");
}

#[test]
fn bans_of_others_cost_no_statement() {
    let site = Site::new(policy(true));
    let driver = site.driver();
    ban_others(&site);
    // The first attempt finds out that there are bans.
    assert!(!site.attempt(&driver, Outcome::Withdrawn).1);
    let costs = [(); 2].map(|()| site.attempt(&driver, Outcome::Failure));
    assert_eq!(costs, [(3, false); 2]);
    let costs = [(); 2].map(|()| site.attempt(&driver, Outcome::Failure));
    assert_eq!(costs, [(2, true); 2]);

    let site = Site::new(policy(false));
    let driver = site.driver();
    ban_others(&site);
    for _ in 0..2 {
        site.attempt(&driver, Outcome::Failure);
    }
    let costs = [(); 2].map(|()| site.attempt(&driver, Outcome::Failure));
    assert_eq!(costs, [(1, true); 2]);
}

#[test]
fn who_is_banned_costs_one_statement_from_the_second_attempt_on() {
    for locked_out in [false, true] {
        let site = Site::new(policy(true));
        let driver = site.driver();
        if locked_out {
            for _ in 0..3 {
                site.attempt(&driver, Outcome::Failure);
            }
        }
        let now = site.clock.now();
        let until = now.plus(Duration::from_mins(1));
        ban(&driver.store, Banned::username("ada"), now, until);
        let (first, refused) = site.attempt(&driver, Outcome::Failure);
        assert!(refused && (2..=3).contains(&first), "{first}");
        let costs = [(); 3].map(|()| site.attempt(&driver, Outcome::Failure));
        assert_eq!(costs, [(1, true); 3]);
        // Afterwards nobody looks first any more.
        site.clock.advance(Duration::from_mins(1));
        let (after, refused) = site.attempt(&driver, Outcome::Withdrawn);
        assert_eq!(refused, locked_out);
        assert!(after <= 3, "{after}");
    }
}

#[test]
fn a_look_at_many_scopes_and_bans_is_a_few_statements() {
    use axes_core::{Parameter, Scope};
    let scopes = [1, 2, 3, 4, 5].map(|bits| {
        let all = Parameter::ALL.into_iter().enumerate();
        Scope::of(all.filter_map(|(index, one)| (bits >> index & 1 == 1).then_some(one)))
    });
    let site = Site::new(Policy {
        scopes: scopes.into_iter().flatten().collect(),
        ..policy(true)
    });
    let driver = site.driver();
    site.attempt(&driver, Outcome::Failure);
    for target in [None, Banned::username("ada")] {
        let banned = target.is_some();
        if banned {
            ban(&driver.store, target, site.clock.now(), Timestamp::NEVER);
        }
        site.connection.statements.set(0);
        let (failures, refusal) = driver.peek(&ada(), &Overrides::default()).decided;
        assert_eq!((failures, refusal.is_some()), (1, banned));
        assert_eq!(site.connection.statements.get(), 2);
    }
}

#[test]
fn a_look_at_bans_is_a_part_of_the_look_at_a_tally() {
    let site = Site::new(policy(true));
    let driver = site.driver();
    site.attempt(&driver, Outcome::Failure);
    for target in [Banned::username("mallory"), Banned::username("ada")] {
        let banned = target == Banned::username("ada");
        ban(&driver.store, target, site.clock.now(), Timestamp::NEVER);
        site.connection.statements.set(0);
        let (failures, refusal) = driver.peek(&ada(), &Overrides::default()).decided;
        assert_eq!((failures, refusal.is_some()), (1, banned));
        assert_eq!(site.connection.statements.get(), 1);
    }
}
