//! `axes migrate`.

use axes_stores::Migrated;
use serde::Serialize;

use crate::configuration::Configuration;
use crate::context::{failed, options};
use crate::output::{document, write_wrapped};
use crate::{Exit, Failure, Host};

/// Creates the tables that the store needs, where there is no Django
///
/// They are those that Django's migrations create, so a Django site can use them later. What is there
/// is never deleted, and the tables of a Django site are left to Django. A file of SQLite that is not
/// there is created.
#[derive(Debug, clap::Args)]
pub(crate) struct Asked {}

#[derive(Serialize)]
struct Answer {
    /// What became of the tables.
    migrated: &'static str,
    /// Which migrations that is about.
    migrations: Vec<&'static str>,
    /// Which tables are missing.
    missing: Vec<&'static str>,
}

pub(crate) fn run(
    _asked: &Asked,
    configuration: &Configuration,
    json: bool,
    host: &mut Host<'_>,
) -> Result<Exit, Failure> {
    let url = &configuration.url;
    let migrated = axes_stores::migrate(&url.secret(), &options(configuration));
    let migrated = migrated.map_err(|error| failed(error, url))?;
    let (name, names, told) = match migrated {
        Migrated::Created => (
            "created",
            Vec::new(),
            format!("Created the tables in {url}."),
        ),
        Migrated::Current => {
            let told = format!("Nothing to do: the tables in {url} are there, and up to date.");
            ("current", Vec::new(), told)
        }
        Migrated::Unneeded => {
            let told = format!("Nothing to do: {url} needs no tables.");
            ("unneeded", Vec::new(), told)
        }
        Migrated::Upgraded(names) => {
            let told = format!(
                "Brought the tables in {url} up to date: {}.",
                names.join(", ")
            );
            ("upgraded", names, told)
        }
        Migrated::Outdated(names) => {
            let told = format!(
                "The tables in {url} belong to a Django site and are of an older version. Run \
                 `manage.py migrate axes` there; it applies {}.",
                names.join(", ")
            );
            ("outdated", names, told)
        }
        Migrated::Incomplete(names) => {
            let told = format!(
                "In {url} all migrations were applied, and yet these tables are missing: {}. Restore them \
                 from a backup.",
                names.join(", ")
            );
            ("incomplete", names, told)
        }
        _ => (
            "unknown",
            Vec::new(),
            format!("Looked at the tables in {url}."),
        ),
    };
    if json {
        let is_missing = name == "incomplete";
        let (migrations, missing) = if is_missing {
            (Vec::new(), names)
        } else {
            (names, Vec::new())
        };
        let answer = Answer {
            migrated: name,
            migrations,
            missing,
        };
        document(host.stdout, &answer)?;
    } else {
        write_wrapped(host, &told)?;
    }
    let fine = !matches!(name, "outdated" | "incomplete");
    Ok(if fine { Exit::Done } else { Exit::Found })
}
