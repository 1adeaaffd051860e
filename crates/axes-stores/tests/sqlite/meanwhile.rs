//! What others do between two statements, and what must not come of it.

use std::cell::Cell;

use axes_stores::{Dialect, SqlConnection, SqlStore, StoreError, Value};
use axes_testkit::conformance::Scene;

use crate::ada;
use crate::connection::{Begin, Connection, Database};

/// A connection on which something happens just after a query that has `after` in it.
pub(crate) struct Meanwhile<'a> {
    pub(crate) connection: Connection,
    pub(crate) after: &'static str,
    pub(crate) happens: Cell<Option<&'a dyn Fn()>>,
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
        if sql.starts_with("SELECT")
            && sql.contains(self.after)
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

#[test]
fn a_reset_between_looking_at_records_and_making_their_tally_holds() {
    let database = Database::new(Begin::Immediate);
    let there = Scene::new(SqlStore::new(database.connect()));
    there.fail_unasked(&ada(), 2);
    database.connect().run("DELETE FROM axes_tally");
    let reset = || {
        there.reset(None, None);
    };
    let connection = Meanwhile {
        connection: database.connect(),
        after: "SUM(failures_since_start)",
        happens: Cell::new(Some(&reset)),
    };
    let here = Scene::new(SqlStore::new(connection));
    let permit = here.begin(&ada());
    here.settle(&permit, axes_core::Outcome::Withdrawn, &ada());
    assert_eq!(there.look(&ada()), (0, false));
}
