//! A policy in words.

use axes_core::{CoolOff, Policy, Scope};

use crate::output::{count, length};

/// What leads to a lockout, and how long one lasts.
pub(crate) fn in_words(policy: &Policy) -> String {
    if !policy.enabled {
        return "Axes is switched off, so nobody is locked out".to_owned();
    }
    if !policy.lock_out {
        return "failures are counted and nobody is locked out".to_owned();
    }
    let scopes: Vec<String> = policy.scopes.iter().map(|scope| of(*scope)).collect();
    let scopes = scopes.join(" or of one ");
    let limit = failures(policy.limit);
    match &policy.cool_off {
        CoolOff::Never => format!("{limit} of one {scopes} lock out until somebody lifts it"),
        CoolOff::After(time) => {
            let time = length(*time);
            format!("{limit} of one {scopes} lock out, until {time} after the last")
        }
        CoolOff::Tiers(tiers) => {
            let step = |tier: &axes_core::Tier| {
                format!("{} for {}", failures(tier.failures), length(tier.cool_off))
            };
            let steps: Vec<String> = tiers.iter().map(step).collect();
            format!("failures of one {scopes} lock out: {}", steps.join(", "))
        }
    }
}

fn failures(number: u32) -> String {
    count(number.into(), "failure", "failures")
}

/// The name of a scope, as people read it.
fn of(scope: Scope) -> String {
    let names: Vec<&str> = scope
        .parameters()
        .map(|parameter| match parameter.name() {
            "ip_address" => "address",
            "user_agent" => "user agent",
            name => name,
        })
        .collect();
    names.join(" and ")
}
