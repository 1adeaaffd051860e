//! Slices of the log.

use std::time::Duration;

use axes_core::{Parts, Timestamp};

use crate::keyed::{read_access, read_failure};
use crate::{Cursor, ErrorKind, Logged, Past, Slice, StoreError};

/// What session each success of a slice is of, by its place there.
type Sessions = Vec<(usize, String)>;

/// By how much the clocks of those who write may differ.
const SKEW: Duration = Duration::from_hours(1);

/// The latest line of each stream that a slice may hold, as Redis takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ends {
    pub(super) failures: String,
    pub(super) accesses: String,
}

impl Default for Ends {
    fn default() -> Self {
        Self {
            failures: "+".to_owned(),
            accesses: "+".to_owned(),
        }
    }
}

impl Ends {
    pub(super) fn read(Cursor(text): &Cursor) -> Result<Self, StoreError> {
        let known = |text: &&str| {
            let id = text.strip_prefix('(').unwrap_or("");
            *text == "+" || (id.len() < 50 && Id::read(id).is_some())
        };
        let ends = text
            .split_once(' ')
            .filter(|(failures, accesses)| [failures, accesses].into_iter().all(known));
        let (failures, accesses) = ends.ok_or_else(|| {
            StoreError::new(ErrorKind::Corrupt, "understand where to go on in the log")
        })?;
        Ok(Self {
            failures: failures.to_owned(),
            accesses: accesses.to_owned(),
        })
    }

    fn cursor(&self) -> Cursor {
        Cursor(format!("{} {}", self.failures, self.accesses))
    }
}

/// The name of a line: when the server wrote it, and the how manieth of that moment it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Id(u64, u64);

impl Id {
    fn read(text: &str) -> Option<Self> {
        let (millis, number) = text.split_once('-')?;
        Some(Self(millis.parse().ok()?, number.parse().ok()?))
    }
}

/// The latest lines of both streams, the last first.
pub(super) struct Streams {
    pub(super) failures: Vec<(String, Vec<String>)>,
    pub(super) accesses: Vec<(String, Vec<String>)>,
    /// How many of each there are at most.
    pub(super) looked_at: u32,
}

/// A line of either stream.
struct Found {
    logged: Logged,
    parts: Parts,
    /// Of a success.
    session: Option<String>,
}

impl Streams {
    /// The lines that are `wanted`, with what session each success is of, by its place.
    pub(super) fn slice(
        self,
        wanted: &Past,
        ends: &Ends,
        most: u32,
    ) -> Result<(Slice<Logged>, Sessions), StoreError> {
        let full = |lines: &Vec<_>| lines.len() >= usize::try_from(self.looked_at).unwrap_or(0);
        let (more_failures, more_accesses) = (full(&self.failures), full(&self.accesses));
        let selected = wanted.who.parts();
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let mut ends = ends.clone();
        let mut slice = Slice {
            items: Vec::new(),
            next: None,
        };
        let mut sessions = Vec::new();
        let mut failures = self.failures.into_iter().peekable();
        let mut accesses = self.accesses.into_iter().peekable();
        loop {
            let id = |line: Option<&(String, _)>| line.and_then(|(id, _)| Id::read(id));
            let (failure, access) = (id(failures.peek()), id(accesses.peek()));
            // Where one stream is not known further, nobody knows which is next.
            let ended = (failure.is_none() && more_failures) || (access.is_none() && more_accesses);
            if ended || slice.items.len() >= most {
                let is_last = failure.is_none() && access.is_none() && !ended;
                slice.next = (!is_last).then(|| ends.cursor());
                break;
            }
            let (id, found) = if failure > access {
                let Some((id, fields)) = failures.next() else {
                    break;
                };
                ends.failures = format!("({id}");
                let (logged, parts) = read_failure(text_of(&fields))?;
                let found = Found {
                    logged,
                    parts,
                    session: None,
                };
                (id, found)
            } else {
                let Some((id, fields)) = accesses.next() else {
                    break;
                };
                ends.accesses = format!("({id}");
                let line = read_access(text_of(&fields))?;
                let found = Found {
                    logged: line.logged,
                    parts: line.parts,
                    session: Some(line.session),
                };
                (id, found)
            };
            debug_assert!(Id::read(&id).is_some());
            if let Some(since) = wanted.since {
                let long_before = |time: Timestamp| time.plus(SKEW) < since;
                if long_before(found.logged.time) {
                    break;
                }
                if found.logged.time < since {
                    continue;
                }
            }
            if selected.covers(&found.parts) {
                sessions.extend(found.session.map(|session| (slice.items.len(), session)));
                slice.items.push(found.logged);
            }
        }
        Ok((slice, sessions))
    }
}

/// The text of a line: the one field that it has.
fn text_of(fields: &[String]) -> &str {
    fields.get(1).map_or("", String::as_str)
}
