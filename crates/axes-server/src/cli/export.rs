//! `axes export`.

mod csv;

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use axes_stores::Wanted;
use clap::ValueEnum;
use serde::Serialize;

use super::records::{LineShape, LockoutShape, RecordShape, SLICE};
use super::who::Who;
use super::{locked, when};
use crate::context::Context;
use crate::output::{Progress, count, line};
use crate::{Exit, Failure, Host};

/// Writes records, the audit log or lockouts, for other programs
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
    /// The audit log
    Log,
    /// Who is locked out now
    Lockouts,
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
    let mut progress = Progress::new(host, "exported");
    let exported = match &asked.output {
        Some(path) => {
            let mut file = BufWriter::new(create(path)?);
            let exported = export(asked, context, host, Some(&mut file), &mut progress);
            file.flush()?;
            exported
        }
        None => export(asked, context, host, None, &mut progress),
    };
    progress.end(host);
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
    options.open(path).map_err(|error| {
        let told = format!("{}: {error}", path.display());
        Failure::Output(io::Error::new(error.kind(), told))
    })
}

fn export(
    asked: &Asked,
    context: &Context,
    host: &mut Host<'_>,
    mut file: Option<&mut dyn Write>,
    progress: &mut Progress,
) -> Result<u64, Failure> {
    let mut number: u64 = 0;
    let mut put = |rows: &[&dyn Row], host: &mut Host<'_>| -> Result<(), Failure> {
        let out: &mut dyn Write = match &mut file {
            Some(file) => *file,
            None => host.stdout,
        };
        for row in rows {
            if number == 0 && asked.format == Format::Csv {
                csv::write(out, row.names())?;
            }
            match asked.format {
                Format::Jsonl => row.json(out)?,
                Format::Csv => csv::write_row(out, *row)?,
            }
            number = number.saturating_add(1);
        }
        progress.at(host, number);
        Ok(())
    };
    match asked.what {
        What::Attempts => attempts(asked, context, host, &mut put)?,
        What::Log => log(asked, context, host, &mut put)?,
        What::Lockouts => lockouts(asked, context, host, &mut put)?,
    }
    Ok(number)
}
