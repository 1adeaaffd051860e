//! Where one attempt is on its way through the protocol.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use axes_core::{Admission, Batch, Op, Peeking, Permit, Reply, Taken};

use crate::case::End;

/// Where one attempt is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Track {
    Deciding(Mind, Running),
    /// What it saw when it had to wait; before that changes there is no point in looking again.
    Waiting(Mind, u64),
    Admitted(Holding),
    Settling(Holding, Running),
    Done(End),
}

/// The decision on its way, with a digest of it (it does not implement `Hash`).
#[derive(Clone, Debug)]
pub(crate) struct Mind {
    pub(crate) decision: Arc<Decision>,
    pub(crate) digest: u64,
    pub(crate) looks: u8,
}

#[derive(Clone, Debug)]
pub(crate) enum Decision {
    Admission(Admission),
    Peeking(Peeking),
}

/// A batch of which some ops are executed.
#[derive(Clone, Debug)]
pub(crate) struct Running {
    pub(crate) batch: Arc<Batch>,
    pub(crate) replies: Vec<Reply>,
    pub(crate) digest: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Holding {
    pub(crate) permit: Arc<Permit>,
    pub(crate) digest: u64,
}

macro_rules! same_by_digest {
    ($($name:ty),*) => {$(
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.digest == other.digest
            }
        }
        impl Eq for $name {}
        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.digest.hash(state);
            }
        }
    )*};
}
same_by_digest!(Mind, Running, Holding);

impl Mind {
    pub(crate) fn new(decision: Decision, looks: u8) -> Self {
        Self {
            digest: digest(&decision),
            decision: Arc::new(decision),
            looks,
        }
    }
}

impl Running {
    pub(crate) fn new(batch: Batch, replies: Vec<Reply>) -> Self {
        Self::resumed(Arc::new(batch), replies)
    }

    pub(crate) fn resumed(batch: Arc<Batch>, replies: Vec<Reply>) -> Self {
        Self {
            digest: digest(&(&batch, &replies)),
            batch,
            replies,
        }
    }

    /// The batch's next op. What changes no tally answers at once, and so does what is skipped.
    pub(crate) fn next(&mut self) -> Option<Op> {
        while let Some(op) = self.batch.ops().get(self.replies.len()) {
            if self.is_cut_short() {
                self.replies.push(Reply::Skipped);
            } else if matches!(
                op,
                Op::Take(_) | Op::Fail(_) | Op::GiveBack(_) | Op::Peek(_)
            ) {
                return Some(op.clone());
            } else {
                self.replies.push(Reply::Done);
            }
        }
        None
    }

    pub(crate) fn is_cut_short(&self) -> bool {
        matches!(
            self.replies.last(),
            Some(
                Reply::Skipped
                    | Reply::Taken {
                        taken: Taken::Busy | Taken::LockedOut { .. },
                        ..
                    }
            )
        )
    }
}

impl Holding {
    pub(crate) fn new(permit: Permit) -> Self {
        Self {
            digest: digest(&permit),
            permit: Arc::new(permit),
        }
    }
}

/// A digest of everything in `value`.
fn digest(value: &impl std::fmt::Debug) -> u64 {
    let mut hasher = DefaultHasher::new();
    format!("{value:?}").hash(&mut hasher);
    hasher.finish()
}
