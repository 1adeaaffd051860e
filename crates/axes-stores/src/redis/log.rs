//! The log of the past, in two streams: of successes and of failures.
//!
//! A success is not changed when its session ends: logouts are a sorted set of their own, by the names of
//! sessions. All of it is on one server of a cluster, the one that has the number of the latest reset.

use std::time::Duration;

use axes_core::Timestamp;

use super::entries::RedisEntries;
use super::slice::{Ends, Streams};
use crate::{Cursor, Line, Logged, Past, Slice, StoreError};

/// How many lines are looked at for one slice.
const LOOKED_AT: u32 = 1000;

/// Under what keys the log is, and how much of it is kept.
#[derive(Debug)]
pub(super) struct LogKeys {
    /// Of what every key begins with.
    root: String,
    lines: u64,
    /// How long the failures of one username are counted after the last of them.
    counted: Duration,
}

impl LogKeys {
    pub(super) fn new(prefix: &str, lines: u64, counted: Duration) -> Self {
        Self {
            root: format!("{{{prefix}axes:latest-reset}}:log"),
            lines: lines.max(1),
            counted,
        }
    }

    pub(super) fn failures(&self) -> String {
        format!("{}:failures", self.root)
    }

    pub(super) fn accesses(&self) -> String {
        format!("{}:accesses", self.root)
    }

    pub(super) fn logouts(&self) -> String {
        format!("{}:logouts", self.root)
    }

    /// Gives the script what it needs to add `line`; nothing for one that is no line of a stream.
    pub(super) fn add(&self, line: &Line, keys: &mut Vec<String>, values: &mut Vec<String>) {
        let (stream, text, list, keep) = match line {
            Line::Failure {
                text,
                username,
                keep,
            } => {
                let list = username.as_ref().zip(*keep);
                let (username, keep) = list.unzip();
                (self.failures(), text, username, keep)
            }
            Line::Access { text } => (self.accesses(), text, None, None),
            Line::LogOut { .. } => return,
        };
        let list = list.map_or_else(|| stream.clone(), |list| format!("{stream}:{list}"));
        keys.extend([stream, list]);
        values.extend([
            text.clone(),
            self.lines.to_string(),
            keep.map(|keep| keep.to_string()).unwrap_or_default(),
            self.counted.as_millis().max(1).to_string(),
        ]);
    }
}

impl RedisEntries {
    /// Notes the logouts among `lines`, where none was noted yet. As many are kept as successes are.
    pub(super) fn log_out(&self, lines: &[Line]) -> Result<(), StoreError> {
        let mut command = redis::cmd("ZADD");
        command.arg(self.log.logouts()).arg("NX");
        let mut any = false;
        for line in lines {
            if let Line::LogOut { session, time } = line {
                command.arg(time.as_millis()).arg(session);
                any = true;
            }
        }
        if !any {
            return Ok(());
        }
        let surplus = i64::try_from(self.log.lines).unwrap_or(i64::MAX);
        let surplus = surplus.saturating_add(1).saturating_neg();
        let mut trim = redis::cmd("ZREMRANGEBYRANK");
        trim.arg(self.log.logouts()).arg(0).arg(surplus);
        let both = [command, trim].map(|command| (self.log.logouts(), command));
        self.ask("write to Redis", |link| {
            link.ask_all::<(i64, i64)>(both.into()).map(|_| ())
        })
    }

    /// A slice of both streams, what came last first: each in its order, both by their times.
    pub(super) fn logged(
        &self,
        wanted: &Past,
        from: Option<&Cursor>,
        most: u32,
    ) -> Result<Slice<Logged>, StoreError> {
        let ends = from.map_or(Ok(Ends::default()), Ends::read)?;
        let range = |key: String, end: &str| {
            let mut command = redis::cmd("XREVRANGE");
            command.arg(&key).arg(end).arg("-");
            command.arg("COUNT").arg(LOOKED_AT);
            (key, command)
        };
        let both = vec![
            range(self.log.failures(), &ends.failures),
            range(self.log.accesses(), &ends.accesses),
        ];
        let (failures, accesses) = self.ask("read from Redis", |link| link.ask_all(both))?;
        let streams = Streams {
            failures,
            accesses,
            looked_at: LOOKED_AT,
        };
        let (mut slice, sessions) = streams.slice(wanted, &ends, most)?;
        if !sessions.is_empty() {
            let times = self.logouts(sessions.iter().map(|(_, session)| session.as_str()))?;
            for ((at, _), time) in sessions.into_iter().zip(times) {
                if let Some(line) = slice.items.get_mut(at) {
                    line.what = crate::Happened::Success { logged_out: time };
                }
            }
        }
        Ok(slice)
    }

    /// When each of the sessions ended, if that is known.
    fn logouts<'a>(
        &self,
        sessions: impl Iterator<Item = &'a str>,
    ) -> Result<Vec<Option<Timestamp>>, StoreError> {
        let scores = sessions.map(|session| {
            let mut command = redis::cmd("ZSCORE");
            command.arg(self.log.logouts()).arg(session);
            (self.log.logouts(), command)
        });
        let scores = scores.collect();
        let scores: Vec<Option<f64>> = self.ask("read from Redis", |link| link.ask_all(scores))?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a whole number of milliseconds, far below where such numbers become rough"
        )]
        let time = |score: f64| Timestamp::from_millis(score as i64);
        Ok(scores.into_iter().map(|score| score.map(time)).collect())
    }
}
