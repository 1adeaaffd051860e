//! Where processes share a store.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use axes_core::{Attempt, CoolOff, Engine, Overrides, Policy, Scope, Selector};
use axes_stores::{AnyStore, OpenOptions};
use axes_testkit::servers::{Folder, PostgresServer, RedisCluster, RedisServer};
use axes_testkit::{FakeClock, answered, driver};

/// A place that is empty at first.
pub(crate) trait Place {
    /// Its URL.
    fn url(&self) -> String;

    /// Ends what is shared without a farewell, and brings it back with its data. A file cannot crash.
    fn crash(&self) {}

    /// A store on it, as one more process has it.
    fn open(&self) -> AnyStore {
        let opened = axes_stores::open(&self.url(), &OpenOptions::default());
        opened.expect("the URL is right")
    }

    /// How many failures of `username` count.
    fn failures(&self, username: &str) -> u32 {
        let engine = Engine::new(Policy {
            scopes: [Scope::USERNAME].into(),
            cool_off: CoolOff::After(std::time::Duration::from_hours(1)),
            limit: 1_000_000,
            ..Policy::default()
        });
        let clock = FakeClock::default();
        clock.set(axes_core::Timestamp::from_millis(now()));
        let attempt = Attempt::new(None).with_username(username);
        let driver = driver(&engine, self.open(), &clock);
        answered(driver.peek(&attempt, &Overrides::default())).0
    }

    /// Forgets `username`.
    fn reset(&self, username: &str) {
        let engine = Engine::new(Policy::default());
        let driver = driver(&engine, self.open(), FakeClock::default());
        let reset = driver.reset(Selector::new(Some(username), None, 64));
        reset.expect("the store answers");
    }
}

fn now() -> i64 {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed();
    let millis = since.expect("the clock is set").as_millis();
    i64::try_from(millis).expect("it is not so late")
}

fn migrate(url: &str) {
    let migrated = axes_stores::migrate(url, &OpenOptions::default());
    migrated.expect("the tables can be created");
}

pub(crate) struct Sqlite(Folder);

impl Sqlite {
    pub(crate) fn new() -> Self {
        let place = Self(Folder::new("processes"));
        migrate(&place.url());
        place
    }
}

impl Place for Sqlite {
    fn url(&self) -> String {
        format!("sqlite:{}", self.0.file("db.sqlite3").display())
    }
}

/// A server of its own, because it is killed.
pub(crate) struct Postgres {
    server: PostgresServer,
    url: String,
}

impl Postgres {
    pub(crate) fn new() -> Self {
        let server = PostgresServer::start();
        let url = server.database("").url();
        migrate(&url);
        Self { server, url }
    }
}

impl Place for Postgres {
    fn url(&self) -> String {
        self.url.clone()
    }

    fn crash(&self) {
        self.server.process().kill();
        self.server.process().restart();
    }
}

/// A server of its own, because it is killed.
pub(crate) struct Redis(RedisServer);

impl Redis {
    pub(crate) fn new() -> Self {
        Self(RedisServer::durable())
    }
}

impl Place for Redis {
    fn url(&self) -> String {
        self.0.url("")
    }

    fn crash(&self) {
        self.0.process().kill();
        self.0.process().restart();
    }
}

/// A part of a cluster that all tests share.
pub(crate) struct Cluster(String);

impl Cluster {
    pub(crate) fn new() -> Self {
        static SHARED: LazyLock<RedisCluster> = LazyLock::new(RedisCluster::start);
        static LAST: AtomicU32 = AtomicU32::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        Self(SHARED.url(&format!("place{number}:")))
    }
}

impl Place for Cluster {
    fn url(&self) -> String {
        self.0.clone()
    }
}
