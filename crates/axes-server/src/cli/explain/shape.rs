//! What `explain` found out, as programs read it.

use serde::Serialize;

use super::Meets;
use super::answer::Answer;
use crate::cli::bans::BanShape;
use crate::cli::candidates::Place;
use crate::cli::policy::PolicyShape;
use crate::cli::records::{RecordShape, seconds};
use crate::context::Context;
use crate::output::{document, rfc3339};
use crate::{Failure, Host};

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
    bans: Vec<BanShape<'a>>,
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
            bans: self
                .bans
                .iter()
                .map(|ban| BanShape::of(ban, context.now))
                .collect(),
            records: self.found.records.iter().map(RecordShape::of).collect(),
            more_records: self.found.more,
            policy: PolicyShape::of(context),
        };
        Ok(document(host.stdout, &shape)?)
    }
}

impl Place {
    fn shape(&self, context: &Context) -> PlaceShape<'_> {
        let lockout = self.lockout.as_ref();
        PlaceShape {
            counted_on: self
                .parts
                .scope()
                .map_or_else(String::new, |scope| scope.to_string()),
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
}
