//! What the settings of a server put at risk.

use std::collections::HashMap;
use std::fmt;

use redis::{RedisResult, Value};

use super::entries::RedisEntries;
use crate::StoreError;

/// The first version that has all that is asked of it.
const OLDEST: (u32, u32) = (6, 2);

/// Something about a server that lets less be promised than could be.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RedisRisk {
    /// When its memory is full it deletes what others may be refused for: `maxmemory-policy`.
    Evicts(String),
    /// It writes nothing down as it happens: `appendonly no`.
    NotAppended,
    /// It writes down what happens, and reports it before the disk has it: `appendfsync`.
    Appended(String),
    /// Its user may not ask for `appendfsync`.
    Unknown,
    /// The last attempt to write to its disk failed.
    CannotWrite,
    /// It is a replica: nothing can be counted there.
    IsReplica,
    /// It has replicas, and one that takes over may not know what was counted last.
    FailsOver,
    /// It is older than the first version that has all that is asked of it.
    Old(String),
}

impl fmt::Display for RedisRisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Evicts(policy) => write!(
                f,
                "maxmemory-policy is {policy}: when the memory is full, lockouts are forgotten; \
                 set it to noeviction"
            ),
            Self::NotAppended => f.write_str(
                "appendonly is no: what was counted since the last snapshot is lost when the server \
                 ends; set it to yes",
            ),
            Self::Appended(when) => write!(
                f,
                "appendfsync is {when}: what was counted in the last seconds is lost when the machine \
                 fails; always loses nothing"
            ),
            Self::Unknown => f.write_str(
                "the server does not tell its appendfsync: always loses nothing when the machine fails",
            ),
            Self::CannotWrite => f.write_str("the server could not write to its disk"),
            Self::IsReplica => f.write_str("the server is a replica: nothing can be counted there"),
            Self::FailsOver => f.write_str(
                "the server has replicas, which hear of everything a moment later: what was counted \
                 last is lost when one of them takes over",
            ),
            Self::Old(version) => write!(
                f,
                "the server is of version {version}: {}.{} is the first that has all that is asked of it",
                OLDEST.0, OLDEST.1
            ),
        }
    }
}

impl RedisEntries {
    /// What the settings of all servers put at risk, each thing once.
    pub(super) fn risks(&self) -> Result<Vec<RedisRisk>, StoreError> {
        let (told, when) = self.ask("ask Redis for its settings", |link| {
            let told = link.ask_each(&redis::cmd("INFO"))?;
            let mut command = redis::cmd("CONFIG");
            command.arg("GET").arg("appendfsync");
            Ok((told, link.ask_each(&command)?))
        })?;
        // Who may not ask gets an error for an answer.
        let mut risks: Vec<RedisRisk> = told
            .into_iter()
            .zip(when)
            .flat_map(|(told, when)| {
                let told: String = redis::from_redis_value(told).unwrap_or_default();
                of_server(&told, fsync(when).as_deref())
            })
            .collect();
        risks.sort_unstable();
        risks.dedup();
        Ok(risks)
    }
}

/// When a server that writes down what happens has the disk have it.
fn fsync(answer: Value) -> Option<String> {
    let settings: RedisResult<HashMap<String, String>> =
        redis::from_redis_value(answer).map_err(Into::into);
    settings.ok()?.remove("appendfsync")
}

fn of_server(text: &str, fsync: Option<&str>) -> Vec<RedisRisk> {
    let told: HashMap<&str, &str> = text
        .lines()
        .filter_map(|line| line.trim().split_once(':'))
        .collect();
    let is = |name: &str, value: &str| told.get(name) == Some(&value);
    let has = |name: &str| told.get(name).is_some_and(|value| *value != "0");
    let mut risks = Vec::new();
    if let Some(policy) = told.get("maxmemory_policy")
        && *policy != "noeviction"
        && has("maxmemory")
    {
        risks.push(RedisRisk::Evicts((*policy).to_owned()));
    }
    if is("aof_enabled", "0") {
        risks.push(RedisRisk::NotAppended);
    } else {
        match fsync {
            Some("always") => {}
            Some(when) => risks.push(RedisRisk::Appended(when.to_owned())),
            None => risks.push(RedisRisk::Unknown),
        }
    }
    if is("aof_last_write_status", "err") || is("rdb_last_bgsave_status", "err") {
        risks.push(RedisRisk::CannotWrite);
    }
    if is("role", "slave") {
        risks.push(RedisRisk::IsReplica);
    } else if has("connected_slaves") {
        risks.push(RedisRisk::FailsOver);
    }
    let old = told.get("redis_version").filter(|version| is_old(version));
    risks.extend(old.map(|version| RedisRisk::Old((*version).to_owned())));
    risks
}

fn is_old(version: &str) -> bool {
    let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) < OLDEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_without_risks_has_none() {
        let text = "redis_version:7.0.15\r\nrole:master\r\nconnected_slaves:0\r\nmaxmemory:0\r\n\
                    maxmemory_policy:noeviction\r\naof_enabled:1\r\naof_last_write_status:ok\r\n";
        assert_eq!(of_server(text, Some("always")), []);
        // Where memory has no end, nothing is evicted.
        let text = text.replace("noeviction", "allkeys-lru");
        assert_eq!(of_server(&text, Some("always")), []);
        assert_eq!(of_server(&text, None), [RedisRisk::Unknown]);
    }

    #[test]
    fn every_risk_is_told() {
        let text = "redis_version:6.0.16\r\nrole:master\r\nconnected_slaves:1\r\nmaxmemory:9\r\n\
                    maxmemory_policy:allkeys-lru\r\naof_enabled:0\r\nrdb_last_bgsave_status:err\r\n";
        let risks = of_server(text, None);
        assert_eq!(
            risks,
            [
                RedisRisk::Evicts("allkeys-lru".to_owned()),
                RedisRisk::NotAppended,
                RedisRisk::CannotWrite,
                RedisRisk::FailsOver,
                RedisRisk::Old("6.0.16".to_owned()),
            ]
        );
        assert!(risks.iter().all(|risk| !risk.to_string().is_empty()));
    }
}
