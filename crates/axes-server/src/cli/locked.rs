//! `axes locked`.

use axes_core::Lockout;
use axes_stores::{Asked as Question, Page, Wanted};
use serde::Serialize;

use super::records::{LockoutShape, PolicyShape, whom};
use crate::context::Context;
use crate::output::{Table, count, document};
use crate::{Exit, Failure, Host};

/// Lists who is locked out: since when, until when, and by how many failures
///
/// Those with the most failures come first. What is a lockout is judged by the policy of this
/// configuration, as the last line says: it should be that of the site.
#[derive(Debug, clap::Args)]
pub(crate) struct Asked {
    /// Only those whose username or address contains this
    search: Option<String>,
    /// How many at most
    #[arg(long, short = 'n', value_name = "NUMBER", default_value_t = 100)]
    limit: u32,
}

#[derive(Serialize)]
struct Answer<'a> {
    lockouts: Vec<LockoutShape<'a>>,
    total: u64,
    policy: PolicyShape,
}

pub(crate) fn run(asked: &Asked, context: &Context, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let wanted = asked.search.as_deref().map_or(Wanted::All, Wanted::typed);
    let stop = usize::try_from(asked.limit).unwrap_or(usize::MAX);
    let page = page(context, wanted, 0, stop)?;
    if context.json {
        let shape = |lockout| LockoutShape::of(lockout, context.now);
        let answer = Answer {
            lockouts: page.lockouts.iter().map(shape).collect(),
            total: page.total,
            policy: PolicyShape::of(context),
        };
        document(host.stdout, &answer)?;
        return Ok(Exit::Done);
    }
    if page.lockouts.is_empty() {
        let whom = asked.search.as_deref().map(crate::output::shown);
        let whom = whom.map_or_else(String::new, |text| format!(" that contains \"{text}\""));
        writeln!(host.stdout, "Nobody{whom} is locked out.")?;
    } else {
        write_table(&page.lockouts, context, host)?;
        let (here, total) = (page.lockouts.len() as u64, page.total);
        let number = count(total, "lockout", "lockouts");
        let rest = if here < total {
            format!(", {here} of them here; see --limit")
        } else {
            String::new()
        };
        writeln!(host.stdout, "\n{number}{rest}; {}.", context.times.zone())?;
    }
    writeln!(host.stdout, "{}", context.judged_by())?;
    Ok(Exit::Done)
}

/// Those lockouts of all that are `wanted`.
pub(crate) fn page(
    context: &Context,
    wanted: Wanted,
    start: usize,
    stop: usize,
) -> Result<Page, Failure> {
    let judge = context.judge();
    if !judge.locks_out() {
        return Ok(Page::default());
    }
    let question = Question {
        judge,
        wanted,
        start,
        stop,
    };
    context.told(context.store.lockouts(&question, context.now))
}

fn write_table(
    lockouts: &[Lockout],
    context: &Context,
    host: &mut Host<'_>,
) -> Result<(), Failure> {
    let mut table = Table::new(host.terminal.width, ["who", "failures", "since", "until"]);
    for lockout in lockouts {
        let mut until = context.times.end(lockout.until);
        if let Some(reason) = lockout.refused_anyway {
            until.push_str(", and ");
            until.push_str(&reason.name().replace('_', " "));
        }
        // Where there is no terminal, one line each.
        let whom = whom(&lockout.values());
        let whom = if host.terminal.width.is_some() {
            whom
        } else {
            whom.replace('\n', ", ")
        };
        table.add([
            whom,
            failures(lockout),
            context.times.minutes(lockout.since),
            until,
        ]);
    }
    Ok(table.write(host.stdout)?)
}

/// `5 of 3`.
pub(crate) fn failures(lockout: &Lockout) -> String {
    match lockout.limit {
        Some(limit) => format!("{} of {limit}", lockout.failures),
        None => lockout.failures.to_string(),
    }
}
