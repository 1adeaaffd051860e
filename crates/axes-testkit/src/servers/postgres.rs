//! PostgreSQL.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

use super::process::{Plan, Server, Signal, find};

const PACKAGE: &str = "postgresql";
const USER: &str = "axes";

/// A PostgreSQL of our own, reached by TCP only. A killed process loses nothing, a power cut would.
pub struct PostgresServer {
    server: Server,
    password: String,
}

impl PostgresServer {
    /// Starts one.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&[], |_| {})
    }

    /// Starts one with `settings`, such as `ssl=on`, after `prepare` has put into its folder what those
    /// name.
    #[must_use]
    pub fn start_with(settings: &[&str], prepare: impl FnOnce(&Server)) -> Self {
        // Nobody takes the server of another test for this one.
        let password = format!("secret-{}-{}", std::process::id(), number());
        let postgres = binary("postgres");
        let settings: Vec<String> = settings.iter().map(|&it| it.to_owned()).collect();
        let command = move |_: &Path, port: u16| {
            let mut command = vec![postgres.clone(), "-D".to_owned(), "data".to_owned()];
            let fixed = [
                "listen_addresses=127.0.0.1",
                "unix_socket_directories=",
                "max_connections=200",
                "shared_buffers=32MB",
                "fsync=off",
                "full_page_writes=off",
            ];
            let fixed = fixed.into_iter().map(str::to_owned);
            for setting in fixed
                .chain(settings.clone())
                .chain([format!("port={port}")])
            {
                command.extend(["-c".to_owned(), setting]);
            }
            command
        };
        let own = password.clone();
        let answers = move |port| Sql::can_open(port, &own, "postgres");
        let plan = Plan {
            name: "PostgreSQL",
            account: "postgres",
            // Otherwise it would wait for every client to leave.
            farewell: Signal::Interrupt,
            command: Box::new(command),
            answers: Box::new(answers),
        };
        let server = Server::start(plan, |server| {
            let file = server.folder().join("password");
            std::fs::write(&file, &password).expect("a file can be written");
            server.run(&[
                &binary("initdb"),
                "--pgdata=data",
                &format!("--username={USER}"),
                // With SCRAM each connection costs both sides thousands of hashes.
                "--auth=md5",
                "--pwfile=password",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync",
            ]);
            prepare(server);
        });
        Self { server, password }
    }

    /// One for all tests of this process that do nothing to the server itself.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<PostgresServer> = LazyLock::new(PostgresServer::start);
        &SHARED
    }

    /// The process.
    #[must_use]
    pub const fn process(&self) -> &Server {
        &self.server
    }

    /// Who may do everything.
    #[must_use]
    pub const fn user(&self) -> &'static str {
        USER
    }

    /// The password of that.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }

    /// A new database, in which `sql` was run.
    #[must_use]
    pub fn database(&self, sql: &str) -> Database<'_> {
        let name = format!("axes_{}", number());
        let mut connection = self.connect("postgres");
        connection.run(&format!("CREATE DATABASE {name}"));
        let database = Database { server: self, name };
        database.connect().run(sql);
        database
    }

    /// A connection to `database`.
    #[must_use]
    pub fn connect(&self, database: &str) -> Sql {
        let opened = Sql::open(&config(self.server.port(), &self.password, database));
        opened.expect("the server answers")
    }
}

/// A database of one test.
pub struct Database<'a> {
    server: &'a PostgresServer,
    name: String,
}

impl Database<'_> {
    /// Its server.
    #[must_use]
    pub const fn server(&self) -> &PostgresServer {
        self.server
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it is, with the password.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_by(self.server.server.port())
    }

    /// The same by way of somebody who listens on `port` and leads there.
    #[must_use]
    pub fn url_by(&self, port: u16) -> String {
        let Self { server, name } = self;
        format!(
            "postgres://{USER}:{}@127.0.0.1:{port}/{name}",
            server.password
        )
    }

    /// A connection to it.
    #[must_use]
    pub fn connect(&self) -> Sql {
        self.server.connect(&self.name)
    }
}

/// A connection, which waits for its answers.
pub struct Sql {
    client: Client,
    runtime: Runtime,
}

impl Sql {
    fn open(config: &Config) -> Result<Self, tokio_postgres::Error> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime can be made");
        let (client, connection) = runtime.block_on(config.connect(NoTls))?;
        runtime.spawn(async {
            let _ = connection.await;
        });
        Ok(Self { client, runtime })
    }

    /// Whether whoever listens on `port` answers for `database`.
    pub(super) fn can_open(port: u16, password: &str, database: &str) -> bool {
        let opened = Self::open(&config(port, password, database));
        opened.is_ok_and(|mut sql| sql.answers())
    }

    fn answers(&mut self) -> bool {
        let answer = self.runtime.block_on(self.client.simple_query("SELECT 1"));
        answer.is_ok()
    }

    /// Runs statements that have to work.
    pub fn run(&mut self, sql: &str) {
        let done = self.runtime.block_on(self.client.batch_execute(sql));
        done.expect("the statements are right");
    }

    /// The rows that `sql` returns, as texts; `NULL` where there is nothing.
    pub fn rows(&mut self, sql: &str) -> Vec<Vec<String>> {
        let answer = self.runtime.block_on(self.client.simple_query(sql));
        let mut rows = Vec::new();
        for message in answer.expect("the statement is right") {
            if let SimpleQueryMessage::Row(row) = message {
                let text = |column| row.get(column).unwrap_or("NULL").to_owned();
                rows.push((0..row.len()).map(text).collect());
            }
        }
        rows
    }

    /// One number that has to be there.
    pub fn number(&mut self, sql: &str) -> i64 {
        let rows = self.rows(sql);
        rows[0][0]
            .parse()
            .expect("the statement answers with a number")
    }
}

fn config(port: u16, password: &str, database: &str) -> Config {
    let mut config = Config::new();
    config
        .host("127.0.0.1")
        .port(port)
        .user(USER)
        .password(password)
        .dbname(database)
        .connect_timeout(Duration::from_secs(5));
    config
}

/// A number that nothing else of this process has.
fn number() -> u32 {
    static LAST: AtomicU32 = AtomicU32::new(0);
    LAST.fetch_add(1, Ordering::Relaxed)
}

/// Debian's, the newest first: something called `postgres` among the programs may be a wrapper.
fn binary(program: &str) -> String {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let mut folders: Vec<PathBuf> = versions
        .filter_map(|version| Some(version.ok()?.path().join("bin")))
        .collect();
    folders.sort_by_key(|folder| {
        let version = folder
            .parent()
            .and_then(|parent| parent.file_name()?.to_str());
        version.and_then(|version| version.parse::<u32>().ok())
    });
    folders.reverse();
    find(program, PACKAGE, &folders)
}
