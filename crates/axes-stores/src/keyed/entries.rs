//! What a cache has to offer.

use std::time::Duration;

use axes_core::Timestamp;

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
/// 6. [`swap`](Self::swap) does all or nothing, in one step for everybody. The lines of a log, too, and
///    what is put into sets.
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

    /// Does all of `swap` if everything is as it expects; else nothing, and tells what there is.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be asked, or does not offer this.
    fn swap(&self, _swap: &Swap<'_, Self::Token>) -> Result<Swapped<Self::Token>, StoreError> {
        Err(not_offered())
    }

    /// Whether [`swap`](Self::swap) puts names into sets, too. Where it does, nobody makes an index of
    /// entries.
    fn keeps_sets(&self) -> bool {
        false
    }

    /// Some of the members that `set` has beyond the time `now`, and where to go on; nowhere after the
    /// last of them. One that is there all the time is told at least once. It begins with 0.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    fn members(&self, _set: &str, _from: u64, _now: Timestamp) -> Result<Members, StoreError> {
        Err(not_offered())
    }

    /// Takes those of `gone` out of `set` whose entries still are gone. Returns whether anything is left.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    fn take_out(&self, _set: &str, _gone: &[Gone]) -> Result<bool, StoreError> {
        Err(not_offered())
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

/// What is done in one step, or not at all. No key comes twice.
#[derive(Debug)]
pub struct Swap<'a, T> {
    /// What has to be as it is.
    pub expected: &'a [Expected<'a, T>],
    /// What is written, where it is as each expects.
    pub puts: &'a [Put<'a, T>],
    /// The keys of what is told as well, if this is in vain.
    pub told: &'a [&'a str],
    /// What is added to the log.
    pub lines: &'a [Line],
    /// The sets that have to have no member beyond `now`.
    pub empty: &'a [&'a str],
    /// What is put into sets.
    pub joins: &'a [Join],
    /// The time of whoever asks.
    pub now: Timestamp,
}

impl<T> Swap<'_, T> {
    /// Nothing to do, for what has little to do.
    pub const NOTHING: Self = Self {
        expected: &[],
        puts: &[],
        told: &[],
        lines: &[],
        empty: &[],
        joins: &[],
        now: Timestamp::EPOCH,
    };
}

/// What came of a [`Swap`].
#[derive(Debug)]
pub enum Swapped<T> {
    /// All is written.
    Done,
    /// Nothing is.
    InVain {
        /// What there is: first where something was expected, then where something was to be written,
        /// then where it was only to be told.
        found: Vec<Option<Entry<T>>>,
        /// Whether each of the sets is empty that have to be.
        empty: Vec<bool>,
    },
}

/// A name that is put into a set, or stays there for longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// The key of the set.
    pub set: String,
    /// The name.
    pub member: String,
    /// Until when it is there, at least.
    pub until: Timestamp,
    /// How long the set has to stay for it; without a time, for ever.
    pub keep: Option<Duration>,
}

/// A part of a set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    /// The names. One may be told more than once.
    pub names: Vec<String>,
    /// Where to go on.
    pub next: Option<u64>,
}

impl Members {
    /// Those of the members `found` in a sorted set of Redis that stay beyond `now`: each with until when,
    /// in milliseconds. A cursor is 0 after the last of them.
    #[must_use]
    pub fn beyond(now: Timestamp, found: Vec<(String, f64)>, cursor: u64) -> Self {
        #[expect(
            clippy::cast_precision_loss,
            reason = "no time of our days loses a millisecond"
        )]
        let now = now.as_millis() as f64;
        let stays = found.into_iter().filter(|(_, until)| *until > now);
        Self {
            names: stays.map(|(name, _)| name).collect(),
            next: Some(cursor).filter(|cursor| *cursor != 0),
        }
    }
}

/// A member whose entry is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// Its name in the set.
    pub member: String,
    /// The key of its entry.
    pub key: String,
    /// What was left there. Nothing at all is as good.
    pub text: String,
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

    fn swap(&self, swap: &Swap<'_, Self::Token>) -> Result<Swapped<Self::Token>, StoreError> {
        (**self).swap(swap)
    }

    fn keeps_sets(&self) -> bool {
        (**self).keeps_sets()
    }

    fn members(&self, set: &str, from: u64, now: Timestamp) -> Result<Members, StoreError> {
        (**self).members(set, from, now)
    }

    fn take_out(&self, set: &str, gone: &[Gone]) -> Result<bool, StoreError> {
        (**self).take_out(set, gone)
    }

    fn keeps_log(&self) -> bool {
        (**self).keeps_log()
    }

    fn log(&self, lines: &[Line]) -> Result<(), StoreError> {
        (**self).log(lines)
    }
}

/// The methods that a cache offers are said by others.
const fn not_offered() -> StoreError {
    StoreError::new(ErrorKind::Corrupt, "do what the cache does not offer")
}
