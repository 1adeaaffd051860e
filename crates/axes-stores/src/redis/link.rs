//! What commands go through: to one server, or to whichever of a cluster has their keys.

use redis::{Cmd, Connection, ConnectionLike as _, FromRedisValue, Pipeline, RedisResult, Value};

use super::cluster::Cluster;

/// A way to a server or to a cluster.
pub(super) enum Link {
    Server(Box<Connection>),
    Cluster(Box<Cluster>),
}

impl Link {
    /// The answer to a command about `key`, and about others only where there is one server.
    pub(super) fn ask<T: FromRedisValue>(&mut self, key: &str, command: &Cmd) -> RedisResult<T> {
        match self {
            Self::Server(connection) => command.query(&mut **connection),
            Self::Cluster(cluster) => Ok(redis::from_redis_value(cluster.ask(key, command)?)?),
        }
    }

    /// The answers to `commands`, each of which is about its key, all in one question to each server.
    pub(super) fn ask_all<T: FromRedisValue>(
        &mut self,
        commands: Vec<(String, Cmd)>,
    ) -> RedisResult<T> {
        match self {
            Self::Server(connection) => {
                let mut pipeline = Pipeline::with_capacity(commands.len());
                for (_, command) in commands {
                    pipeline.add_command(command);
                }
                pipeline.query(&mut **connection)
            }
            Self::Cluster(cluster) => {
                let answers = cluster.ask_all(&commands)?;
                Ok(redis::from_redis_value(Value::Array(answers))?)
            }
        }
    }

    /// The answer of each server that may be written to.
    pub(super) fn ask_each(&mut self, command: &Cmd) -> RedisResult<Vec<Value>> {
        match self {
            Self::Server(connection) => Ok(vec![connection.req_command(command)?]),
            Self::Cluster(cluster) => cluster.ask_each(command),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        match self {
            Self::Server(connection) => connection.is_open(),
            Self::Cluster(cluster) => cluster.is_open(),
        }
    }

    pub(super) fn answers(&mut self) -> bool {
        match self {
            Self::Server(connection) => connection.check_connection(),
            Self::Cluster(cluster) => cluster.answers(),
        }
    }
}
