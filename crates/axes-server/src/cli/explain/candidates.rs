//! The tallies that an attempt may count in.

use std::collections::BTreeSet;
use std::sync::Arc;

use axes_core::{
    Attempt, Batch, Lockout, Op, Parts, Peek, Reply, Scope, Selector, Suspect, Tally, network_of,
    normalize_username,
};
use axes_stores::{Past, Recorded};

use super::Asked;
use crate::Failure;
use crate::cli::records::SLICE;
use crate::context::Context;

/// How many records are looked at.
const RECORDS: usize = 1000;
/// How many tallies are looked at, where what was not named leaves a choice.
const TALLIES: usize = 100;

/// What was found out.
pub(super) struct Found {
    /// The tallies, those that refuse first.
    pub(super) places: Vec<Place>,
    /// Scopes about which nothing can be said: no value of theirs is known.
    pub(super) unknown: Vec<Scope>,
    /// Whether the attempt counts in those tallies and no others.
    pub(super) is_whole: bool,
    /// What led there, the last first.
    pub(super) records: Vec<Recorded>,
    /// Whether there are more records.
    pub(super) more: bool,
}

/// A tally that the attempt counts in, or may.
pub(super) struct Place {
    pub(super) scope: Scope,
    pub(super) parts: Parts,
    /// Whether all its values were named.
    pub(super) is_named: bool,
    pub(super) tally: Tally,
    pub(super) lockout: Option<Lockout>,
}

/// Looks at them all.
pub(super) fn find(
    asked: &Asked,
    attempt: &Attempt,
    who: Selector,
    context: &Context,
) -> Result<Found, Failure> {
    let (mut records, more) = records(who, context)?;
    records.sort_by_key(|record| std::cmp::Reverse(record.time));
    let mut named = context.engine().parts(attempt);
    if asked.user_agent.is_none() {
        named.user_agent = None;
    }
    let mut chosen: Vec<(Scope, Parts, bool)> = Vec::new();
    let (mut unknown, mut is_whole) = (Vec::new(), true);
    for scope in context.policy.scopes.iter().copied() {
        if let Some(parts) = scope.project(&named) {
            chosen.push((scope, parts, true));
            continue;
        }
        is_whole = false;
        let mut others = BTreeSet::new();
        for record in &records {
            let parts = completed(&named, record, context.policy.ipv6_prefix);
            others.extend(scope.project(&parts));
            if others.len() >= TALLIES {
                break;
            }
        }
        if others.is_empty() {
            unknown.push(scope);
        }
        chosen.extend(others.into_iter().map(|parts| (scope, parts, false)));
    }
    let tallies = tallies(&chosen, context)?;
    let judge = context.judge();
    let mut places: Vec<Place> = chosen
        .into_iter()
        .zip(tallies)
        .map(|((scope, parts, is_named), tally)| {
            let suspect = Suspect {
                key: parts.key(),
                parts: parts.clone(),
                tally: tally.clone(),
            };
            Place {
                scope,
                parts,
                is_named,
                tally,
                lockout: judge.lockout(suspect, context.now),
            }
        })
        .collect();
    places.sort_by_key(|place| (!place.is_named, place.lockout.is_none()));
    Ok(Found {
        places,
        unknown,
        is_whole,
        records,
        more,
    })
}

fn records(who: Selector, context: &Context) -> Result<(Vec<Recorded>, bool), Failure> {
    let past = Past { who, since: None };
    let mut records = Vec::new();
    let mut from = None;
    loop {
        let slice = context
            .store
            .recorded(&past, from.as_ref(), SLICE, context.now);
        let slice = context.told(slice)?;
        records.extend(slice.items);
        from = slice.next;
        if from.is_none() || records.len() >= RECORDS {
            return Ok((records, from.is_some()));
        }
    }
}

/// What was `named`, and for the rest what `record` says.
fn completed(named: &Parts, record: &Recorded, ipv6_prefix: u8) -> Parts {
    let network = || Some(network_of(record.ip_address?, ipv6_prefix));
    let username = || normalize_username(record.username.as_deref()?);
    Parts {
        username: named.username.clone().or_else(username),
        network: named.network.or_else(network),
        user_agent: named.user_agent.clone().or(Some(record.user_agent.clone())),
    }
}

fn tallies(chosen: &[(Scope, Parts, bool)], context: &Context) -> Result<Vec<Tally>, Failure> {
    let terms = Arc::new(context.judge().terms().clone());
    let peek = |(_, parts, _): &(Scope, Parts, bool)| {
        Op::Peek(Peek {
            key: parts.key(),
            parts: parts.clone(),
            terms: Arc::clone(&terms),
        })
    };
    let replies = context.execute(&Batch::new(chosen.iter().map(peek).collect()))?;
    let seen = |reply| match reply {
        Reply::Seen(tally) => tally,
        Reply::Taken { .. }
        | Reply::Counted { .. }
        | Reply::Removed(_)
        | Reply::Done
        | Reply::Skipped => Tally::blank(0),
    };
    Ok(replies.into_iter().map(seen).collect())
}
