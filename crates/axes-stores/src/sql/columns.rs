//! The tables, and the columns by which tallies and records find each other.

use axes_core::{Parameter, Parts, Record, RecordKey, Scope, hex_digest};
use ipnet::IpNet;

use crate::sql::Value;

/// The tables that [`SqlStore`](crate::SqlStore) reads and writes.
pub const TABLES: [&str; 6] = [
    "axes_tally",
    "axes_accessattempt",
    "axes_accessattemptexpiration",
    "axes_accesslog",
    "axes_accessfailurelog",
    "axes_ban",
];

/// What Axes adds to a record, so that it is found by the values it is counted by: columns
/// `record_key`, `username_key`, `network` and `agent_key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordIdentity {
    /// The digest of the username as typed, the address and the user agent.
    pub record_key: String,
    /// The digest of the normalized username.
    pub username_key: Option<String>,
    /// The network of the address.
    pub network: Option<String>,
    /// The digest of the user agent.
    pub agent_key: Option<String>,
}

impl RecordIdentity {
    /// The identity of `record`.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        Self::new(record.key(), &record.parts)
    }

    /// The values of the columns `username_key`, `network` and `agent_key` for these `parts`.
    #[must_use]
    pub fn columns(parts: &Parts) -> [Option<String>; 3] {
        texts(parts)
    }

    fn new(key: RecordKey, parts: &Parts) -> Self {
        let [username_key, network, agent_key] = texts(parts);
        Self {
            record_key: key.to_string(),
            username_key,
            network,
            agent_key,
        }
    }
}

/// The columns that hold `parts`, in the tally and in the record: names as in [`PART_COLUMNS`].
pub(crate) fn part_values(parts: &Parts) -> [Value; 3] {
    texts(parts).map(|text| Value::optional(text, Value::Text))
}

/// The columns of [`part_values`].
pub(crate) const PART_COLUMNS: [&str; 3] = ["username_key", "network", "agent_key"];

fn texts(parts: &Parts) -> [Option<String>; 3] {
    [
        parts.username.as_deref().map(hex_digest),
        parts.network.map(|network| network.to_string()),
        parts.user_agent.as_deref().map(hex_digest),
    ]
}

/// The network among `values` of [`PART_COLUMNS`].
pub(crate) fn network(values: &[Value; 3]) -> Option<IpNet> {
    let [_, Value::Text(network), _] = values else {
        return None;
    };
    network.parse().ok()
}

/// ` AND column = ?` for each part that is there, with the parameters.
pub(crate) fn matching(parts: &Parts) -> (String, Vec<Value>) {
    matching_values(&part_values(parts))
}

/// The same of `values` of [`PART_COLUMNS`].
pub(crate) fn matching_values(values: &[Value; 3]) -> (String, Vec<Value>) {
    let mut condition = String::new();
    let mut parameters = Vec::new();
    for (column, value) in PART_COLUMNS.into_iter().zip(values) {
        if *value != Value::Null {
            condition.push_str(" AND ");
            condition.push_str(column);
            condition.push_str(" = ?");
            parameters.push(value.clone());
        }
    }
    (condition, parameters)
}

/// Every scope that a record with `parts` can count in.
pub(crate) fn every_scope(parts: &Parts) -> impl Iterator<Item = Parts> {
    let subset = |bits: u8| {
        let chosen = Parameter::ALL
            .into_iter()
            .enumerate()
            .filter(move |(i, _)| bits & (1 << i) != 0);
        Scope::of(chosen.map(|(_, parameter)| parameter))
    };
    (1..8_u8).filter_map(move |bits| subset(bits)?.project(parts))
}

/// The parts of a stored record.
pub(crate) fn stored_parts(
    username: Option<&str>,
    network: Option<&str>,
    user_agent: Option<String>,
) -> Parts {
    Parts {
        username: username.and_then(axes_core::normalize_username),
        network: network.and_then(|network| network.parse::<IpNet>().ok()),
        user_agent,
    }
}
