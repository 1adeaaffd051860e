//! `axes settings`.

use std::collections::BTreeMap;

use axes_settings::{Hosts, Origin, Spec, Syntax, TABLE};
use serde::Serialize;

use crate::configuration::Configuration;
use crate::output::{Table, document, shown};
use crate::{Exit, Failure, Host};

/// Shows the settings that are set, and where
///
/// Flags win over environment variables, those win over axes.toml, and that wins over the defaults.
#[derive(Debug, clap::Args)]
pub(crate) struct Asked {
    /// Show the others, too
    #[arg(long)]
    all: bool,
    /// Write an axes.toml to begin with: every setting at its default, with what it does
    #[arg(long, conflicts_with = "all")]
    template: bool,
}

#[derive(Serialize)]
struct Shape {
    value: String,
    /// Where it was set; null: it is the default.
    origin: Option<String>,
}

pub(crate) fn run(
    asked: &Asked,
    configured: impl FnOnce(&Host<'_>) -> Result<Configuration, Failure>,
    json: bool,
    host: &mut Host<'_>,
) -> Result<Exit, Failure> {
    if asked.template {
        write!(host.stdout, "{}", axes_settings::template())?;
        return Ok(Exit::Done);
    }
    let configuration = configured(host)?.right()?;
    let specs = TABLE.iter().filter(|spec| spec.hosts == Hosts::All);
    let specs: Vec<&Spec> = specs
        .filter(|spec| asked.all || configuration.settings.origin(spec.name).is_some())
        .collect();
    if json {
        let shape = |spec: &&Spec| (spec.key(), shape(spec, &configuration));
        let shapes: BTreeMap<String, Shape> = specs.iter().map(shape).collect();
        document(host.stdout, &shapes)?;
    } else if specs.is_empty() {
        writeln!(
            host.stdout,
            "Nothing is set, so all settings have their defaults."
        )?;
    } else {
        let mut table = Table::new(host.terminal.width, ["setting", "value", "from"]);
        for spec in specs {
            let Shape { value, origin } = shape(spec, &configuration);
            let origin = origin.unwrap_or_else(|| "default".to_owned());
            table.add([spec.key(), shown(&value).into_owned(), origin]);
        }
        table.write(host.stdout)?;
    }
    Ok(Exit::Done)
}

fn shape(spec: &Spec, configuration: &Configuration) -> Shape {
    let value = if spec.is_secret() {
        configuration.url.to_string()
    } else {
        Syntax::Words.write(spec.kind, configuration.settings.get(spec.name))
    };
    let origin = configuration.settings.origin(spec.name);
    let origin = origin.and_then(|origin| match origin {
        Origin::Host => None,
        Origin::File { path, line, .. } => Some(format!("{path}:{line}")),
        Origin::Variable => Some(format!("variable {}", spec.name)),
        Origin::Flag => Some(format!("flag {}", spec.flag())),
    });
    Shape { value, origin }
}
