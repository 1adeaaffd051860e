//! `axes list`.

use axes_stores::Recorded;
use serde::Serialize;

use super::records::{RecordShape, SLICE};
use super::who::Who;
use crate::context::Context;
use crate::output::{Table, count, document, shown_or_none};
use crate::{Exit, Failure, Host};

/// Lists recorded attempts, those that began last first
///
/// Failed attempts that look alike (same username, address and user agent) are one record, with the
/// number of failures and the time of the last one.
#[derive(Debug, clap::Args)]
pub(crate) struct Asked {
    #[command(flatten)]
    who: Who,
    /// Only records with a failure since then: "2h", "7 days", "2026-01-31 16:20"
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// How many at most
    #[arg(long, short = 'n', value_name = "NUMBER", default_value_t = 50)]
    limit: u32,
}

#[derive(Serialize)]
struct Answer<'a> {
    attempts: Vec<RecordShape<'a>>,
    more: bool,
}

pub(crate) fn run(asked: &Asked, context: &Context, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let past = asked.who.past(asked.since.as_ref(), context, host)?;
    let mut records: Vec<Recorded> = Vec::new();
    let mut from = None;
    let more = loop {
        let room = asked
            .limit
            .saturating_sub(u32::try_from(records.len()).unwrap_or(u32::MAX));
        if room == 0 {
            break true;
        }
        let slice = context
            .store
            .recorded(&past, from.as_ref(), room.min(SLICE), context.now);
        let slice = context.told(slice)?;
        records.extend(slice.items);
        from = slice.next;
        if from.is_none() {
            break false;
        }
    };
    if context.json {
        let attempts = records.iter().map(RecordShape::of).collect();
        document(host.stdout, &Answer { attempts, more })?;
        return Ok(Exit::Done);
    }
    if records.is_empty() {
        writeln!(
            host.stdout,
            "No failed attempts are recorded{}.",
            asked.who.of()
        )?;
        return Ok(Exit::Done);
    }
    write_table(&records, context, host)?;
    let number = count(records.len() as u64, "record", "records");
    let rest = if more {
        "; there are more, see --limit"
    } else {
        ""
    };
    writeln!(host.stdout, "\n{number}{rest}; {}.", context.times.zone())?;
    Ok(Exit::Done)
}

/// Writes `records` as people read them.
pub(crate) fn write_table(
    records: &[Recorded],
    context: &Context,
    host: &mut Host<'_>,
) -> Result<(), Failure> {
    let header = ["last attempt", "failures", "username", "address", "path"];
    let mut table = Table::new(host.terminal.width, header);
    for record in records {
        table.add([
            context.times.relative(record.time),
            record.failures.to_string(),
            shown_or_none(record.username.as_deref()).into_owned(),
            record
                .ip_address
                .map_or_else(|| "-".to_owned(), |it| it.to_string()),
            shown_or_none(Some(&record.path_info)).into_owned(),
        ]);
    }
    Ok(table.write(host.stdout)?)
}
