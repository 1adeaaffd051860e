//! What the fuzz targets share.
//!
//! An input is a row of texts, one after the other, with a byte between them that no text holds.
//! So a seed is written by joining texts, and a mutation moves between them easily.

use std::borrow::Cow;
use std::iter::Peekable;
use std::slice::Split;

mod policy;
mod value;

pub use policy::is_valid;
pub use value::value;

/// Stands between two texts of an input.
pub const SEPARATOR: u8 = 0xff;

type Parts<'a> = Split<'a, u8, fn(&u8) -> bool>;

/// The texts of an input.
pub struct Texts<'a>(Peekable<Parts<'a>>);

impl<'a> Texts<'a> {
    /// The texts of the input `data`.
    #[must_use]
    pub fn of(data: &'a [u8]) -> Self {
        let is_separator: fn(&u8) -> bool = |byte| *byte == SEPARATOR;
        Self(data.split(is_separator).peekable())
    }

    /// The next text; empty where there are no more.
    pub fn text(&mut self) -> Cow<'a, str> {
        self.next().unwrap_or_default()
    }

    /// The next text, or `None` where it is empty.
    pub fn some(&mut self) -> Option<Cow<'a, str>> {
        self.next().filter(|text| !text.is_empty())
    }

    /// The next text, which stays the next one.
    pub fn peek(&mut self) -> Option<Cow<'a, str>> {
        self.0.peek().copied().map(String::from_utf8_lossy)
    }
}

impl<'a> Iterator for Texts<'a> {
    type Item = Cow<'a, str>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(String::from_utf8_lossy)
    }
}
