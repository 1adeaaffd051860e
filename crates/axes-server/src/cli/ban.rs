//! `axes ban`.

use axes_core::{Ban, Banned, Timestamp, clean_reason};

use super::bans::{BanShape, end, whom};
use super::when;
use crate::context::Context;
use crate::output::document;
use crate::{Exit, Failure, Host};

/// Refuses a username or a network from now on, everywhere at once
///
/// There is one ban of a username or network at most: a new one takes its place. Nobody who is refused
/// is told the reason; other operators are.
#[derive(Debug, clap::Args)]
pub(crate) struct Asked {
    #[command(flatten)]
    target: Target,
    /// Why, for other operators
    #[arg(long, short, value_name = "TEXT")]
    reason: String,
    /// For how long: "2h", "7 days" [default: until it is lifted]
    #[arg(long = "for", value_name = "TIME", conflicts_with = "until")]
    time: Option<String>,
    /// Until when: "2026-01-31", "2026-01-31 16:20"
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Who enters it [default: the name of the user who runs this]
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
}

/// Who is banned.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Target {
    /// This username, in any case and Unicode form
    #[arg(long, short, value_name = "NAME")]
    username: Option<String>,
    /// This address or network, such as 192.0.2.0/24
    #[arg(long, short, value_name = "NETWORK")]
    ip: Option<String>,
}

impl Target {
    /// What bans are kept by.
    pub(crate) fn banned(&self) -> Result<Banned, Failure> {
        if let Some(typed) = &self.ip {
            return Banned::network(typed)
                .map_err(|error| Failure::Usage(format!("--ip: {error}")));
        }
        let name = self.username.as_deref().and_then(Banned::username);
        name.ok_or_else(|| Failure::Usage("--username is empty".to_owned()))
    }
}

pub(crate) fn run(asked: &Asked, context: &Context, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let target = asked.target.banned()?;
    let until = match (&asked.time, &asked.until) {
        (Some(time), _) => when::after("--for", time, host)?,
        (None, Some(time)) => when::future("--until", time, host)?,
        (None, None) => Timestamp::NEVER,
    };
    let reason = clean_reason(&asked.reason);
    if reason.is_empty() {
        return Err(Failure::Usage("--reason is empty".to_owned()));
    }
    let user = || {
        let names = ["SUDO_USER", "USER", "LOGNAME"];
        let mut names = names.into_iter().filter_map(|name| host.variable(name));
        names.next().unwrap_or("axes").to_owned()
    };
    let author = asked.author.clone().unwrap_or_else(user);
    let ban = Ban {
        target,
        reason,
        author: clean_reason(&author),
        since: context.now,
        until,
    };
    context.told(context.store.ban(&ban))?;
    if context.json {
        document(host.stdout, &BanShape::of(&ban, context.now))?;
    } else {
        let (whom, until) = (whom(&ban.target), context.times.end(end(&ban)));
        let until = if end(&ban).is_some() {
            format!("until {until}")
        } else {
            until
        };
        writeln!(host.stdout, "Banned {whom}, {until}.")?;
    }
    Ok(Exit::Done)
}
