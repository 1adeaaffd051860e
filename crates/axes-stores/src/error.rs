//! Why a store could not do its work.

use std::error::Error;

/// What kind of failure it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The backend cannot be reached, or did not answer in time.
    Unavailable,
    /// Others changed the same rows at the same time, more often than is worth trying again.
    Contended,
    /// A row of the same identity exists that was not written by Axes.
    Conflict,
    /// The backend holds something that Axes did not write.
    Corrupt,
    /// There is no room for another locked out tally, for another ban, or for anything.
    Full,
    /// What Axes needs there is missing or not allowed, such as tables, a file or the right to write.
    Unprepared,
}

/// A store could not do its work. Nothing of a batch was done, unless the operation says otherwise.
///
/// It names no user, address or connection string.
#[derive(Debug, thiserror::Error)]
#[error("could not {operation}: {}", kind.text())]
pub struct StoreError {
    kind: ErrorKind,
    operation: &'static str,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl ErrorKind {
    const fn text(self) -> &'static str {
        match self {
            Self::Unavailable => "the store does not answer",
            Self::Contended => "too many others change the same tally",
            Self::Conflict => "a row that Axes did not write stands in the way",
            Self::Corrupt => "the store holds something that was not written by Axes",
            Self::Full => "the store is full",
            Self::Unprepared => "the store is not prepared for Axes",
        }
    }
}

impl StoreError {
    /// A failure of `kind` to do `operation`.
    #[must_use]
    pub const fn new(kind: ErrorKind, operation: &'static str) -> Self {
        Self {
            kind,
            operation,
            source: None,
        }
    }

    /// The same failure, because of `source`.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What kind of failure it was.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    pub(crate) const fn operation(&self) -> &'static str {
        self.operation
    }

    /// Whether trying again later makes sense.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        match self.kind {
            ErrorKind::Unavailable | ErrorKind::Contended | ErrorKind::Full => true,
            ErrorKind::Conflict | ErrorKind::Corrupt | ErrorKind::Unprepared => false,
        }
    }
}
