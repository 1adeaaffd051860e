//! Settings outside Django: from a file, from the environment and from flags.

use std::collections::BTreeMap;
use std::ffi::OsStr;

use crate::file::{File, line};
use crate::nearest::nearest_outside;
use crate::written::{Written, visible};
use crate::{Hosts, Origin, Problem, Settings, Spec, TABLE, spec, words};

/// What all names of environment variables begin with that are about Axes.
const PREFIX: &str = "AXES_";
/// Variables of the programs that read settings, not settings themselves.
const NOT_SETTINGS: [&str; 1] = ["AXES_CONFIG"];

/// Reads settings from several places at once, and names everything that is wrong in any of them.
///
/// Flags win over environment variables, those win over the file, and that wins over the defaults, in
/// whatever order they are handed over. Nothing is opened or looked up here: texts come in.
///
/// ```
/// use axes_settings::Reader;
///
/// let (settings, problems) = Reader::new()
///     .file("axes.toml", "failure_limit = 5\ncooloff_time = \"15m\"")
///     .environment([("AXES_FAILURE_LIMIT", "4")])
///     .flags([("--lockout-parameters", "username,ip_address+user_agent")])
///     .read();
/// assert!(problems.is_empty());
/// assert_eq!(settings.policy().limit, 4);
///
/// let (_, problems) = Reader::new().file("axes.toml", "failure_limt = 5").read();
/// assert_eq!(
///     problems[0].to_string(),
///     "axes.toml:1:1: failure_limt is not a setting of Axes: is failure_limit meant?"
/// );
/// ```
#[derive(Default)]
pub struct Reader {
    file: Source,
    environment: Source,
    flags: Source,
}

/// What one place says.
#[derive(Default)]
struct Source {
    values: BTreeMap<&'static str, (&'static Spec, Written)>,
    problems: Vec<Problem>,
}

impl Reader {
    /// A reader to which nothing was handed over yet: what it reads are the defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads `text`, which is in TOML; `path` is what problems call it.
    #[must_use]
    pub fn file(mut self, path: &str, text: &str) -> Self {
        let file = File::new(path, text);
        let (table, syntax) = file.parse();
        let mut source = Source::default();
        for (key, value) in table.get_ref() {
            let origin = file.origin(key.span());
            if let Some(spec) = source.spec_of(key.get_ref(), &origin) {
                let written = file.read(spec.kind, value);
                source.set(spec, written);
            }
        }
        let garbled = |problem: &Problem| {
            syntax
                .iter()
                .any(|other| line(&other.origin) == line(&problem.origin))
        };
        source.problems.retain(|problem| !garbled(problem));
        source.problems.extend(syntax);
        source
            .problems
            .sort_by(|one, other| one.origin.cmp(&other.origin));
        self.file = source;
        self
    }

    /// Reads what of `variables` begins with `AXES_`; `std::env::vars_os()` has them. An empty variable
    /// is as if it were not there. A name that is no setting's is a problem where it is nearly one: other
    /// programs have variables of their own.
    #[must_use]
    pub fn environment<N, V>(mut self, variables: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: AsRef<OsStr>,
        V: AsRef<OsStr>,
    {
        let mut source = Source::default();
        for (name, value) in variables {
            let Some(name) = name.as_ref().to_str().filter(|name| is_ours(name)) else {
                continue;
            };
            let value = value.as_ref();
            if value.is_empty() {
                continue;
            }
            let Some(spec) = source.spec_of(name, &Origin::Variable) else {
                continue;
            };
            if let Some(text) = value.to_str() {
                source.set(spec, words::read(spec.kind, text, &Origin::Variable));
            } else {
                let right = format!("use {}", Origin::Variable.syntax().expects(spec.kind));
                let problem = Problem::new(spec.name, "is no Unicode text", right);
                source.problems.push(problem.at(Origin::Variable));
            }
        }
        source
            .problems
            .sort_by(|one, other| one.setting.cmp(&other.setting));
        self.environment = source;
        self
    }

    /// Reads flags, by name: `--failure-limit`, or the same without the hyphens in front. The last of
    /// one name counts.
    #[must_use]
    pub fn flags<N, V>(mut self, flags: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: AsRef<str>,
        V: AsRef<str>,
    {
        let mut source = Source::default();
        for (name, text) in flags {
            let name = format!("--{}", name.as_ref().trim_start_matches('-'));
            if let Some(spec) = source.spec_of(&name, &Origin::Flag) {
                source.set(spec, words::read(spec.kind, text.as_ref(), &Origin::Flag));
            }
        }
        self.flags = source;
        self
    }

    /// The settings, and everything that is wrong: in the file from top to bottom, then in the
    /// environment, then in flags. What is wrong is as if it were not there.
    #[must_use]
    pub fn read(self) -> (Settings, Vec<Problem>) {
        let mut settings = Settings::with_defaults(|spec| Some(spec.outside()));
        let mut problems = Vec::new();
        for source in [self.file, self.environment, self.flags] {
            for (spec, written) in source.values.into_values() {
                settings.set(spec, written.value, written.origin);
            }
            problems.extend(source.problems);
        }
        (settings, problems)
    }
}

impl Source {
    /// The setting that is called `name` at `origin`; otherwise the problem is noted.
    fn spec_of(&mut self, name: &str, origin: &Origin) -> Option<&'static Spec> {
        let found = TABLE.iter().find(|spec| origin.name_of(spec) == name);
        if let Some(spec) = found.filter(|spec| spec.hosts == Hosts::All) {
            return Some(spec);
        }
        let problem = if found.is_some() {
            Problem::new(
                name,
                "means something in Django's settings only",
                "remove it",
            )
        } else {
            let right = nearest_outside(name).map_or_else(
                || "remove it".to_owned(),
                |spec| format!("is {} meant?", origin.name_of(spec)),
            );
            Problem::unknown(&visible(name), right)
        };
        self.problems.push(problem.at(origin.clone()));
        None
    }

    /// Sets `spec` to what is written, where that is right; otherwise notes what is wrong.
    fn set(&mut self, spec: &'static Spec, written: Written) {
        let before = self.problems.len();
        written.check(spec, &mut self.problems);
        if self.problems.len() == before {
            self.values.insert(spec.name, (spec, written));
        } else {
            self.values.remove(spec.name);
        }
    }
}

/// Whether the environment variable `name` is a setting, or was meant to be one.
fn is_ours(name: &str) -> bool {
    name.starts_with(PREFIX)
        && !NOT_SETTINGS.contains(&name)
        && (spec(name).is_some() || (nearest_outside(name).is_some() && !is_of_kubernetes(name)))
}

/// Whether `name` is what Kubernetes tells every program of a service that is called `axes`.
fn is_of_kubernetes(name: &str) -> bool {
    let word = name.strip_prefix(PREFIX).unwrap_or(name);
    word == "PORT" || word.starts_with("PORT_") || word.starts_with("SERVICE_")
}
