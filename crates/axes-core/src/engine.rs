//! The pure decision maker.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::permit::Place;
use crate::{
    Admission, Attempt, Batch, ClearProven, Fail, GiveBack, Heed, Networks, Op, Outcome, Overrides,
    Parts, Permit, Policy, Reason, Record, Refusal, Reply, Rulings, Scope, Selector, Settlement,
    Terms, Timestamp, Verdict,
};

/// Decides about attempts by one [`Policy`].
#[derive(Clone, Debug)]
pub struct Engine {
    policy: Arc<Policy>,
    /// The terms of all attempts for which the host's own code says nothing else.
    terms: Arc<Terms>,
}

impl Engine {
    /// An engine that decides by `policy`.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self {
            terms: Arc::new(policy.terms(&Overrides::default())),
            policy: Arc::new(policy),
        }
    }

    /// What it decides by.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Begins to decide whether the password of `attempt` may be checked now.
    ///
    /// `nonce` is a random number of 64 bits, new for each attempt; it must not be 0.
    #[must_use]
    pub fn admit(&self, attempt: &Attempt, overrides: &Overrides, nonce: i64) -> Admission {
        let standing = self.standing(attempt, overrides);
        let exempt = standing == Some(Standing::Exempt);
        let parts = self.parts(attempt);
        let permit = self.permit(&parts, overrides, nonce, exempt);
        let heeds = standing.is_none() && heeds(&parts, attempt, overrides);
        let record = attempt.record(parts, Timestamp::EPOCH);
        let rulings = overrides.rulings;
        let admission = Admission::new(Arc::clone(&self.policy), heeds, permit, record, rulings);
        match standing {
            Some(Standing::Exempt) => admission.exempt(),
            Some(Standing::Refused(reason)) => admission.refused(self.refusal(reason, overrides)),
            None => admission,
        }
    }

    /// Begins to look at where `attempt` stands, taking nothing and recording nothing.
    #[must_use]
    pub fn peek(&self, attempt: &Attempt, overrides: &Overrides) -> Peeking {
        let parts = self.parts(attempt);
        let permit = self.permit(&parts, overrides, 1, false);
        let standing = match self.standing(attempt, overrides) {
            Some(Standing::Refused(reason)) => Some(Err(self.refusal(reason, overrides))),
            Some(Standing::Exempt) => Some(Ok(())),
            None => None,
        };
        let places = permit.places.iter();
        let peeks = places.map(|place| place.peek(&permit.terms));
        // Bans come last: whoever is banned has failures all the same.
        let heeds = standing.is_none() && heeds(&parts, attempt, overrides);
        let heed = heeds.then(|| Op::Heed(Heed::on(parts.username, attempt.client.ip_address)));
        let ops = peeks.chain(heed).collect();
        Peeking {
            standing,
            rulings: overrides.rulings,
            lock_out: self.policy.lock_out,
            batch: Batch::new(ops),
            permit,
        }
    }

    /// What to do now that the outcome of an admitted attempt is known.
    ///
    /// The batch of the settlement has to be executed, and its replies judged.
    #[must_use]
    pub fn settle(
        &self,
        permit: &Permit,
        outcome: Outcome,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Settlement {
        let mut ops = Vec::new();
        match outcome {
            Outcome::Failure if !permit.exempt => {
                if permit.places.is_empty() {
                    return Settlement::new(permit, Batch::default(), self.policy.lock_out);
                }
                let record = self.record_of(permit, attempt, now);
                ops.reserve_exact(permit.places.len().saturating_add(2));
                ops.push(Op::Record {
                    record: record.clone(),
                    refused: false,
                    terms: Arc::clone(&permit.terms),
                });
                ops.extend(permit.places.iter().map(|place| {
                    Op::Fail(Fail {
                        key: place.key,
                        parts: place.parts.clone(),
                        slot: place.slot,
                        terms: Arc::clone(&permit.terms),
                        // Not the epoch that this permit itself may have begun before a reset.
                        nonce: permit.nonce.wrapping_neg(),
                        seen: place.seen.clone(),
                    })
                }));
                ops.extend(log_failure(&self.policy, &record, false));
            }
            Outcome::Failure => {}
            // Records are written before tallies, here and in a failure, so that no two
            // transactions wait for each other.
            Outcome::Success { session_hash } => {
                ops.reserve_exact(permit.places.len().saturating_add(2));
                if self.policy.logs.successes {
                    let record = self.record_of(permit, attempt, now);
                    ops.push(Op::LogAccess {
                        record,
                        session_hash,
                    });
                }
                ops.extend(self.clear_proven(permit, attempt));
                ops.extend(give_back(permit));
            }
            Outcome::Withdrawn => ops.extend(give_back(permit)),
        }
        Settlement::new(permit, Batch::new(ops), self.policy.lock_out)
    }

    /// A permit for an attempt that nobody admitted: its failure counts, it holds no slots.
    #[must_use]
    pub fn without_admission(
        &self,
        attempt: &Attempt,
        overrides: &Overrides,
        nonce: i64,
    ) -> Permit {
        let exempt = matches!(self.standing(attempt, overrides), Some(Standing::Exempt));
        self.permit(&self.parts(attempt), overrides, nonce, exempt)
    }

    /// A permit for an attempt that Axes lets pass without counting it.
    #[must_use]
    pub fn exempt(&self, attempt: &Attempt) -> Permit {
        self.permit(&self.parts(attempt), &Overrides::default(), 0, true)
    }

    /// What becomes of `attempt` while the store does not answer: it is refused, or let through uncounted
    /// where the operator wants it so (`fail_open`).
    #[must_use]
    pub fn without_store(&self, attempt: &Attempt, fail_open: bool) -> Verdict {
        if fail_open {
            Verdict::Admit(self.exempt(attempt))
        } else {
            Verdict::Refuse(Refusal::unavailable())
        }
    }

    /// Notes the logout of a session, if that is logged.
    #[must_use]
    pub fn log_out(&self, attempt: &Attempt, session_hash: &str, now: Timestamp) -> Batch {
        let op = Op::LogOut {
            username: self.record(attempt, now).username.clone(),
            session_hash: session_hash.to_owned(),
            time: now,
        };
        Batch::new(if self.policy.logs.successes {
            vec![op]
        } else {
            vec![]
        })
    }

    /// Forgets all that `attempt` is refused for: the attempts in each of its scopes.
    #[must_use]
    pub fn lift(&self, attempt: &Attempt) -> Batch {
        let parts = self.parts(attempt);
        let scopes = self
            .policy
            .scopes
            .iter()
            .filter_map(|scope| scope.project(&parts));
        Batch::new(scopes.map(|parts| Op::Reset(Selector::of(parts))).collect())
    }

    /// Forgets the selected attempts. When the batch is executed, nothing refuses because of them.
    #[must_use]
    pub fn reset(&self, selector: Selector) -> Batch {
        Batch::new(vec![Op::Reset(selector)])
    }

    /// The values by which `attempt` is counted.
    #[must_use]
    pub fn parts(&self, attempt: &Attempt) -> Parts {
        Parts::of(attempt, self.policy.ipv6_prefix)
    }

    /// Whether `attempt` lacks every value that it could be counted on.
    #[must_use]
    pub fn counts_nowhere(&self, attempt: &Attempt, overrides: &Overrides) -> bool {
        let parts = self.parts(attempt);
        let scopes = self.policy.scopes(overrides);
        scopes.iter().all(|scope| scope.project(&parts).is_none())
    }

    fn record(&self, attempt: &Attempt, now: Timestamp) -> Record {
        attempt.record(self.parts(attempt), now)
    }

    /// What is recorded of `attempt`, which has the permit `permit`.
    fn record_of(&self, permit: &Permit, attempt: &Attempt, now: Timestamp) -> Record {
        match &permit.record {
            Some(record) if attempt.is_kept_as(record, self.policy.ipv6_prefix) => record.at(now),
            _ => self.record(attempt, now),
        }
    }

    /// What is decided without asking a store.
    fn standing(&self, attempt: &Attempt, overrides: &Overrides) -> Option<Standing> {
        let policy = &self.policy;
        if !policy.enabled || overrides.not_applicable {
            return Some(Standing::Exempt);
        }
        let rulings = overrides.rulings;
        let allowed = rulings.allowed == Some(true);
        if let Some(reason) = self.denied(attempt, rulings)
            && !allowed
        {
            return Some(Standing::Refused(reason));
        }
        let exempt = rulings.exempt.unwrap_or_else(|| {
            overrides.exempt
                || (policy.never_lock_out_allowlist
                    && is_on(&policy.allowlist, attempt.client.ip_address))
                || (policy.never_lock_out_get && attempt.method.eq_ignore_ascii_case("GET"))
        });
        if exempt {
            return Some(Standing::Exempt);
        }
        let limit = policy.terms(overrides).limit;
        let locked_out = policy.lock_out && rulings.locked_out(limit) == Some(true);
        (locked_out && !allowed).then_some(Standing::Refused(Reason::LockedOut))
    }

    /// Why an attempt is refused whatever is counted, if it is.
    fn denied(&self, attempt: &Attempt, rulings: Rulings) -> Option<Reason> {
        if let Some(denied) = rulings.denied {
            return denied.then_some(Reason::Denylisted);
        }
        self.denied_address(attempt.client.ip_address)
    }

    /// Why nobody at `address` may log in, if so.
    #[must_use]
    pub fn denied_address(&self, address: Option<IpAddr>) -> Option<Reason> {
        if is_on(&self.policy.denylist, address) {
            return Some(Reason::Denylisted);
        }
        (self.policy.only_allowlist && !is_on(&self.policy.allowlist, address))
            .then_some(Reason::NotAllowlisted)
    }

    /// The refusal for a `reason` that no tally knows of.
    fn refusal(&self, reason: Reason, overrides: &Overrides) -> Refusal {
        let terms = self.policy.terms(overrides);
        let failures = overrides.rulings.failures.unwrap_or(0);
        Refusal {
            failures,
            limit: terms.limit,
            cool_off: terms.cool_off.after(failures),
            ..Refusal::of(reason, None)
        }
    }

    fn permit(&self, parts: &Parts, overrides: &Overrides, nonce: i64, exempt: bool) -> Permit {
        let scopes: &[Scope] = if exempt {
            &[]
        } else {
            self.policy.scopes(overrides)
        };
        let mut places: Vec<Place> = scopes
            .iter()
            .filter_map(|scope| scope.project(parts))
            .map(|parts| Place {
                key: parts.key(),
                parts,
                slot: None,
                seen: None,
            })
            .collect();
        // Everybody takes permits in the same order.
        places.sort_unstable_by_key(|place| place.key);
        places.dedup_by_key(|place| place.key);
        Permit {
            places,
            terms: self.terms(overrides),
            nonce,
            exempt,
            record: None,
        }
    }

    fn terms(&self, overrides: &Overrides) -> Arc<Terms> {
        if overrides.limit.is_none() && overrides.cool_off.is_none() {
            Arc::clone(&self.terms)
        } else {
            Arc::new(self.policy.terms(overrides))
        }
    }

    /// What a success proves is known only where both the account and the network are.
    fn clear_proven(&self, permit: &Permit, attempt: &Attempt) -> Option<Op> {
        if !self.policy.reset_on_success || permit.exempt {
            return None;
        }
        let parts = self.parts(attempt);
        let known = parts.username.is_some() && parts.network.is_some();
        known.then(|| {
            Op::ClearProven(ClearProven {
                proven: Parts {
                    user_agent: None,
                    ..parts
                },
                scopes: permit
                    .places
                    .iter()
                    .filter_map(|place| place.parts.scope())
                    .collect(),
                terms: Arc::clone(&permit.terms),
            })
        })
    }
}

/// The op that adds to the failure log, where the policy wants one.
pub(crate) fn log_failure(policy: &Policy, record: &Record, refused: bool) -> Option<Op> {
    policy.logs.failures.then(|| Op::LogFailure {
        record: record.clone(),
        refused,
        keep: policy.logs.failures_per_username,
    })
}

/// Whether `attempt`, counted by `parts`, may be banned, unless the host has decided that it may go on.
fn heeds(parts: &Parts, attempt: &Attempt, overrides: &Overrides) -> bool {
    let may_be_banned = parts.username.is_some() || attempt.client.ip_address.is_some();
    may_be_banned && overrides.rulings.allowed != Some(true)
}

/// The refusal by bans the last of which ends at the time `until`.
pub(crate) fn banned(until: Timestamp, now: Timestamp) -> Refusal {
    Refusal::of(Reason::Banned, until.left(now))
}

/// What is known of an attempt before any store is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Exempt,
    Refused(Reason),
}

/// A look at where an attempt stands.
#[derive(Clone, Debug)]
pub struct Peeking {
    standing: Option<Result<(), Refusal>>,
    rulings: Rulings,
    lock_out: bool,
    batch: Batch,
    permit: Permit,
}

impl Peeking {
    /// What to execute.
    #[must_use]
    pub const fn batch(&self) -> &Batch {
        &self.batch
    }

    /// The same without a look at bans: at counted failures only.
    #[must_use]
    pub fn without_bans(mut self) -> Self {
        let counted = |op: &Op| !matches!(op, Op::Heed(_));
        let ops = self.batch.ops().iter();
        self.batch = Batch::new(ops.filter(|op| counted(op)).cloned().collect());
        self
    }

    /// The highest number of failures in any scope of the attempt, and the refusal that the attempt
    /// would meet now.
    #[must_use]
    pub fn judge(&self, replies: &[Reply], now: Timestamp) -> (u32, Option<Refusal>) {
        let mut failures = 0;
        let mut refusal: Option<Refusal> = None;
        for (place, reply) in self.permit.places.iter().zip(replies) {
            let Reply::Seen(tally) = reply else { continue };
            failures = failures.max(tally.failures);
            if self.lock_out && tally.is_locked_out(self.permit.terms.limit) {
                let newly = tally.locked_since.is_none();
                let found = crate::settlement::locked_out(
                    place.parts.scope(),
                    tally,
                    &self.permit.terms,
                    newly,
                    now,
                );
                refusal = Some(crate::settlement::longer(refusal, found));
            }
        }
        let ban = replies.iter().find_map(|reply| {
            let Reply::Heeded(until) = reply else {
                return None;
            };
            until.map(|until| banned(until, now))
        });
        let refusal = match &self.standing {
            Some(standing) => standing.clone().err(),
            None if ban.is_some() => ban,
            None if self.rulings.forgives(self.permit.terms.limit) => None,
            None => refusal,
        };
        let forbidden = || Refusal::of(Reason::NotAllowed, None);
        let refusal = refusal.or_else(|| self.rulings.forbids().then(forbidden));
        (failures, refusal)
    }
}

fn is_on(list: &Networks, address: Option<IpAddr>) -> bool {
    address.is_some_and(|address| list.contains(address))
}

/// The ops that give back every slot of `permit`.
pub(crate) fn give_back(permit: &Permit) -> impl Iterator<Item = Op> {
    let terms = &permit.terms;
    let op = move |place: &Place| {
        let slot = place.slot?;
        Some(Op::GiveBack(GiveBack {
            key: place.key,
            slot,
            terms: Arc::clone(terms),
            seen: place.seen.clone(),
        }))
    };
    permit.places.iter().filter_map(op)
}

/// How long an attempt that finds all permits taken pauses before it looks again.
pub(crate) fn pause(tries: u32) -> Duration {
    let exponent = tries.min(5);
    Duration::from_millis(3_u64.saturating_mul(1_u64.checked_shl(exponent).unwrap_or(32)))
}
