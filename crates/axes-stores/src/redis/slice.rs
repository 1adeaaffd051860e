//! Slices of the log.

use std::time::Duration;

use axes_core::Parts;

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
        let known = |text: &&str| *text == "+" || text.strip_prefix('(').and_then(id_of).is_some();
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
fn id_of(text: &str) -> Option<(u64, u64)> {
    let (millis, number) = text.split_once('-')?;
    Some((millis.parse().ok()?, number.parse().ok()?))
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
    id: String,
    logged: Logged,
    parts: Parts,
    /// Of a success.
    session: Option<String>,
}

impl Found {
    fn failure((id, fields): (String, Vec<String>)) -> Result<Self, StoreError> {
        let (logged, parts) = read_failure(text_of(&fields))?;
        Ok(Self {
            id,
            logged,
            parts,
            session: None,
        })
    }

    fn access((id, fields): (String, Vec<String>)) -> Result<Self, StoreError> {
        let line = read_access(text_of(&fields))?;
        Ok(Self {
            id,
            logged: line.logged,
            parts: line.parts,
            session: Some(line.session),
        })
    }
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
        let failures: Result<Vec<Found>, _> =
            self.failures.into_iter().map(Found::failure).collect();
        let accesses: Result<Vec<Found>, _> =
            self.accesses.into_iter().map(Found::access).collect();
        let mut failures = failures?.into_iter().peekable();
        let mut accesses = accesses?.into_iter().peekable();
        let selected = wanted.who.parts();
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let mut ends = ends.clone();
        let mut slice = Slice {
            items: Vec::new(),
            next: None,
        };
        let mut sessions = Vec::new();
        loop {
            let place = |line: Option<&Found>| line.map(|it| (it.logged.time, id_of(&it.id)));
            let (failure, access) = (place(failures.peek()), place(accesses.peek()));
            // Where one stream is not known further, nobody knows which is next.
            let ended = (failure.is_none() && more_failures) || (access.is_none() && more_accesses);
            if ended || slice.items.len() >= most {
                let is_last = failure.is_none() && access.is_none() && !ended;
                slice.next = (!is_last).then(|| ends.cursor());
                break;
            }
            // In one moment, somebody fails first and succeeds then.
            let (next, end) = if failure > access {
                (failures.next(), &mut ends.failures)
            } else {
                (accesses.next(), &mut ends.accesses)
            };
            let Some(found) = next else { break };
            *end = format!("({}", found.id);
            if let Some(since) = wanted.since {
                if found.logged.time.plus(SKEW) < since {
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
