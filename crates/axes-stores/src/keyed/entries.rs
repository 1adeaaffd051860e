//! What a cache has to offer.

use std::time::Duration;

use super::Line;
use crate::{ErrorKind, StoreError};

/// Texts under keys, each changed by compare-and-set: a cache that processes share, say.
///
/// # Rules
/// 1. [`put`](Self::put) writes only where the entry is still the one that [`get`](Self::get) found,
///    whoever else writes at that moment.
/// 2. An entry that is there is what was put there last. It may be gone at any moment.
/// 3. After an error nobody knows whether something was written; otherwise it is known.
/// 4. Keys are short and made of printable ASCII; values are UTF-8 and may be empty.
/// 5. [`put_all`](Self::put_all) does its writes in their order and none after one that is in vain.
/// 6. [`swap`](Self::swap) does all or nothing, in one step for everybody. The lines of a log, too.
pub trait Entries {
    /// Tells one state of an entry from every other.
    type Token;

    /// The entries of `keys`, in their order.
    ///
    /// # Errors
    /// [`StoreError`] when they cannot be read.
    fn get(&self, keys: &[String]) -> Result<Vec<Option<Entry<Self::Token>>>, StoreError>;

    /// Writes the entry `key` if it is still what was found with the token `expected`, or, where that
    /// is `None`, if there is none. Returns whether it did.
    ///
    /// It has to stay for as long as `keep`, if nothing evicts it; without one, for ever.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    fn put(
        &self,
        key: &str,
        value: &str,
        expected: Option<&Self::Token>,
        keep: Option<Duration>,
    ) -> Result<bool, StoreError>;

    /// Does what [`put`](Self::put) does for each of `puts`, up to the first that is in vain. Returns
    /// how many were done. No key comes twice.
    ///
    /// Others may see some of them before the rest. A cache that can do all of them in one question
    /// should.
    ///
    /// # Errors
    /// [`StoreError`] when one of them cannot be written. Those before it may be there.
    fn put_all(&self, puts: &[Put<'_, Self::Token>]) -> Result<usize, StoreError> {
        for (done, put) in puts.iter().enumerate() {
            if !self.put(put.key, put.value, put.expected, put.keep)? {
                return Ok(done);
            }
        }
        Ok(puts.len())
    }

    /// The token of an entry with this text, where texts are what tells states apart and where
    /// [`swap`](Self::swap) is offered.
    fn token_of(&self, _text: &str) -> Option<Self::Token> {
        None
    }

    /// Does all `puts` if each of them, and each of `expected`, finds what it expects; else nothing,
    /// and tells what there is, also under the keys `told`. No key comes twice. Where it does them it adds
    /// `lines` to the log.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be asked, or does not offer this.
    fn swap(
        &self,
        _expected: &[Expected<'_, Self::Token>],
        _puts: &[Put<'_, Self::Token>],
        _told: &[&str],
        _lines: &[Line],
    ) -> Result<Swapped<Self::Token>, StoreError> {
        Err(StoreError::new(ErrorKind::Corrupt, "swap entries"))
    }

    /// Whether there is a log of the past. Where there is none, nobody makes lines for it.
    fn keeps_log(&self) -> bool {
        false
    }

    /// Adds `lines` to the log, in their order.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    fn log(&self, _lines: &[Line]) -> Result<(), StoreError> {
        Ok(())
    }
}

/// An entry that has to be as it is.
#[derive(Debug)]
pub struct Expected<'a, T> {
    /// The key of the entry.
    pub key: &'a str,
    /// The state that it has to be in; without one, there has to be none.
    pub token: Option<&'a T>,
}

/// What came of a [`swap`](Entries::swap).
#[derive(Debug)]
pub enum Swapped<T> {
    /// All is written.
    Done,
    /// Nothing is. There is this: first where something was expected, then where something was to be
    /// written, then where it was only to be told.
    InVain(Vec<Option<Entry<T>>>),
}

/// One write of several.
#[derive(Debug)]
pub struct Put<'a, T> {
    /// The key of the entry.
    pub key: &'a str,
    /// Its text from now on.
    pub value: &'a str,
    /// The state that it has to be in; without one, there has to be none.
    pub expected: Option<&'a T>,
    /// How long it has to stay; without one, for ever.
    pub keep: Option<Duration>,
}

/// An entry as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<T> {
    /// Its text.
    pub value: String,
    /// Its state.
    pub token: T,
}

impl<E: Entries + ?Sized> Entries for &E {
    type Token = E::Token;

    fn get(&self, keys: &[String]) -> Result<Vec<Option<Entry<Self::Token>>>, StoreError> {
        (**self).get(keys)
    }

    fn put(
        &self,
        key: &str,
        value: &str,
        expected: Option<&Self::Token>,
        keep: Option<Duration>,
    ) -> Result<bool, StoreError> {
        (**self).put(key, value, expected, keep)
    }

    fn put_all(&self, puts: &[Put<'_, Self::Token>]) -> Result<usize, StoreError> {
        (**self).put_all(puts)
    }

    fn token_of(&self, text: &str) -> Option<Self::Token> {
        (**self).token_of(text)
    }

    fn swap(
        &self,
        expected: &[Expected<'_, Self::Token>],
        puts: &[Put<'_, Self::Token>],
        told: &[&str],
        lines: &[Line],
    ) -> Result<Swapped<Self::Token>, StoreError> {
        (**self).swap(expected, puts, told, lines)
    }

    fn keeps_log(&self) -> bool {
        (**self).keeps_log()
    }

    fn log(&self, lines: &[Line]) -> Result<(), StoreError> {
        (**self).log(lines)
    }
}
