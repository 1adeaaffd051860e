//! A worker of a site that only guesses passwords, for tests that need several processes.
//!
//! `axes-racer URL THREADS LIMIT LEASE SCOPES`, where the lease is in milliseconds and scopes are joined
//! by commas. Each line of its input is one login, done by whichever thread is free:
//!
//! - `fail USERNAME ADDRESS`: the password is wrong;
//! - `succeed USERNAME ADDRESS`: it is right;
//! - `hold USERNAME ADDRESS`: checking it takes for ever.
//!
//! It prints `checked USERNAME` where the password may be checked, `reported USERNAME` when the store has
//! taken the outcome, and otherwise `refused USERNAME REASON FAILURES` or `error USERNAME KIND`.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "this is a part of tests, which read what it prints"
)]

use std::io::BufRead as _;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use axes_core::{
    Attempt, CoolOff, Engine, Outcome, Overrides, Parameter, Policy, Scope, Timestamp, Verdict,
};
use axes_stores::{AnyStore, Clock, OpenOptions};
use axes_testkit::driver;

struct Watch;

impl Clock for Watch {
    fn now(&self) -> Timestamp {
        let since = SystemTime::UNIX_EPOCH.elapsed();
        let millis = since.expect("the clock is set").as_millis();
        Timestamp::from_millis(i64::try_from(millis).expect("it is not so late"))
    }

    fn sleep(&self, pause: Duration) {
        thread::sleep(pause);
    }
}

struct Racer {
    engine: Engine,
    store: AnyStore,
    logins: AtomicI64,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, threads, limit, lease, scopes] = arguments.as_slice() else {
        unreachable!("URL THREADS LIMIT LEASE SCOPES");
    };
    let scopes = scopes.split(',').map(|scope| match scope {
        "username" => Scope::of([Parameter::Username]),
        "ip_address" => Scope::of([Parameter::IpAddress]),
        _ => None,
    });
    let scopes: Option<Vec<Scope>> = scopes.collect();
    let racer = Racer {
        engine: Engine::new(Policy {
            limit: limit.parse().expect("a number"),
            lease: Duration::from_millis(lease.parse().expect("a number")),
            scopes: scopes.expect("scopes").into(),
            cool_off: CoolOff::After(Duration::from_hours(1)),
            max_wait: Duration::from_mins(2),
            ..Policy::default()
        }),
        store: axes_stores::open(url, &options()).expect("the URL is right"),
        logins: AtomicI64::new(i64::from(std::process::id()) << 32),
    };
    println!("ready");
    thread::scope(|scope| {
        for _ in 0..threads.parse().expect("a number") {
            scope.spawn(|| racer.work());
        }
    });
}

fn options() -> OpenOptions {
    OpenOptions {
        timeout: Duration::from_secs(30),
        ..OpenOptions::default()
    }
}

impl Racer {
    /// Does logins until there is none left.
    fn work(&self) {
        loop {
            let mut line = String::new();
            let read = std::io::stdin().lock().read_line(&mut line);
            if read.expect("the input can be read") == 0 {
                return;
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            let [how, username, address] = words.as_slice() else {
                unreachable!("HOW USERNAME ADDRESS");
            };
            let address = address.parse().expect("an address");
            self.log_in(
                how,
                username,
                &Attempt::new(Some(address)).with_username(username),
            );
        }
    }

    fn log_in(&self, how: &str, username: &str, attempt: &Attempt) {
        let nonce = self.logins.fetch_add(1, Ordering::Relaxed);
        let driver = driver(&self.engine, &self.store, Watch);
        let admitted = driver.admit(attempt, &Overrides::default(), nonce);
        if let Some(error) = admitted.error {
            println!("error {username} {:?}", error.kind());
            return;
        }
        let permit = match admitted.decided {
            Verdict::Admit(permit) => permit,
            Verdict::Refuse(refusal) => {
                println!(
                    "refused {username} {:?} {}",
                    refusal.reason, refusal.failures
                );
                return;
            }
        };
        println!("checked {username}");
        let outcome = match how {
            "fail" => Outcome::Failure,
            "succeed" => Outcome::Success {
                session_hash: String::new(),
            },
            _ => loop {
                thread::park();
            },
        };
        match driver.settle(&permit, outcome, attempt).error {
            None => println!("reported {username}"),
            Some(error) => println!("error {username} {:?}", error.kind()),
        }
    }
}
