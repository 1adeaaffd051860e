//! Where tallies that may be locked out are found, and how they are asked for.

use std::fmt::Write as _;

use axes_core::{Judge, Parts, ScopeKey, Suspect, Timestamp, hex_digest, network_of};

use crate::sql::columns::network;
use crate::sql::listing::{Found, MOST_LISTED};
use crate::sql::recorded::{Groups, SUM, scope_columns};
use crate::sql::tallies;
use crate::sql::value::{Row, Value, corrupt};
use crate::{Search, StoreError, Wanted};

/// Where tallies are found.
pub(crate) enum Source<'a> {
    /// Those that are stored, at this time.
    Stored(Timestamp),
    /// Those that records make, of one scope.
    Recorded(Groups<'a>),
}

/// `SELECT columns FROM from ORDER BY order`.
pub(crate) struct Statement {
    pub(crate) columns: String,
    pub(crate) from: String,
    pub(crate) order: String,
    pub(crate) parameters: Vec<Value>,
}

impl Source<'_> {
    /// What finds every tally that `judge` may call locked out and that is wanted.
    pub(crate) fn statement(&self, judge: &Judge<'_>, wanted: &Wanted) -> Statement {
        match self {
            Self::Stored(now) => stored(judge, wanted, *now),
            Self::Recorded(groups) => recorded(judge, wanted, groups),
        }
    }

    /// The tally that a row of the statement stands for.
    pub(crate) fn read(&self, row: Vec<Value>) -> Result<Found, StoreError> {
        match self {
            Self::Stored(_) => read_stored(row),
            Self::Recorded(groups) => {
                let group = groups.read(row)?;
                Ok(Found {
                    suspect: Suspect {
                        key: group.parts.key(),
                        parts: group.parts,
                        tally: group.tally,
                    },
                    values: group.values,
                })
            }
        }
    }
}

fn stored(judge: &Judge<'_>, wanted: &Wanted, now: Timestamp) -> Statement {
    let least = judge.least().min(MOST_LISTED);
    let mut from = "axes_tally WHERE listed_failures >= ? AND listed_until > ?".to_owned();
    let mut parameters = vec![Value::int(least), Value::millis(now)];
    if let Some(scopes) = judge.scopes() {
        // SQLite takes a list of one for an equation, leaves it out of the order and then sorts all.
        let marks = vec!["?"; scopes.len()].join(", ");
        // Writing into a String cannot fail.
        let _ = write!(from, " AND scope IN ('', {marks})");
        parameters.extend(scopes.iter().map(|scope| Value::Text(scope.to_string())));
    }
    if judge.limit().is_none() {
        from.push_str(" AND locked_since IS NOT NULL");
    }
    match wanted {
        Wanted::All => {}
        Wanted::Search(search) => {
            from.push_str(" AND (username LIKE ? ESCAPE '!'");
            parameters.push(containing(&search.text));
            by_network(search, judge, &mut from, &mut parameters);
        }
        Wanted::Keys(keys) => {
            let marks = vec!["?"; keys.len()].join(", ");
            let _ = write!(from, " AND scope_key IN ({marks})");
            parameters.extend(keys.iter().map(|key| Value::Text(key.to_string())));
        }
    }
    Statement {
        columns: format!(
            "scope_key, username, user_agent, username_key, network, agent_key, {}",
            tallies::STATE
        ),
        from,
        // As the index has them.
        order: "listed_failures DESC, listed_until DESC, scope DESC, scope_key DESC".to_owned(),
        parameters,
    }
}

fn recorded(judge: &Judge<'_>, wanted: &Wanted, groups: &Groups<'_>) -> Statement {
    let (sql, mut parameters) = groups.untallied();
    let mut from = format!("({sql} HAVING {SUM} >= ?) AS grouped WHERE 1 = 1");
    parameters.push(Value::int(judge.least()));
    if let Wanted::Search(search) = wanted {
        // Records keep what was typed, so what is not plain is found as a whole only.
        from.push_str(" AND (username_key = ? OR LOWER(username) LIKE ? ESCAPE '!'");
        parameters.push(Value::Text(hex_digest(&search.text)));
        parameters.push(containing(&search.text));
        by_network(search, judge, &mut from, &mut parameters);
    }
    Statement {
        columns: "*".to_owned(),
        from,
        order: format!("failures DESC, {}", scope_columns(groups.scope).join(", ")),
        parameters,
    }
}

/// The second half of a search, with the parenthesis that ends it.
fn by_network(search: &Search, judge: &Judge<'_>, from: &mut String, parameters: &mut Vec<Value>) {
    if let Some(address) = search.address {
        from.push_str(" OR network = ?)");
        let network = network_of(address, judge.policy().ipv6_prefix);
        parameters.push(Value::Text(network.to_string()));
    } else {
        from.push_str(" OR network LIKE ? ESCAPE '!')");
        parameters.push(containing(&search.text));
    }
}

/// The pattern of what contains `text`.
fn containing(text: &str) -> Value {
    let mut pattern = String::from("%");
    for character in text.chars() {
        if matches!(character, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern.push('%');
    Value::Text(pattern)
}

fn read_stored(row: Vec<Value>) -> Result<Found, StoreError> {
    let mut row = Row::new(row);
    let key = row.optional_text()?.ok_or_else(corrupt)?;
    let (username, user_agent) = (row.optional_text()?, row.optional_text()?);
    let values = [row.next()?, row.next()?, row.next()?];
    let tally = tallies::read(&mut row)?;
    let key = ScopeKey::from_hex(&key).ok_or_else(corrupt)?;
    let network = network(&values);
    Ok(Found {
        suspect: Suspect {
            key,
            parts: Parts {
                username,
                network,
                user_agent,
            },
            tally,
        },
        values,
    })
}
