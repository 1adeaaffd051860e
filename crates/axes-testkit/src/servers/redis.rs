//! Redis and Valkey, alone and as clusters.

mod cluster;
mod monitor;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::time::Duration;

use redis::{Client, Cmd, Connection, FromRedisValue, IntoConnectionInfo as _};

pub use self::cluster::RedisCluster;
pub use self::monitor::Monitor;
use super::certificates::make_certificates;
use super::process::{Plan, Server, Signal, find, free_port};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A Redis of our own, which wants a password.
pub struct RedisServer {
    server: Server,
    password: String,
    /// Where else it listens, if it does.
    more_port: Arc<AtomicU16>,
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
        Self::run(settings, None, new_password(), |_| {})
    }

    /// Starts one that also speaks TLS, as `localhost`. It wants whoever asks to have a
    /// [`certificate`](Self::certificate) of its authority, such as its own.
    #[must_use]
    pub fn with_tls() -> Self {
        let settings = [
            "--tls-cert-file",
            "server.crt",
            "--tls-key-file",
            "server.key",
            "--tls-ca-cert-file",
            "ca.crt",
        ];
        Self::run(&settings, Some("--tls-port"), new_password(), |server| {
            make_certificates(server, "localhost");
        })
    }

    /// Starts one with `settings`, and with a free port as `more`.
    fn run(
        settings: &[&str],
        more: Option<&'static str>,
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
        let more_port = Arc::new(AtomicU16::new(0));
        let has_started = Arc::new(AtomicBool::new(false));
        let (port_of_more, started) = (Arc::clone(&more_port), Arc::clone(&has_started));
        let command = move |_: &Path, port: u16| {
            let mut command = vec![program.clone(), "--port".to_owned(), port.to_string()];
            command.extend(words.clone());
            if let Some(name) = more {
                // It stays where it was when it starts again.
                if !started.load(Ordering::Relaxed) {
                    port_of_more.store(free_port(), Ordering::Relaxed);
                }
                let port = port_of_more.load(Ordering::Relaxed).to_string();
                command.extend([name.to_owned(), port]);
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
            more_port,
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
        let port = self.more_port.load(Ordering::Relaxed);
        format!("rediss://:{}@{host}:{port}/0", self.password)
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

    /// Listens to all that it is asked from now on.
    #[must_use]
    pub fn monitor(&self) -> Monitor<'_> {
        Monitor::new(self)
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
