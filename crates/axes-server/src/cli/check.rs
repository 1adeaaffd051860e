//! `axes check`.

mod configured;
mod finding;
mod stored;

use serde::Serialize;

use self::finding::Finding;
pub(crate) use self::finding::Severity;
use crate::configuration::Configuration;
use crate::context::Context;
use crate::output::{count, document};
use crate::{Exit, Failure, Host};

/// Looks for what is wrong and what is risky, in the configuration and in the store
///
/// Each finding has an id that stays the same. Ends with 1 where there are errors or warnings; hints
/// alone are fine.
#[derive(Debug, clap::Args)]
pub(crate) struct Asked {
    /// Look at the configuration only, not at the store
    #[arg(long)]
    offline: bool,
}

#[derive(Serialize)]
struct Answer<'a> {
    findings: &'a [Finding],
    errors: usize,
    warnings: usize,
    hints: usize,
    store: String,
}

pub(crate) fn run(
    asked: &Asked,
    configuration: Configuration,
    json: bool,
    host: &mut Host<'_>,
) -> Result<Exit, Failure> {
    let mut findings = configured::findings(&configuration);
    let url = configuration.url.clone();
    let is_right = configuration.problems.is_empty();
    if !asked.offline && is_right {
        match Context::open(configuration, json, host) {
            Ok(context) => findings.extend(stored::findings(&context)),
            Err(failure) => findings.push(Finding::new("axes.E101", failure.to_string(), "")),
        }
    }
    findings.sort_by(|one, other| (one.severity, &one.id).cmp(&(other.severity, &other.id)));
    let number = |severity| findings.iter().filter(|it| it.severity == severity).count();
    let [errors, warnings, hints] =
        [Severity::Error, Severity::Warning, Severity::Hint].map(number);
    if json {
        let answer = Answer {
            findings: &findings,
            errors,
            warnings,
            hints,
            store: url.to_string(),
        };
        document(host.stdout, &answer)?;
    } else {
        for finding in &findings {
            finding.write(host)?;
        }
        let looked = match (is_right, asked.offline) {
            (true, false) => format!("the configuration and {url}"),
            (true, true) => "the configuration".to_owned(),
            (false, _) => "the configuration, and not at the store before that is right".to_owned(),
        };
        writeln!(
            host.stdout,
            "Looked at {looked}: {}, {}, {}.",
            count(errors as u64, "error", "errors"),
            count(warnings as u64, "warning", "warnings"),
            count(hints as u64, "hint", "hints"),
        )?;
    }
    let fine = errors == 0 && warnings == 0;
    Ok(if fine { Exit::Done } else { Exit::Found })
}
