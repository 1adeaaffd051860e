//! One setting: what it is called, what it takes and where it means something.

use std::fmt;

use crate::{Kind, Origin, Reader, Syntax, Value};

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Its name in Django's settings, and as an environment variable.
    pub name: &'static str,
    /// What values it takes.
    pub kind: Kind,
    /// What holds where it is not set; none for deprecated settings, which have to be set to count.
    pub default: Option<Preset>,
    /// What holds outside Django, where that is something else.
    pub default_outside: Option<Preset>,
    /// What it does.
    pub about: &'static str,
    /// What there is to say of it in Django only.
    pub in_django: &'static str,
    /// The default in words, where Django knows a better one than this table.
    pub default_in_words: Option<&'static str>,
    /// A value that is not the default, as Django's settings files have it.
    pub example: &'static str,
    /// The same in TOML, where that is written otherwise.
    pub example_in_toml: Option<&'static str>,
    /// Where it means something.
    pub hosts: Hosts,
    /// Where it comes from.
    pub since: Since,
}

/// Where a setting means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// In Django, in services and for the program `axes`.
    All,
    /// In Django's settings only.
    Django,
}

/// Where a setting comes from. Axes understands all of them since its first version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// From this version of Axes.
    Axes(&'static str),
    /// From django-axes, whose version 8 has it too.
    DjangoAxes,
    /// From early versions of django-axes, which dropped it later.
    EarlyDjangoAxes,
}

const FIRST_VERSION: &str = "0.1";

impl fmt::Display for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Axes(version) => write!(f, "Axes {version}"),
            Self::DjangoAxes => write!(f, "Axes {FIRST_VERSION}, as in django-axes 8"),
            Self::EarlyDjangoAxes => {
                write!(
                    f,
                    "Axes {FIRST_VERSION}, as in early versions of django-axes"
                )
            }
        }
    }
}

/// A default, in a form that a constant can have.
#[derive(Clone, Copy, Debug)]
pub enum Preset {
    /// None.
    Nothing,
    /// True or False.
    Bool(bool),
    /// A number.
    Int(i64),
    /// A text.
    Text(&'static str),
    /// A list of texts.
    Texts(&'static [&'static str]),
}

impl Preset {
    /// The default as a value.
    #[must_use]
    pub fn value(self) -> Value {
        match self {
            Self::Nothing => Value::None,
            Self::Bool(switch) => Value::Bool(switch),
            Self::Int(number) => Value::Int(number),
            Self::Text(text) => Value::text(text),
            Self::Texts(texts) => Value::List(texts.iter().map(|text| Value::text(text)).collect()),
        }
    }
}

impl Spec {
    /// Its name in TOML files: without the prefix, in lower case.
    #[must_use]
    pub fn key(&self) -> String {
        self.name.trim_start_matches("AXES_").to_lowercase()
    }

    /// Its name as a flag of a command line: the key with hyphens.
    #[must_use]
    pub fn flag(&self) -> String {
        format!("--{}", self.key().replace('_', "-"))
    }

    /// What holds outside Django where it is not set.
    #[must_use]
    pub fn outside(&self) -> Value {
        let preset = self.default_outside.or(self.default);
        preset.map_or(Value::None, Preset::value)
    }

    pub(crate) const fn new(
        name: &'static str,
        kind: Kind,
        default: Option<Preset>,
        about: &'static str,
    ) -> Self {
        Self {
            name,
            kind,
            default,
            default_outside: None,
            about,
            in_django: "",
            default_in_words: None,
            example: "",
            example_in_toml: None,
            hosts: Hosts::All,
            since: Since::DjangoAxes,
        }
    }

    pub(crate) const fn example(self, example: &'static str) -> Self {
        Self { example, ..self }
    }

    pub(crate) const fn toml(self, example: &'static str) -> Self {
        let example_in_toml = Some(example);
        Self {
            example_in_toml,
            ..self
        }
    }

    pub(crate) const fn elsewhere(self, default: Preset) -> Self {
        let default_outside = Some(default);
        Self {
            default_outside,
            ..self
        }
    }

    pub(crate) const fn django(self) -> Self {
        let hosts = Hosts::Django;
        Self { hosts, ..self }
    }

    pub(crate) const fn in_django(self, in_django: &'static str) -> Self {
        Self { in_django, ..self }
    }

    pub(crate) const fn or(self, words: &'static str) -> Self {
        let default_in_words = Some(words);
        Self {
            default_in_words,
            ..self
        }
    }

    pub(crate) const fn ours(self) -> Self {
        let since = Since::Axes(FIRST_VERSION);
        Self { since, ..self }
    }

    pub(crate) const fn early(self) -> Self {
        let since = Since::EarlyDjangoAxes;
        Self { since, ..self }
    }

    /// What it does, in the words of `origin`, which is outside Django.
    #[must_use]
    pub fn about_at(&self, origin: &Origin) -> String {
        let name = |name: &str| {
            crate::spec(name).map_or_else(|| name.to_owned(), |spec| origin.name_of(spec))
        };
        with_names(self.about, name).replace("None:", "none:")
    }

    /// The example outside Django.
    pub(crate) fn example_at(&self, syntax: Syntax) -> String {
        let toml = self.example_in_toml.unwrap_or(match self.example {
            "True" => "true",
            "False" => "false",
            same => same,
        });
        if syntax == Syntax::Toml {
            return toml.to_owned();
        }
        let (settings, _) = Reader::new()
            .file("", &format!("{} = {toml}", self.key()))
            .read();
        syntax.write(self.kind, settings.get(self.name))
    }

    /// Whether its value may hold a password, so that no message shows it.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.kind == Kind::Store
    }

    /// Whether it is only understood for old settings files.
    #[must_use]
    pub const fn is_deprecated(&self) -> bool {
        self.default.is_none()
    }
}

/// `text` with each name of a setting in it replaced by what `written` makes of it.
pub(crate) fn with_names(text: &str, written: impl Fn(&str) -> String) -> String {
    let is_name = |char: char| char.is_ascii_alphanumeric() || char == '_';
    let mut words = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("AXES_") {
        let (before, name) = rest.split_at(start);
        let end = name.find(|char| !is_name(char)).unwrap_or(name.len());
        let (name, after) = name.split_at(end);
        words.push_str(before);
        words.push_str(&written(name));
        rest = after;
    }
    words + rest
}
