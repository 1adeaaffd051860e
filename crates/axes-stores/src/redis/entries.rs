//! Entries in Redis, changed by a script.

use std::sync::LazyLock;
use std::time::Duration;

use axes_core::Timestamp;
use redis::{Cmd, ErrorKind, FromRedisValue, RedisResult, Script, ServerErrorKind, Value};

use super::connection::Connection;
use super::link::Link;
use super::log::LogKeys;
use crate::pool::Pool;
use crate::{Entries, Entry, Gone, Line, Members, Put, StoreError, Swap, Swapped};

/// What Redis runs to change entries: it compares and writes in one step, and adds lines to logs.
pub const COMPARE_AND_SET: &str = include_str!("swap.lua");

/// What Redis runs to take members out of a set whose entries are gone.
pub const TAKE_OUT: &str = include_str!("take_out.lua");

/// Servers know scripts by their digests once they have run them.
static SWAP: LazyLock<Known> = LazyLock::new(|| Known::new(COMPARE_AND_SET));
static TAKING_OUT: LazyLock<Known> = LazyLock::new(|| Known::new(TAKE_OUT));

/// How many members of a set are read at once, or so.
const MEMBERS: u32 = 1000;

/// A script and its digest.
struct Known {
    text: &'static str,
    digest: Script,
}

impl Known {
    fn new(text: &'static str) -> Self {
        Self {
            text,
            digest: Script::new(text),
        }
    }
}

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

    fn run(&self, link: &mut Link, script: &Known) -> RedisResult<Value> {
        let key = self.keys.first().map_or("", String::as_str);
        match link.ask(key, &self.command("EVALSHA", script.digest.get_hash())) {
            // Nothing was done. The server forgets scripts when it restarts.
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                link.ask(key, &self.command("EVAL", script.text))
            }
            answer => answer,
        }
    }
}

impl RedisEntries {
    fn key(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    /// What the script is given to do `swap`.
    fn arguments(&self, swap: &Swap<'_, String>) -> Arguments {
        let mut arguments = Arguments::default();
        for entry in swap.expected {
            arguments.state(self.key(entry.key), entry.token);
        }
        for put in swap.puts {
            arguments.state(self.key(put.key), put.expected);
            arguments
                .values
                .extend([put.value.to_owned(), milliseconds(put.keep)]);
        }
        let told = swap.told.iter().map(|key| self.key(key));
        arguments.keys.extend(told);
        let told = arguments.keys.len();
        for line in swap.lines {
            self.log
                .add(line, &mut arguments.keys, &mut arguments.values);
        }
        let lines = arguments.keys.len().saturating_sub(told) / 2;
        let now = swap.now.as_millis().to_string();
        for set in swap.empty {
            arguments.keys.push(self.key(set));
            arguments.values.push(now.clone());
        }
        for join in swap.joins {
            arguments.keys.push(self.key(&join.set));
            let until = join.until.as_millis().to_string();
            let (member, keep) = (join.member.clone(), milliseconds(join.keep));
            arguments.values.extend([now.clone(), until, member, keep]);
        }
        let (empty, joins) = (swap.empty.len(), swap.joins.len());
        let counts = [swap.expected.len(), swap.puts.len(), lines, empty, joins];
        let counts = counts.map(|count| count.to_string());
        arguments.values.splice(0..0, counts);
        arguments
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
        let swapped = self.swap(&Swap {
            puts: &[put],
            ..Swap::NOTHING
        })?;
        Ok(matches!(swapped, Swapped::Done))
    }

    fn token_of(&self, text: &str) -> Option<String> {
        (!self.is_cluster).then(|| text.to_owned())
    }

    fn swap(&self, swap: &Swap<'_, String>) -> Result<Swapped<String>, StoreError> {
        let arguments = self.arguments(swap);
        let answer = self.ask("write to Redis", |link| arguments.run(link, &SWAP))?;
        if answer == Value::Int(0) {
            self.log_out(swap.lines)?;
            return Ok(Swapped::Done);
        }
        let mut found: Vec<Option<String>> = understood(answer)?;
        let told = found.len().saturating_sub(swap.empty.len());
        let sizes = found.split_off(told).into_iter();
        Ok(Swapped::InVain {
            found: found.into_iter().map(|text| text.map(entry)).collect(),
            empty: sizes.map(|size| size.as_deref() == Some("0")).collect(),
        })
    }

    fn keeps_sets(&self) -> bool {
        !self.is_cluster
    }

    fn members(&self, set: &str, from: u64, now: Timestamp) -> Result<Members, StoreError> {
        let mut scan = redis::cmd("ZSCAN");
        scan.arg(self.key(set)).arg(from).arg("COUNT").arg(MEMBERS);
        let (next, found): (u64, Vec<(String, f64)>) =
            self.ask("read from Redis", |link| link.ask("", &scan))?;
        Ok(Members::beyond(now, found, next))
    }

    fn take_out(&self, set: &str, gone: &[Gone]) -> Result<bool, StoreError> {
        let mut arguments = Arguments::default();
        arguments.keys.push(self.key(set));
        for Gone { member, key, text } in gone {
            arguments.keys.push(self.key(key));
            arguments.values.extend([member.clone(), text.clone()]);
        }
        let left = self.ask("write to Redis", |link| arguments.run(link, &TAKING_OUT))?;
        Ok(understood::<u64>(left)? > 0)
    }

    fn keeps_log(&self) -> bool {
        true
    }

    fn log(&self, lines: &[Line]) -> Result<(), StoreError> {
        if lines.iter().all(|line| matches!(line, Line::LogOut { .. })) {
            return self.log_out(lines);
        }
        let log = Swap {
            lines,
            ..Swap::NOTHING
        };
        self.swap(&log).map(|_| ())
    }
}

/// How long something is kept, as the script takes it.
fn milliseconds(keep: Option<Duration>) -> String {
    keep.map(|keep| keep.as_millis().max(1).to_string())
        .unwrap_or_default()
}

fn understood<T: FromRedisValue>(answer: Value) -> Result<T, StoreError> {
    redis::from_redis_value(answer).map_err(|error| {
        StoreError::new(crate::ErrorKind::Corrupt, "understand Redis").because(error)
    })
}

fn entry(text: String) -> Entry<String> {
    Entry {
        token: text.clone(),
        value: text,
    }
}
