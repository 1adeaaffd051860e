//! `axes log --follow`.

use std::collections::VecDeque;
use std::time::Duration;

use axes_core::Timestamp;
use axes_stores::{Logged, Past};

use super::{event, latest};
use crate::cli::records::LineShape;
use crate::context::Context;
use crate::output::{line as json_line, shown_or_none};
use crate::{Exit, Failure, Host};

/// How often the store is asked.
const PAUSE: Duration = Duration::from_secs(1);
/// How much later than others a line may come: clocks of machines differ, and commits take time.
const LATE: Duration = Duration::from_secs(30);

/// Writes the last `most` lines of `past`, and then what comes, until nobody reads any more.
pub(super) fn run(
    past: &Past,
    most: u32,
    context: &Context,
    host: &mut Host<'_>,
) -> Result<Exit, Failure> {
    let begun = host.now();
    let (mut lines, _) = latest(past, most, context)?;
    let mut seen = Seen::default();
    // What is older than these is known, whether it was shown or not.
    let (known, _) = latest(&since(past, begun.minus(LATE)), u32::MAX, context)?;
    seen.add(known, begun);
    lines.reverse();
    for line in &lines {
        write(line, context, host)?;
    }
    host.stdout.flush()?;
    loop {
        host.clock.sleep(PAUSE);
        let now = host.now();
        let (mut lines, _) = latest(&since(past, seen.from(now)), u32::MAX, context)?;
        lines.retain(|line| !seen.has(line));
        lines.reverse();
        for line in &lines {
            write(line, context, host)?;
        }
        host.stdout.flush()?;
        seen.add(lines, now);
    }
}

/// Lines that were shown and are so young that others may still come before them.
#[derive(Default)]
struct Seen(VecDeque<Logged>);

impl Seen {
    /// From when on lines may come that were not seen.
    fn from(&self, now: Timestamp) -> Timestamp {
        let latest = self.0.iter().map(|line| line.time).max();
        latest.unwrap_or(now).min(now).minus(LATE)
    }

    fn has(&self, line: &Logged) -> bool {
        self.0.contains(line)
    }

    fn add(&mut self, lines: Vec<Logged>, now: Timestamp) {
        self.0.extend(lines);
        let from = self.from(now);
        self.0.retain(|line| line.time >= from);
    }
}

fn since(past: &Past, time: Timestamp) -> Past {
    Past {
        who: past.who.clone(),
        since: Some(past.since.map_or(time, |since| since.max(time))),
    }
}

fn write(line: &Logged, context: &Context, host: &mut Host<'_>) -> Result<(), Failure> {
    if context.json {
        return Ok(json_line(host.stdout, &LineShape::of(line))?);
    }
    let address = line
        .ip_address
        .map_or_else(|| "-".to_owned(), |it| it.to_string());
    writeln!(
        host.stdout,
        "{}  {:<18}  {}  {}  {}",
        context.times.seconds(line.time),
        event(line, context),
        shown_or_none(line.username.as_deref()),
        address,
        shown_or_none(Some(&line.path_info)),
    )?;
    Ok(())
}
