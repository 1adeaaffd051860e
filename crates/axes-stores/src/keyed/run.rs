//! One execution of a batch: what it has read already, and which resets it knows of.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use axes_core::Timestamp;

use super::bans::KnownKinds;
use super::index::Depth;
use super::sets::Sets;
use super::text::{Reader, Writer, corrupt};
use super::{Entries, Entry, Expected, KnownEntries, Line, Put, Swap, Swapped};
use crate::{ErrorKind, StoreError};

/// How often an entry that others change at the same time is tried again. Whenever one try is in
/// vain, another one somewhere has succeeded.
pub(super) const SWAPS: u32 = 1000;

/// How many keys are read at once.
pub(super) const CHUNK: usize = 100;

/// How long an entry stays that was deleted: there is no deleting by compare-and-set.
const BURIED: Duration = Duration::from_secs(10);

/// What outlives this is kept for ever: caches take times that are far away for something else.
const FOR_EVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// The number of the latest reset.
const LATEST: &str = "axes:latest-reset";

/// An execution of a batch on `entries` at the time `now`.
pub(super) struct Run<'a, E: Entries> {
    pub(super) entries: &'a E,
    pub(super) now: Timestamp,
    pub(super) known: &'a KnownEntries,
    /// The number of the latest reset that this run knows of: every reset up to it has left its mark
    /// (see [`resets`](super::resets)).
    pub(super) latest: i64,
    seen: HashMap<String, Found<E::Token>>,
    /// Whether what is read is remembered: not where somebody looks through everything.
    remembers: bool,
    /// What is seen only because it is remembered, and was not asked for.
    assumed: HashSet<String>,
    /// What was assumed and used since, with its text.
    relied_on: HashMap<String, Option<String>>,
    /// Whether something that was assumed cannot be so.
    doubts: bool,
    plan: Vec<Planned<E::Token>>,
    /// What was added to which index, for entries that are as they were read before that.
    added: Vec<(String, String)>,
    /// How many steps of the plan what is planned at the moment needs.
    needs: usize,
    pub(super) sets: Sets,
}

/// What is under a key: nothing, or an entry in some state, which may be a deleted one.
pub(super) struct Found<T> {
    pub(super) value: Option<String>,
    token: Option<T>,
    /// The step of the plan that writes this value.
    planned: Option<usize>,
}

/// A write that is yet to be done.
struct Planned<T> {
    key: String,
    value: String,
    found: Found<T>,
    keep: Option<Duration>,
    /// What it adds to which index.
    adds: Vec<(String, String)>,
}

impl<'a, E: Entries> Run<'a, E> {
    /// Begins with reading the entries of `keys`.
    pub(super) fn begin(
        entries: &'a E,
        known: &'a KnownEntries,
        now: Timestamp,
        keys: impl IntoIterator<Item = String>,
    ) -> Result<Self, StoreError> {
        let mut run = Self::new(entries, known, now);
        run.read(keys)?;
        Ok(run)
    }

    /// Begins with nothing, for what no reset concerns.
    pub(super) fn apart(entries: &'a E, known: &'a KnownEntries, now: Timestamp) -> Self {
        Self::new(entries, known, now)
    }

    /// Begins with what is remembered of the entries of `keys`, where the cache can be asked about that
    /// when something is written. An entry that nobody remembers is one of somebody new.
    pub(super) fn begin_assuming(
        entries: &'a E,
        known: &'a KnownEntries,
        now: Timestamp,
        keys: impl IntoIterator<Item = String>,
    ) -> Result<Self, StoreError> {
        let mut run = Self::new(entries, known, now);
        run.remembers = run.swaps();
        if !run.remembers || known.text(LATEST).is_none() {
            run.read(keys)?;
            return Ok(run);
        }
        for key in keys.into_iter().chain([LATEST.to_owned()]) {
            let found = run.remembered(&key);
            run.seen.insert(key.clone(), found);
            run.assumed.insert(key);
        }
        run.latest = run.number_of_latest(now.as_millis())?;
        Ok(run)
    }

    fn new(entries: &'a E, known: &'a KnownEntries, now: Timestamp) -> Self {
        Self {
            entries,
            now,
            known,
            latest: 0,
            seen: HashMap::new(),
            remembers: false,
            assumed: HashSet::new(),
            relied_on: HashMap::new(),
            doubts: false,
            plan: Vec::new(),
            added: Vec::new(),
            needs: 0,
            sets: Sets::default(),
        }
    }

    fn read(&mut self, keys: impl IntoIterator<Item = String>) -> Result<(), StoreError> {
        self.prefetch(keys.into_iter().chain([LATEST.to_owned()]))?;
        self.latest = self.number_of_latest(self.now.as_millis())?;
        Ok(())
    }

    /// Whether somebody wants lines for the log.
    pub(super) fn keeps_log(&self) -> bool {
        self.entries.keeps_log()
    }

    /// Adds `lines` to the log.
    pub(super) fn log(&self, lines: &[Line]) -> Result<(), StoreError> {
        if lines.is_empty() {
            return Ok(());
        }
        self.entries.log(lines)
    }

    /// Whether the cache compares and writes many entries in one step.
    pub(super) fn swaps(&self) -> bool {
        self.entries.token_of("").is_some()
    }

    /// Whether anybody remembers anything, and it is of use.
    pub(super) const fn remembers(&self) -> bool {
        self.remembers
    }

    fn remembered(&self, key: &str) -> Found<E::Token> {
        let text = self.known.text(key);
        let token = text.as_deref().and_then(|text| self.entries.token_of(text));
        Found {
            value: text.filter(|text| !text.is_empty()),
            token,
            planned: None,
        }
    }

    pub(super) fn depth(&self) -> &'a Depth {
        &self.known.depth
    }

    pub(super) fn kinds(&self) -> &'a KnownKinds {
        &self.known.kinds
    }

    /// Reads the entries of those of `keys` that have not been read yet, in one go.
    pub(super) fn prefetch(
        &mut self,
        keys: impl IntoIterator<Item = String>,
    ) -> Result<(), StoreError> {
        let mut keys: Vec<String> = keys.into_iter().filter(|key| !self.has(key)).collect();
        keys.sort_unstable();
        keys.dedup();
        for chunk in keys.chunks(CHUNK) {
            let found = self.entries.get(chunk)?;
            if found.len() != chunk.len() {
                return Err(corrupt());
            }
            for (key, found) in chunk.iter().zip(found.into_iter().map(Found::of)) {
                if self.remembers {
                    self.known.note(key, found.text());
                }
                self.seen.insert(key.clone(), found);
            }
        }
        Ok(())
    }

    /// The entry of `key`, as it is planned, as it was prefetched or as it is now.
    pub(super) fn fetch(&mut self, key: &str) -> Result<Found<E::Token>, StoreError> {
        if let Some(step) = self.step_of(key)
            && let Some(planned) = self.plan.get(step)
        {
            return Ok(Found {
                value: Some(planned.value.clone()).filter(|value| !value.is_empty()),
                token: None,
                planned: Some(step),
            });
        }
        if !self.seen.contains_key(key) {
            self.prefetch([key.to_owned()])?;
        }
        let found = self.seen.remove(key).ok_or_else(corrupt)?;
        if self.assumed.remove(key) {
            let text = found.text().map(str::to_owned);
            self.relied_on.insert(key.to_owned(), text);
        }
        Ok(found)
    }

    /// Has everything read anew that was assumed, before anything comes of it; whether there was anything.
    pub(super) fn doubt(&mut self) -> bool {
        let assumes = !self.assumed.is_empty() || !self.relied_on.is_empty();
        self.doubts |= assumes;
        assumes
    }

    /// Lets what was fetched and left as it was be fetched again without a question.
    pub(super) fn put_back(&mut self, key: String, found: Found<E::Token>) {
        if found.planned.is_none() {
            self.seen.insert(key, found);
        }
    }

    /// Whether [`fetch`](Self::fetch) need not ask for `key`.
    pub(super) fn has(&self, key: &str) -> bool {
        self.seen.contains_key(key) || self.step_of(key).is_some()
    }

    fn step_of(&self, key: &str) -> Option<usize> {
        self.plan.iter().position(|planned| planned.key == key)
    }

    /// Whether a write of `key` is yet to be done.
    pub(super) fn is_planned(&self, key: &str) -> bool {
        self.step_of(key).is_some()
    }

    /// Whether any write is yet to be done.
    pub(super) const fn has_plan(&self) -> bool {
        !self.plan.is_empty()
    }

    /// Begins to plan something that is done as soon as the steps which it needs are.
    pub(super) const fn begin_to_plan(&mut self) {
        self.needs = 0;
    }

    /// How many steps have to be done for what was planned last.
    pub(super) const fn needs(&self) -> usize {
        self.needs
    }

    /// Plans to write where `found` was found, after all that is planned already. What is planned for
    /// the same key is changed in its place. Nobody needs it after `until`.
    pub(super) fn plan(
        &mut self,
        key: String,
        value: String,
        found: Found<E::Token>,
        until: Timestamp,
    ) {
        let keep = keep_until(until, self.now);
        self.plan_to_keep(key, value, found, keep);
    }

    /// Plans to delete what was `found`.
    pub(super) fn plan_to_bury(&mut self, key: String, found: Found<E::Token>) {
        if found.value.is_some() {
            self.plan_to_keep(key, String::new(), found, Some(BURIED));
        }
    }

    fn plan_to_keep(
        &mut self,
        key: String,
        value: String,
        found: Found<E::Token>,
        keep: Option<Duration>,
    ) {
        let step = found.planned.unwrap_or(self.plan.len());
        self.needs = self.needs.max(step.saturating_add(1));
        if let Some(planned) = self.plan.get_mut(step) {
            planned.value = value;
            planned.keep = keep;
        } else {
            self.plan.push(Planned {
                key,
                value,
                found,
                keep,
                adds: Vec::new(),
            });
        }
    }

    /// Notes that the last of what is planned for `key` adds `member` to `index`.
    pub(super) fn plan_adds(&mut self, key: &str, index: &str, member: &str) {
        if let Some(planned) = self.plan.iter_mut().find(|planned| planned.key == key) {
            planned.adds.push((index.to_owned(), member.to_owned()));
        }
    }

    /// Whether `member` was added to `index` after its entry was read.
    pub(super) fn has_added(&self, index: &str, member: &str) -> bool {
        let is_it = |(i, m): &(String, String)| i == index && m == member;
        self.added.iter().any(is_it)
    }

    /// Does what is planned, up to what is in vain because somebody else wrote there; how many steps
    /// that were. What was not tried is as if it had only been read.
    ///
    /// `None` where something was not as it was assumed or read: nothing was done, and what was planned
    /// or answered is to be thought over.
    ///
    /// Where the cache does all of it in one step, that also adds `lines` to the log.
    pub(super) fn carry_out(&mut self, lines: &[Line]) -> Result<Option<usize>, StoreError> {
        let plan = std::mem::take(&mut self.plan);
        if self.swaps() {
            return self.swap(plan, lines);
        }
        let puts: Vec<_> = plan.iter().map(Planned::put).collect();
        let done = match puts.as_slice() {
            [] => 0,
            [only] => {
                usize::from(
                    self.entries
                        .put(only.key, only.value, only.expected, only.keep)?,
                )
            }
            puts => self.entries.put_all(puts)?,
        };
        let mut steps = plan.into_iter();
        for step in steps.by_ref().take(done) {
            self.added.extend(step.adds);
        }
        if steps.next().is_some_and(|in_vain| in_vain.adds.is_empty()) {
            // An entry, which is read anew and may have been removed from its indexes.
            self.added.clear();
        }
        self.seen.extend(steps.map(|step| (step.key, step.found)));
        Ok(Some(done))
    }

    /// Does all of `plan`, if all that was relied on is so.
    fn swap(
        &mut self,
        plan: Vec<Planned<E::Token>>,
        lines: &[Line],
    ) -> Result<Option<usize>, StoreError> {
        let is_planned = |key: &String| plan.iter().any(|planned| planned.key == *key);
        let relied_on: Vec<_> = std::mem::take(&mut self.relied_on)
            .into_iter()
            .filter(|(key, _)| !is_planned(key))
            .map(|(key, text)| (key, text.and_then(|text| self.entries.token_of(&text))))
            .collect();
        let (joins, empty) = self.sets.take_plan();
        if std::mem::take(&mut self.doubts) {
            let keys = relied_on.into_iter().map(|(key, _)| key);
            let keys = keys.chain(plan.into_iter().map(|step| step.key));
            let keys: Vec<String> = keys.chain(self.assumed.drain()).collect();
            let found = self.entries.get(&keys)?;
            self.see_anew(keys, found)?;
            return Ok(None);
        }
        if plan.is_empty() && relied_on.is_empty() && joins.is_empty() && empty.is_empty() {
            self.log(lines)?;
            return Ok(Some(0));
        }
        let expected: Vec<_> = relied_on
            .iter()
            .map(|(key, token)| Expected {
                key,
                token: token.as_ref(),
            })
            .collect();
        let puts: Vec<_> = plan.iter().map(Planned::put).collect();
        // Where something is otherwise, that is likely to be wanted.
        let told: Vec<String> = self.assumed.iter().cloned().collect();
        let told_keys: Vec<&str> = told.iter().map(String::as_str).collect();
        let empty_keys: Vec<&str> = empty.iter().map(String::as_str).collect();
        let swapped = self.entries.swap(&Swap {
            expected: &expected,
            puts: &puts,
            told: &told_keys,
            lines,
            empty: &empty_keys,
            joins: &joins,
            now: self.now,
        })?;
        match swapped {
            Swapped::Done => {
                let done = plan.len();
                for step in plan {
                    self.known.note(&step.key, Some(&step.value));
                    self.added.extend(step.adds);
                }
                for join in &joins {
                    self.learn(&join.set, false);
                }
                Ok(Some(done))
            }
            Swapped::InVain {
                found,
                empty: is_empty,
            } => {
                for (set, is_empty) in empty.iter().zip(is_empty) {
                    self.learn(set, is_empty);
                }
                let keys = relied_on.into_iter().map(|(key, _)| key);
                let keys = keys.chain(plan.into_iter().map(|step| step.key));
                self.see_anew(keys.chain(told).collect(), found)?;
                Ok(None)
            }
        }
    }

    /// Goes on with what was `found` for `keys`, and assumes nothing any more.
    fn see_anew(
        &mut self,
        keys: Vec<String>,
        found: Vec<Option<Entry<E::Token>>>,
    ) -> Result<(), StoreError> {
        if found.len() != keys.len() {
            return Err(corrupt());
        }
        self.added.clear();
        for (key, found) in keys.into_iter().zip(found.into_iter().map(Found::of)) {
            self.known.note(&key, found.text());
            self.seen.insert(key, found);
        }
        self.assumed.clear();
        if self.seen.contains_key(LATEST) {
            self.latest = self.number_of_latest(self.now.as_millis())?;
        }
        Ok(())
    }

    /// Forgets what is planned.
    pub(super) fn drop_plan(&mut self) {
        let plan = std::mem::take(&mut self.plan);
        let _forgotten = self.sets.take_plan();
        self.seen
            .extend(plan.into_iter().map(|step| (step.key, step.found)));
    }

    /// Writes where `found` was found, unless somebody else wrote there meanwhile; whether it did.
    /// Nobody needs it after `until`.
    pub(super) fn put(
        &mut self,
        key: &str,
        value: &str,
        found: &Found<E::Token>,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(key, value, found, keep_until(until, self.now))
    }

    /// Writes a text that stays for as long as what was deleted, as [`put`](Self::put) does.
    pub(super) fn put_shortly(
        &mut self,
        key: &str,
        value: &str,
        found: &Found<E::Token>,
        keep: Duration,
    ) -> Result<bool, StoreError> {
        self.write(key, value, found, Some(keep))
    }

    /// Deletes what was `found`, unless somebody else wrote there meanwhile; whether it did.
    pub(super) fn bury(&mut self, key: &str, found: &Found<E::Token>) -> Result<bool, StoreError> {
        if found.value.is_none() {
            self.seen.remove(key);
            return Ok(true);
        }
        self.write(key, "", found, Some(BURIED))
    }

    /// Lets there be a deleted entry where there is none, unless somebody else wrote there meanwhile;
    /// whether it did: whoever found nothing there, too, has to look again.
    pub(super) fn bury_nothing(
        &mut self,
        key: &str,
        found: &Found<E::Token>,
    ) -> Result<bool, StoreError> {
        self.write(key, "", found, Some(BURIED))
    }

    fn write(
        &mut self,
        key: &str,
        value: &str,
        found: &Found<E::Token>,
        keep: Option<Duration>,
    ) -> Result<bool, StoreError> {
        self.seen.remove(key);
        let written = self.entries.put(key, value, found.token.as_ref(), keep)?;
        if self.swaps() {
            self.known.note(key, written.then_some(value));
        }
        Ok(written)
    }

    /// Learns that there was a reset of the number `at_least`, or a later one.
    pub(super) fn hear_of(&mut self, at_least: i64) -> Result<(), StoreError> {
        if self.relied_on.contains_key(LATEST) {
            // What is remembered cannot all be of one moment. It is read before anything comes of it.
            self.doubts = true;
            self.latest = self.latest.max(at_least);
            return Ok(());
        }
        self.latest = self.latest.max(self.number_of_latest(at_least)?);
        for _ in 0..SWAPS {
            if self.latest >= at_least || self.claim(at_least)? {
                return Ok(());
            }
            self.latest = self.number_of_latest(at_least)?;
        }
        Err(contended())
    }

    /// Makes `number` that of the latest reset, if nobody else was quicker.
    pub(super) fn claim(&mut self, number: i64) -> Result<bool, StoreError> {
        let found = self.fetch(LATEST)?;
        if read_number(&found)?.is_some_and(|latest| latest != self.latest) {
            return Ok(false);
        }
        let claimed = self.put(LATEST, &number_text(number), &found, Timestamp::NEVER)?;
        if claimed {
            self.latest = number;
        }
        Ok(claimed)
    }

    /// The number of the latest reset. Where it was lost it is made anew, as `at_least`: numbers are
    /// times, so that a new one is greater than all that were forgotten.
    pub(super) fn number_of_latest(&mut self, at_least: i64) -> Result<i64, StoreError> {
        let number = at_least.max(self.now.as_millis());
        for _ in 0..SWAPS {
            let found = self.fetch(LATEST)?;
            if let Some(number) = read_number(&found)? {
                return Ok(number);
            }
            if self.put(LATEST, &number_text(number), &found, Timestamp::NEVER)? {
                return Ok(number);
            }
        }
        Err(contended())
    }
}

impl<T> Found<T> {
    fn of(entry: Option<Entry<T>>) -> Self {
        let (value, token) = entry.map(|entry| (entry.value, entry.token)).unzip();
        Self {
            value: value.filter(|value| !value.is_empty()),
            token,
            planned: None,
        }
    }

    /// Whether there is no entry, not even a deleted one.
    pub(super) const fn is_nothing(&self) -> bool {
        self.token.is_none()
    }

    /// Its text: an empty one where it is deleted, and none where there is nothing.
    fn text(&self) -> Option<&str> {
        self.token.as_ref()?;
        Some(self.value.as_deref().unwrap_or_default())
    }
}

impl<T> Planned<T> {
    fn put(&self) -> Put<'_, T> {
        Put {
            key: &self.key,
            value: &self.value,
            expected: self.found.token.as_ref(),
            keep: self.keep,
        }
    }
}

/// The text of a number that stands alone in its entry.
pub(super) fn number_text(number: i64) -> String {
    let mut writer = Writer::new("n1");
    writer.number(number);
    writer.finish()
}

/// The number that was found.
pub(super) fn read_number<T>(found: &Found<T>) -> Result<Option<i64>, StoreError> {
    let read = |value: &String| Reader::new("n1", value)?.number();
    found.value.as_ref().map(read).transpose()
}

/// Others are always quicker.
pub(super) const fn contended() -> StoreError {
    StoreError::new(ErrorKind::Contended, "change an entry of the cache")
}

/// How long an entry has to stay that somebody may need `until` then: longer, because clocks differ.
pub(super) fn keep_until(until: Timestamp, now: Timestamp) -> Option<Duration> {
    let left = until.left(now)?;
    let slack = left
        .checked_div(8)
        .unwrap_or_default()
        .saturating_add(Duration::from_secs(60));
    Some(left.saturating_add(slack)).filter(|keep| *keep < FOR_EVER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_outlive_what_they_keep() {
        let now = Timestamp::from_millis(5_000);
        let keep = |secs| keep_until(now.plus(Duration::from_secs(secs)), now);
        assert_eq!(keep(0), Some(Duration::from_secs(60)));
        assert_eq!(keep(800), Some(Duration::from_secs(960)));
        assert_eq!(keep(1_000_000_000_000), None);
        assert_eq!(keep_until(Timestamp::NEVER, now), None);
    }
}
