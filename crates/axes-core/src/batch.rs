//! The data that a store executes.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use crate::{Heed, Parts, Record, Scope, ScopeKey, Slot, Taken, Tally, Terms, Timestamp};

/// What to do with an attempt that a tally refuses because it is locked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnLocked {
    /// Count it too: the cool-off starts again. The ops write what is recorded of it, in the same step
    /// where a store can.
    Count(Arc<[Op]>),
    /// Leave it as it is.
    Leave,
}

/// Takes a permit in one tally.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Take {
    /// The tally.
    pub key: ScopeKey,
    /// The values it counts on.
    pub parts: Parts,
    /// What the attempt is judged by.
    pub terms: Arc<Terms>,
    /// The epoch of the tally if this begins it.
    pub nonce: i64,
    /// What a lockout does with the attempt.
    pub on_locked: OnLocked,
}

impl Take {
    /// The ops that follow from what was `taken`: what is recorded of an attempt that is refused.
    #[must_use]
    pub fn consequences(&self, taken: Taken) -> &[Op] {
        match (taken, &self.on_locked) {
            (Taken::LockedOut { .. }, OnLocked::Count(ops)) => ops,
            _ => &[],
        }
    }

    /// What the op makes of the tally that a store found or made from its records.
    #[must_use]
    pub fn apply(&self, found: Option<Tally>, now: Timestamp) -> (Taken, Tally) {
        let mut tally = begun(found, self.nonce);
        let taken = tally.take(&self.terms, now, self.on_locked != OnLocked::Leave);
        (taken, tally)
    }
}

/// Counts one failure in one tally.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fail {
    /// The tally.
    pub key: ScopeKey,
    /// The values it counts on.
    pub parts: Parts,
    /// The slot of the permit that failed; none where the attempt had no permit.
    pub slot: Option<Slot>,
    /// What the attempt is judged by.
    pub terms: Arc<Terms>,
    /// The epoch of the tally if this begins it.
    pub nonce: i64,
    /// The tally as it was when the permit was taken, where the store told its version: if nobody
    /// has written it since, it need not be read again.
    pub seen: Option<Box<Tally>>,
}

impl Fail {
    /// What the op makes of the tally: whether a lockout began, and the tally after it.
    ///
    /// A tally that is made from records has this failure in it already, because a batch records
    /// before it counts.
    #[must_use]
    pub fn apply(&self, found: Option<Tally>, now: Timestamp) -> (bool, Tally) {
        let from_records = found
            .as_ref()
            .is_some_and(|tally| tally.epoch == 0 && tally.failures > 0);
        let mut tally = begun(found, self.nonce);
        if from_records {
            tally.forgive(1);
        }
        let newly_locked = tally.fail(self.slot, &self.terms, now);
        (newly_locked, tally)
    }
}

/// Gives one permit back to one tally. Does nothing to a tally that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GiveBack {
    /// The tally.
    pub key: ScopeKey,
    /// The permit's slot.
    pub slot: Slot,
    /// What the attempt is judged by.
    pub terms: Arc<Terms>,
    /// As in [`Fail::seen`].
    pub seen: Option<Box<Tally>>,
}

impl GiveBack {
    /// The tally after the op; one that [is blank](Tally::is_blank) may be deleted.
    #[must_use]
    pub fn apply(&self, mut found: Tally, now: Timestamp) -> Tally {
        found.give_back(self.slot, &self.terms, now);
        found
    }
}

/// Reads one tally as of now, changing nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peek {
    /// The tally.
    pub key: ScopeKey,
    /// The values it counts on.
    pub parts: Parts,
    /// What the attempt is judged by.
    pub terms: Arc<Terms>,
}

impl Peek {
    /// The tally as of `now`.
    #[must_use]
    pub fn apply(&self, found: Option<Tally>, now: Timestamp) -> Tally {
        let mut tally = found.unwrap_or(Tally::blank(0));
        tally.catch_up(now, &self.terms.cool_off);
        tally
    }
}

/// Forgets what a success proves to be its own: the failures of one username from one network.
///
/// Failures on other usernames from the same address stay counted, or an attacker could wash an
/// address clean with an account of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClearProven {
    /// The username and network whose records are deleted. Both are there.
    pub proven: Parts,
    /// The scopes whose tallies lose what those records added to them.
    pub scopes: Vec<Scope>,
    /// What the attempt is judged by.
    pub terms: Arc<Terms>,
}

impl ClearProven {
    /// What the tallies count on that a record with `parts` counts in.
    pub fn projections(&self, parts: &Parts) -> impl Iterator<Item = Parts> {
        self.scopes.iter().filter_map(|scope| scope.project(parts))
    }

    /// The tallies that a record with `parts` counts in.
    pub fn keys(&self, parts: &Parts) -> impl Iterator<Item = ScopeKey> {
        self.projections(parts).map(|parts| parts.key())
    }

    /// The tally after it has lost `failures`, each a number and the time of the last of them, of
    /// the records that are deleted. Those from before its first failure it had forgotten already.
    #[must_use]
    pub fn apply(
        &self,
        mut found: Tally,
        failures: impl IntoIterator<Item = (u32, Timestamp)>,
        now: Timestamp,
    ) -> Tally {
        found.catch_up(now, &self.terms.cool_off);
        let first = found.first;
        for (number, last) in failures {
            if last >= first {
                found.forgive(number);
            }
        }
        found
    }
}

/// Which attempts a reset is about: those that match every value that is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// The normalized username.
    pub username: Option<String>,
    /// The network of an address.
    pub network: Option<IpNet>,
    /// The user agent as recorded.
    pub user_agent: Option<String>,
}

impl Selector {
    /// The attempts that count where one with these `parts` counts.
    #[must_use]
    pub fn of(parts: Parts) -> Self {
        let Parts {
            username,
            network,
            user_agent,
        } = parts;
        Self {
            username,
            network,
            user_agent,
        }
    }

    /// The attempts on `username` from `ip_address`, each if given.
    #[must_use]
    pub fn new(username: Option<&str>, ip_address: Option<IpAddr>, ipv6_prefix: u8) -> Self {
        Self {
            username: username.map(|name| crate::normalize_username(name).unwrap_or_default()),
            network: ip_address.map(|address| crate::network_of(address, ipv6_prefix)),
            user_agent: None,
        }
    }

    /// The selector as parts, to compare with those of tallies and records.
    #[must_use]
    pub fn parts(&self) -> Parts {
        Parts {
            username: self.username.clone(),
            network: self.network,
            user_agent: self.user_agent.clone(),
        }
    }

    /// Whether it selects everything.
    #[must_use]
    pub const fn is_everything(&self) -> bool {
        self.username.is_none() && self.network.is_none() && self.user_agent.is_none()
    }
}

/// One step of a [`Batch`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Op {
    /// Looks for bans, and ends the batch if one of them refuses.
    Heed(Heed),
    /// Takes a permit.
    Take(Take),
    /// Counts a failure.
    Fail(Fail),
    /// Gives a permit back.
    GiveBack(GiveBack),
    /// Reads a tally.
    Peek(Peek),
    /// Adds one failure to the record of an attempt. `refused`: the password was not checked.
    Record {
        /// The attempt.
        record: Record,
        /// Whether it was refused; such failures count in no tally but the one that refused.
        refused: bool,
        /// On what terms an old record begins anew instead of growing.
        terms: Arc<Terms>,
    },
    /// Deletes records and lowers tallies by them.
    ClearProven(ClearProven),
    /// Writes the failure to the failure log and keeps the newest `keep` of that username.
    LogFailure {
        /// The attempt.
        record: Record,
        /// Whether it was refused already; otherwise the tallies of this batch tell.
        refused: bool,
        /// How many a username keeps; none: all.
        keep: Option<u32>,
    },
    /// Writes a success to the access log.
    LogAccess {
        /// The attempt.
        record: Record,
        /// The SHA-256 of the session's key, in hexadecimal.
        session_hash: String,
    },
    /// Notes the logout of a session in the access log.
    LogOut {
        /// Who logged out.
        username: Option<String>,
        /// The SHA-256 of the session's key, in hexadecimal.
        session_hash: String,
        /// When it happened.
        time: Timestamp,
    },
    /// Deletes the selected records and makes every tally forget them.
    Reset(Selector),
}

/// Ops that a store executes as one, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    ops: Vec<Op>,
}

impl Batch {
    /// A batch of `ops`.
    #[must_use]
    pub const fn new(ops: Vec<Op>) -> Self {
        Self { ops }
    }

    /// The ops, in order.
    #[must_use]
    pub fn ops(&self) -> &[Op] {
        &self.ops
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }
}

/// A store's answer to one op.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// To [`Op::Heed`]: when the last of the bans that refuse the attempt ends, if any does.
    Heeded(Option<Timestamp>),
    /// To [`Op::Take`].
    Taken {
        /// Whether a permit was taken.
        taken: Taken,
        /// The tally after it.
        tally: Tally,
    },
    /// To [`Op::Fail`].
    Counted {
        /// Whether this failure began a lockout.
        newly_locked: bool,
        /// The tally after it.
        tally: Tally,
    },
    /// To [`Op::Peek`].
    Seen(Tally),
    /// To [`Op::Reset`] and [`Op::ClearProven`]: how many records were deleted.
    Removed(u64),
    /// To every other op.
    Done,
    /// The op was not executed, because a [`Op::Take`] before it got no permit, or a [`Op::Heed`] found
    /// a ban.
    Skipped,
}

impl Reply {
    /// Whether it ends the batch: a [`Op::Take`] got no permit, or a ban refuses.
    #[must_use]
    pub const fn ends_batch(&self) -> bool {
        matches!(
            self,
            Self::Heeded(Some(_))
                | Self::Taken {
                    taken: Taken::LockedOut { .. } | Taken::Busy,
                    ..
                }
        )
    }
}

/// The tally to change: the found one, or one that begins with `nonce`.
fn begun(found: Option<Tally>, nonce: i64) -> Tally {
    let mut tally = found.unwrap_or(Tally::blank(0));
    if tally.epoch == 0 {
        tally.epoch = nonce;
    }
    tally
}
