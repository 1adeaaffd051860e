//! Executing batches.

use std::sync::Arc;
use std::time::Duration;

use axes_core::{Batch, Op, Reply, Selector, Timestamp};

use super::line::{self, Line};
use super::marks::Marks;
use super::ops::{self, Recorded};
use super::run::{self, Run};
use super::{Entries, KnownEntries, forget};
use crate::{ErrorKind, Store, StoreError};

/// A store in a cache, or in anything else that is [`Entries`].
///
/// Where the [`Entries`] keep no log, it keeps no access log and no failure log: those ops are accepted
/// and nothing is written. What the cache evicts is forgotten; see the documentation of this module for
/// what follows.
#[derive(Debug)]
pub struct KeyedStore<E> {
    entries: E,
    records_stay: Duration,
    known: Arc<KnownEntries>,
}

impl<E: Entries> KeyedStore<E> {
    /// A store in `entries`.
    #[must_use]
    pub fn new(entries: E) -> Self {
        Self {
            entries,
            records_stay: Duration::ZERO,
            known: Arc::default(),
        }
    }

    /// Lets records stay for `time` after the last attempt at least, for people who look at them.
    /// Without this they expire soon after the tallies that count them.
    #[must_use]
    pub const fn records_stay(mut self, time: Duration) -> Self {
        self.records_stay = time;
        self
    }

    /// Shares with other stores of the same cache what this process has `known`, which saves questions.
    #[must_use]
    pub fn with_known(mut self, known: Arc<KnownEntries>) -> Self {
        self.known = known;
        self
    }

    pub(super) fn run(
        &self,
        now: Timestamp,
        keys: impl IntoIterator<Item = String>,
    ) -> Result<Run<'_, E>, StoreError> {
        Run::begin(&self.entries, &self.known, now, keys)
    }

    /// A run about what no reset concerns.
    pub(super) fn run_apart(&self, now: Timestamp) -> Run<'_, E> {
        Run::apart(&self.entries, &self.known, now)
    }
}

impl<E: Entries> Store for KeyedStore<E> {
    fn execute(&self, batch: &Batch, now: Timestamp) -> Result<Vec<Reply>, StoreError> {
        let ops = batch.ops();
        if ops.iter().all(is_log) {
            if self.entries.keeps_log() {
                let lines: Vec<Line> = ops.iter().filter_map(|op| line::of(op, false)).collect();
                self.entries.log(&lines)?;
            }
            return Ok(vec![Reply::Done; ops.len()]);
        }
        let sets = self.entries.keeps_sets();
        let keys = || ops.iter().flat_map(|op| ops::keys(op, &self.known, sets));
        if !ops.iter().any(is_reset) && !ops.iter().all(only_looks) {
            let run = Run::begin_assuming(&self.entries, &self.known, now, keys());
            let mut is_begun = false;
            let done = run.and_then(|run| self.execute_in(run, ops, &mut is_begun));
            // What is remembered may be corrupt where what there is no longer is. What is done stays done.
            if is_begun || !matches!(&done, Err(error) if error.kind() == ErrorKind::Corrupt) {
                return done;
            }
        }
        self.execute_in(self.run(now, keys())?, ops, &mut false)
    }
}

impl<E: Entries> KeyedStore<E> {
    /// `is_begun` becomes true with the first op that is done.
    fn execute_in(
        &self,
        run: Run<'_, E>,
        ops: &[Op],
        is_begun: &mut bool,
    ) -> Result<Vec<Reply>, StoreError> {
        let mut execution = Execution {
            run,
            records_stay: self.records_stay,
            so_far: SoFar::default(),
            owed: Vec::new(),
            replies: Vec::with_capacity(ops.len()),
        };
        for _ in 0..run::SWAPS {
            if !execution.owed.is_empty() {
                execution.make_up()?;
                continue;
            }
            let rest = ops.get(execution.replies.len()..).unwrap_or_default();
            if rest.is_empty() {
                return Ok(execution.replies);
            }
            let gone_on = execution.go_on(rest);
            *is_begun |= !execution.replies.is_empty() || !execution.owed.is_empty();
            gone_on?;
            if execution.replies.last().is_some_and(Reply::ends_batch) {
                execution.replies.resize(ops.len(), Reply::Skipped);
            }
        }
        Err(run::contended())
    }
}

/// A batch that is being executed.
struct Execution<'a, E: Entries> {
    run: Run<'a, E>,
    records_stay: Duration,
    /// What the ops that are done mean for those that follow.
    so_far: SoFar,
    /// What follows from the last of them and is not done yet.
    owed: Vec<Op>,
    /// The replies to the ops that are done.
    replies: Vec<Reply>,
}

/// What ops mean for those that follow.
#[derive(Clone, Debug, Default)]
struct SoFar {
    /// The failure that was recorded.
    recorded: Option<Recorded>,
    /// Whether a tally is locked out in which it was counted.
    locked_out: bool,
}

/// An op that is done as soon as so many steps of the plan are.
struct Done {
    effect: Effect,
    needs: usize,
    /// What it adds to the log.
    line: Option<Line>,
}

/// What it means that an op is done.
enum Effect {
    /// It is answered, and means this for those that follow.
    Answers(Reply, SoFar),
    /// It follows from the one before, and has no answer.
    Follows(Op),
}

impl<E: Entries> Execution<'_, E> {
    /// Does as many of the ops `rest` as it can, all in one question. What is in vain, because somebody
    /// else wrote there, is not done, and neither is what comes after it.
    fn go_on(&mut self, rest: &[Op]) -> Result<(), StoreError> {
        if let Some(Op::Reset(selector)) = rest.first() {
            let removed = reset(&mut self.run, selector)?;
            self.replies.push(Reply::Removed(removed));
            return Ok(());
        }
        let latest = self.run.latest;
        let mut planned = self.plan(rest)?;
        if self.run.latest != latest && self.run.has_plan() {
            // What is written together is compared with the same resets.
            self.run.drop_plan();
            return Ok(());
        }
        if planned.is_empty()
            && let Some(Op::ClearProven(op)) = rest.first()
            && !self.run.doubt()
        {
            self.run.drop_plan();
            let removed = forget::clear_proven(&mut self.run, op)?;
            self.replies.push(Reply::Removed(removed));
            return Ok(());
        }
        let together = self.lines_of(&mut planned);
        let Some(steps) = self.run.carry_out(&together)? else {
            return Ok(());
        };
        let mut lines = Vec::new();
        for Done {
            effect,
            needs,
            line,
        } in planned
        {
            match effect {
                Effect::Answers(..) if needs > steps => break,
                Effect::Answers(reply, so_far) => {
                    self.so_far = so_far;
                    self.replies.push(reply);
                    lines.extend(line);
                }
                Effect::Follows(op) if needs > steps => self.owed.push(op),
                Effect::Follows(_) => lines.extend(line),
            }
        }
        self.run.log(&lines)
    }

    /// The lines that are added to the log in the step that does all that is `planned`; none where there
    /// is no such step.
    fn lines_of(&self, planned: &mut [Done]) -> Vec<Line> {
        if !self.run.swaps() {
            return Vec::new();
        }
        planned
            .iter_mut()
            .filter_map(|done| done.line.take())
            .collect()
    }

    /// Does what is owed: the op that it follows from must not be done again.
    fn make_up(&mut self) -> Result<(), StoreError> {
        let owed = std::mem::take(&mut self.owed);
        let latest = self.run.latest;
        let mut planned = self.plan_what_follows(&owed)?;
        if self.run.latest != latest && self.run.has_plan() {
            self.run.drop_plan();
            self.owed = owed;
            return Ok(());
        }
        let together = self.lines_of(&mut planned);
        let Some(steps) = self.run.carry_out(&together)? else {
            self.owed = owed;
            return Ok(());
        };
        let mut lines = Vec::new();
        for Done {
            effect,
            needs,
            line,
        } in planned
        {
            match effect {
                Effect::Follows(op) if needs > steps => self.owed.push(op),
                Effect::Follows(_) | Effect::Answers(..) => lines.extend(line),
            }
        }
        self.run.log(&lines)
    }

    fn plan_what_follows(&mut self, ops: &[Op]) -> Result<Vec<Done>, StoreError> {
        let mut planned = Vec::with_capacity(ops.len());
        for op in ops {
            self.run.begin_to_plan();
            if let Op::Record {
                record,
                refused,
                terms,
            } = op
            {
                self.run
                    .record(record, *refused, terms, self.records_stay)?;
            }
            planned.push(Done {
                effect: Effect::Follows(op.clone()),
                needs: self.run.needs(),
                line: self.line(op, false),
            });
        }
        Ok(planned)
    }

    /// What `op` adds to the log, if there is one.
    fn line(&self, op: &Op, locked_out: bool) -> Option<Line> {
        line::of(op, locked_out).filter(|_| self.run.keeps_log())
    }

    /// Plans the first of the ops `rest`, up to one that cannot be planned together with those.
    fn plan(&mut self, rest: &[Op]) -> Result<Vec<Done>, StoreError> {
        let tallies = rest.iter().filter_map(ops::tally_of);
        self.run.prefetch(tallies)?;
        let mut planned: Vec<Done> = Vec::with_capacity(rest.len());
        let mut so_far = self.so_far.clone();
        for op in rest {
            let run = &mut self.run;
            if ops::tally_of(op).is_some_and(|key| run.is_planned(&key)) {
                break;
            }
            run.begin_to_plan();
            let reply = match op {
                Op::Heed(op) => run.heed(op)?,
                Op::Take(op) => run.take(op)?,
                Op::Fail(op) => run.fail(op, so_far.recorded.as_ref())?,
                Op::GiveBack(op) => run.give_back(op)?,
                Op::Peek(op) => run.peek(op)?,
                Op::Record {
                    record,
                    refused,
                    terms,
                } => {
                    let found = run.record(record, *refused, terms, self.records_stay)?;
                    so_far.recorded = (!refused).then_some(found).or(so_far.recorded);
                    Reply::Done
                }
                Op::LogFailure { .. } | Op::LogAccess { .. } | Op::LogOut { .. } => Reply::Done,
                Op::ClearProven(op) if forget::finds_nothing(run, op)? => Reply::Removed(0),
                Op::ClearProven(_) => {
                    // Entries are looked for and changed one by one: not by what is only remembered.
                    run.doubt();
                    break;
                }
                Op::Reset(_) => break,
                _ => return Err(StoreError::new(ErrorKind::Corrupt, "execute an unknown op")),
            };
            if let (Op::Fail(fail), Reply::Counted { tally, .. }) = (op, &reply) {
                so_far.locked_out |= tally.is_locked_out(fail.terms.limit);
            }
            let ends = reply.ends_batch();
            let follows = match (op, &reply) {
                (Op::Take(take), Reply::Taken { taken, .. }) => take.consequences(*taken),
                _ => &[],
            };
            planned.push(Done {
                effect: Effect::Answers(reply, so_far.clone()),
                needs: run.needs(),
                line: self.line(op, so_far.locked_out),
            });
            planned.extend(self.plan_what_follows(follows)?);
            if ends {
                break;
            }
        }
        Ok(planned)
    }
}

pub(super) fn reset<E: Entries>(
    run: &mut Run<'_, E>,
    selector: &Selector,
) -> Result<u64, StoreError> {
    let reset = run.reset(Marks::of(&selector.parts()))?;
    forget::delete_what_is_gone(run, &reset)
}

/// Whether `op` writes one entry after the other, and never all together.
const fn is_reset(op: &Op) -> bool {
    matches!(op, Op::Reset(_))
}

/// Whether `op` writes nothing: then one question asks for all.
const fn only_looks(op: &Op) -> bool {
    matches!(op, Op::Peek(_) | Op::Heed(_))
}

/// Whether `op` writes to a log and does nothing else.
const fn is_log(op: &Op) -> bool {
    matches!(
        op,
        Op::LogFailure { .. } | Op::LogAccess { .. } | Op::LogOut { .. }
    )
}
