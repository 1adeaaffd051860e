//! What `explain` found out, as people read it.

use std::io;
use std::net::IpAddr;

use axes_core::{Ban, Parameter, Reason, Timestamp};

use super::{Asked, Meets};
use crate::cli::bans;
use crate::cli::candidates::{Found, Place};
use crate::cli::list;
use crate::cli::records::{values, whom};
use crate::context::Context;
use crate::output::{Table, shown, write_wrapped};
use crate::{Failure, Host};

/// How many records people are shown.
const RECORDS: usize = 10;

pub(super) struct Answer<'a> {
    pub(super) asked: &'a Asked,
    pub(super) meets: &'a Meets,
    pub(super) found: &'a Found,
    pub(super) address: Option<IpAddr>,
    /// The bans that refuse it.
    pub(super) bans: &'a [Ban],
}

impl Answer<'_> {
    pub(super) fn write(&self, context: &Context, host: &mut Host<'_>) -> Result<(), Failure> {
        write_wrapped(host, &self.headline(context))?;
        if !self.found.places.is_empty() {
            writeln!(host.stdout)?;
            self.write_places(context, host)?;
        }
        for line in self.remarks(context) {
            writeln!(host.stdout)?;
            write_wrapped(host, &line)?;
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
        writeln!(host.stdout)?;
        Ok(context.write_judged_by(host)?)
    }

    fn write_places(&self, context: &Context, host: &mut Host<'_>) -> io::Result<()> {
        let header = ["counted on", "failures", "state"];
        let mut table = Table::new(host.terminal.width, header);
        for place in &self.found.places {
            let on = whom(&values(&place.parts));
            // Where there is no terminal, one line each.
            let is_terminal = host.terminal.width.is_some();
            let on = if is_terminal {
                on
            } else {
                on.replace('\n', ", ")
            };
            table.add([on, place.failures(context), place.state(context)]);
        }
        table.write(host.stdout)
    }

    /// What there is to say beside the tallies.
    fn remarks(&self, context: &Context) -> Vec<String> {
        let unknown = self.found.unknown.iter().map(|scope| {
            let flags: Vec<&str> = scope.parameters().map(flag).collect();
            let flags = flags.join(" and ");
            format!(
                "Failures are counted on {scope}, too, and no record tells which: name it with {flags}."
            )
        });
        let bans = self.bans.iter().map(|ban| {
            let target = bans::whom(&ban.target);
            let until = until_when(bans::end(ban), context);
            let (author, reason) = (shown(&ban.author), shown(&ban.reason));
            format!("Banned: {target}, {until}, by {author}: {reason}")
        });
        unknown.chain(bans).chain(self.lists(context)).collect()
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
            Meets::Refused(refusal) if refusal.reason == Reason::Banned => {
                format!("{who} is banned.")
            }
            Meets::Refused(refusal) => {
                format!(
                    "{who} is refused: {}.",
                    refusal.reason.name().replace('_', " ")
                )
            }
            Meets::Admitted if self.is_exempt(context) => {
                format!("{who} is never locked out: on the allowlist.")
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

    fn is_exempt(&self, context: &Context) -> bool {
        let policy = &context.policy;
        let listed = |address| policy.allowlist.contains(address);
        policy.never_lock_out_allowlist && self.address.is_some_and(listed)
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
    /// When its failures are forgotten, if they are.
    pub(super) fn forgotten(&self) -> Option<Timestamp> {
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

/// The option that names it.
const fn flag(parameter: Parameter) -> &'static str {
    match parameter {
        Parameter::Username => "--username",
        Parameter::IpAddress => "--ip",
        Parameter::UserAgent => "--user-agent",
    }
}
