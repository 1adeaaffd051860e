//! What the configuration shows.

use axes_core::{CoolOff, Parameter, Policy};
use axes_settings::{OnStoreError, Settings};

use super::finding::Finding;
use crate::configuration::Configuration;

/// The most failures that still stop somebody who guesses.
const MANY: u32 = 100;

/// All there is to say of `configuration`.
pub(super) fn findings(configuration: &Configuration) -> Vec<Finding> {
    let problems: Vec<Finding> = configuration
        .problems
        .iter()
        .map(|problem| {
            let id = if problem.unknown {
                "axes.E010"
            } else {
                "axes.E001"
            };
            Finding::new(id, problem.to_string(), "")
        })
        .collect();
    if !problems.is_empty() {
        // What was meant is not known.
        return problems;
    }
    let settings = &configuration.settings;
    let policy = settings.policy();
    let mut findings = guarding(settings, &policy);
    findings.extend(lists(&policy));
    findings.extend(forwarding(settings));
    if configuration.file.is_none() && configuration.source().starts_with("the defaults") {
        findings.push(Finding::new(
            "axes.I101",
            "nothing is configured here, so lockouts are judged by the defaults",
            "Put the values of the site's AXES_ settings into axes.toml, or name it with --config.",
        ));
    }
    findings
}

/// Whether anybody is locked out, and who could lock out others.
fn guarding(settings: &Settings, policy: &Policy) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !policy.enabled {
        findings.push(Finding::new(
            "axes.W102",
            "Axes is switched off (AXES_ENABLED): nothing is counted, nobody is locked out",
            "Switch it on.",
        ));
    } else if !policy.lock_out {
        findings.push(Finding::new(
            "axes.W103",
            "nobody is locked out (AXES_LOCK_OUT_AT_FAILURE): failures are only counted",
            "Switch it on once the counts look right.",
        ));
    }
    let has_address = |scope: &axes_core::Scope| scope.has(Parameter::IpAddress);
    if !policy.scopes.iter().any(has_address) {
        findings.push(Finding::new(
            "axes.W006",
            "nothing that is counted has the address in it: anybody can lock an account, and one address \
             can try one password on all of them",
            "Count by ip_address too, in AXES_LOCKOUT_PARAMETERS.",
        ));
    }
    if policy.cool_off == CoolOff::Never {
        let never = "without a cool-off (AXES_COOLOFF_TIME) nothing is ever forgotten: who is locked out \
                     stays so until somebody lifts it, and records are never purged";
        findings.push(Finding::new(
            "axes.I102",
            never,
            "Set one, such as 15m, or AXES_LOCKOUT_TIERS.",
        ));
    }
    if policy.limit >= MANY {
        findings.push(Finding::new(
            "axes.W104",
            format!(
                "{} failures lead to a lockout: common passwords are guessed by then",
                policy.limit
            ),
            "Use a limit of 3 to 10 (AXES_FAILURE_LIMIT).",
        ));
    }
    let set = |name| settings.origin(name).is_some();
    let tiers = matches!(policy.cool_off, CoolOff::Tiers(_));
    if tiers && (set("AXES_FAILURE_LIMIT") || set("AXES_COOLOFF_TIME")) {
        findings.push(Finding::new(
            "axes.W007",
            "AXES_LOCKOUT_TIERS stands for the failure limit and the cool-off, which are set too and have \
             no effect",
            "Remove AXES_FAILURE_LIMIT and AXES_COOLOFF_TIME.",
        ));
    }
    if settings.on_store_error() == OnStoreError::Allow {
        findings.push(Finding::new(
            "axes.W105",
            "while the store does not answer, attempts are let through uncounted (AXES_ON_STORE_ERROR)",
            "Refuse them, unless nobody can bring the store to its knees.",
        ));
    }
    if policy.never_lock_out_get {
        findings.push(Finding::new(
            "axes.W106",
            "GET requests are never refused (AXES_NEVER_LOCKOUT_GET): who can log in by one guesses freely",
            "Switch it off, unless no GET request logs anybody in.",
        ));
    }
    findings
}

/// What the lists of addresses do.
fn lists(policy: &Policy) -> Vec<Finding> {
    let mut findings = Vec::new();
    if policy.only_allowlist && policy.allowlist.is_empty() {
        findings.push(Finding::new(
            "axes.E107",
            "only addresses on the allowlist may log in (AXES_ONLY_WHITELIST), and there are none: nobody \
             can log in",
            "Name some in AXES_IP_WHITELIST.",
        ));
    }
    let used = policy.only_allowlist || policy.never_lock_out_allowlist;
    if !policy.allowlist.is_empty() && !used {
        findings.push(Finding::new(
            "axes.W108",
            "the allowlist (AXES_IP_WHITELIST) has no effect",
            "Switch on AXES_NEVER_LOCKOUT_WHITELIST or AXES_ONLY_WHITELIST, or remove it.",
        ));
    }
    findings
}

/// Whose forwarding headers are believed.
fn forwarding(settings: &Settings) -> Vec<Finding> {
    let forwarded = settings.forwarded();
    let believes = settings
        .address_sources()
        .iter()
        .any(|source| source != "REMOTE_ADDR");
    let bounded = forwarded.proxy_count.is_some() || !forwarded.trusted.is_empty();
    if !believes || bounded {
        return Vec::new();
    }
    vec![Finding::new(
        "axes.W109",
        "forwarding headers are believed whoever sends them (AXES_IPWARE_META_PRECEDENCE_ORDER): a client \
         chooses its own address, and is never locked out by it",
        "Say which proxies there are (AXES_IPWARE_PROXY_TRUSTED_IPS), or how many of them stand in the header \
         behind the client (AXES_IPWARE_PROXY_COUNT): 0 where there is one proxy.",
    )]
}
