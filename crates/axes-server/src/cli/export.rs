//! `axes export`.

mod sheet;

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use axes_stores::Wanted;
use clap::ValueEnum;

use self::sheet::Sheet;
use super::bans::BanShape;
use super::locked;
use super::records::{LineShape, LockoutShape, RecordShape, SLICE};
use super::who::Who;
use crate::context::Context;
use crate::output::{Progress, count};
use crate::{Exit, Failure, Host};

/// Writes records, the audit log, lockouts or bans, for other programs
///
/// One JSON object a line, or CSV with a line of names. However much there is, little of it is held in
/// memory. What happens meanwhile may be missing.
#[derive(Debug, clap::Args)]
pub(crate) struct Asked {
    /// What
    #[arg(value_enum, default_value_t = What::Attempts)]
    what: What,
    #[command(flatten)]
    who: Who,
    /// Only what happened since then: "2h", "7 days", "2026-01-31 16:20"
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// In which form
    #[arg(long, short, value_enum, default_value_t = Format::Jsonl)]
    format: Format,
    /// The file to write, which only its owner may read; otherwise standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// What is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// Recorded attempts, as `axes list` shows them
    Attempts,
    /// The audit log, as `axes log` shows it
    Log,
    /// Who is locked out now, as `axes locked` shows it
    Lockouts,
    /// Who is banned, as `axes bans` shows it
    Bans,
}

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One JSON object a line
    Jsonl,
    /// Comma-separated values; what a spreadsheet would take for a formula has a ' before it
    Csv,
}

pub(crate) fn run(asked: &Asked, context: &Context, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let is_now = matches!(asked.what, What::Lockouts | What::Bans);
    if is_now && (!asked.who.is_nobody() || asked.since.is_some()) {
        let wrong = "all that hold are exported: leave out --username, --ip and --since";
        return Err(Failure::Usage(wrong.to_owned()));
    }
    let mut progress = Progress::new(host, "lines exported");
    let exported = match &asked.output {
        Some(path) => {
            let mut file = BufWriter::new(create(path)?);
            let number = export(asked, context, host, Some(&mut file), &mut progress);
            number.and_then(|number| {
                file.flush()?;
                Ok(number)
            })
        }
        None => export(asked, context, host, None, &mut progress),
    };
    progress.end(host.stderr);
    let number = exported?;
    if asked.output.is_some() && host.terminal.stderr {
        writeln!(host.stderr, "exported {}", count(number, "line", "lines"))?;
    }
    Ok(Exit::Done)
}

/// Makes a file that only its owner may read: it holds names and addresses.
fn create(path: &Path) -> Result<File, Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let told = |error: io::Error| {
        let told = format!("{}: {error}", path.display());
        Failure::Output(io::Error::new(error.kind(), told))
    };
    let file = options.open(path).map_err(told)?;
    #[cfg(unix)]
    if file.metadata().map_err(told)?.is_file() {
        // It may have been there before; a device belongs to everybody.
        let own = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        file.set_permissions(own).map_err(told)?;
    }
    Ok(file)
}

/// Writes it all, slice by slice; returns how many lines.
fn export(
    asked: &Asked,
    context: &Context,
    host: &mut Host<'_>,
    file: Option<&mut dyn Write>,
    progress: &mut Progress,
) -> Result<u64, Failure> {
    let past = asked.who.past(asked.since.as_ref(), context, host)?;
    let Host {
        clock,
        stdout,
        stderr,
        ..
    } = host;
    let out: &mut dyn Write = match file {
        Some(file) => file,
        None => &mut **stdout,
    };
    let mut sheet = Sheet::new(out, asked.format == Format::Csv);
    match asked.what {
        What::Attempts => sheet.begin(RecordShape::NAMES)?,
        What::Log => sheet.begin(LineShape::NAMES)?,
        What::Lockouts => sheet.begin(LockoutShape::NAMES)?,
        What::Bans => sheet.begin(BanShape::NAMES)?,
    }
    let (mut from, mut start) = (None, 0_usize);
    let page = usize::try_from(SLICE).unwrap_or(usize::MAX);
    loop {
        let goes_on = match asked.what {
            What::Attempts => {
                let slice = context
                    .store
                    .recorded(&past, from.as_ref(), SLICE, context.now);
                let slice = context.told(slice)?;
                for record in &slice.items {
                    let shape = RecordShape::of(record);
                    sheet.put(&shape, &shape.cells())?;
                }
                from = slice.next;
                from.is_some()
            }
            What::Log => {
                let slice = context.told(context.store.logged(&past, from.as_ref(), SLICE))?;
                for line in &slice.items {
                    let shape = LineShape::of(line);
                    sheet.put(&shape, &shape.cells())?;
                }
                from = slice.next;
                from.is_some()
            }
            What::Lockouts => {
                let stop = start.saturating_add(page);
                let found = locked::page(context, Wanted::All, start, stop)?;
                for lockout in &found.lockouts {
                    let shape = LockoutShape::of(lockout, context.now);
                    sheet.put(&shape, &shape.cells())?;
                }
                start = stop;
                stop < usize::try_from(found.total).unwrap_or(usize::MAX)
            }
            What::Bans => {
                for ban in &context.told(context.store.bans(context.now))? {
                    let shape = BanShape::of(ban, context.now);
                    sheet.put(&shape, &shape.cells())?;
                }
                false
            }
        };
        progress.at(clock.now(), &mut **stderr, sheet.number());
        if !goes_on {
            return Ok(sheet.number());
        }
    }
}
