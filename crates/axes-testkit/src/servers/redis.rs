//! Redis and Valkey, alone and as clusters.

mod cluster;
mod monitor;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use redis::{Client, Cmd, Connection, FromRedisValue, IntoConnectionInfo as _};

pub use self::cluster::RedisCluster;
pub use self::monitor::Monitor;
use super::certificates::make_certificates;
use super::process::{Plan, Server, Signal, find, free_port};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

const PAUSE: Duration = Duration::from_millis(20);

/// What lets a server speak TLS.
const TLS: [&str; 6] = [
    "--tls-cert-file",
    "server.crt",
    "--tls-key-file",
    "server.key",
    "--tls-ca-cert-file",
    "ca.crt",
];

/// A Redis of our own, which wants a password.
pub struct RedisServer {
    server: Server,
    password: String,
    /// Where else it listens.
    more_ports: Arc<Mutex<Vec<u16>>>,
}

impl RedisServer {
    /// Starts one that keeps everything in memory.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts one that has every write on its disk before it answers.
    #[must_use]
    pub fn durable() -> Self {
        Self::start_with(&["--appendonly", "yes", "--appendfsync", "always"])
    }

    /// Starts one with `settings`, such as `--maxmemory` and `10mb`.
    #[must_use]
    pub fn start_with(settings: &[&str]) -> Self {
        Self::run(settings, &[], new_password(), |_| {})
    }

    /// Starts one that also speaks TLS, as `localhost`. It wants whoever asks to have a
    /// [`certificate`](Self::certificate) of its authority, such as its own.
    #[must_use]
    pub fn with_tls() -> Self {
        Self::run(&TLS, &["--tls-port"], new_password(), |server| {
            make_certificates(server, "localhost");
        })
    }

    /// Starts one with `settings`, and with a free port for each of `more`.
    fn run(
        settings: &[&str],
        more: &'static [&'static str],
        password: String,
        prepare: impl FnOnce(&Server),
    ) -> Self {
        let program = find("redis-server", "redis-server", &[]);
        let words = [
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--requirepass",
            &password,
        ];
        let words = [&words, settings, &["--enable-debug-command", "yes"]].concat();
        let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        let more_ports: Arc<Mutex<Vec<u16>>> = Arc::default();
        let has_started = Arc::new(AtomicBool::new(false));
        let (ports, started) = (Arc::clone(&more_ports), Arc::clone(&has_started));
        let command = move |_: &Path, port: u16| {
            let mut command = vec![program.clone(), "--port".to_owned(), port.to_string()];
            command.extend(words.clone());
            let mut ports = ports.lock().unwrap_or_else(PoisonError::into_inner);
            // They stay where they were when it starts again.
            if !started.load(Ordering::Relaxed) {
                *ports = more.iter().map(|_| free_port()).collect();
            }
            for (name, port) in more.iter().zip(&*ports) {
                command.extend([(*name).to_owned(), port.to_string()]);
            }
            command
        };
        let own = password.clone();
        let answers = move |port| {
            let answers = connect(port, &own).is_some_and(|mut connection| {
                // It answers other things before it has loaded its data.
                redis::cmd("DBSIZE").query::<u64>(&mut connection).is_ok()
            });
            has_started.fetch_or(answers, Ordering::Relaxed);
            answers
        };
        let plan = Plan {
            name: "Redis",
            account: "redis",
            farewell: Signal::Terminate,
            command: Box::new(command),
            answers: Box::new(answers),
        };
        Self {
            server: Server::start(plan, prepare),
            password,
            more_ports,
        }
    }

    /// The process.
    #[must_use]
    pub const fn process(&self) -> &Server {
        &self.server
    }

    /// Its password.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Where it is, with the password, for somebody whose keys begin with `prefix`.
    #[must_use]
    pub fn url(&self, prefix: &str) -> String {
        let (password, port) = (&self.password, self.server.port());
        format!("redis://:{password}@127.0.0.1:{port}/0?prefix={prefix}")
    }

    /// The same by TLS.
    #[must_use]
    pub fn tls_url(&self, host: &str) -> String {
        let port = self.more_port(0);
        format!("rediss://:{}@{host}:{port}/0", self.password)
    }

    /// The port of that number where else it listens.
    fn more_port(&self, number: usize) -> u16 {
        let ports = self.more_ports.lock();
        ports.unwrap_or_else(PoisonError::into_inner)[number]
    }

    /// A file of [`make_certificates`].
    #[must_use]
    pub fn certificate(&self, name: &str) -> PathBuf {
        self.server.folder().join(name)
    }

    /// Asks it something that it has to answer.
    pub fn ask<T: FromRedisValue>(&self, words: &[&str]) -> T {
        let answer = command(words).query(&mut self.connect());
        answer.expect("the command is right")
    }

    /// Becomes a replica of `master`, which has everything that is there now.
    pub fn follow(&self, master: &Self) {
        self.trust(master);
        let port = master.server.port().to_string();
        self.ask::<()>(&["REPLICAOF", "127.0.0.1", &port]);
        self.wait_for_master();
    }

    fn trust(&self, master: &Self) {
        self.ask::<()>(&["CONFIG", "SET", "masterauth", &master.password]);
    }

    fn wait_for_master(&self) {
        wait_until("it does not hear of its master", || {
            let told: String = self.ask(&["INFO", "replication"]);
            told.contains("master_link_status:up")
        });
    }

    /// Listens to all that it is asked from now on.
    #[must_use]
    pub fn monitor(&self) -> Monitor<'_> {
        Monitor::new(self)
    }

    /// Whether it is there.
    fn answers(&self) -> bool {
        connect(self.server.port(), &self.password).is_some()
    }

    fn connect(&self) -> Connection {
        let connection = connect(self.server.port(), &self.password);
        connection.expect("the server answers")
    }
}

/// Nobody takes the server of another test for one with this.
fn new_password() -> String {
    format!("secret-{}-{}", std::process::id(), free_port())
}

fn wait_until(or: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "{or}");
        sleep(PAUSE);
    }
}

fn connect(port: u16, password: &str) -> Option<Connection> {
    let info = ("127.0.0.1", port).into_connection_info().ok()?;
    let settings = info.redis_settings().clone();
    let settings = settings.set_skip_set_lib_name().set_password(password);
    let client = Client::open(info.set_redis_settings(settings)).ok()?;
    let connection = client.get_connection_with_timeout(PATIENCE).ok()?;
    connection.set_read_timeout(Some(PATIENCE)).ok()?;
    Some(connection)
}

fn command(words: &[&str]) -> Cmd {
    let mut command = Cmd::new();
    for word in words {
        command.arg(word);
    }
    command
}
