//! The policy by which lockouts are judged, as programs read it.

use axes_core::{CoolOff, Tier};
use serde::Serialize;

use super::records::seconds;
use crate::context::Context;

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
        let policy = &context.policy;
        let (cool_off, tiers) = match &policy.cool_off {
            CoolOff::Never => (None, &[][..]),
            CoolOff::After(time) => (Some(seconds(*time)), &[][..]),
            CoolOff::Tiers(tiers) => (None, tiers.as_slice()),
        };
        let tier = |tier: &Tier| TierShape {
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
