//! What the tests of Axes share.
