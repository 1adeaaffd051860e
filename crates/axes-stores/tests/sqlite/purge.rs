//! Deleting what has expired, while others go on failing.

use std::cell::Cell;
use std::time::Duration;

use axes_core::Timestamp;
use axes_stores::{Clock, Dialect, SqlConnection, SqlStore, StoreError, Value};
use axes_testkit::conformance::Scene;

use crate::ada;
use crate::connection::{Begin, Connection, Database};

const HOUR: Duration = Duration::from_hours(1);

/// A connection on which something happens just after it was read what has expired.
struct Meanwhile<'a> {
    connection: Connection,
    happens: Cell<Option<&'a dyn Fn()>>,
}

impl SqlConnection for Meanwhile<'_> {
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
        let rows = self.connection.query(sql, parameters)?;
        if sql.starts_with("SELECT id FROM axes_accessattempt")
            && let Some(happens) = self.happens.take()
        {
            happens();
        }
        Ok(rows)
    }

    fn execute(&self, sql: &str, parameters: &[Value]) -> Result<u64, StoreError> {
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

/// How many records are purged two hours after a failure, and how many stay.
fn purged(expirations: bool, fails_again: bool) -> (u64, i64) {
    let database = Database::new(Begin::Immediate);
    let open = || SqlStore::new(database.connect()).with_expirations(expirations);
    let scene = Scene::new(open());
    scene.fail_unasked(&ada(), 1);
    let now: Timestamp = scene.clock.now().plus(HOUR * 2);
    scene.clock.set(now);
    let fail = || {
        scene.fail_unasked(&ada(), 1);
    };
    let connection = Meanwhile {
        connection: database.connect(),
        happens: Cell::new(fails_again.then_some(&fail)),
    };
    let store = SqlStore::new(connection).with_expirations(expirations);
    let removed = store.purge(now.minus(HOUR), now, 10);
    let left = database
        .connect()
        .number("SELECT COUNT(*) FROM axes_accessattempt");
    (removed.expect("the database answers"), left)
}

#[test]
fn what_has_expired_is_deleted() {
    assert_eq!(purged(false, false), (1, 0));
    assert_eq!(purged(true, false), (1, 0));
}

#[test]
fn what_fails_again_meanwhile_stays() {
    assert_eq!(purged(false, true), (0, 1));
    assert_eq!(purged(true, true), (0, 1));
}

#[test]
fn permits_that_were_never_settled_stay_as_long_as_failures_do() {
    let database = Database::new(Begin::Immediate);
    let scene = Scene::new(SqlStore::new(database.connect()));
    // A crash while the very first passwords were checked: no failure has been counted yet.
    for _ in 0..3 {
        scene.begin(&ada());
    }
    let purged_after = |hours: u32| {
        let now = scene.clock.now().plus(HOUR * hours);
        scene.clock.set(now);
        let store = SqlStore::new(database.connect());
        let purged = store.purge(now.minus(HOUR), now, 10);
        purged.expect("the database answers");
    };
    let tallies = || database.connect().number("SELECT COUNT(*) FROM axes_tally");
    scene
        .clock
        .set(scene.clock.now().plus(Duration::from_mins(3)));
    purged_after(0);
    assert_eq!(scene.look(&ada()), (3, true));
    purged_after(2);
    assert_eq!(tallies(), 0);
}
