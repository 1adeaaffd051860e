//! What the operator configured: the store, and the policy to judge by.

mod words;

use std::collections::BTreeSet;
use std::path::PathBuf;

use axes_settings::{Origin, Problem, Reader, Settings, TABLE};

pub(crate) use self::words::in_words;
use crate::cli::Common;
use crate::{Failure, Host, StoreUrl};

/// The file that is read where nobody names another.
const FILE: &str = "axes.toml";
/// The variable that names another.
const VARIABLE: &str = "AXES_CONFIG";

/// The configuration of one run, from flags, environment and file.
#[derive(Debug)]
pub(crate) struct Configuration {
    pub(crate) settings: Settings,
    pub(crate) url: StoreUrl,
    /// The file that was read, if any.
    pub(crate) file: Option<PathBuf>,
    /// Everything that is wrong.
    pub(crate) problems: Vec<Problem>,
}

impl Configuration {
    /// Reads it all: flags win over the environment, that wins over the file.
    ///
    /// # Errors
    /// [`Failure`] where a file that was named cannot be read.
    pub(crate) fn read(
        common: &Common,
        flags: Vec<(String, String)>,
        host: &Host<'_>,
    ) -> Result<Self, Failure> {
        let mut reader = Reader::new().environment(&host.environment).flags(flags);
        let file = file(common, host)?;
        if let Some((path, text)) = &file {
            reader = reader.file(&path.display().to_string(), text);
        }
        let (settings, problems) = reader.read();
        let url = settings.store().unwrap_or(StoreUrl::DEFAULT);
        let url = StoreUrl::new(url, &host.folder);
        Ok(Self {
            settings,
            url,
            file: file.map(|(path, _)| path),
            problems,
        })
    }

    /// The same, where nothing is wrong.
    pub(crate) fn right(self) -> Result<Self, Failure> {
        if self.problems.is_empty() {
            return Ok(self);
        }
        let problems = self.problems.iter().map(ToString::to_string);
        Err(Failure::Configuration(problems.collect()))
    }

    /// Where the policy comes from, as people are told.
    pub(crate) fn source(&self) -> String {
        let sources: BTreeSet<String> = TABLE
            .iter()
            .filter(|spec| !spec.name.starts_with("AXES_STORE"))
            .filter_map(|spec| match self.settings.origin(spec.name)? {
                Origin::File { path, .. } => Some(path.to_string()),
                Origin::Variable => Some("the environment".to_owned()),
                Origin::Flag => Some("flags".to_owned()),
                Origin::Host => None,
            })
            .collect();
        let sources: Vec<String> = sources.into_iter().collect();
        match (sources.is_empty(), &self.file) {
            (false, _) => sources.join(" and "),
            (true, Some(file)) => format!("the defaults; {} sets none of it", file.display()),
            (true, None) => "the defaults; there is no axes.toml".to_owned(),
        }
    }
}

/// The file to read, with what is in it.
fn file(common: &Common, host: &Host<'_>) -> Result<Option<(PathBuf, String)>, Failure> {
    let named = common
        .config
        .clone()
        .or_else(|| host.variable(VARIABLE).map(PathBuf::from));
    let path = named.clone().unwrap_or_else(|| PathBuf::from(FILE));
    match std::fs::read_to_string(host.folder.join(&path)) {
        Ok(text) => Ok(Some((path, text))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => Ok(None),
        Err(error) => Err(Failure::Usage(format!(
            "the configuration file {} could not be read: {error}",
            path.display()
        ))),
    }
}
