//! All servers of a cluster.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use redis::{Cmd, Connection, ConnectionLike as _, ErrorKind, RedisError, RedisResult, Value};

use super::server::Server;
use super::slots::{Address, Slots, incomplete, slot_of};

/// How often a key is followed to where it has gone.
const REDIRECTIONS: u32 = 5;

/// The servers that are asked who is there. All connections begin with the one that answered last.
pub(super) struct Seeds {
    servers: Vec<Server>,
    last: AtomicUsize,
}

impl Seeds {
    pub(super) const fn new(servers: Vec<Server>) -> Self {
        Self {
            servers,
            last: AtomicUsize::new(0),
        }
    }

    /// Asks until somebody tells who has which slots.
    fn ask(&self) -> RedisResult<(Slots, Address, Connection)> {
        let first = self.last.load(Ordering::Relaxed);
        let mut error = incomplete();
        let places = self.servers.iter().enumerate().cycle().skip(first);
        for (place, server) in places.take(self.servers.len()) {
            let answered = server.connect().and_then(|mut connection| {
                let address = server.address();
                let slots = slots(&mut connection, &address.0)?;
                Ok((slots, address, connection))
            });
            match answered {
                Ok(answered) => {
                    self.last.store(place, Ordering::Relaxed);
                    return Ok(answered);
                }
                Err(its) => error = its,
            }
        }
        Err(error)
    }
}

/// Connections to the servers of a cluster, each of which is opened when it is needed.
///
/// A command follows its key to where that has gone, as it was not done where it was not. After any other
/// error it is not sent again: it may have been done.
pub(super) struct Cluster {
    seeds: Arc<Seeds>,
    slots: Slots,
    connections: HashMap<Address, Connection>,
}

impl Cluster {
    pub(super) fn open(seeds: Arc<Seeds>) -> RedisResult<Self> {
        let (slots, address, connection) = seeds.ask()?;
        Ok(Self {
            seeds,
            slots,
            connections: HashMap::from([(address, connection)]),
        })
    }

    /// The answer to a command about `key`.
    pub(super) fn ask(&mut self, key: &str, command: &Cmd) -> RedisResult<Value> {
        let address = self.slots.master_of(slot_of(key))?;
        let answer = self.connection(&address)?.req_command(command)?;
        self.follow(answer, command)
    }

    /// The answers to commands, each about one key, all in one question to each server.
    pub(super) fn ask_all(&mut self, commands: &[(String, Cmd)]) -> RedisResult<Vec<Value>> {
        let mut by_server: BTreeMap<Address, Vec<usize>> = BTreeMap::new();
        for (place, (key, _)) in commands.iter().enumerate() {
            let address = self.slots.master_of(slot_of(key))?;
            by_server.entry(address).or_default().push(place);
        }
        // Before anything is sent: nobody would read the answers.
        for address in by_server.keys() {
            self.connection(address)?;
        }
        let command = |place: usize| commands.get(place).map(|(_, command)| command);
        for (address, places) in &by_server {
            let mut packed = Vec::new();
            for command in places.iter().filter_map(|place| command(*place)) {
                packed.extend(command.get_packed_command());
            }
            self.connection(address)?.send_packed_command(&packed)?;
        }
        let mut answers = vec![Value::Nil; commands.len()];
        for (address, places) in &by_server {
            for place in places {
                let answer = self.connection(address)?.recv_response()?;
                if let Some(its) = answers.get_mut(*place) {
                    *its = answer;
                }
            }
        }
        let follow = |(place, answer)| match command(place) {
            Some(command) => self.follow(answer, command),
            None => Ok(answer),
        };
        answers.into_iter().enumerate().map(follow).collect()
    }

    /// The answer of each server that may be written to.
    pub(super) fn ask_each(&mut self, command: &Cmd) -> RedisResult<Vec<Value>> {
        let masters = self.slots.masters();
        let ask = |address| self.connection(address)?.req_command(command);
        masters.iter().map(ask).collect()
    }

    pub(super) fn is_open(&self) -> bool {
        self.connections
            .values()
            .all(redis::ConnectionLike::is_open)
    }

    pub(super) fn answers(&mut self) -> bool {
        self.connections
            .values_mut()
            .all(redis::ConnectionLike::check_connection)
    }

    /// What `command` is answered where its key is now, if `answer` says that it has gone.
    fn follow(&mut self, mut answer: Value, command: &Cmd) -> RedisResult<Value> {
        let mut left = REDIRECTIONS;
        loop {
            let Value::ServerError(error) = &answer else {
                return Ok(answer);
            };
            let error = RedisError::from(error.clone());
            let Some((address, _)) = error.redirect_node() else {
                return Err(error);
            };
            // Where those who have moved it do not agree yet on where it is.
            left = left.checked_sub(1).ok_or_else(incomplete)?;
            let address = self.redirected(address)?;
            let moved = error.code() == Some("MOVED");
            let connection = self.connection(&address)?;
            if moved {
                let told = slots(connection, &address.0)?;
                answer = connection.req_command(command)?;
                self.slots = told;
            } else {
                connection.req_command(&redis::cmd("ASKING"))?;
                answer = connection.req_command(command)?;
            }
        }
    }

    /// The address in an error. One without a host is on the host that was asked.
    fn redirected(&self, text: &str) -> RedisResult<Address> {
        let address = text.rsplit_once(':').and_then(|(host, port)| {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            Some((host.to_owned(), port.parse().ok()?))
        });
        let (host, port): Address = address.ok_or_else(incomplete)?;
        if !host.is_empty() {
            return Ok((host, port));
        }
        let masters = self.slots.masters();
        let same_port = masters.into_iter().find(|master| master.1 == port);
        same_port.ok_or_else(incomplete)
    }

    fn connection(&mut self, address: &Address) -> RedisResult<&mut Connection> {
        if !self.connections.contains_key(address) {
            let any = self.seeds.servers.first().ok_or_else(incomplete)?;
            let connection = any.at(address).connect()?;
            self.connections.insert(address.clone(), connection);
        }
        self.connections.get_mut(address).ok_or_else(incomplete)
    }
}

fn slots(connection: &mut Connection, host: &str) -> RedisResult<Slots> {
    let mut command = redis::cmd("CLUSTER");
    command.arg("SLOTS");
    let answer = connection.req_command(&command)?;
    if let Value::ServerError(error) = answer {
        return Err(error.into());
    }
    Slots::read(answer, host).map_err(|_| {
        (
            ErrorKind::UnexpectedReturnType,
            "not the slots of a cluster",
        )
            .into()
    })
}
