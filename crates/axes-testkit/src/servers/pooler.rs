//! `PgBouncer`.

use super::postgres::{Database, Sql};
use super::process::{Plan, Server, Signal, find};

/// A `PgBouncer` in front of a database: each transaction gets any of its few connections.
pub struct PgBouncer(Server);

impl PgBouncer {
    /// Starts one in front of `database`.
    #[must_use]
    pub fn start(database: &Database<'_>) -> Self {
        let program = find("pgbouncer", "pgbouncer", &[]);
        let (server, name) = (database.server(), database.name().to_owned());
        let (user, password) = (server.user(), server.password().to_owned());
        let behind = server.process().port();
        let users = format!("\"{user}\" \"{password}\"\n");
        let settings = move |port: u16| {
            format!(
                "[databases]\n* = host=127.0.0.1 port={behind}\n\
                 [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
                 unix_socket_dir =\nauth_type = md5\nauth_file = users.txt\n\
                 pool_mode = transaction\ndefault_pool_size = 2\n"
            )
        };
        let plan = Plan {
            name: "PgBouncer",
            account: "postgres",
            farewell: Signal::Interrupt,
            command: Box::new(move |folder, port| {
                let written = std::fs::write(folder.join("pgbouncer.ini"), settings(port));
                written.expect("a file can be written");
                vec![program.clone(), "pgbouncer.ini".to_owned()]
            }),
            answers: Box::new(move |port| Sql::can_open(port, &password, &name)),
        };
        Self(Server::start(plan, |server| {
            let written = std::fs::write(server.folder().join("users.txt"), &users);
            written.expect("a file can be written");
        }))
    }

    /// The process.
    #[must_use]
    pub const fn process(&self) -> &Server {
        &self.0
    }
}
