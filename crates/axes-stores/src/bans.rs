//! Bans, as operators enter, read and lift them.

use axes_core::{Ban, Banned, Timestamp};

use crate::StoreError;

/// A store that keeps bans, and refuses by them: see [`Op`](axes_core::Op).
///
/// # Rules
/// 1. When [`ban`](Self::ban) or [`unban`](Self::unban) has returned, every process that uses the store
///    obeys.
/// 2. There is one ban of a username or network at most; a new one takes its place.
/// 3. What a ban costs an attempt does not grow with what is recorded.
pub trait Bans {
    /// Enters `ban`.
    ///
    /// # Errors
    /// [`StoreError`] when the backend cannot do it.
    fn ban(&self, ban: &Ban) -> Result<(), StoreError>;

    /// Lifts the ban of `target`; whether there was one.
    ///
    /// # Errors
    /// [`StoreError`] when the backend cannot do it.
    fn unban(&self, target: &Banned) -> Result<bool, StoreError>;

    /// The bans that hold at the time `now`, the newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the backend cannot answer.
    fn bans(&self, now: Timestamp) -> Result<Vec<Ban>, StoreError>;
}
