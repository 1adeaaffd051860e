//! `axes bans`.

use std::net::IpAddr;

use axes_core::{Ban, Banned, Timestamp, canonical_address};
use serde::Serialize;

use super::records::{network_text, seconds};
use crate::context::Context;
use crate::output::{Table, count, document, rfc3339, shown};
use crate::{Exit, Failure, Host};

/// Lists the bans that hold, the newest first
#[derive(Debug, clap::Args)]
pub(crate) struct Asked {
    /// Only the ban of this username
    #[arg(long, short, value_name = "NAME")]
    username: Option<String>,
    /// Only bans of networks that this address is in
    #[arg(long, short, value_name = "ADDRESS")]
    ip: Option<IpAddr>,
}

/// A ban, as programs read it.
#[derive(Debug, Serialize)]
pub(crate) struct BanShape<'a> {
    username: Option<&'a str>,
    network: Option<String>,
    reason: &'a str,
    author: &'a str,
    since: String,
    until: Option<String>,
    seconds_left: Option<u64>,
}

impl<'a> BanShape<'a> {
    /// The names of its cells.
    pub(crate) const NAMES: [&'static str; 7] = [
        "username",
        "network",
        "reason",
        "author",
        "since",
        "until",
        "seconds_left",
    ];

    pub(crate) fn of(ban: &'a Ban, now: Timestamp) -> Self {
        let (username, network) = match &ban.target {
            Banned::Username(name) => (Some(name.as_str()), None),
            Banned::Network(network) => (None, Some(network.to_string())),
        };
        Self {
            username,
            network,
            reason: &ban.reason,
            author: &ban.author,
            since: rfc3339(ban.since),
            until: end(ban).map(rfc3339),
            seconds_left: ban.until.left(now).map(seconds),
        }
    }

    pub(crate) fn cells(&self) -> [String; 7] {
        [
            self.username.unwrap_or_default().to_owned(),
            self.network.clone().unwrap_or_default(),
            self.reason.to_owned(),
            self.author.to_owned(),
            self.since.clone(),
            self.until.clone().unwrap_or_default(),
            self.seconds_left
                .map_or_else(String::new, |left| left.to_string()),
        ]
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    bans: Vec<BanShape<'a>>,
}

pub(crate) fn run(asked: &Asked, context: &Context, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let mut bans = context.told(context.store.bans(context.now))?;
    if asked.username.is_some() || asked.ip.is_some() {
        let name = asked.username.as_deref().and_then(Banned::username);
        let address = asked.ip.map(canonical_address);
        bans.retain(|ban| match &ban.target {
            target @ Banned::Username(_) => Some(target) == name.as_ref(),
            Banned::Network(network) => address.is_some_and(|address| network.contains(&address)),
        });
    }
    if context.json {
        let bans = bans.iter().map(|ban| BanShape::of(ban, context.now));
        document(
            host.stdout,
            &Answer {
                bans: bans.collect(),
            },
        )?;
        return Ok(Exit::Done);
    }
    if bans.is_empty() {
        writeln!(host.stdout, "No bans.")?;
        return Ok(Exit::Done);
    }
    let header = ["who", "until", "by", "reason"];
    let mut table = Table::new(host.terminal.width, header).whole([1]);
    for ban in &bans {
        table.add([
            whom(&ban.target),
            context.times.end(end(ban)),
            shown(&ban.author).into_owned(),
            shown(&ban.reason).into_owned(),
        ]);
    }
    table.write(host.stdout)?;
    let number = count(bans.len() as u64, "ban", "bans");
    writeln!(host.stdout, "\n{number}; {}.", context.times.zone())?;
    Ok(Exit::Done)
}

/// When it ends by itself, if it does.
pub(crate) fn end(ban: &Ban) -> Option<Timestamp> {
    Some(ban.until).filter(|end| *end != Timestamp::NEVER)
}

/// Who is banned, as people read it.
pub(crate) fn whom(target: &Banned) -> String {
    match target {
        Banned::Username(name) => format!("username {}", shown(name)),
        Banned::Network(network) => {
            let kind = if network.prefix_len() == network.max_prefix_len() {
                "address"
            } else {
                "network"
            };
            format!("{kind} {}", network_text(network))
        }
    }
}
