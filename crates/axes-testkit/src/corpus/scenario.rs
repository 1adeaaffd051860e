//! One scenario as it is written.

use std::path::Path;
use std::time::Duration;

use axes_core::{Attempt, Banned, Policy, Selector};
use axes_settings::{Settings, Value};
use serde::Deserialize;

use super::{Differs, Instead};

/// Settings, and what happens under them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it is about; also the name of its file, with hyphens.
    pub name: String,
    /// Which promise or ruling it proves.
    pub why: String,
    /// How and why it is otherwise with django-axes, where it is.
    pub differs: Option<Differs>,
    /// Why it cannot be replayed on django-axes.
    pub ours_only: Option<String>,
    /// Settings by their `AXES_*` names.
    #[serde(default)]
    pub settings: toml::Table,
    /// What happens, in order.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

/// One thing that happens, and what has to come of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Somebody asks to log in.
    pub attempt: Option<Who>,
    /// The attempt stays open under this name.
    pub begin: Option<String>,
    /// The open attempt of this name is settled.
    pub end: Option<String>,
    /// What became of the attempt.
    pub outcome: Option<Ask>,
    /// How often the attempt is made; what is expected of failures holds for the last one.
    pub times: Option<u32>,
    /// So many seconds pass.
    pub advance: Option<f64>,
    /// A person resets.
    pub reset: Option<Selected>,
    /// A person bans.
    pub ban: Option<Entered>,
    /// A person lifts a ban.
    pub unban: Option<Entered>,
    /// What has expired is purged.
    pub purge: Option<bool>,
    /// What is made from records is gone.
    pub lose: Option<Losable>,
    /// The store answers from now on, or it fails.
    pub store: Option<Health>,
    /// How many records the reset removes, or how many bans are lifted.
    pub removed: Option<u64>,
    /// What the attempt meets.
    pub expect: Option<Expectation>,
    /// The failures that are told, by the refusal or by the settled failure.
    pub failures: Option<u32>,
    /// Whether the settled failure is itself answered as locked out.
    pub locked_out: Option<bool>,
    /// The time left that is told.
    pub retry_after: Option<RetryAfter>,
    /// Whether this is the first that anybody hears of the lockout.
    pub newly_locked: Option<bool>,
    /// What comes of it with django-axes, where that is something else.
    pub django_axes: Option<Instead>,
}

/// Who asks.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Who {
    /// The username as typed; absent: none.
    pub username: Option<String>,
    /// The address; absent: unknown.
    pub ip: Option<String>,
    /// The user agent; absent: none.
    pub user_agent: Option<String>,
    /// The HTTP method; absent: POST.
    pub method: Option<String>,
}

/// What a reset is about; nothing given: everything.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selected {
    /// The username.
    pub username: Option<String>,
    /// The address.
    pub ip: Option<String>,
}

/// Who is banned: a username or a network.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entered {
    username: Option<String>,
    network: Option<String>,
    /// For how long; absent: for good.
    pub seconds: Option<f64>,
}

/// What a store may lose, because it makes it anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Losable {
    /// Sums over what is recorded.
    Tallies,
}

/// Whether a store does what it is asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// It does.
    Answers,
    /// It does nothing, and says so.
    Fails,
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// The password was wrong.
    Failure,
    /// It was right.
    Success,
    /// None was checked.
    Withdrawn,
    /// It is never settled.
    Crash,
}

/// What an attempt meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expectation {
    /// Its password may be checked.
    Admitted,
    /// It is refused: too many failures.
    LockedOut,
    /// It is refused: its address is on a list, or not on one.
    Denied,
    /// It is refused: its username or its network is banned.
    Banned,
    /// It is refused: too many passwords are being checked.
    Busy,
    /// It is refused, or its outcome is not told: the store does not answer.
    Unavailable,
}

/// The time left.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum RetryAfter {
    /// In seconds.
    Seconds(f64),
    /// `"never"`: only a person can help.
    Never(String),
}

impl Scenario {
    /// The scenario in the file at `path`.
    pub(super) fn read(path: &Path) -> Self {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let text = std::fs::read_to_string(path).expect("the scenario can be read");
        let scenario: Self =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{stem}: {error}"));
        let named: String = scenario
            .name
            .to_lowercase()
            .chars()
            .map(|letter| {
                if letter.is_alphanumeric() {
                    letter
                } else {
                    '-'
                }
            })
            .collect();
        assert_eq!(named, stem, "a scenario and its file have one name");
        assert!(
            !scenario.why.is_empty() && !scenario.steps.is_empty(),
            "{stem} says nothing"
        );
        if let Err(wrong) = scenario.check_differences() {
            panic!("{stem} {wrong}");
        }
        scenario
    }

    /// The policy that its settings mean.
    ///
    /// # Panics
    /// When they are wrong.
    #[must_use]
    pub fn policy(&self) -> Policy {
        let values = self.settings.iter();
        let values = values.map(|(name, value)| (name.clone(), setting(value)));
        match Settings::from_values(values) {
            Ok(settings) => settings.policy(),
            Err(problems) => panic!("{}: {problems:?}", self.name),
        }
    }
}

/// A setting's value as Django would hand it over.
fn setting(value: &toml::Value) -> Value {
    let number = |value: &toml::Value| {
        let whole = value
            .as_integer()
            .and_then(|whole| i32::try_from(whole).ok());
        whole.map(f64::from).or_else(|| value.as_float())
    };
    match value {
        toml::Value::Boolean(switch) => Value::Bool(*switch),
        toml::Value::Integer(number) => Value::Int(*number),
        toml::Value::Float(number) => Value::Float(*number),
        toml::Value::String(text) => Value::Text(text.clone()),
        toml::Value::Array(items) => Value::List(items.iter().map(setting).collect()),
        toml::Value::Table(table) => {
            if let Some(seconds) = table.get("seconds").and_then(number) {
                return Value::Seconds(seconds);
            }
            let part = |name: &str| table.get(name).map(setting);
            let (Some(failures), Some(cool_off)) = (part("failures"), part("cooloff")) else {
                panic!("a table is a time in seconds or a tier, not {table:?}");
            };
            Value::Tier(Box::new(failures), Box::new(cool_off))
        }
        toml::Value::Datetime(time) => panic!("no setting is a point in time like {time}"),
    }
}

impl Who {
    /// The attempt.
    pub(super) fn attempt(&self) -> Attempt {
        let address = |text: &String| text.parse().unwrap_or_else(|_| panic!("address {text}"));
        let mut attempt = Attempt::new(self.ip.as_ref().map(address));
        attempt.username.clone_from(&self.username);
        attempt.client.user_agent.clone_from(&self.user_agent);
        if let Some(method) = &self.method {
            attempt.method.clone_from(method);
        }
        attempt
    }
}

impl Selected {
    /// The selector.
    pub(super) fn selector(&self, ipv6_prefix: u8) -> Selector {
        let address = |text: &String| text.parse().unwrap_or_else(|_| panic!("address {text}"));
        let address = self.ip.as_ref().map(address);
        Selector::new(self.username.as_deref(), address, ipv6_prefix)
    }
}

impl Entered {
    /// Whom it names.
    ///
    /// # Panics
    /// When it names nobody, or both.
    #[must_use]
    pub fn target(&self) -> Banned {
        match (&self.username, &self.network) {
            (Some(username), None) => Banned::username(username).expect("a username"),
            (None, Some(network)) => Banned::network(network).expect("a network"),
            _ => panic!("a ban is of a username or of a network, not {self:?}"),
        }
    }
}

impl RetryAfter {
    /// Whether that is what was told, `None` meaning never.
    pub(super) fn is(&self, told: Option<Duration>) -> bool {
        match self {
            Self::Seconds(seconds) => told == Some(Duration::from_secs_f64(*seconds)),
            Self::Never(word) => {
                assert_eq!(word, "never", "a time left is a number or \"never\"");
                told.is_none()
            }
        }
    }
}
