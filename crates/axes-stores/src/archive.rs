//! What operators read of the past, and delete.

use std::net::IpAddr;

use axes_core::{Selector, Timestamp};

use crate::StoreError;

/// A store whose past operators can read, and whose leftovers they can delete.
///
/// # Rules
/// 1. What is new comes first: lines of the log by their times, records by when they began or were last
///    added to, whichever the store has an index of.
/// 2. A slice holds at most as many as asked for, and says where the next one begins. It may hold less,
///    even nothing, and others follow all the same. What happens meanwhile may be missing in the next,
///    and nothing comes twice.
/// 3. What one slice costs does not grow with what is kept.
/// 4. A purge deletes nothing that anybody is refused for, or that counts.
pub trait Archive {
    /// Failed attempts, those that look alike as one.
    ///
    /// # Errors
    /// [`StoreError`] when the backend cannot answer.
    fn recorded(
        &self,
        wanted: &Past,
        from: Option<&Cursor>,
        most: u32,
        now: Timestamp,
    ) -> Result<Slice<Recorded>, StoreError>;

    /// The audit log: successes with their logouts, and failures one by one, as far as the policy lets
    /// them be logged.
    ///
    /// # Errors
    /// [`StoreError`] when the backend cannot answer.
    fn logged(
        &self,
        wanted: &Past,
        from: Option<&Cursor>,
        most: u32,
    ) -> Result<Slice<Logged>, StoreError>;

    /// Deletes some of the records and tallies that nobody needs any more: those whose last failure is
    /// from before `forgotten`, or that expired before `now`, about `most` at once. Returns how many
    /// records that were; there may be more unless it is 0.
    ///
    /// # Errors
    /// [`StoreError`] when the backend cannot do it.
    fn purge(&self, forgotten: Timestamp, now: Timestamp, most: u32) -> Result<u64, StoreError>;
}

impl<A: Archive + ?Sized> Archive for &A {
    fn recorded(
        &self,
        wanted: &Past,
        from: Option<&Cursor>,
        most: u32,
        now: Timestamp,
    ) -> Result<Slice<Recorded>, StoreError> {
        (**self).recorded(wanted, from, most, now)
    }

    fn logged(
        &self,
        wanted: &Past,
        from: Option<&Cursor>,
        most: u32,
    ) -> Result<Slice<Logged>, StoreError> {
        (**self).logged(wanted, from, most)
    }

    fn purge(&self, forgotten: Timestamp, now: Timestamp, most: u32) -> Result<u64, StoreError> {
        (**self).purge(forgotten, now, most)
    }
}

impl<A: Archive + ?Sized> Archive for std::sync::Arc<A> {
    fn recorded(
        &self,
        wanted: &Past,
        from: Option<&Cursor>,
        most: u32,
        now: Timestamp,
    ) -> Result<Slice<Recorded>, StoreError> {
        (**self).recorded(wanted, from, most, now)
    }

    fn logged(
        &self,
        wanted: &Past,
        from: Option<&Cursor>,
        most: u32,
    ) -> Result<Slice<Logged>, StoreError> {
        (**self).logged(wanted, from, most)
    }

    fn purge(&self, forgotten: Timestamp, now: Timestamp, most: u32) -> Result<u64, StoreError> {
        (**self).purge(forgotten, now, most)
    }
}

/// What of the past is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// Whose, and from where.
    pub who: Selector,
    /// From when on.
    pub since: Option<Timestamp>,
}

/// Where a slice begins: only the store that made it understands it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub(crate) String);

/// Some of what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice<T> {
    /// It.
    pub items: Vec<T>,
    /// Where the next slice begins; none where this was the last.
    pub next: Option<Cursor>,
}

/// Failed attempts that look alike: same username, address and user agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The username as it was typed.
    pub username: Option<String>,
    /// The full address.
    pub ip_address: Option<IpAddr>,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// The path of the last of them.
    pub path_info: String,
    /// How many there were, those that were refused included.
    pub failures: u32,
    /// When the last of them was.
    pub time: Timestamp,
}

/// A line of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// What happened.
    pub what: Happened,
    /// The username as it was typed.
    pub username: Option<String>,
    /// The full address.
    pub ip_address: Option<IpAddr>,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// The path of the request.
    pub path_info: String,
    /// When it happened.
    pub time: Timestamp,
}

/// What a line of the audit log tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// Somebody logged in, and out again if that is known.
    Success {
        /// When they logged out.
        logged_out: Option<Timestamp>,
    },
    /// A login failed.
    Failure {
        /// Whether it was locked out already, or from then on.
        locked_out: bool,
    },
}
