//! A cluster.

use std::sync::atomic::Ordering;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{PATIENCE, RedisServer, new_password};

const PAUSE: Duration = Duration::from_millis(20);
const SLOTS: u16 = 16384;
const SERVERS: u16 = 3;

/// Three servers that are one cluster, over which keys are spread. All want the same password.
pub struct RedisCluster(Vec<RedisServer>);

impl RedisCluster {
    /// Starts one, each server of which has every write on its disk before it answers.
    #[must_use]
    pub fn start() -> Self {
        let settings = [
            "--cluster-enabled",
            "yes",
            "--cluster-node-timeout",
            "2000",
            // Those who are there go on without the others.
            "--cluster-require-full-coverage",
            "no",
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
        ];
        let password = new_password();
        let start =
            |_| RedisServer::run(&settings, Some("--cluster-port"), password.clone(), |_| {});
        let cluster = Self((0..SERVERS).map(start).collect());
        let share = SLOTS / SERVERS;
        for (number, server) in (0..SERVERS).zip(&cluster.0) {
            let is_last = number + 1 == SERVERS;
            let end = if is_last { SLOTS } else { (number + 1) * share };
            let (first, last) = ((number * share).to_string(), (end - 1).to_string());
            server.ask::<()>(&["CLUSTER", "ADDSLOTSRANGE", &first, &last]);
            let port = server.process().port().to_string();
            let bus = server.more_port.load(Ordering::Relaxed).to_string();
            cluster.0[0].ask::<()>(&["CLUSTER", "MEET", "127.0.0.1", &port, &bus]);
        }
        cluster.wait_until_whole();
        cluster
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
        let deadline = Instant::now() + PATIENCE;
        let is_whole = |server: &RedisServer| {
            let told: String = server.ask(&["CLUSTER", "INFO"]);
            let servers: String = server.ask(&["CLUSTER", "NODES"]);
            told.contains("cluster_state:ok")
                && told.contains("cluster_slots_ok:16384")
                && servers.lines().count() == self.0.len()
                && !servers.contains("fail")
                && !servers.contains("handshake")
        };
        while !self.0.iter().all(is_whole) {
            let late = Instant::now() > deadline;
            assert!(!late, "the servers do not become a cluster");
            sleep(PAUSE);
        }
    }
}
