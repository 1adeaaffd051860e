//! Entries in Redis, changed by a script.

use std::sync::LazyLock;
use std::time::Duration;

use redis::{Cmd, ErrorKind, RedisResult, Script, ServerErrorKind, Value};

use super::connection::Connection;
use super::link::Link;
use super::log::LogKeys;
use crate::pool::Pool;
use crate::{Entries, Entry, Expected, Line, Put, StoreError, Swapped};

/// What Redis runs to change entries: it compares and writes in one step, and adds lines to logs.
pub const COMPARE_AND_SET: &str = include_str!("swap.lua");

/// Servers know it by its digest once they have run it.
static SCRIPT: LazyLock<Script> = LazyLock::new(|| Script::new(COMPARE_AND_SET));

/// The entries of a server, or of a cluster.
#[derive(Debug)]
pub(super) struct RedisEntries {
    pub(super) pool: Pool<Connection>,
    /// What every key begins with.
    pub(super) prefix: String,
    /// Whether keys may be on different servers: then each is asked for by itself.
    pub(super) is_cluster: bool,
    pub(super) log: LogKeys,
}

/// What the script is given.
#[derive(Default)]
struct Arguments {
    keys: Vec<String>,
    values: Vec<String>,
}

impl Arguments {
    fn state(&mut self, key: String, token: Option<&String>) {
        self.keys.push(key);
        let (state, text) = match token {
            Some(token) => ("this", token.clone()),
            None => ("nothing", String::new()),
        };
        self.values.extend([state.to_owned(), text]);
    }

    fn command(&self, name: &str, script: &str) -> Cmd {
        let mut command = redis::cmd(name);
        command
            .arg(script)
            .arg(self.keys.len())
            .arg(&self.keys)
            .arg(&self.values);
        command
    }

    fn run(&self, link: &mut Link) -> RedisResult<Value> {
        let key = self.keys.first().map_or("", String::as_str);
        match link.ask(key, &self.command("EVALSHA", SCRIPT.get_hash())) {
            // Nothing was done. The server forgets scripts when it restarts.
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                link.ask(key, &self.command("EVAL", COMPARE_AND_SET))
            }
            answer => answer,
        }
    }
}

impl RedisEntries {
    fn key(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    pub(super) fn ask<T>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&mut Link) -> RedisResult<T>,
    ) -> Result<T, StoreError> {
        self.pool.with(|connection| connection.ask(operation, work))
    }
}

impl Entries for RedisEntries {
    type Token = String;

    fn get(&self, keys: &[String]) -> Result<Vec<Option<Entry<String>>>, StoreError> {
        let keys: Vec<String> = keys.iter().map(|key| self.key(key)).collect();
        let found: Vec<Option<String>> = self.ask("read from Redis", |link| {
            if self.is_cluster {
                let get = |key: String| (key.clone(), Cmd::get(key));
                link.ask_all(keys.into_iter().map(get).collect())
            } else {
                link.ask("", &Cmd::mget(keys))
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
        Ok(matches!(self.swap(&[], &[put], &[], &[])?, Swapped::Done))
    }

    fn token_of(&self, text: &str) -> Option<String> {
        (!self.is_cluster).then(|| text.to_owned())
    }

    fn swap(
        &self,
        expected: &[Expected<'_, String>],
        puts: &[Put<'_, String>],
        told: &[&str],
        lines: &[Line],
    ) -> Result<Swapped<String>, StoreError> {
        let mut arguments = Arguments::default();
        for entry in expected {
            arguments.state(self.key(entry.key), entry.token);
        }
        for put in puts {
            arguments.state(self.key(put.key), put.expected);
            let millis = put.keep.map(|keep| keep.as_millis().max(1).to_string());
            let kept = millis.unwrap_or_default();
            arguments.values.extend([put.value.to_owned(), kept]);
        }
        arguments.keys.extend(told.iter().map(|key| self.key(key)));
        let told = arguments.keys.len();
        for line in lines {
            self.log
                .add(line, &mut arguments.keys, &mut arguments.values);
        }
        let added = arguments.keys.len().saturating_sub(told) / 2;
        let counts = [expected.len(), puts.len(), added].map(|count| count.to_string());
        arguments.values.splice(0..0, counts);
        let answer: Value = self.ask("write to Redis", |link| arguments.run(link))?;
        if answer == Value::Int(0) {
            self.log_out(lines)?;
            return Ok(Swapped::Done);
        }
        let found: Vec<Option<String>> = redis::from_redis_value(answer).map_err(|error| {
            StoreError::new(crate::ErrorKind::Corrupt, "understand Redis").because(error)
        })?;
        Ok(Swapped::InVain(
            found.into_iter().map(|text| text.map(entry)).collect(),
        ))
    }

    fn keeps_log(&self) -> bool {
        true
    }

    fn log(&self, lines: &[Line]) -> Result<(), StoreError> {
        if lines.iter().all(|line| matches!(line, Line::LogOut { .. })) {
            return self.log_out(lines);
        }
        self.swap(&[], &[], &[], lines).map(|_| ())
    }
}

fn entry(text: String) -> Entry<String> {
    Entry {
        token: text.clone(),
        value: text,
    }
}
