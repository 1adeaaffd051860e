//! Statements that are put together.

use crate::sql::value::Value;

/// A piece of a statement with its parameters.
#[derive(Clone, Default)]
pub(crate) struct Piece {
    pub(crate) text: String,
    pub(crate) parameters: Vec<Value>,
}

impl Piece {
    pub(crate) fn new(text: &str, parameters: impl IntoIterator<Item = Value>) -> Self {
        Self::default().with(text, parameters)
    }

    /// A piece of nothing, with room for one of the longest statements: they are made for each attempt.
    pub(crate) fn with_room() -> Self {
        Self {
            text: String::with_capacity(3000),
            parameters: Vec::with_capacity(64),
        }
    }

    /// This piece with more behind it.
    #[must_use]
    pub(crate) fn with(mut self, text: &str, parameters: impl IntoIterator<Item = Value>) -> Self {
        self.text.push_str(text);
        self.parameters.extend(parameters);
        self
    }

    /// This piece with `next` behind it.
    #[must_use]
    pub(crate) fn then(self, next: Self) -> Self {
        self.with(&next.text, next.parameters)
    }
}
