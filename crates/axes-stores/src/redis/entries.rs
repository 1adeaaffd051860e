//! Entries in Redis, changed by a script.

use std::sync::LazyLock;
use std::time::Duration;

use redis::{Cmd, ConnectionLike, Pipeline, RedisError, RedisResult, Script, Value};

use super::connection::Connection;
use crate::pool::Pool;
use crate::{Entries, Entry, ErrorKind, Expected, Put, StoreError, Swapped};

/// Compares and writes in one step. Servers know it by its digest once they have run it.
static SWAP: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("swap.lua")));

/// The entries of a server, or of a cluster.
#[derive(Debug)]
pub(super) struct RedisEntries {
    pub(super) pool: Pool<Connection>,
    /// What every key begins with.
    pub(super) prefix: String,
    /// Whether keys may be on different servers: then each is asked for by itself.
    pub(super) is_cluster: bool,
}

impl RedisEntries {
    fn key(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    fn ask<T>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&mut dyn ConnectionLike) -> RedisResult<T>,
    ) -> Result<T, StoreError> {
        self.pool.with(|connection| connection.ask(operation, work))
    }
}

impl Entries for RedisEntries {
    type Token = String;

    fn get(&self, keys: &[String]) -> Result<Vec<Option<Entry<String>>>, StoreError> {
        let found: Vec<Option<String>> = self.ask("read from Redis", |redis| {
            let keys = keys.iter().map(|key| self.key(key));
            if self.is_cluster {
                let mut pipeline = Pipeline::new();
                for key in keys {
                    pipeline.add_command(Cmd::get(key));
                }
                pipeline.query(redis)
            } else {
                Cmd::mget(keys.collect::<Vec<_>>()).query(redis)
            }
        })?;
        Ok(found.into_iter().map(|text| text.map(entry)).collect())
    }

    fn put(
        &self,
        key: &str,
        value: &str,
        expected: Option<&String>,
        keep: Option<Duration>,
    ) -> Result<bool, StoreError> {
        let put = Put {
            key,
            value,
            expected,
            keep,
        };
        Ok(matches!(self.swap(&[], &[put], &[])?, Swapped::Done))
    }

    fn token_of(&self, text: &str) -> Option<String> {
        (!self.is_cluster).then(|| text.to_owned())
    }

    fn swap(
        &self,
        expected: &[Expected<'_, String>],
        puts: &[Put<'_, String>],
        told: &[&str],
    ) -> Result<Swapped<String>, StoreError> {
        let mut script = SWAP.arg(expected.len());
        script.arg(puts.len());
        for entry in expected {
            script.key(self.key(entry.key));
            state(&mut script, entry.token);
        }
        for put in puts {
            script.key(self.key(put.key));
            state(&mut script, put.expected);
            let millis = put.keep.map(|keep| keep.as_millis().max(1).to_string());
            script.arg(put.value).arg(millis.unwrap_or_default());
        }
        for key in told {
            script.key(self.key(key));
        }
        let answer: Value = self.ask("write to Redis", |redis| script.invoke(redis))?;
        if answer == Value::Int(0) {
            return Ok(Swapped::Done);
        }
        let found: Vec<Option<String>> = redis::from_redis_value(answer).map_err(|error| {
            StoreError::new(ErrorKind::Corrupt, "understand Redis").because(error)
        })?;
        Ok(Swapped::InVain(
            found.into_iter().map(|text| text.map(entry)).collect(),
        ))
    }
}

fn state(script: &mut redis::ScriptInvocation<'_>, token: Option<&String>) {
    match token {
        Some(token) => script.arg("this").arg(token),
        None => script.arg("nothing").arg(""),
    };
}

fn entry(text: String) -> Entry<String> {
    Entry {
        token: text.clone(),
        value: text,
    }
}

/// What is known of an error. A detail may repeat what was asked.
pub(super) fn unavailable(operation: &'static str, error: &RedisError) -> StoreError {
    StoreError::new(ErrorKind::Unavailable, operation).because(error.category().to_owned())
}
