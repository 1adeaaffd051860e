//! Records, lines of the log and lockouts, as programs and people read them.

use std::time::Duration;

use axes_core::{Lockout, Timestamp};
use axes_stores::{Happened, Logged, Recorded};
use serde::Serialize;

use crate::context::Context;
use crate::output::{rfc3339, shown};

/// How many are asked for at once.
pub(crate) const SLICE: u32 = 1000;

/// A record.
#[derive(Debug, Serialize)]
pub(crate) struct RecordShape<'a> {
    pub(crate) username: Option<&'a str>,
    pub(crate) ip_address: Option<String>,
    pub(crate) user_agent: &'a str,
    pub(crate) path: &'a str,
    pub(crate) failures: u32,
    pub(crate) time: String,
}

impl<'a> RecordShape<'a> {
    /// The names of its cells.
    pub(crate) const NAMES: [&'static str; 6] = [
        "username",
        "ip_address",
        "user_agent",
        "path",
        "failures",
        "time",
    ];

    pub(crate) fn of(record: &'a Recorded) -> Self {
        Self {
            username: record.username.as_deref(),
            ip_address: record.ip_address.map(|address| address.to_string()),
            user_agent: &record.user_agent,
            path: &record.path_info,
            failures: record.failures,
            time: rfc3339(record.time),
        }
    }

    pub(crate) fn cells(&self) -> [String; 6] {
        [
            self.username.unwrap_or_default().to_owned(),
            self.ip_address.clone().unwrap_or_default(),
            self.user_agent.to_owned(),
            self.path.to_owned(),
            self.failures.to_string(),
            self.time.clone(),
        ]
    }
}

/// A line of the audit log.
#[derive(Debug, Serialize)]
pub(crate) struct LineShape<'a> {
    pub(crate) time: String,
    pub(crate) event: &'static str,
    pub(crate) username: Option<&'a str>,
    pub(crate) ip_address: Option<String>,
    pub(crate) user_agent: &'a str,
    pub(crate) path: &'a str,
    /// When the session ended that began here.
    pub(crate) logged_out: Option<String>,
}

impl<'a> LineShape<'a> {
    /// The names of its cells.
    pub(crate) const NAMES: [&'static str; 7] = [
        "time",
        "event",
        "username",
        "ip_address",
        "user_agent",
        "path",
        "logged_out",
    ];

    pub(crate) fn of(line: &'a Logged) -> Self {
        let logged_out = match line.what {
            Happened::Success { logged_out } => logged_out.map(rfc3339),
            Happened::Failure { .. } => None,
        };
        Self {
            time: rfc3339(line.time),
            event: event(line.what),
            username: line.username.as_deref(),
            ip_address: line.ip_address.map(|address| address.to_string()),
            user_agent: &line.user_agent,
            path: &line.path_info,
            logged_out,
        }
    }

    pub(crate) fn cells(&self) -> [String; 7] {
        [
            self.time.clone(),
            self.event.to_owned(),
            self.username.unwrap_or_default().to_owned(),
            self.ip_address.clone().unwrap_or_default(),
            self.user_agent.to_owned(),
            self.path.to_owned(),
            self.logged_out.clone().unwrap_or_default(),
        ]
    }
}

/// The name of what happened.
pub(crate) const fn event(what: Happened) -> &'static str {
    match what {
        Happened::Success { .. } => "success",
        Happened::Failure { locked_out: false } => "failure",
        Happened::Failure { locked_out: true } => "locked_out",
    }
}

/// A lockout.
#[derive(Debug, Serialize)]
pub(crate) struct LockoutShape<'a> {
    pub(crate) counted_on: String,
    pub(crate) username: Option<&'a str>,
    pub(crate) network: Option<String>,
    pub(crate) user_agent: Option<&'a str>,
    pub(crate) failures: u32,
    pub(crate) limit: Option<u32>,
    pub(crate) since: String,
    pub(crate) until: Option<String>,
    pub(crate) seconds_left: Option<u64>,
    pub(crate) refused_anyway: Option<&'static str>,
}

impl<'a> LockoutShape<'a> {
    /// The names of its cells.
    pub(crate) const NAMES: [&'static str; 10] = [
        "counted_on",
        "username",
        "network",
        "user_agent",
        "failures",
        "limit",
        "since",
        "until",
        "seconds_left",
        "refused_anyway",
    ];

    pub(crate) fn of(lockout: &'a Lockout, now: Timestamp) -> Self {
        Self {
            counted_on: lockout.scope.to_string(),
            username: lockout.parts.username.as_deref(),
            network: lockout.parts.network.map(|network| network.to_string()),
            user_agent: lockout.parts.user_agent.as_deref(),
            failures: lockout.failures,
            limit: lockout.limit,
            since: rfc3339(lockout.since),
            until: lockout.until.map(rfc3339),
            seconds_left: lockout.until.and_then(|until| until.left(now)).map(seconds),
            refused_anyway: lockout.refused_anyway.map(axes_core::Reason::name),
        }
    }

    pub(crate) fn cells(&self) -> [String; 10] {
        fn number(number: Option<impl ToString>) -> String {
            number.map_or_else(String::new, |number| number.to_string())
        }
        [
            self.counted_on.clone(),
            self.username.unwrap_or_default().to_owned(),
            self.network.clone().unwrap_or_default(),
            self.user_agent.unwrap_or_default().to_owned(),
            self.failures.to_string(),
            number(self.limit),
            self.since.clone(),
            self.until.clone().unwrap_or_default(),
            number(self.seconds_left),
            self.refused_anyway.unwrap_or_default().to_owned(),
        ]
    }
}

/// Whole seconds, rounded up: whoever waits that long has waited long enough.
pub(crate) fn seconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis().div_ceil(1000)).unwrap_or(u64::MAX)
}

/// Whom a lockout is about: `username ada`, a line each.
pub(crate) fn whom(values: &[(&'static str, String)]) -> String {
    let lines: Vec<String> = values
        .iter()
        .map(|(name, value)| {
            let name = match *name {
                "ip_address" => "address",
                "user_agent" => "user agent",
                name => name,
            };
            format!("{name} {}", shown(value))
        })
        .collect();
    lines.join("\n")
}

/// The policy that was judged by.
#[derive(Debug, Serialize)]
pub(crate) struct PolicyShape {
    enabled: bool,
    lock_out: bool,
    failure_limit: Option<u32>,
    counted_on: Vec<String>,
    cool_off_seconds: Option<u64>,
    tiers: Vec<TierShape>,
    source: String,
}

#[derive(Debug, Serialize)]
struct TierShape {
    failures: u32,
    cool_off_seconds: u64,
}

impl PolicyShape {
    pub(crate) fn of(context: &Context) -> Self {
        use axes_core::CoolOff;
        let policy = &context.policy;
        let (cool_off, tiers) = match &policy.cool_off {
            CoolOff::Never => (None, &[][..]),
            CoolOff::After(time) => (Some(seconds(*time)), &[][..]),
            CoolOff::Tiers(tiers) => (None, tiers.as_slice()),
        };
        let tier = |tier: &axes_core::Tier| TierShape {
            failures: tier.failures,
            cool_off_seconds: seconds(tier.cool_off),
        };
        Self {
            enabled: policy.enabled,
            lock_out: policy.lock_out,
            failure_limit: context.judge().limit(),
            counted_on: policy.scopes.iter().map(ToString::to_string).collect(),
            cool_off_seconds: cool_off,
            tiers: tiers.iter().map(tier).collect(),
            source: context.configuration.source(),
        }
    }
}
