//! By which indexes SQLite finds what operators read.

use std::cell::RefCell;

use axes_core::{Selector, Timestamp};
use axes_stores::{Archive, Dialect, Past, SqlConnection, SqlStore, StoreError, Value};

use crate::archive::filled;
use crate::connection::Connection;

/// A connection that notes how each question is answered.
struct Planned {
    connection: Connection,
    plans: RefCell<Vec<String>>,
}

impl SqlConnection for Planned {
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
        let explain = format!("EXPLAIN QUERY PLAN {sql}");
        for row in self.connection.query(&explain, parameters)? {
            if let Some(Value::Text(step)) = row.into_iter().next_back() {
                self.plans.borrow_mut().push(step);
            }
        }
        self.connection.query(sql, parameters)
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

/// The steps in which `read` is answered, with and without statistics.
fn steps(read: impl Fn(&SqlStore<&Planned>)) -> Vec<String> {
    let connection = filled(20_000, "");
    let planned = Planned {
        connection,
        plans: RefCell::default(),
    };
    let store = SqlStore::new(&planned);
    read(&store);
    planned.connection.run("ANALYZE");
    read(&store);
    drop(store);
    planned.plans.into_inner()
}

#[test]
fn nothing_is_sorted_and_no_table_is_read_whole() {
    let now = Timestamp::from_millis(1_767_225_700_000);
    let address = "192.0.2.7".parse().ok();
    let who = [
        (Selector::default(), "USING INTEGER PRIMARY KEY (rowid<?)"),
        (Selector::new(Some("user7"), None, 64), "(username_key=?"),
        (Selector::new(None, address, 64), "(network=?"),
    ];
    for (who, index) in who {
        for since in [None, Some(now)] {
            let past = Past {
                who: who.clone(),
                since,
            };
            let mut steps = steps(|store| {
                store.recorded(&past, None, 50, now).expect("it answers");
                store.logged(&past, None, 50).expect("it answers");
            });
            let found = |step: &String| step.contains(index) && step.contains("axes_accessattempt");
            assert!(steps.iter().any(found), "{index}: {steps:#?}");
            // The window is a table of its own, and small.
            steps.retain(|step| step != "SCAN next" && !step.starts_with("CO-ROUTINE"));
            let is_cheap = |step: &String| step.starts_with("SEARCH ");
            assert!(steps.iter().all(is_cheap), "{past:?}: {steps:#?}");
        }
    }
}
