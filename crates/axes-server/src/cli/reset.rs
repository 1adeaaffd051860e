//! `axes reset`.

use axes_core::{Reply, Selector};
use axes_stores::Wanted;
use serde::Serialize;

use super::locked;
use super::who::Who;
use crate::context::Context;
use crate::output::{Progress, count, document};
use crate::{Exit, Failure, Host};

/// Forgets failed attempts, and so lifts lockouts, everywhere at once
///
/// With --username and --ip, only what is about both is forgotten: what one of them did otherwise
/// stays counted. Bans stay: see `axes unban`.
#[derive(Debug, clap::Args)]
pub(crate) struct Asked {
    #[command(flatten)]
    who: Who,
    /// Forget everything
    #[arg(long, conflicts_with_all = ["username", "ip"])]
    all: bool,
    /// Do not ask before everything is forgotten
    #[arg(long, short, requires = "all")]
    yes: bool,
}

#[derive(Serialize)]
struct Answer {
    records: u64,
    lockouts: u64,
}

pub(crate) fn run(asked: &Asked, context: &Context, host: &mut Host<'_>) -> Result<Exit, Failure> {
    if asked.who.is_nobody() && !asked.all {
        let wrong = "nothing to reset: name --username, --ip, both, or --all";
        return Err(Failure::Usage(wrong.to_owned()));
    }
    if asked.all && !asked.yes && !confirmed(context, host)? {
        writeln!(host.stderr, "axes: nothing was reset")?;
        return Ok(Exit::Found);
    }
    let selector = asked.who.selector(context)?;
    let lockouts = lifted(asked, &selector, context)?;
    let mut progress = Progress::new(host, "lockouts are lifted");
    progress.at(context.now, host.stderr, lockouts);
    let batch = context.engine().reset(selector);
    let replies = context.execute(&batch);
    progress.end(host.stderr);
    let records = replies?.iter().fold(0_u64, |sum, reply| match reply {
        Reply::Removed(number) => sum.saturating_add(*number),
        Reply::Taken { .. }
        | Reply::Counted { .. }
        | Reply::Seen(_)
        | Reply::Done
        | Reply::Skipped => sum,
    });
    if context.json {
        document(host.stdout, &Answer { records, lockouts })?;
    } else if records == 0 && lockouts == 0 {
        let whom = asked.who.in_words();
        writeln!(host.stdout, "Nothing was recorded of {whom}.")?;
    } else {
        let records = count(records, "record", "records");
        let lockouts = count(lockouts, "lockout", "lockouts");
        let whom = asked.who.in_words();
        writeln!(
            host.stdout,
            "Forgot {records} of {whom}, and lifted {lockouts}."
        )?;
    }
    let nothing = records == 0 && lockouts == 0 && !asked.all;
    Ok(if nothing { Exit::Found } else { Exit::Done })
}

/// How many lockouts the reset lifts.
fn lifted(asked: &Asked, selector: &Selector, context: &Context) -> Result<u64, Failure> {
    let typed = match (&asked.who.username, asked.who.address()) {
        (Some(name), _) => name.clone(),
        (None, Some(address)) => address.to_string(),
        (None, None) => String::new(),
    };
    let most = if asked.all { 1 } else { 1000 };
    let page = locked::page(context, Wanted::typed(&typed), 0, most)?;
    if asked.all {
        return Ok(page.total);
    }
    let selected = selector.parts();
    let covered = |lockout: &&axes_core::Lockout| selected.covers(&lockout.parts);
    Ok(page.lockouts.iter().filter(covered).count() as u64)
}

fn confirmed(context: &Context, host: &mut Host<'_>) -> Result<bool, Failure> {
    if !host.terminal.stdin {
        let wrong = "to reset everything without being asked, say --yes too";
        return Err(Failure::Usage(wrong.to_owned()));
    }
    let url = &context.configuration.url;
    write!(
        host.stderr,
        "Forget all failed attempts in {url}, and lift every lockout? [y/N] "
    )?;
    host.stderr.flush()?;
    let mut answer = String::new();
    host.stdin.read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
