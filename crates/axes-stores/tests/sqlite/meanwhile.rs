//! What others do between two statements, and what must not come of it.

use std::cell::Cell;

use axes_core::{Attempt, ByCode, Outcome, Overrides, Policy, Scope};
use axes_stores::{Dialect, SqlConnection, SqlStore, StoreError, Value, Wanted};
use axes_testkit::conformance::Scene;

use crate::ada;
use crate::connection::{Begin, Connection, Database};

/// A connection on which something happens once, between two statements that no transaction holds
/// together.
pub(crate) struct Meanwhile<'a> {
    connection: Connection,
    /// After which of the statements that have `after` in them.
    number: Cell<u32>,
    after: &'static str,
    happens: Cell<Option<&'a dyn Fn()>>,
    is_open: Cell<bool>,
}

impl<'a> Meanwhile<'a> {
    /// `happens` follows on the first statement that has `after` in it.
    pub(crate) fn new(connection: Connection, after: &'static str, happens: &'a dyn Fn()) -> Self {
        Self {
            connection,
            number: Cell::new(0),
            after,
            happens: Cell::new(Some(happens)),
            is_open: Cell::new(false),
        }
    }

    fn follow(&self, sql: &str) {
        if self.is_open.get() || !sql.contains(self.after) {
            return;
        }
        match self.number.get().checked_sub(1) {
            Some(left) => self.number.set(left),
            None => {
                if let Some(happens) = self.happens.take() {
                    happens();
                }
            }
        }
    }
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
        self.follow(sql);
        Ok(rows)
    }

    fn execute(&self, sql: &str, parameters: &[Value]) -> Result<u64, StoreError> {
        let changed = self.connection.execute(sql, parameters)?;
        self.follow(sql);
        Ok(changed)
    }

    fn begin(&self) -> Result<(), StoreError> {
        self.follow("");
        self.is_open.set(true);
        self.connection.begin()
    }

    fn commit(&self) -> Result<(), StoreError> {
        self.connection.commit()?;
        self.is_open.set(false);
        self.follow("");
        Ok(())
    }

    fn roll_back(&self) {
        self.connection.roll_back();
        self.is_open.set(false);
        self.follow("");
    }
}

/// Something that is done on a store.
type Deed = fn(&Scene<SqlStore<&dyn SqlConnection>>, &dyn SqlConnection);

/// Somebody with a username that records keep only the beginning of.
fn long() -> Attempt {
    ada().with_username(&"x".repeat(300))
}

/// Every way in which records are deleted.
fn deletions() -> [(&'static str, Deed); 7] {
    [
        ("reset", |scene, _| {
            scene.reset(None, None);
        }),
        ("reset of the username", |scene, _| {
            scene.reset(Some("ada"), None);
        }),
        ("reset of a long username", |scene, _| {
            scene.reset(long().username.as_deref(), None);
        }),
        ("reset of the address", |scene, _| {
            scene.reset(None, Some("192.0.2.1"));
        }),
        ("reset of both", |scene, _| {
            scene.reset(Some("ada"), Some("192.0.2.1"));
        }),
        ("success", |scene, _| {
            let permit = scene
                .engine
                .without_admission(&ada(), &Overrides::default(), 9);
            let session_hash = String::new();
            scene.settle(&permit, Outcome::Success { session_hash }, &ada());
        }),
        ("deletion by somebody else", |scene, connection| {
            let delete = "DELETE FROM axes_accessattempt";
            connection.execute(delete, &[]).expect("there is a table");
            let everybody = [ada(), long()].map(|who| scene.engine.parts(&who));
            let forgotten = scene.store.forget_tallies(&everybody);
            forgotten.expect("there is a table");
        }),
    ]
}

/// Whatever makes tallies.
fn attempts() -> [(&'static str, Deed); 4] {
    [
        ("an attempt that is withdrawn", |scene, _| {
            let permit = scene.begin(&ada());
            scene.settle(&permit, Outcome::Withdrawn, &ada());
        }),
        ("a failure", |scene, _| {
            scene.fail(&ada());
        }),
        ("an attempt on a long username", |scene, _| {
            let permit = scene.begin(&long());
            scene.settle(&permit, Outcome::Withdrawn, &long());
        }),
        ("a failure that nobody asked for", |scene, _| {
            scene.fail_unasked(&ada(), 1);
        }),
    ]
}

/// Two failures of each are recorded, and no tally of them. In each place between two statements of
/// the `one`, the `other` happens.
fn check((one, does): (&str, Deed), (other, happens): (&str, Deed)) {
    let policy = |policy: &mut Policy| {
        policy.limit = 9;
        policy.reset_on_success = true;
        // A success then does nothing else.
        policy.logs.successes = false;
    };
    for number in 0.. {
        let database = Database::new(Begin::Immediate);
        let connection = database.connect();
        let there = Scene::with(SqlStore::new(&connection as &dyn SqlConnection), policy);
        there.fail_unasked(&ada(), 2);
        there.fail_unasked(&long(), 2);
        connection.run("DELETE FROM axes_tally");
        let happens = || happens(&there, &connection);
        let meanwhile = Meanwhile::new(database.connect(), "", &happens);
        meanwhile.number.set(number);
        let here = Scene::with(SqlStore::new(&meanwhile as &dyn SqlConnection), policy);
        does(&here, &meanwhile);
        if meanwhile.happens.take().is_some() {
            assert!(number > 1, "there are places in {one}");
            return;
        }
        // By username and by address.
        let look = || [ada(), long()].map(|who| alone(&there, &who));
        let counted = look();
        connection.run("DELETE FROM axes_tally");
        let recorded = look();
        assert_eq!(
            counted, recorded,
            "{other} after statement {number} of {one}"
        );
    }
}

/// The failures that count against the username and against the address of `who`.
fn alone(scene: &Scene<SqlStore<&dyn SqlConnection>>, who: &Attempt) -> (u32, u32) {
    let parts = scene.engine.parts(who);
    let failures = |scope: Scope| {
        let parts = scope.project(&parts).expect("both are known");
        scene.tally(&parts).failures
    };
    (failures(Scope::USERNAME), failures(Scope::IP_ADDRESS))
}

#[test]
fn records_that_are_deleted_while_their_tally_is_made_are_in_no_tally() {
    for attempt in attempts() {
        for deletion in deletions() {
            check(attempt, deletion);
        }
    }
}

#[test]
fn a_tally_that_is_made_while_its_records_are_deleted_has_none_of_them() {
    for deletion in deletions() {
        for attempt in attempts() {
            check(deletion, attempt);
        }
    }
}

#[test]
fn a_place_that_is_reserved_is_no_tally_to_anybody() {
    let only_usernames = |policy: &mut Policy| policy.scopes = [Scope::USERNAME].into();
    let database = Database::new(Begin::Immediate);
    let connection = database.connect();
    let there = Scene::with(SqlStore::new(&connection), only_usernames);
    there.fail_unasked(&ada(), 3);
    connection.run("DELETE FROM axes_tally");
    let happens = || {
        assert_eq!(connection.number("SELECT COUNT(*) FROM axes_tally"), 1);
        let driver = axes_testkit::driver(&there.engine, &there.store, &there.clock);
        // So many are looked at together.
        let attempts = [(); 4].map(|()| ada());
        let looked = driver.peek_many(&attempts, &Overrides::default());
        assert!(looked.decided.iter().all(|(failures, _)| *failures == 3));
        let listed = driver.lockouts(ByCode::default(), Wanted::All, 0, 9);
        assert_eq!(listed.expect("the database answers").lockouts.len(), 1);
    };
    let meanwhile = Meanwhile::new(database.connect(), "VALUES (", &happens);
    let here = Scene::with(SqlStore::new(&meanwhile), only_usernames);
    assert!(here.admit(&ada()).permit().is_none());
    assert!(meanwhile.happens.take().is_none(), "a place was reserved");
}

#[test]
fn a_tally_that_nobody_got_to_make_is_made_by_the_next_attempt() {
    let connection = Connection::in_memory();
    let scene = Scene::new(SqlStore::new(&connection));
    scene.fail_unasked(&ada(), 3);
    connection.run("DELETE FROM axes_tally");
    let parts = scene.engine.parts(&ada());
    let of_username = Scope::USERNAME.project(&parts).expect("a username");
    // As whoever is killed between two statements leaves it.
    connection.run(&format!(
        "INSERT INTO axes_tally (scope_key, scope, epoch, version, failures, current_permits, \
         current_until, previous_permits, previous_until, first_at, last_at, expires_at, \
         listed_failures, listed_until) \
         VALUES ('{}', '', 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0)",
        of_username.key()
    ));
    assert_eq!(scene.look(&ada()), (3, true));
    assert!(scene.admit(&ada()).permit().is_none());
    let described = "SELECT COUNT(*) FROM axes_tally WHERE scope = 'username' AND failures >= 3 \
                     AND username_key IS NOT NULL AND epoch <> 0";
    assert_eq!(connection.number(described), 1);
}
