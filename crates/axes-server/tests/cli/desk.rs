//! An operator at a desk: a folder, a store, a clock that stands still.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

use axes_core::{Attempt, CoolOff, Outcome, Policy};
use axes_server::{Exit, Host, Terminal, run};
use axes_stores::{AnyStore, OpenOptions};
use axes_testkit::FakeClock;
use axes_testkit::conformance::Scene;
use jiff::tz::TimeZone;
use tempfile::TempDir;

const SCHEMA: &str = include_str!("../../../../fixtures/schema/sqlite.sql");

/// What the site at the desk is configured to do, as `axes.toml` says it.
pub(crate) const TOML: &str = "\
failure_limit = 3
cooloff_time = \"15m\"
lockout_parameters = [\"username\", \"ip_address\"]
enable_access_failure_log = true
";

pub(crate) struct Desk {
    pub(crate) folder: TempDir,
    pub(crate) clock: FakeClock,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) terminal: Terminal,
    pub(crate) zone: TimeZone,
    pub(crate) typed: String,
    store: String,
}

/// What a run of the program said.
pub(crate) struct Said {
    pub(crate) command: String,
    pub(crate) exit: Exit,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Desk {
    /// A desk with tables in `axes.sqlite3`, and an `axes.toml`.
    pub(crate) fn new() -> Self {
        let desk = Self::bare();
        let opened = rusqlite::Connection::open(desk.path("axes.sqlite3"));
        let connection = opened.expect("the file can be made");
        connection
            .execute_batch(SCHEMA)
            .expect("the schema is right");
        desk.write("axes.toml", TOML);
        desk
    }

    /// A desk with an empty folder.
    pub(crate) fn bare() -> Self {
        let folder = TempDir::new().expect("a folder can be made");
        let store = format!("sqlite:{}", folder.path().join("axes.sqlite3").display());
        Self {
            folder,
            clock: FakeClock::default(),
            environment: BTreeMap::new(),
            terminal: Terminal {
                stdin: false,
                width: Some(80),
                stderr: false,
            },
            zone: TimeZone::UTC,
            typed: String::new(),
            store,
        }
    }

    /// The same with the store at `url`, which the environment names.
    pub(crate) fn at(mut self, url: &str) -> Self {
        url.clone_into(&mut self.store);
        self.environment
            .insert("AXES_STORE".to_owned(), url.to_owned());
        self
    }

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("the file can be written");
    }

    /// The site that is guarded, on the desk's store.
    pub(crate) fn site(&self) -> Scene<AnyStore> {
        self.site_with(|_| {})
    }

    pub(crate) fn site_with(&self, change: impl FnOnce(&mut Policy)) -> Scene<AnyStore> {
        let store = axes_stores::open(&self.store, &OpenOptions::default());
        let mut scene = Scene::with(store.expect("the URL is right"), |policy| {
            policy.cool_off = CoolOff::After(Duration::from_mins(15));
            policy.logs.failures = true;
            change(policy);
        });
        scene.clock = FakeClock::at(axes_stores::Clock::now(&self.clock));
        scene
    }

    /// A morning at the site: Ada is locked out, an address is, Bob mistyped once and logged in.
    pub(crate) fn morning(&self) {
        let attempts = [
            ("Ada", "192.0.2.7", 4),
            ("bob", "198.51.100.2", 1),
            ("carol", "203.0.113.9", 1),
            ("dave", "203.0.113.9", 2),
        ];
        for (name, address, times) in attempts {
            for _ in 0..times {
                self.fails(name, address);
                self.clock.advance(Duration::from_secs(61));
            }
        }
        self.logs_in("bob", "198.51.100.2");
        self.clock.advance(Duration::from_secs(30));
    }

    /// Somebody fails, or is refused.
    pub(crate) fn fails(&self, name: &str, address: &str) {
        let site = self.site();
        let attempt = attempt(name, address);
        if let Some(permit) = site.admit(&attempt).permit() {
            site.settle(&permit, Outcome::Failure, &attempt);
        }
    }

    pub(crate) fn logs_in(&self, name: &str, address: &str) {
        let site = self.site();
        site.succeed(&attempt(name, address));
    }

    /// Whether that attempt would be refused now.
    pub(crate) fn is_refused(&self, name: &str, address: &str) -> bool {
        self.site().look(&attempt(name, address)).1
    }

    /// Runs `axes` with these words behind it.
    pub(crate) fn axes(&self, words: &str) -> Said {
        self.run(&words.split_whitespace().collect::<Vec<_>>())
    }

    /// The same with whole arguments.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let exit = self.run_into(arguments, &mut out, &mut err);
        let text = |bytes| String::from_utf8(bytes).expect("what is said is text");
        Said {
            command: format!("axes {}", arguments.join(" "))
                .trim_end()
                .to_owned(),
            exit,
            out: self.without_folder(&text(out)),
            err: self.without_folder(&text(err)),
        }
    }

    pub(crate) fn run_into(
        &self,
        arguments: &[&str],
        out: &mut dyn std::io::Write,
        err: &mut dyn std::io::Write,
    ) -> Exit {
        let mut stdin = Cursor::new(self.typed.clone());
        let mut host = Host {
            clock: &self.clock,
            zone: self.zone.clone(),
            environment: self.environment.clone(),
            folder: self.folder.path().to_owned(),
            stdin: &mut stdin,
            stdout: out,
            stderr: err,
            terminal: self.terminal,
        };
        let arguments = std::iter::once(&"axes").chain(arguments);
        run(arguments.copied(), &mut host)
    }

    fn without_folder(&self, text: &str) -> String {
        let folder: &Path = self.folder.path();
        text.replace(&folder.display().to_string(), "FOLDER")
    }
}

pub(crate) fn attempt(name: &str, address: &str) -> Attempt {
    let mut attempt = Attempt::new(address.parse().ok())
        .with_username(name)
        .with_user_agent("Firefox");
    "/login/".clone_into(&mut attempt.path);
    attempt
}

/// As a person at the terminal would see it.
impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "$ {}\n{}", self.command, self.out)?;
        if !self.err.is_empty() {
            write!(f, "--- stderr\n{}", self.err)?;
        }
        write!(f, "--- exit {}", self.exit.code())
    }
}
