//! What `explain` found out, as people and programs read it.

use std::net::IpAddr;

use axes_core::{Parts, Reason, Timestamp};
use serde::Serialize;

use super::candidates::{Found, Place};
use super::{Asked, Meets};
use crate::cli::list;
use crate::cli::records::{PolicyShape, RecordShape, seconds, whom};
use crate::context::Context;
use crate::output::{Table, document, rfc3339};
use crate::{Failure, Host};

/// How many records people are shown.
const RECORDS: usize = 10;

pub(super) struct Answer<'a> {
    pub(super) asked: &'a Asked,
    pub(super) meets: &'a Meets,
    pub(super) found: &'a Found,
    pub(super) address: Option<IpAddr>,
}

#[derive(Serialize)]
struct Shape<'a> {
    /// Whether an attempt would be refused; null where that depends on what was not named.
    refused: Option<bool>,
    reason: Option<&'static str>,
    seconds_left: Option<u64>,
    counted: Vec<PlaceShape<'a>>,
    not_known: Vec<String>,
    on_allowlist: Option<bool>,
    on_denylist: Option<bool>,
    records: Vec<RecordShape<'a>>,
    more_records: bool,
    policy: PolicyShape,
}

#[derive(Serialize)]
struct PlaceShape<'a> {
    counted_on: String,
    username: Option<&'a str>,
    network: Option<String>,
    user_agent: Option<&'a str>,
    /// Whether all of it was named; otherwise a record says so.
    named: bool,
    locked_out: bool,
    failures: u32,
    limit: Option<u32>,
    being_checked: u32,
    since: Option<String>,
    until: Option<String>,
}

impl Answer<'_> {
    pub(super) fn write_json(&self, context: &Context, host: &mut Host<'_>) -> Result<(), Failure> {
        let (refused, refusal) = match self.meets {
            Meets::Refused(refusal) => (Some(true), Some(refusal)),
            Meets::Admitted => (Some(false), None),
            Meets::Depends => (None, None),
        };
        let policy = &context.policy;
        let on = |list: &axes_core::Networks| self.address.map(|address| list.contains(address));
        let shape = Shape {
            refused,
            reason: refusal.map(|refusal| refusal.reason.name()),
            seconds_left: refusal.and_then(|refusal| refusal.retry_after).map(seconds),
            counted: self
                .found
                .places
                .iter()
                .map(|place| place.shape(context))
                .collect(),
            not_known: self.found.unknown.iter().map(ToString::to_string).collect(),
            on_allowlist: on(&policy.allowlist),
            on_denylist: on(&policy.denylist),
            records: self.found.records.iter().map(RecordShape::of).collect(),
            more_records: self.found.more,
            policy: PolicyShape::of(context),
        };
        Ok(document(host.stdout, &shape)?)
    }

    pub(super) fn write(&self, context: &Context, host: &mut Host<'_>) -> Result<(), Failure> {
        writeln!(host.stdout, "{}", self.headline(context))?;
        if !self.found.places.is_empty() {
            writeln!(host.stdout)?;
            let mut table = Table::new(host.terminal.width, ["counted on", "failures", "state"]);
            for place in &self.found.places {
                let on = whom(&values(&place.parts));
                let on = if host.terminal.width.is_some() {
                    on
                } else {
                    on.replace('\n', ", ")
                };
                table.add([on, place.failures(context), place.state(context)]);
            }
            table.write(host.stdout)?;
        }
        for scope in &self.found.unknown {
            writeln!(
                host.stdout,
                "\nNothing is known about {scope}: name it, too; no record tells it."
            )?;
        }
        for line in self.lists(context) {
            writeln!(host.stdout, "\n{line}")?;
        }
        let records = &self.found.records;
        if records.is_empty() {
            writeln!(host.stdout, "\nNo failed attempts are recorded.")?;
        } else {
            writeln!(host.stdout, "\nRecorded:")?;
            let shown = records
                .get(..RECORDS.min(records.len()))
                .unwrap_or_default();
            list::write_table(shown, context, host)?;
            if records.len() > RECORDS || self.found.more {
                writeln!(host.stdout, "… and more: see `axes list`")?;
            }
        }
        writeln!(host.stdout, "\n{}", context.judged_by())?;
        Ok(())
    }

    fn headline(&self, context: &Context) -> String {
        let who = self.asked.who.in_words();
        let mut who: String = who;
        if let Some(first) = who.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        match self.meets {
            Meets::Refused(refusal) if refusal.reason == Reason::LockedOut => {
                let left = refusal.retry_after;
                let until = left.map(|left| context.now.plus(left));
                format!("{who} is locked out, {}.", until_when(until, context))
            }
            Meets::Refused(refusal) => {
                format!(
                    "{who} is refused: {}.",
                    refusal.reason.name().replace('_', " ")
                )
            }
            Meets::Admitted if !context.policy.enabled => {
                format!("{who} is not locked out: Axes is switched off.")
            }
            Meets::Admitted => {
                let most = self
                    .found
                    .places
                    .iter()
                    .max_by_key(|place| place.tally.failures);
                let failures = most.map_or_else(
                    || "nothing is counted".to_owned(),
                    |place| format!("{} failures", place.failures(context)),
                );
                format!("{who} is not locked out: {failures}.")
            }
            Meets::Depends => {
                let locked_out = self
                    .found
                    .places
                    .iter()
                    .filter(|place| place.lockout.is_some());
                match locked_out.count() {
                    0 => format!("{who} is not locked out, as far as records tell."),
                    _ => format!(
                        "{who} is locked out in part: it depends on where an attempt comes from."
                    ),
                }
            }
        }
    }

    /// What lists say of the address.
    fn lists(&self, context: &Context) -> Vec<String> {
        let Some(address) = self.address else {
            return Vec::new();
        };
        let policy = &context.policy;
        let mut lines = Vec::new();
        if policy.denylist.contains(address) {
            lines.push(format!(
                "{address} is on the denylist: it is always refused."
            ));
        }
        if policy.allowlist.contains(address) {
            let means = if policy.never_lock_out_allowlist {
                "it is never locked out"
            } else if policy.only_allowlist {
                "it may log in, and is locked out like others"
            } else {
                "that has no effect without AXES_NEVER_LOCKOUT_WHITELIST or AXES_ONLY_WHITELIST"
            };
            lines.push(format!("{address} is on the allowlist: {means}."));
        } else if policy.only_allowlist {
            lines.push(format!(
                "{address} is not on the allowlist, and only those may log in."
            ));
        }
        lines
    }
}

impl Place {
    fn shape(&self, context: &Context) -> PlaceShape<'_> {
        let lockout = self.lockout.as_ref();
        PlaceShape {
            counted_on: self.scope.to_string(),
            username: self.parts.username.as_deref(),
            network: self.parts.network.map(|network| network.to_string()),
            user_agent: self.parts.user_agent.as_deref(),
            named: self.is_named,
            locked_out: lockout.is_some(),
            failures: self.tally.failures,
            limit: context.judge().limit(),
            being_checked: self.tally.in_flight(),
            since: lockout.map(|lockout| rfc3339(lockout.since)),
            until: self.forgotten().map(rfc3339),
        }
    }

    /// When its failures are forgotten, if they are.
    fn forgotten(&self) -> Option<Timestamp> {
        let expires = self.tally.expires;
        (self.tally.failures > 0 && expires != Timestamp::NEVER).then_some(expires)
    }

    fn failures(&self, context: &Context) -> String {
        match context.judge().limit() {
            Some(limit) => format!("{} of {limit}", self.tally.failures),
            None => self.tally.failures.to_string(),
        }
    }

    fn state(&self, context: &Context) -> String {
        let times = &context.times;
        if let Some(lockout) = &self.lockout {
            let since = times.minutes(lockout.since);
            return format!(
                "locked out since {since}, {}",
                until_when(lockout.until, context)
            );
        }
        let mut state = "not locked out".to_owned();
        if self.tally.failures > 0 {
            let forgotten = self.forgotten().map_or_else(
                || "; failures are never forgotten".to_owned(),
                |time| format!("; failures are forgotten {}", times.relative(time)),
            );
            state.push_str(&forgotten);
        }
        if self.tally.in_flight() > 0 {
            let checked = format!("; {} being checked now", self.tally.in_flight());
            state.push_str(&checked);
        }
        state
    }
}

fn until_when(until: Option<Timestamp>, context: &Context) -> String {
    until.map_or_else(
        || "until it is lifted".to_owned(),
        |time| format!("until {}", context.times.relative(time)),
    )
}

/// Values as a lockout shows them.
fn values(parts: &Parts) -> Vec<(&'static str, String)> {
    let network = parts.network.map(|network| {
        if network.prefix_len() == network.max_prefix_len() {
            network.addr().to_string()
        } else {
            network.to_string()
        }
    });
    [
        ("username", parts.username.clone()),
        ("ip_address", network),
        ("user_agent", parts.user_agent.clone()),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect()
}
