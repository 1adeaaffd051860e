//! A store that tells what it did.

use std::sync::{Mutex, PoisonError};

use axes_core::{Batch, Op, Parts, Reply, Slot, Taken, Timestamp};
use axes_stores::{Store, StoreError};

/// Passes batches on to a store and keeps the slots that it granted.
#[derive(Debug)]
pub struct Spy<S> {
    store: S,
    granted: Mutex<Vec<(Parts, Slot)>>,
}

impl<S> Spy<S> {
    /// Watches `store`.
    pub const fn new(store: S) -> Self {
        Self {
            store,
            granted: Mutex::new(Vec::new()),
        }
    }

    /// The slots that were granted since the last call.
    #[must_use]
    pub fn take_granted(&self) -> Vec<(Parts, Slot)> {
        std::mem::take(&mut self.granted.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The store behind it.
    pub const fn inner(&self) -> &S {
        &self.store
    }
}

impl<S: Store> Store for Spy<S> {
    fn execute(&self, batch: &Batch, now: Timestamp) -> Result<Vec<Reply>, StoreError> {
        let replies = self.store.execute(batch, now)?;
        let mut granted = self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        for (op, reply) in batch.ops().iter().zip(&replies) {
            if let (
                Op::Take(take),
                Reply::Taken {
                    taken: Taken::Granted(slot),
                    ..
                },
            ) = (op, reply)
            {
                granted.push((take.parts.clone(), *slot));
            }
        }
        Ok(replies)
    }

    fn blocks(&self) -> bool {
        self.store.blocks()
    }
}
