//! Connections that end, hang, or lead elsewhere.

use std::time::{Duration, Instant};

use axes_core::{Attempt, CoolOff, Reason, Selector, Verdict};
use axes_stores::{
    ErrorKind, Migrated, OpenOptions, PostgresOptions, PostgresStore, StoreError, TABLES,
};
use axes_testkit::conformance::Scene;
use axes_testkit::servers::{PgBouncer, PostgresServer, Sql};

use crate::database::Tables;

fn ada() -> Attempt {
    Attempt::new(Some([192, 0, 2, 1].into())).with_username("ada")
}

fn store(url: &str, connections: usize, timeout: Duration) -> PostgresStore {
    let options = PostgresOptions {
        connections,
        timeout,
        ..PostgresOptions::default()
    };
    PostgresStore::new(url, options).expect("the URL is right")
}

fn patient(url: &str) -> PostgresStore {
    store(url, 2, Duration::from_secs(20))
}

fn impatient(url: &str) -> PostgresStore {
    store(url, 2, Duration::from_millis(300))
}

/// Why `store` cannot reset anything.
fn error(store: &PostgresStore) -> StoreError {
    let scene = Scene::new(store);
    let driver = axes_testkit::driver(&scene.engine, &scene.store, &scene.clock);
    let reset = driver.reset(Selector::new(None, None, 64));
    reset.expect_err("it cannot be used")
}

/// What the store's connections to the database are counted by.
const OURS: &str = "FROM pg_stat_activity WHERE application_name = 'axes' \
    AND datname = current_database()";

/// Waits until there are none of these connections any more.
fn wait_until_none(operator: &mut Sql, of: &str) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while operator.number(&format!("SELECT COUNT(*) {of}")) > 0 {
        assert!(Instant::now() < deadline, "they stay");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_connection_that_was_ended_meanwhile_is_replaced() {
    let tables = Tables::new();
    let scene = Scene::new(patient(&tables.url()));
    let mut operator = tables.database().connect();
    for failures in 1..=3 {
        assert_eq!(scene.fail_unasked(&ada(), 1).failures, failures);
        let ended = operator.rows(&format!("SELECT pg_terminate_backend(pid, 20000) {OURS}"));
        assert!(!ended.is_empty(), "it keeps one");
    }
}

#[test]
fn no_more_connections_are_opened_than_it_may() {
    let tables = Tables::new();
    let scene = Scene::new(patient(&tables.url()));
    std::thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| {
                let store = &scene.store;
                Scene::new(store).fail_unasked(&ada(), 5);
            });
        }
    });
    assert_eq!(scene.look(&ada()).0, 40);
    let count = format!("SELECT COUNT(*) {OURS}");
    assert!((1..=2).contains(&tables.database().connect().number(&count)));
}

#[test]
fn what_was_reported_survives_a_crash_and_a_restart_of_the_server() {
    let server = PostgresServer::start();
    let database = server.database("");
    let migrated = axes_stores::migrate(&database.url(), &OpenOptions::default());
    assert_eq!(migrated.expect("it can"), Migrated::Created);
    let scene = Scene::new(patient(&database.url()));
    assert_eq!(scene.fail_unasked(&ada(), 1).failures, 1);
    server.process().kill();
    let error = error(&scene.store);
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    server.process().restart();
    assert_eq!(scene.fail_unasked(&ada(), 1).failures, 2);
    server.process().restart();
    assert_eq!(scene.fail_unasked(&ada(), 1).failures, 3);
    assert_eq!(scene.look(&ada()), (3, true));
}

#[test]
fn nobody_waits_for_ever_for_a_lock_and_nothing_is_done_afterwards() {
    let tables = Tables::new();
    let store = impatient(&tables.url());
    let scene = Scene::new(&store);
    assert_eq!(scene.fail_unasked(&ada(), 2).failures, 2);
    let mut blocker = tables.database().connect();
    blocker.run("BEGIN; LOCK TABLE axes_accessattempt, axes_tally IN ACCESS EXCLUSIVE MODE");
    assert_eq!(error(&store).kind(), ErrorKind::Unavailable);
    // The server has been told, and does nothing more when it could.
    let mut operator = tables.database().connect();
    wait_until_none(&mut operator, &format!("{OURS} AND state <> 'idle'"));
    blocker.run("ROLLBACK");
    let scene = Scene::new(patient(&tables.url()));
    assert_eq!(scene.look(&ada()).0, 2, "nothing was reset");
    assert_eq!(Scene::new(&store).fail_unasked(&ada(), 1).failures, 3);
}

#[test]
fn a_server_that_stands_still_is_not_waited_for_for_ever() {
    let server = PostgresServer::start();
    let database = server.database("");
    let migrated = axes_stores::migrate(&database.url(), &OpenOptions::default());
    assert_eq!(migrated.expect("it can"), Migrated::Created);
    let store = impatient(&database.url());
    let scene = Scene::new(&store);
    assert_eq!(scene.fail_unasked(&ada(), 1).failures, 1);
    server.process().freeze();
    for _ in 0..2 {
        assert_eq!(error(&store).kind(), ErrorKind::Unavailable);
    }
    server.process().thaw();
    let scene = Scene::new(patient(&database.url()));
    assert_eq!(scene.fail_unasked(&ada(), 1).failures, 2);
}

#[test]
fn a_store_may_end_in_a_runtime_of_somebody_else() {
    let tables = Tables::new();
    let scene = Scene::new(patient(&tables.url()));
    assert_eq!(scene.fail_unasked(&ada(), 1).failures, 1);
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.expect("a runtime can be made");
    runtime.block_on(async move { drop(scene) });
    wait_until_none(&mut tables.database().connect(), OURS);
}

/// What a change of the tables, or of what is prepared, may come between.
fn survives(change: &str) {
    let tables = Tables::new().by("prepared=true");
    let scene = Scene::with(patient(&tables.url()), |policy| {
        policy.limit = 9;
        policy.reset_on_success = true;
    });
    scene.fail(&ada());
    scene.succeed(&ada());
    scene.fail(&ada());
    tables.run(change);
    assert_eq!(scene.fail(&ada()).failures, 2);
    assert_eq!(scene.look(&ada()), (2, false));
    scene.succeed(&ada());
    assert_eq!(scene.look(&ada()), (0, false));
    scene.fail(&ada());
    assert_eq!(scene.reset(Some("ada"), None), 1);
}

#[test]
fn tables_may_change_while_statements_are_prepared() {
    survives(
        "ALTER TABLE axes_tally ALTER COLUMN failures TYPE integer; \
         ALTER TABLE axes_accessattempt ALTER COLUMN failures_since_start TYPE smallint, \
         ALTER COLUMN username TYPE text",
    );
}

#[test]
fn statements_may_be_deallocated_at_any_time() {
    let forget = |table: &str| {
        format!(
            "CREATE TRIGGER forgets BEFORE INSERT OR UPDATE OR DELETE ON {table} \
             FOR EACH STATEMENT EXECUTE FUNCTION forget();"
        )
    };
    survives(&format!(
        "CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN EXECUTE 'DEALLOCATE ALL'; RETURN NULL; END $$; {}{}",
        forget("axes_tally"),
        forget("axes_accessattempt"),
    ));
}

#[test]
fn statements_are_prepared_where_the_server_itself_answers() {
    let server = PostgresServer::start_with(&["log_statement=all"], |_| {});
    let database = server.database("");
    let migrated = axes_stores::migrate(&database.url(), &OpenOptions::default());
    assert_eq!(migrated.expect("it can"), Migrated::Created);
    let log = server.process().folder().join("log");
    let prepared = || {
        let log = std::fs::read_to_string(&log).expect("there is a log");
        log.lines()
            .filter(|line| line.contains("execute s"))
            .count()
    };
    let pooler = PgBouncer::start(&database);
    let by_pooler = database.url_by(pooler.process().port());
    let without = format!("{}?prepared=false", database.url());
    let before = prepared();
    for url in [&by_pooler, &without] {
        Scene::new(patient(url)).fail(&ada());
        assert_eq!(prepared(), before, "{}", url.len());
    }
    Scene::new(patient(&database.url())).fail(&ada());
    assert!(prepared() > before);
}

/// All rules by way of `PgBouncer`.
mod behind_a_pooler {
    use axes_stores::{PostgresOptions, PostgresStore};
    use axes_testkit::conformance::Backend;
    use axes_testkit::servers::PgBouncer;

    use crate::database::Tables;

    struct Pooled {
        tables: Tables,
        pooler: PgBouncer,
    }

    impl Pooled {
        fn new() -> Self {
            let tables = Tables::new();
            let pooler = PgBouncer::start(tables.database());
            Self { tables, pooler }
        }
    }

    impl Backend for Pooled {
        type Store = PostgresStore;

        fn open(&self) -> Self::Store {
            let url = self.tables.database().url_by(self.pooler.process().port());
            let options = PostgresOptions::default();
            PostgresStore::new(&url, options).expect("the URL is right")
        }

        fn lose_tallies(&self) -> bool {
            self.tables.run("DELETE FROM axes_tally");
            true
        }
    }

    axes_testkit::conformance_tests!(Pooled::new());
}

#[test]
fn what_is_missing_is_told() {
    let tables = Tables::none();
    let without_tables = error(&patient(&tables.url()));
    assert_eq!(without_tables.kind(), ErrorKind::Unprepared);
    assert!(without_tables.to_string().contains("find the tables"));
    let nowhere = tables.url().replace(tables.database().name(), "nowhere");
    let error = error(&patient(&nowhere));
    assert_eq!(error.kind(), ErrorKind::Unprepared);
    assert!(error.to_string().contains("log in"), "{error}");
}

#[test]
fn an_account_needs_no_more_rights_than_the_guide_says() {
    let tables = Tables::new();
    let name = tables.database().name();
    let all = TABLES.join(", ");
    tables.run(&format!(
        "CREATE ROLE clerk_of_{name} LOGIN PASSWORD 'hunter2'; \
         GRANT SELECT, INSERT, UPDATE, DELETE ON {all} TO clerk_of_{name}"
    ));
    let port = tables.database().server().process().port();
    let url = format!("postgres://clerk_of_{name}:hunter2@127.0.0.1:{port}/{name}");
    let scene = Scene::with(patient(&url), |policy| policy.reset_on_success = true);
    scene.fail(&ada());
    scene.succeed(&ada());
    for _ in 0..3 {
        scene.fail(&ada());
    }
    assert!(scene.look(&ada()).1);
    assert_eq!(scene.fail_unasked(&ada(), 1).failures, 4);
    assert_eq!(scene.reset(Some("ada"), None), 1);
    assert_eq!(scene.reset(None, None), 0);
    let migrated = axes_stores::migrate(&url, &OpenOptions::default());
    let error = migrated.expect_err("it may not look at what Django has noted");
    assert_eq!(error.kind(), ErrorKind::Unprepared);
    tables.run("DROP TABLE axes_tally");
    assert!(
        self::error(&scene.store)
            .to_string()
            .contains("find the tables")
    );
}

#[test]
fn secrets_are_in_no_error_and_in_no_debug() {
    let tables = Tables::new();
    let (user, password) = ("mallory-the-user", "hunter2");
    let server = tables.database().server();
    let port = server.process().port();
    let reached = |rest: &str| format!("postgres://{user}:{password}@{rest}");
    let mut told = Vec::new();
    for url in [
        reached(&format!("127.0.0.1:{port}/axes_0")),
        reached("127.0.0.1:1/axes_0"),
        reached("secret-host.invalid/axes_0"),
        reached("127.0.0.1:x/axes_0"),
        format!("postgres://{user}:{password}@127.0.0.1:{port}/axes_0?sslmode=require"),
    ] {
        let store = match PostgresStore::new(&url, PostgresOptions::default()) {
            Ok(store) => store,
            Err(error) => {
                told.push(format!("{error} {error:?}"));
                continue;
            }
        };
        let error = error(&store);
        told.push(format!("{store:?} {error} {error:?} {error:#?}"));
        let opened = axes_stores::migrate(&url, &OpenOptions::default());
        told.push(format!("{opened:?}"));
    }
    for told in told {
        for secret in [user, password, "secret-host", "axes_0"] {
            assert!(!told.contains(secret), "{told}");
        }
    }
}

#[test]
fn tables_are_made_once_by_whoever_comes_first() {
    let tables = Tables::none();
    let made: Vec<_> = std::thread::scope(|threads| {
        let made: Vec<_> = (0..4).map(|_| threads.spawn(|| tables.migrate())).collect();
        made.into_iter()
            .map(|it| it.join().expect("no panic"))
            .collect()
    });
    let created = made.iter().filter(|it| **it == Ok(Migrated::Created));
    assert_eq!(created.count(), 1, "{made:?}");
    let current = made.iter().filter(|it| **it == Ok(Migrated::Current));
    assert_eq!(current.count(), 3, "{made:?}");
}

#[test]
fn a_row_of_another_program_is_in_the_way_of_no_refusal() {
    let tables = Tables::new();
    let options = PostgresOptions {
        connections: 1,
        expirations: true,
        ..PostgresOptions::default()
    };
    let store = PostgresStore::new(&tables.url(), options).expect("the URL is right");
    let scene = Scene::with(store, |policy| {
        policy.cool_off = CoolOff::After(Duration::from_mins(5));
    });
    scene.fail_unasked(&ada(), 3);
    let refused = |times| {
        for _ in 0..times {
            let Verdict::Refuse(refusal) = scene.admit(&ada()) else {
                panic!("it is locked out");
            };
            assert_eq!(refusal.reason, Reason::LockedOut);
        }
    };
    refused(2);
    let mut operator = tables.database().connect();
    let connection = format!("SELECT pid {OURS}");
    let before = operator.number(&connection);
    operator.run("UPDATE axes_accessattempt SET record_key = NULL");
    refused(2);
    // It was adopted, and nobody had to connect anew.
    let adopted =
        "SELECT COUNT(*) FROM axes_accessattempt WHERE record_key IS NOT NULL AND refused = 4";
    assert_eq!(operator.number(adopted), 1);
    assert_eq!(operator.number(&connection), before);
}
