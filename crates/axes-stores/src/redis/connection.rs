//! One connection of a pool.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use redis::{RedisError, RedisResult, ServerErrorKind};

use super::cluster::{Cluster, Seeds};
use super::link::Link;
use super::place::Place;
use super::server::Server;
use super::trouble::{failed, not_understood, spoils_the_connection, why};
use crate::pool::Pooled;
use crate::{ErrorKind, StoreError};

/// What opens connections.
pub(super) type Opener = Box<dyn Fn() -> Result<Connection, StoreError> + Send + Sync>;

/// A connection to a server, or to all servers of a cluster.
pub(super) struct Connection {
    link: RefCell<Link>,
    broken: Cell<bool>,
}

impl Connection {
    /// What opens connections to `place`, on which nobody waits longer than `timeout` for an answer.
    pub(super) fn opener(place: Place, timeout: Duration) -> Result<Opener, StoreError> {
        let certificates = place.certificates.as_ref();
        let server = |info| Server::new(info, certificates, timeout);
        let servers: RedisResult<Vec<Server>> = place.nodes.into_iter().map(server).collect();
        let servers = servers.map_err(|error| not_understood().because(why(&error)))?;
        if place.is_cluster {
            let seeds = Arc::new(Seeds::new(servers));
            return Ok(Box::new(move || {
                let cluster = Cluster::open(Arc::clone(&seeds));
                let cluster = cluster.map_err(|error| failed("connect to the cluster", &error))?;
                Ok(Self::new(Link::Cluster(Box::new(cluster))))
            }));
        }
        let server = servers.into_iter().next().ok_or_else(not_understood)?;
        Ok(Box::new(move || {
            let connected = server.connect();
            let connection = connected.map_err(|error| not_connected(&server, &error))?;
            Ok(Self::new(Link::Server(Box::new(connection))))
        }))
    }

    fn new(link: Link) -> Self {
        Self {
            link: RefCell::new(link),
            broken: Cell::new(false),
        }
    }

    pub(super) fn ask<T>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&mut Link) -> RedisResult<T>,
    ) -> Result<T, StoreError> {
        work(&mut self.link.borrow_mut()).map_err(|error| {
            if spoils_the_connection(&error) {
                self.broken.set(true);
            }
            failed(operation, &error)
        })
    }
}

fn not_connected(server: &Server, error: &RedisError) -> StoreError {
    let refused = error.kind() == ServerErrorKind::ResponseError.into();
    if refused && server.has_database() {
        let error = StoreError::new(ErrorKind::Unavailable, "connect to Redis");
        return error.because("the server has no database of that number for this user");
    }
    failed("connect to Redis", error)
}

impl Pooled for Connection {
    fn is_broken(&self) -> bool {
        self.broken.get() || !self.link.borrow().is_open()
    }

    fn is_alive(&self) -> bool {
        self.link.borrow_mut().answers()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}
