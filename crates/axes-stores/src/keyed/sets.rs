//! Finding entries where the cache keeps sets of names: an index is one of them.
//!
//! A member is put there in the step that writes its entry, and taken out in one that looks whether its
//! entry is still gone: so whoever makes it anew at that moment is not forgotten.

use std::collections::{BTreeSet, HashMap};

use axes_core::Timestamp;

use super::run::{Run, keep_until};
use super::{Entries, Gone, Join};
use crate::StoreError;

/// What a run has planned about sets, and learned of them.
#[derive(Debug, Default)]
pub(super) struct Sets {
    joins: Vec<Join>,
    /// What is planned only holds where these are empty.
    empty: BTreeSet<String>,
    /// Whether a set was empty when it was asked about.
    learned: HashMap<String, bool>,
}

impl Sets {
    /// What is planned, which is then planned no more.
    pub(super) fn take_plan(&mut self) -> (Vec<Join>, BTreeSet<String>) {
        (
            std::mem::take(&mut self.joins),
            std::mem::take(&mut self.empty),
        )
    }
}

impl<E: Entries> Run<'_, E> {
    pub(super) fn keeps_sets(&self) -> bool {
        self.entries.keeps_sets()
    }

    /// Plans to put `member` into the set of `index`, to stay until `until` at least.
    pub(super) fn join(&mut self, index: &str, member: &str, until: Timestamp) {
        self.sets.joins.push(Join {
            set: key(index),
            member: member.to_owned(),
            until,
            keep: keep_until(until, self.now),
        });
    }

    /// Whether the set of `index` is empty, as far as anybody knows. What is planned then is in vain where
    /// it is not.
    pub(super) fn finds_empty(&mut self, index: &str) -> bool {
        let set = key(index);
        let is_joined = self.sets.joins.iter().any(|join| join.set == set);
        let is_empty = match self.sets.learned.get(&set) {
            _ if is_joined => false,
            Some(is_empty) => *is_empty,
            None => !self.remembers() || self.known.text(&set).is_none(),
        };
        if is_empty {
            self.sets.empty.insert(set);
        }
        is_empty
    }

    /// Learns whether `set` is empty, for this run and for those to come.
    pub(super) fn learn(&mut self, set: &str, is_empty: bool) {
        self.sets.learned.insert(set.to_owned(), is_empty);
        self.known.note(set, (!is_empty).then_some(""));
    }

    /// Some members of the set of `index`, and where to go on.
    pub(super) fn members(
        &mut self,
        index: &str,
        from: u64,
    ) -> Result<(Vec<String>, Option<u64>), StoreError> {
        let set = key(index);
        let members = self.entries.members(&set, from, self.now)?;
        if from == 0 && members.next.is_none() {
            self.learn(&set, members.names.is_empty());
        }
        Ok((members.names, members.next))
    }

    /// Takes members out of the set of `index` that are still `gone`.
    pub(super) fn take_out(&mut self, index: &str, gone: &[Gone]) -> Result<(), StoreError> {
        let set = key(index);
        let is_left = self.entries.take_out(&set, gone)?;
        self.learn(&set, !is_left);
        Ok(())
    }
}

fn key(index: &str) -> String {
    format!("axes:set:{index}")
}
