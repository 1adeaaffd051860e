//! Each store beside what its bare server does for as many round trips or commits.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use axes_core::{Engine, Outcome};
use axes_stores::{AnyStore, OpenOptions, migrate, open};
use axes_testkit::servers::{Folder, PostgresServer, RedisServer, find};
use rusqlite::{Connection, TransactionBehavior};

use crate::logins::{address, engine, settled};
use crate::page::Table;
use crate::targets::Targets;
use crate::turns::{Contestant, Result, compare, side_by_side};

/// How many logins are on their way at once.
const AT_ONCE: u32 = 32;
const TEXT: &str = "32";

/// Measures all stores.
pub(crate) fn contest(rounds: usize, times: u32, targets: &mut Targets) -> Table {
    let mut table = Table::new(&[
        "store",
        "Axes, failures a second",
        "beside",
        "a second",
        "Axes / beside",
    ]);
    let mut row = |store: &str, beside: &str, least: Option<f64>, results: &[Result]| {
        let [axes, bare] = results else { return };
        // What takes half the time is twice as fast.
        let ratio = bare.ratio(axes);
        if let Some(least) = least {
            let what = format!("failures a second, {store}: Axes / {beside}");
            targets.at_least(&what, least, ratio);
        }
        let rate = |result: &Result| format!("{:.0}", 1e9 / result.spread().median);
        table.row([
            store.to_owned(),
            rate(axes),
            beside.to_owned(),
            rate(bare),
            ratio.times(),
        ]);
    };
    row(
        "SQLite",
        "one transaction an attempt",
        Some(10.0),
        &sqlite(rounds, times),
    );
    row(
        "PostgreSQL",
        "pgbench, two statements an attempt",
        None,
        &postgres(rounds, times),
    );
    row(
        "Redis",
        "redis-benchmark, two scripts an attempt",
        Some(0.8),
        &redis(rounds, times),
    );
    table
}

fn sqlite(rounds: usize, times: u32) -> Vec<Result> {
    let folder = Folder::new("bench");
    let url = format!("sqlite:{}", folder.file("axes.sqlite3").display());
    let axes = Axes::at(&url);
    let naive = folder.file("naive.sqlite3");
    connect(&naive)
        .execute_batch(
            "CREATE TABLE tally (address TEXT PRIMARY KEY, failures INTEGER NOT NULL); \
             CREATE TABLE record (address TEXT, username TEXT, agent TEXT, time TEXT)",
        )
        .expect("a new file");
    compare(
        rounds,
        times,
        &mut [
            Contestant::timed("Axes", |times| axes.fail(times)),
            Contestant::timed("naive", |times| {
                let mut connection = connect(&naive);
                let begin = Instant::now();
                for number in 0..times {
                    one_transaction(&mut connection, number);
                }
                begin.elapsed()
            }),
        ],
    )
}

fn connect(file: &Path) -> Connection {
    let connection = Connection::open(file).expect("a file");
    let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL";
    connection.execute_batch(settings).expect("settings");
    connection
        .busy_timeout(Duration::from_secs(30))
        .expect("settings");
    connection
}

/// What everybody writes first.
fn one_transaction(connection: &mut Connection, number: u32) {
    let address = address(number).to_string();
    let begun = connection.transaction_with_behavior(TransactionBehavior::Immediate);
    let transaction = begun.expect("nobody else is here");
    let count = "INSERT INTO tally VALUES (?, 1) \
                 ON CONFLICT (address) DO UPDATE SET failures = failures + 1 RETURNING failures";
    let mut counting = transaction.prepare_cached(count).expect("a statement");
    let _: u32 = counting
        .query_row([&address], |row| row.get(0))
        .expect("a count");
    drop(counting);
    let record = "INSERT INTO record VALUES (?, 'ada', 'Mozilla/5.0', '2026-01-01 00:00:00')";
    let mut recording = transaction.prepare_cached(record).expect("a statement");
    recording.execute([&address]).expect("a record");
    drop(recording);
    transaction.commit().expect("nobody else is here");
}

fn postgres(rounds: usize, times: u32) -> Vec<Result> {
    let server = PostgresServer::start_with(&["fsync=on", "synchronous_commit=on"], |_| {});
    let database = server.database(
        "CREATE TABLE bare_tally (address text PRIMARY KEY, failures bigint NOT NULL); \
         CREATE TABLE bare_record (address text, username text, agent text, time timestamptz)",
    );
    let axes = Axes::at(&database.url());
    let folder = Folder::new("bench");
    let script = folder.file("attempt.sql");
    let text = "\\set number random(1, 1000000)\n\
        INSERT INTO bare_tally VALUES (:number::text, 1) \
        ON CONFLICT (address) DO UPDATE SET failures = bare_tally.failures + 1;\n\
        WITH counted AS (UPDATE bare_tally SET failures = failures WHERE address = :number::text) \
        INSERT INTO bare_record VALUES (:number::text, 'ada', 'Mozilla/5.0', now());\n";
    std::fs::write(&script, text).expect("a file");
    let pgbench = find("pgbench", "postgresql", &[]);
    let url = database.url();
    compare(
        rounds,
        times,
        &mut [
            Contestant::timed("Axes", |times| axes.fail(times)),
            Contestant::timed("pgbench", |times| {
                let each = times.div_ceil(AT_ONCE).to_string();
                let mut command = Command::new(&pgbench);
                command.args([
                    "--no-vacuum",
                    "--protocol=prepared",
                    "--jobs=2",
                    "--client",
                    TEXT,
                ]);
                command
                    .args(["--transactions", &each, "--file"])
                    .arg(&script)
                    .arg(&url);
                let told = told(&mut command);
                let rate = told
                    .lines()
                    .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
                took(times, rate.unwrap_or_else(|| panic!("{told}")))
            }),
        ],
    )
}

fn redis(rounds: usize, times: u32) -> Vec<Result> {
    let server = RedisServer::start();
    let axes = Axes::at(&server.url("bench-"));
    // As much as a login reads and writes: three entries are compared, three are written.
    let script = "for i = 1, 3 do redis.call('GET', KEYS[i]) end \
                  for i = 1, 3 do redis.call('SET', KEYS[i], ARGV[1], 'PX', 3600000) end return 0";
    let digest: String = server.ask(&["SCRIPT", "LOAD", script]);
    let (port, value) = (server.process().port().to_string(), "v".repeat(200));
    let benchmark = find("redis-benchmark", "redis-tools", &[]);
    compare(
        rounds,
        times,
        &mut [
            Contestant::timed("Axes", |times| axes.fail(times)),
            Contestant::timed("redis-benchmark", |times| {
                let asked = (2 * times).to_string();
                let mut command = Command::new(&benchmark);
                command.args(["-h", "127.0.0.1", "-p", &port, "-a", server.password()]);
                command.args(["-c", TEXT, "-n", &asked, "-r", "1000000", "--csv"]);
                command.args(["EVALSHA", &digest, "3"]);
                command.args(["t:__rand_int__", "r:__rand_int__", "i:__rand_int__", &value]);
                let told = told(&mut command);
                let rate = told.lines().last().and_then(|line| {
                    line.split("\",\"")
                        .nth(1)?
                        .trim_matches('"')
                        .parse::<f64>()
                        .ok()
                });
                // Two questions are one attempt.
                took(times, rate.unwrap_or_else(|| panic!("{told}")) / 2.0)
            }),
        ],
    )
}

/// Axes on a store that is not there yet.
struct Axes {
    engine: Engine,
    store: AnyStore,
}

impl Axes {
    fn at(url: &str) -> Self {
        let options = OpenOptions {
            connections: AT_ONCE as usize,
            ..OpenOptions::default()
        };
        migrate(url, &options).expect("a place for tables");
        Self {
            engine: engine(),
            store: open(url, &options).expect("a URL"),
        }
    }

    /// So many failures of clients that differ, many at once.
    fn fail(&self, times: u32) -> Duration {
        let begin = begin();
        side_by_side(AT_ONCE, times, |number| {
            settled(&self.engine, &self.store, begin + number, Outcome::Failure);
        })
    }
}

/// Where the addresses of this turn begin, so that none was there before.
fn begin() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1_000_000, Ordering::Relaxed)
}

/// What a program prints that has to succeed.
fn told(command: &mut Command) -> String {
    let output = command
        .stdin(Stdio::null())
        .output()
        .expect("it is installed");
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let _ = write!(text, "{}", String::from_utf8_lossy(&output.stderr));
        panic!("{text}");
    }
    text
}

/// How long so many take at this rate.
fn took(times: u32, rate: f64) -> Duration {
    Duration::from_secs_f64(f64::from(times) / rate)
}
