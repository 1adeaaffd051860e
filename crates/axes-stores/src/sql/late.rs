//! Deleting records, and looking at their tallies again once that is committed.
//!
//! Until the commit others see the records. Whoever makes a tally from them in that time has reserved its
//! place before (see [`tallies::reserve`]), so the second look finds it.

use axes_core::{ClearProven, Reply, Selector, Timestamp};

use crate::sql::columns::part_values;
use crate::sql::resets::{self, Touched};
use crate::sql::store::{Stage, again};
use crate::sql::tallies;
use crate::sql::value::Value;
use crate::{SqlConnection, SqlStore, StoreError};

/// What is looked at again.
#[derive(Default)]
pub(super) struct Late {
    /// Tallies of which there was no row.
    missing: Touched,
    /// The values that resets were about.
    selected: Vec<[Value; 3]>,
}

impl Late {
    /// Whether somebody waits for it: a reset is done when nothing refuses because of what it deleted.
    pub(super) const fn is_asked_for(&self) -> bool {
        !self.selected.is_empty()
    }

    /// Every failure of those may be one of the deleted records.
    fn note(&mut self, missing: Touched) {
        let always = missing
            .into_iter()
            .map(|(key, (values, _))| (key, (values, Timestamp::NEVER)));
        self.missing.extend(always);
    }
}

impl<C: SqlConnection> SqlStore<C> {
    pub(super) fn clear_proven(
        &self,
        clear: &ClearProven,
        now: Timestamp,
        stage: Stage,
        late: &mut Late,
    ) -> Result<Reply, StoreError> {
        let (lost, removed) = resets::clear_records(&self.connection, clear)?;
        for (key, (values, failures)) in lost {
            let is_there = self.change_stored(key, stage, |tally| {
                Ok(clear.apply(tally, failures.iter().copied(), now))
            })?;
            if !is_there {
                late.note(Touched::from([(key, (values, now))]));
            }
        }
        Ok(Reply::Removed(removed))
    }

    pub(super) fn reset(
        &self,
        selector: &Selector,
        stage: Stage,
        late: &mut Late,
    ) -> Result<Reply, StoreError> {
        let (touched, removed) = resets::reset(&self.connection, selector)?;
        late.note(self.lower(touched, stage)?);
        late.selected.push(part_values(&selector.parts()));
        Ok(Reply::Removed(removed))
    }

    /// Forgets what is counted on exactly `values` (of the columns of parts), as a reset of them does.
    pub(super) fn reset_values(&self, values: &[Value; 3]) -> Result<(), StoreError> {
        let late = again(|| {
            self.whole(|| {
                self.lock_sqlite_first()?;
                let (touched, _) = resets::reset_values(&self.connection, values)?;
                let mut late = Late::default();
                late.note(self.lower(touched, Stage::Transaction)?);
                late.selected.push(values.clone());
                Ok(late)
            })
        })?;
        self.lower_late(&late)
    }

    /// Takes from the tallies what deleted records had added to them; returns those of which there was
    /// no row, so that somebody may be making them.
    fn lower(&self, touched: Touched, stage: Stage) -> Result<Touched, StoreError> {
        let stored = tallies::stored(&self.connection, touched.keys())?;
        let mut missing = Touched::new();
        for (key, (values, last)) in touched {
            let is_there = stored.contains(&key.to_string())
                && self.change_stored(key, stage, |tally| {
                    resets::lower(&self.connection, &values, last, tally)
                })?;
            if !is_there {
                missing.insert(key, (values, last));
            }
        }
        Ok(missing)
    }

    /// The same once more after the commit, for what was made meanwhile.
    pub(super) fn lower_late(&self, late: &Late) -> Result<(), StoreError> {
        again(|| {
            let mut touched = late.missing.clone();
            for values in &late.selected {
                // Some keys do not follow from records, such as that of a long username.
                touched.extend(resets::matched(&self.connection, values)?);
            }
            self.lower(touched, Stage::Alone).map(|_| ())
        })
    }
}
