//! A cluster.

use std::path::PathBuf;
use std::sync::OnceLock;

use super::super::certificates::make_certificates;
use super::super::process::Server;
use super::{RedisServer, TLS, new_password, wait_until};

const SLOTS: u16 = 16384;
const SERVERS: u16 = 3;

/// What lets a server belong to a cluster, and have every write on its disk before it answers.
const CLUSTER: [&str; 10] = [
    "--cluster-enabled",
    "yes",
    // A busy machine is no reason to give anybody up.
    "--cluster-node-timeout",
    "15000",
    // Those who are there go on without the others.
    "--cluster-require-full-coverage",
    "no",
    "--appendonly",
    "yes",
    "--appendfsync",
    "always",
];

/// Three servers that are one cluster, over which keys are spread. All want the same password.
pub struct RedisCluster(Vec<RedisServer>);

impl RedisCluster {
    /// Starts one, each server of which has every write on its disk before it answers.
    #[must_use]
    pub fn start() -> Self {
        Self::run(&[], &["--cluster-port"], |_| {})
    }

    /// The same, of servers that also speak TLS, as `localhost`, all with the same certificate.
    #[must_use]
    pub fn with_tls() -> Self {
        let settings = [
            &TLS[..],
            &["--tls-cluster", "yes", "--tls-auth-clients", "no"],
            &["--cluster-announce-hostname", "localhost"],
            &["--cluster-preferred-endpoint-type", "hostname"],
        ];
        let first: OnceLock<PathBuf> = OnceLock::new();
        Self::run(
            &settings.concat(),
            &["--cluster-port", "--tls-port"],
            |server| {
                let Some(first) = first.get() else {
                    make_certificates(server, "localhost");
                    let _ = first.set(server.folder().to_owned());
                    return;
                };
                for name in ["ca.crt", "server.crt", "server.key"] {
                    server.run(&["cp", &first.join(name).display().to_string(), "."]);
                }
            },
        )
    }

    fn run(settings: &[&str], ports: &'static [&'static str], prepare: impl Fn(&Server)) -> Self {
        let settings = [&CLUSTER, settings].concat();
        let password = new_password();
        let start = |_| RedisServer::run(&settings, ports, password.clone(), &prepare);
        let cluster = Self((0..SERVERS).map(start).collect());
        let share = SLOTS / SERVERS;
        for (number, server) in (0..SERVERS).zip(&cluster.0) {
            let is_last = number + 1 == SERVERS;
            let end = if is_last { SLOTS } else { (number + 1) * share };
            let (first, last) = ((number * share).to_string(), (end - 1).to_string());
            server.ask::<()>(&["CLUSTER", "ADDSLOTSRANGE", &first, &last]);
            // Where others are told to go.
            let port = match ports {
                ["--cluster-port"] => server.process().port(),
                _ => server.more_port(1),
            };
            cluster.meet(server, port);
        }
        cluster.wait_until_whole();
        cluster
    }

    fn meet(&self, server: &RedisServer, port: u16) {
        let (port, bus) = (port.to_string(), server.more_port(0).to_string());
        self.0[0].ask::<()>(&["CLUSTER", "MEET", "127.0.0.1", &port, &bus]);
    }

    /// One more server, a replica of the server of that number: it has everything that is there now.
    pub fn add_replica_of(&mut self, number: usize) {
        let password = self.0[0].password().to_owned();
        let server = RedisServer::run(&CLUSTER, &["--cluster-port"], password, |_| {});
        self.meet(&server, server.process().port());
        self.0.push(server);
        self.wait_until_whole();
        let [.., server] = &*self.0 else { return };
        server.trust(&self.0[number]);
        server.ask::<()>(&["CLUSTER", "REPLICATE", &self.name_of(number)]);
        server.wait_for_master();
    }

    /// Lets the last server take over from its master, and waits until the others know.
    pub fn take_over(&self) {
        let [others @ .., last] = &*self.0 else {
            return;
        };
        last.ask::<()>(&["CLUSTER", "FAILOVER", "TAKEOVER"]);
        let name: String = last.ask(&["CLUSTER", "MYID"]);
        wait_until("the others do not hear of it", || {
            let mut others = others.iter().filter(|other| other.answers());
            others.all(|other| {
                let servers: String = other.ask(&["CLUSTER", "NODES"]);
                let mut lines = servers.lines().filter(|line| line.starts_with(&name));
                lines.any(|line| line.contains("master"))
            })
        });
    }

    /// The servers.
    #[must_use]
    pub fn servers(&self) -> &[RedisServer] {
        &self.0
    }

    /// Where it is, with the password, for somebody whose keys begin with `prefix`.
    #[must_use]
    pub fn url(&self, prefix: &str) -> String {
        let address = |server: &RedisServer| format!("127.0.0.1:{}", server.process().port());
        let addresses: Vec<String> = self.0.iter().map(address).collect();
        let (password, addresses) = (self.0[0].password(), addresses.join(","));
        format!("redis-cluster://:{password}@{addresses}/?prefix={prefix}")
    }

    /// The same by TLS.
    #[must_use]
    pub fn tls_url(&self) -> String {
        let address = |server: &RedisServer| format!("localhost:{}", server.more_port(1));
        let addresses: Vec<String> = self.0.iter().map(address).collect();
        let (password, addresses) = (self.0[0].password(), addresses.join(","));
        format!("rediss-cluster://:{password}@{addresses}")
    }

    /// The server that has `key`, by its number, and the slot of the key.
    #[must_use]
    pub fn place_of(&self, key: &str) -> (usize, u16) {
        let slot: u16 = self.0[0].ask(&["CLUSTER", "KEYSLOT", key]);
        let share = SLOTS / SERVERS;
        (usize::from((slot / share).min(SERVERS - 1)), slot)
    }

    /// What the server of that number is called in the cluster.
    #[must_use]
    pub fn name_of(&self, number: usize) -> String {
        self.0[number].ask(&["CLUSTER", "MYID"])
    }

    /// Waits until all servers are there and know of each other.
    pub fn wait_until_whole(&self) {
        let is_whole = |server: &RedisServer| {
            let told: String = server.ask(&["CLUSTER", "INFO"]);
            let servers: String = server.ask(&["CLUSTER", "NODES"]);
            told.contains("cluster_state:ok")
                && told.contains("cluster_slots_ok:16384")
                && servers.lines().count() == self.0.len()
                && !servers.contains("fail")
                && !servers.contains("handshake")
        };
        wait_until("the servers do not become a cluster", || {
            self.0.iter().all(is_whole)
        });
    }
}
