//! `axes unban`.

use axes_core::Banned;
use serde::Serialize;

use super::ban::Target;
use super::bans::whom;
use crate::context::Context;
use crate::output::document;
use crate::{Exit, Failure, Host};

/// Lifts a ban, everywhere at once
///
/// Name the network as it was banned: a ban of 192.0.2.0/24 is not lifted for one address of it. Ends
/// with 1 where there was no such ban.
#[derive(Debug, clap::Args)]
pub(crate) struct Asked {
    #[command(flatten)]
    target: Target,
}

#[derive(Serialize)]
struct Answer {
    lifted: bool,
}

pub(crate) fn run(asked: &Asked, context: &Context, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let target = asked.target.banned()?;
    let lifted = context.told(context.store.unban(&target))?;
    let whom = whom(&target);
    if context.json {
        document(host.stdout, &Answer { lifted })?;
    } else if lifted {
        writeln!(host.stdout, "Lifted the ban of {whom}.")?;
    } else {
        writeln!(host.stdout, "There is no ban of {whom}: see `axes bans`.")?;
        for ban in context.told(context.store.bans(context.now))? {
            if is_part_of(&target, &ban.target) {
                let larger = super::bans::whom(&ban.target);
                writeln!(host.stdout, "It is part of {larger}, which is banned.")?;
            }
        }
    }
    Ok(if lifted { Exit::Done } else { Exit::Found })
}

fn is_part_of(target: &Banned, banned: &Banned) -> bool {
    match (target, banned) {
        (Banned::Network(network), Banned::Network(larger)) => larger.contains(network),
        _ => false,
    }
}
