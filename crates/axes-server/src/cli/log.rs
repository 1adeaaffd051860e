//! `axes log`.

mod follow;

use axes_stores::{Happened, Logged, Past};
use serde::Serialize;

use super::records::{LineShape, SLICE};
use super::who::Who;
use crate::context::Context;
use crate::output::{Table, count, document, shown_or_none};
use crate::{Exit, Failure, Host};

/// Shows the audit log, what happened last first
///
/// Successful logins with their logouts, and failures one by one where the site logs them: see
/// `--enable-access-failure-log`.
#[derive(Debug, clap::Args)]
pub(crate) struct Asked {
    #[command(flatten)]
    who: Who,
    /// Only what happened since then: "2h", "7 days", "2026-01-31 16:20"
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// How many lines at most [default: 50, with --follow 10]
    #[arg(long, short = 'n', value_name = "NUMBER")]
    limit: Option<u32>,
    /// Show the last lines, and then others as they are written, the last one last
    #[arg(long, short)]
    follow: bool,
}

#[derive(Serialize)]
struct Answer<'a> {
    log: Vec<LineShape<'a>>,
    more: bool,
}

pub(crate) fn run(asked: &Asked, context: &Context, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let past = asked.who.past(asked.since.as_ref(), context, host)?;
    if asked.follow {
        return follow::run(&past, asked.limit.unwrap_or(10), context, host);
    }
    let (lines, more) = latest(&past, asked.limit.unwrap_or(50), context)?;
    if context.json {
        let log = lines.iter().map(LineShape::of).collect();
        document(host.stdout, &Answer { log, more })?;
        return Ok(Exit::Done);
    }
    if lines.is_empty() {
        writeln!(host.stdout, "The log holds nothing{}.", asked.who.of())?;
        return Ok(Exit::Done);
    }
    let header = ["time", "event", "username", "address", "path"];
    let mut table = Table::new(host.terminal.width, header);
    for line in &lines {
        table.add([
            context.times.seconds(line.time),
            event(line, context),
            shown_or_none(line.username.as_deref()).into_owned(),
            line.ip_address
                .map_or_else(|| "-".to_owned(), |it| it.to_string()),
            shown_or_none(Some(&line.path_info)).into_owned(),
        ]);
    }
    table.write(host.stdout)?;
    let number = count(lines.len() as u64, "line", "lines");
    let rest = if more {
        "; there are more, see --limit"
    } else {
        ""
    };
    writeln!(host.stdout, "\n{number}{rest}; {}.", context.times.zone())?;
    Ok(Exit::Done)
}

/// The last `most` lines of `past`, and whether there are more.
fn latest(past: &Past, most: u32, context: &Context) -> Result<(Vec<Logged>, bool), Failure> {
    let mut lines: Vec<Logged> = Vec::new();
    let mut from = None;
    loop {
        let room = most.saturating_sub(u32::try_from(lines.len()).unwrap_or(u32::MAX));
        if room == 0 {
            return Ok((lines, true));
        }
        let slice = context.store.logged(past, from.as_ref(), room.min(SLICE));
        let slice = context.told(slice)?;
        lines.extend(slice.items);
        from = slice.next;
        if from.is_none() {
            return Ok((lines, false));
        }
    }
}

/// What happened, in words.
fn event(line: &Logged, context: &Context) -> String {
    match line.what {
        Happened::Success { logged_out: None } => "logged in".to_owned(),
        Happened::Success {
            logged_out: Some(time),
        } => format!("logged in, out {}", context.times.minutes(time)),
        Happened::Failure { locked_out: false } => "failed".to_owned(),
        Happened::Failure { locked_out: true } => "failed, locked out".to_owned(),
    }
}
