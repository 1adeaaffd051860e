//! `axes purge`.

use serde::Serialize;

use crate::configuration;
use crate::context::Context;
use crate::output::{Progress, count, document};
use crate::{Exit, Failure, Host};

/// Deletes records of attempts that are forgotten
///
/// What is forgotten says the cool-off of this configuration: nothing that still counts by it is
/// deleted. Hosts do this in passing, when somebody fails to log in; there is no need to, unless nobody has for long.
#[derive(Debug, clap::Args)]
pub(crate) struct Asked {}

#[derive(Serialize)]
struct Answer {
    records: u64,
}

/// How many records are deleted at once.
const AT_ONCE: u32 = 1000;

pub(crate) fn run(_asked: &Asked, context: &Context, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let mut records: u64 = 0;
    if let Some(longest) = context.policy.cool_off.longest() {
        let mut progress = Progress::new(host, "records purged");
        loop {
            let now = host.now();
            let purged = context.store.purge(now.minus(longest), now, AT_ONCE);
            let purged = context.told(purged)?;
            records = records.saturating_add(purged);
            if purged == 0 {
                break;
            }
            progress.at(now, host.stderr, records);
        }
        progress.end(host.stderr);
    }
    if context.json {
        document(host.stdout, &Answer { records })?;
    } else if context.policy.cool_off.longest().is_none() {
        let policy = configuration::in_words(&context.policy);
        writeln!(
            host.stdout,
            "Nothing to purge: without a cool-off nothing is ever forgotten ({policy})."
        )?;
    } else {
        writeln!(
            host.stdout,
            "Purged {}.",
            count(records, "record", "records")
        )?;
    }
    Ok(Exit::Done)
}
