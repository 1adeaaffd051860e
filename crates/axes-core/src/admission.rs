//! Deciding whether one password may be checked now.

use std::sync::Arc;
use std::time::Duration;

use crate::engine::{banned, give_back, log_failure, pause};
use crate::permit::Place;
use crate::settlement::{locked_out, longer};
use crate::{
    Batch, Heed, OnLocked, Op, Permit, Policy, Reason, Record, Refusal, Reply, Rulings, Take,
    Taken, Timestamp, Verdict,
};

/// What the host has to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Execute the batch on the store and hand its replies to [`Admission::resume`].
    Execute(Batch),
    /// Let this much time pass: a permit in flight stands in the way.
    Wait(Duration),
    /// It is decided.
    Done(Verdict),
}

/// One attempt on its way to a verdict.
///
/// The host alternates between [`step`](Self::step) and doing what it says. Dropping an admission
/// half-way is safe: what it has taken counts as failures when the lease runs out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    policy: Arc<Policy>,
    /// Whether to ask for bans.
    heeds: bool,
    permit: Permit,
    /// What is recorded if it is refused.
    record: Record,
    rulings: Rulings,
    state: State,
    tries: u32,
    deadline: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// Ask for permits.
    Asking,
    /// The batch that gives back what was taken in vain; then wait.
    GivingBack(Batch),
    Waiting,
    /// The batch that goes with the verdict.
    Closing(Batch, Verdict),
    Done(Verdict),
}

impl Admission {
    pub(crate) fn new(
        policy: Arc<Policy>,
        heeds: bool,
        mut permit: Permit,
        record: Record,
        rulings: Rulings,
    ) -> Self {
        let takes_nothing = !policy.lock_out || permit.places.is_empty();
        let nothing_to_ask = takes_nothing && !heeds;
        permit.record = Some(record.clone());
        let admission = Self {
            policy,
            heeds,
            permit,
            record,
            rulings,
            state: State::Asking,
            tries: 0,
            deadline: None,
        };
        if nothing_to_ask {
            admission.exempt()
        } else {
            admission
        }
    }

    /// Asks no store.
    pub(crate) fn exempt(mut self) -> Self {
        self.state = self.granted();
        self
    }

    /// Refuses without asking any store.
    pub(crate) fn refused(mut self, refusal: Refusal) -> Self {
        self.state = State::Closing(Batch::new(vec![self.record()]), Verdict::Refuse(refusal));
        self
    }

    /// What to do next, at the time `now`.
    ///
    /// A permit is handed over once: whoever asks again after [`Step::Done`] gets one that holds nothing.
    pub fn step(&mut self, now: Timestamp) -> Step {
        match &mut self.state {
            State::Done(verdict) => Step::Done(verdict.hand_over()),
            State::Asking => Step::Execute(self.takes(now)),
            State::GivingBack(batch) => Step::Execute(batch.clone()),
            State::Closing(batch, _) => {
                let ops = batch.ops().iter().cloned();
                Step::Execute(Batch::new(ops.map(|op| timed(op, now)).collect()))
            }
            State::Waiting => {
                let last = now.plus(self.policy.max_wait);
                let deadline = *self.deadline.get_or_insert(last);
                if now >= deadline {
                    let refusal = Refusal::of(Reason::Busy, Some(Duration::from_secs(1)));
                    self.state = State::Done(Verdict::Refuse(refusal.clone()));
                    return Step::Done(Verdict::Refuse(refusal));
                }
                self.state = State::Asking;
                let pause = pause(self.tries);
                self.tries = self.tries.saturating_add(1);
                Step::Wait(pause.min(deadline.left(now).unwrap_or(pause)))
            }
        }
    }

    /// Takes in the replies to the batch that [`step`](Self::step) asked to execute.
    pub fn resume(&mut self, replies: &[Reply], now: Timestamp) {
        self.state = match std::mem::replace(&mut self.state, State::Waiting) {
            State::Asking => self.judge(replies, now),
            State::GivingBack(batch) => self.look_elsewhere(&batch, replies),
            State::Closing(_, verdict) => State::Done(verdict),
            state @ (State::Waiting | State::Done(_)) => state,
        };
    }

    /// The tallies that have to grant a permit.
    fn takes_from(&self) -> &[Place] {
        if self.policy.lock_out {
            &self.permit.places
        } else {
            &[]
        }
    }

    fn takes(&mut self, now: Timestamp) -> Batch {
        let on_locked = if self.forgives() || !self.policy.count_refused {
            OnLocked::Leave
        } else {
            OnLocked::Count(self.refused_ops(now))
        };
        let take = |place: &Place| {
            Op::Take(Take {
                key: place.key,
                parts: place.parts.clone(),
                terms: Arc::clone(&self.permit.terms),
                // Each try may begin a tally, and a reset may come between two tries.
                nonce: self.permit.nonce.wrapping_add(i64::from(self.tries)),
                on_locked: on_locked.clone(),
            })
        };
        let takes = self.takes_from().iter().map(take);
        // Bans come first: whoever is banned takes nothing.
        let heed = self.heeds.then(|| {
            let username = self.record.parts.username.clone();
            Op::Heed(Heed::on(username, self.record.ip_address))
        });
        Batch::new(heed.into_iter().chain(takes).collect())
    }

    fn judge(&mut self, replies: &[Reply], now: Timestamp) -> State {
        let replies = match replies.split_first() {
            Some((Reply::Heeded(Some(until)), _)) => {
                return State::Done(Verdict::Refuse(banned(*until, now)));
            }
            Some((_, rest)) if self.heeds => rest,
            _ => replies,
        };
        if self.takes_from().is_empty() {
            return self.granted();
        }
        let mut granted: usize = 0;
        let mut refusal: Option<Refusal> = None;
        let terms = Arc::clone(&self.permit.terms);
        for (place, reply) in self.permit.places.iter_mut().zip(replies) {
            place.slot = None;
            place.seen = None;
            let Reply::Taken { taken, tally } = reply else {
                continue;
            };
            match taken {
                Taken::Granted(slot) => {
                    place.slot = Some(*slot);
                    place.seen = (tally.version != 0).then(|| Box::new(tally.clone()));
                    granted = granted.saturating_add(1);
                }
                Taken::LockedOut { newly } => {
                    let found = locked_out(place.parts.scope(), tally, &terms, *newly, now);
                    refusal = Some(longer(refusal, found));
                }
                Taken::Busy => {}
            }
        }
        if granted == self.permit.places.len() {
            self.permit.places.sort_unstable_by_key(|place| place.key);
            return self.granted();
        }
        let mut given_back: Vec<Op> = give_back(&self.permit).collect();
        let Some(refusal) = refusal else {
            given_back.extend(self.peeks(replies));
            let nothing = given_back.is_empty();
            return if nothing {
                State::Waiting
            } else {
                State::GivingBack(Batch::new(given_back))
            };
        };
        if self.forgives() {
            for place in &mut self.permit.places {
                place.slot = None;
            }
            return closing(given_back, Verdict::Admit(self.permit.clone()));
        }
        closing(given_back, Verdict::Refuse(refusal))
    }

    /// Every tally grants a permit: the host may still forbid it.
    fn granted(&mut self) -> State {
        if !self.rulings.forbids() {
            return State::Done(Verdict::Admit(self.permit.hand_over()));
        }
        let mut ops = vec![self.record()];
        ops.extend(give_back(&self.permit));
        closing(ops, Verdict::Refuse(Refusal::of(Reason::NotAllowed, None)))
    }

    fn forgives(&self) -> bool {
        self.rulings.forgives(self.permit.terms.limit)
    }

    fn record(&self) -> Op {
        Op::Record {
            record: self.record.clone(),
            refused: true,
            terms: Arc::clone(&self.permit.terms),
        }
    }

    /// Looks at the tallies that were not asked because one before them is busy: it makes no sense
    /// to wait for that one if one of these is locked out.
    fn peeks(&self, replies: &[Reply]) -> Vec<Op> {
        let skipped = |reply: &Reply| *reply == Reply::Skipped;
        let places = self.permit.places.iter().zip(replies);
        places
            .filter(|(_, reply)| skipped(reply))
            .map(|(place, _)| place.peek(&self.permit.terms))
            .collect()
    }

    /// Asks a tally that is locked out first, if the peeks of `batch` found one; otherwise waits.
    fn look_elsewhere(&mut self, batch: &Batch, replies: &[Reply]) -> State {
        let limit = self.permit.terms.limit;
        let locked_out = batch.ops().iter().zip(replies).find_map(|pair| match pair {
            (Op::Peek(peek), Reply::Seen(tally)) if tally.is_locked_out(limit) => Some(peek.key),
            _ => None,
        });
        let Some(key) = locked_out else {
            return State::Waiting;
        };
        self.permit.places.sort_by_key(|place| place.key != key);
        State::Asking
    }

    /// What is recorded of an attempt that a lockout refuses at the time `now`.
    fn refused_ops(&mut self, now: Timestamp) -> Arc<[Op]> {
        self.record.time = now;
        let record = self.record();
        match log_failure(&self.policy, &self.record, true) {
            None => Arc::new([record]),
            Some(log) => Arc::new([record, log]),
        }
    }
}

/// The verdict, once `ops` are executed.
fn closing(ops: Vec<Op>, verdict: Verdict) -> State {
    if ops.is_empty() {
        State::Done(verdict)
    } else {
        State::Closing(Batch::new(ops), verdict)
    }
}

/// `op` with its record dated `now`.
fn timed(mut op: Op, now: Timestamp) -> Op {
    if let Op::Record { record, .. } | Op::LogFailure { record, .. } = &mut op {
        record.time = now;
    }
    op
}
