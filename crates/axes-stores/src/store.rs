//! What every store can do.

use axes_core::{Batch, Reply, Timestamp};

use crate::StoreError;

/// Keeps tallies and records, and executes the batches that the engine hands out.
///
/// # Rules
/// 1. Ops are executed in their order, and there is one reply for each.
/// 2. A tally is changed whole or not at all, as if nobody else touched it meanwhile.
/// 3. After a [`Take`](axes_core::Op::Take) that got no permit, the rest of the batch is
///    [`Skipped`](Reply::Skipped); its [consequences](axes_core::Take::consequences) are executed.
/// 4. What a batch with a failure has written survives a crash once `execute` has returned.
/// 5. After [`Reset`](axes_core::Op::Reset) has returned, nothing selected is refused or counted.
/// 6. Repeating an attempt does not make the records grow.
/// 7. [`ClearProven`](axes_core::Op::ClearProven) forgets the failures of that username from that
///    network and no others.
/// 8. An unknown tally is one that has counted nothing, or what the records say.
pub trait Store {
    /// Executes `batch` at the time `now`.
    ///
    /// # Errors
    /// [`StoreError`] when the backend cannot do it. Then no permit was granted.
    fn execute(&self, batch: &Batch, now: Timestamp) -> Result<Vec<Reply>, StoreError>;

    /// Whether it may wait for something outside of this process: a disk, a network. A host that must
    /// not block its thread then calls it on another one.
    fn blocks(&self) -> bool {
        true
    }
}

impl<S: Store + ?Sized> Store for &S {
    fn execute(&self, batch: &Batch, now: Timestamp) -> Result<Vec<Reply>, StoreError> {
        (**self).execute(batch, now)
    }

    fn blocks(&self) -> bool {
        (**self).blocks()
    }
}

impl<S: Store + ?Sized> Store for std::sync::Arc<S> {
    fn execute(&self, batch: &Batch, now: Timestamp) -> Result<Vec<Reply>, StoreError> {
        (**self).execute(batch, now)
    }

    fn blocks(&self) -> bool {
        (**self).blocks()
    }
}
