//! What the operator configured: the store, and the policy to judge by.

use std::path::PathBuf;

use axes_core::{CoolOff, Policy};
use axes_settings::{Settings, Value};

use crate::cli::Common;
use crate::{Failure, Host, StoreUrl};

/// The configuration of one run, from flags, environment and file.
#[derive(Debug)]
pub(crate) struct Configuration {
    pub(crate) settings: Settings,
    pub(crate) url: StoreUrl,
    /// The file that was read, if any.
    pub(crate) file: Option<PathBuf>,
}

impl Configuration {
    /// Reads it all.
    pub(crate) fn read(
        common: &Common,
        flags: Vec<(String, Value)>,
        host: &Host<'_>,
    ) -> Result<Self, Failure> {
        let settings = Settings::from_values(flags)
            .map_err(|problems| Failure::Configuration(problems.iter().map(ToString::to_string).collect()))?;
        let url = common
            .store
            .clone()
            .or_else(|| host.variable("AXES_STORE").map(str::to_owned))
            .map_or_else(StoreUrl::default, StoreUrl::new);
        Ok(Self {
            settings,
            url,
            file: None,
        })
    }

    /// Where the policy comes from, as people are told.
    pub(crate) fn source(&self) -> String {
        self.file.as_ref().map_or_else(
            || "the defaults, because there is no axes.toml".to_owned(),
            |file| file.display().to_string(),
        )
    }
}

/// `policy` in words: what leads to a lockout, and how long one lasts.
pub(crate) fn in_words(policy: &Policy) -> String {
    if !policy.enabled {
        return "Axes is switched off, so nobody is locked out".to_owned();
    }
    if !policy.lock_out {
        return "failures are counted and nobody is locked out".to_owned();
    }
    let scopes: Vec<String> = policy.scopes.iter().map(|scope| by(&scope.to_string())).collect();
    let scopes = scopes.join(", or ");
    match &policy.cool_off {
        CoolOff::Never => format!("{} by {scopes}, until it is lifted", failures(policy.limit)),
        CoolOff::After(time) => format!(
            "{} by {scopes}, for {} after the last",
            failures(policy.limit),
            crate::output::length(*time)
        ),
        CoolOff::Tiers(tiers) => {
            let steps: Vec<String> = tiers
                .iter()
                .map(|tier| format!("{} for {}", failures(tier.failures), crate::output::length(tier.cool_off)))
                .collect();
            format!("by {scopes}: {}", steps.join(", "))
        }
    }
}

fn failures(number: u32) -> String {
    crate::output::count(number.into(), "failure", "failures")
}

/// The name of a scope, as people read it.
fn by(scope: &str) -> String {
    let names: Vec<&str> = scope
        .split('+')
        .map(|name| match name {
            "ip_address" => "address",
            "user_agent" => "user agent",
            name => name,
        })
        .collect();
    names.join(" and ")
}
