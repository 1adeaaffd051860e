//! Attempts in parallel, one op at a time, in every order.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use axes_core::{
    Attempt, Engine, Outcome, Overrides, Permit, Reason, Reply, Step, Timestamp, Verdict,
};
use stateright::{Model, Property};

use crate::case::{Case, End, Kind, Protocol};
use crate::ledger::Ledger;
use crate::store::OpStore;
use crate::track::{Decision, Holding, Mind, Running, Track};

/// All that may happen under one case.
pub(crate) struct Interleavings {
    pub(crate) case: Case,
    engine: Engine,
    attempts: Vec<Attempt>,
    /// How often an attempt looks again before that way is not followed any further.
    retries: u8,
}

/// One moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Moment {
    now: Timestamp,
    jumped: usize,
    was_reset: bool,
    store: OpStore,
    pub(crate) ledger: Ledger,
    pub(crate) tracks: Vec<Track>,
}

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The attempt's next op is executed, with all that follows from it at once.
    Run(usize),
    /// The attempt dies.
    Crash(usize),
    /// The clock steps forward.
    Jump,
    /// A person resets.
    Reset,
}

impl Interleavings {
    pub(crate) fn of(case: Case) -> Self {
        let attempts = 0..case.attempts.len();
        Self {
            engine: case.engine(),
            attempts: attempts.map(|attempt| case.attempt(attempt)).collect(),
            case,
            retries: 3,
        }
    }

    fn begin(&self, attempt: usize, now: Timestamp) -> Track {
        let who = &self.attempts[attempt];
        if self.case.protocol == Protocol::CheckThenCount {
            let peeking = self.engine.peek(who, &Overrides::default());
            let running = Running::new(peeking.batch().clone(), Vec::new());
            return Track::Deciding(Mind::new(Decision::Peeking(peeking), 0), running);
        }
        let nonce = 1_000 * (i64::try_from(attempt).expect("few attempts") + 1);
        let mut admission = self.engine.admit(who, &Overrides::default(), nonce);
        let Step::Execute(batch) = admission.step(now) else {
            unreachable!("every attempt asks for permits first");
        };
        let mind = Mind::new(Decision::Admission(admission), 0);
        Track::Deciding(mind, Running::new(batch, Vec::new()))
    }

    /// Lets the batch of `running` go on by one op. True when all its ops are executed then.
    fn run(&self, moment: &mut Moment, attempt: usize, running: &mut Running) -> bool {
        if let Some(op) = running.next() {
            let reply = moment.store.execute(&op, self.case.protocol, moment.now);
            moment
                .ledger
                .note(&self.case, attempt, &op, &reply, moment.now);
            running.replies.push(reply);
        }
        let done = running.next().is_none();
        *running = Running::resumed(
            Arc::clone(&running.batch),
            std::mem::take(&mut running.replies),
        );
        done
    }

    /// What follows once the batch of a decision is executed.
    fn decide(&self, moment: &mut Moment, attempt: usize, mind: &Mind, replies: &[Reply]) -> Track {
        let now = moment.now;
        let admission = match &*mind.decision {
            Decision::Peeking(peeking) => {
                let (_, refusal) = peeking.judge(replies, now);
                if refusal.is_some() {
                    return Track::Done(End::LockedOut);
                }
                let who = &self.attempts[attempt];
                let permit = self.engine.without_admission(who, &Overrides::default(), 1);
                return self.admitted(moment, attempt, permit);
            }
            Decision::Admission(admission) => admission,
        };
        let mut admission = admission.clone();
        admission.resume(replies, now);
        match admission.step(now) {
            Step::Execute(batch) => Track::Deciding(
                Mind::new(Decision::Admission(admission), mind.looks),
                Running::new(batch, Vec::new()),
            ),
            Step::Wait(_) => Track::Waiting(
                Mind::new(Decision::Admission(admission), mind.looks),
                Self::sight(moment),
            ),
            Step::Done(verdict) => self.done(moment, attempt, verdict),
        }
    }

    fn done(&self, moment: &mut Moment, attempt: usize, verdict: Verdict) -> Track {
        match verdict {
            Verdict::Admit(permit) => self.admitted(moment, attempt, permit),
            Verdict::Refuse(refusal) if refusal.reason == Reason::LockedOut => {
                Track::Done(End::LockedOut)
            }
            Verdict::Refuse(_) => Track::Done(End::Busy),
        }
    }

    fn admitted(&self, moment: &mut Moment, attempt: usize, permit: Permit) -> Track {
        moment.ledger.check(&self.case, attempt, moment.now);
        if self.case.crashes(attempt) {
            return Track::Done(End::Crashed);
        }
        Track::Admitted(Holding::new(permit))
    }

    /// What a waiting attempt sees: when it is the same, so is the answer.
    fn sight(moment: &Moment) -> u64 {
        let mut hasher = DefaultHasher::new();
        (&moment.store, moment.now).hash(&mut hasher);
        hasher.finish()
    }

    fn go_on(&self, moment: &mut Moment, attempt: usize) {
        let track = moment.tracks[attempt].clone();
        moment.tracks[attempt] = match track {
            Track::Deciding(mind, mut running) => {
                if self.run(moment, attempt, &mut running) {
                    self.decide(moment, attempt, &mind, &running.replies)
                } else {
                    Track::Deciding(mind, running)
                }
            }
            Track::Waiting(mind, _) => {
                let Decision::Admission(mut admission) = (*mind.decision).clone() else {
                    unreachable!("only admissions wait");
                };
                match admission.step(moment.now) {
                    Step::Execute(batch) => {
                        let mind = Mind::new(Decision::Admission(admission), mind.looks + 1);
                        let running = Running::new(batch, Vec::new());
                        moment.tracks[attempt] = Track::Deciding(mind, running);
                        return self.go_on(moment, attempt);
                    }
                    Step::Wait(_) => unreachable!("it waited already"),
                    Step::Done(verdict) => self.done(moment, attempt, verdict),
                }
            }
            Track::Admitted(holding) => {
                let outcome = match self.case.attempts[attempt].2 {
                    Kind::Right => Outcome::Success {
                        session_hash: String::new(),
                    },
                    Kind::Wrong | Kind::Crash => Outcome::Failure,
                };
                let who = &self.attempts[attempt];
                let settlement = self
                    .engine
                    .settle(&holding.permit, outcome, who, moment.now);
                let running = Running::new(settlement.batch().clone(), Vec::new());
                moment.tracks[attempt] = Track::Settling(holding, running);
                return self.go_on(moment, attempt);
            }
            Track::Settling(holding, mut running) => {
                if !self.run(moment, attempt, &mut running) {
                    Track::Settling(holding, running)
                } else if self.case.is_right(attempt) {
                    Track::Done(End::LoggedIn)
                } else {
                    Track::Done(End::Failed)
                }
            }
            Track::Done(end) => Track::Done(end),
        };
    }
}

impl Model for Interleavings {
    type State = Moment;
    type Action = Next;

    fn init_states(&self) -> Vec<Moment> {
        let now = Timestamp::from_millis(1_000_000_000);
        let tracks = (0..self.attempts.len()).map(|attempt| self.begin(attempt, now));
        vec![Moment {
            now,
            jumped: 0,
            was_reset: self.case.reset.is_none(),
            store: OpStore::default(),
            ledger: Ledger::default(),
            tracks: tracks.collect(),
        }]
    }

    fn actions(&self, moment: &Moment, actions: &mut Vec<Next>) {
        for (attempt, track) in moment.tracks.iter().enumerate() {
            match track {
                Track::Done(_) => continue,
                Track::Waiting(_, seen) if *seen == Self::sight(moment) => {}
                Track::Waiting(..)
                | Track::Deciding(..)
                | Track::Admitted(_)
                | Track::Settling(..) => actions.push(Next::Run(attempt)),
            }
            if self.case.crashes(attempt) {
                actions.push(Next::Crash(attempt));
            }
        }
        if moment
            .tracks
            .iter()
            .all(|track| matches!(track, Track::Done(_)))
        {
            return;
        }
        if moment.jumped < self.case.jumps.len() {
            actions.push(Next::Jump);
        }
        if !moment.was_reset {
            actions.push(Next::Reset);
        }
    }

    fn next_state(&self, moment: &Moment, action: Next) -> Option<Moment> {
        let mut next = moment.clone();
        match action {
            Next::Run(attempt) => self.go_on(&mut next, attempt),
            Next::Crash(attempt) => next.tracks[attempt] = Track::Done(End::Crashed),
            Next::Jump => {
                let secs = self.case.jumps[moment.jumped];
                next.now = next.now.plus(Duration::from_secs(secs));
                next.jumped += 1;
            }
            Next::Reset => {
                let keys = self.case.reset_keys();
                next.store.reset(&keys);
                next.ledger.reset(&keys);
                next.was_reset = true;
            }
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        fn ended(moment: &Moment, end: End) -> bool {
            moment.tracks.contains(&Track::Done(end))
        }
        let mut properties = vec![
            Property::always("exact limit", |_, moment: &Moment| {
                !moment.ledger.broken.exact_limit
            }),
            Property::always("no false lockout", |_, moment: &Moment| {
                !moment.ledger.broken.no_false_lockout
            }),
            Property::always("fail closed", |_, moment: &Moment| {
                !moment.ledger.broken.fail_closed
            }),
        ];
        properties.extend(self.case.sees.iter().map(|end| match end {
            End::LoggedIn => Property::sometimes("logged in", |_, moment: &Moment| {
                ended(moment, End::LoggedIn)
            }),
            End::Failed => {
                Property::sometimes("failed", |_, moment: &Moment| ended(moment, End::Failed))
            }
            End::LockedOut => Property::sometimes("locked out", |_, moment: &Moment| {
                ended(moment, End::LockedOut)
            }),
            End::Busy => Property::sometimes("busy", |_, moment: &Moment| ended(moment, End::Busy)),
            End::Crashed => {
                Property::sometimes("crashed", |_, moment: &Moment| ended(moment, End::Crashed))
            }
        }));
        if self.case.all_log_in {
            properties.push(Property::eventually("all log in", |_, moment: &Moment| {
                let mut tracks = moment.tracks.iter();
                tracks.all(|track| *track == Track::Done(End::LoggedIn))
            }));
        }
        properties
    }

    fn within_boundary(&self, moment: &Moment) -> bool {
        moment.tracks.iter().all(|track| match track {
            Track::Deciding(mind, _) | Track::Waiting(mind, _) => mind.looks <= self.retries,
            Track::Admitted(_) | Track::Settling(..) | Track::Done(_) => true,
        })
    }
}
