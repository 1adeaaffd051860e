//! Finding entries without enumerating the cache.
//!
//! An index is a tree of buckets, each an entry with a bounded number of members. A bucket that is full
//! sends what comes after to one of its children, by the member's digest. So adding one member takes as
//! many steps as the tree is deep, members that expired make room where they were, and the tree is as
//! deep as what it holds: nobody looks for children where no bucket is full.
//!
//! A member's digest tells its way, so all buckets on it are read in one question by whoever has an
//! idea of how deep the tree is (see [`Depth`]).
//!
//! A member is there before its entry is, and for at least as long.
//!
//! All that is for caches that keep nothing but texts. Where there are sets, see [`sets`](super::sets).

use std::sync::atomic::{AtomicU32, Ordering};

use axes_core::Timestamp;
use sha2::{Digest, Sha256};

use super::tally_entry::stretched;
use super::text::{Reader, Writer};
use super::{Entries, Gone, run, run::Run};
use crate::StoreError;

const KIND: &str = "b1";
/// The index of all tallies that may be locked out.
pub(super) const TALLIES: &str = "tallies";
/// The index of all records.
pub(super) const ALL_RECORDS: &str = "records:-.-.-";
/// How many members a bucket has room for. All on the way are read and one is written for each new
/// member, so it is small.
const ROOM: usize = 32;
/// How many children a bucket has.
const CHILDREN: u64 = 8;
/// How deep a tree may grow: past that there is room for billions.
const DEPTH: u32 = 9;

/// How deep the indexes were when this process saw them last: so many levels are read at once. Where it
/// is wrong, some are read in vain, or in one more question.
#[derive(Debug)]
pub(super) struct Depth(AtomicU32);

impl Default for Depth {
    fn default() -> Self {
        Self(AtomicU32::new(1))
    }
}

impl Depth {
    /// How many levels to read.
    pub(super) fn levels(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// A member found its place at `level`.
    fn note(&self, level: u32) {
        let (levels, needed) = (self.levels(), level.saturating_add(1));
        if needed > levels {
            self.0.store(needed, Ordering::Relaxed);
        } else if needed.saturating_add(2) < levels {
            // Members find a place far above: the trees have become smaller.
            self.0.store(levels.saturating_sub(1), Ordering::Relaxed);
        }
    }
}

/// A place in the tree: the members whose digest, modulo the width of that level, is its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    level: u32,
    number: u64,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Bucket {
    /// How often it was written, so that adding a member that is there changes it too: whoever is
    /// about to remove that member has to look again.
    writes: u32,
    /// Until when there may be members below.
    below: Timestamp,
    members: Vec<(String, Timestamp)>,
}

/// A walk through all members of an index, one part after the other.
pub(super) struct Walk<'i> {
    index: &'i str,
    /// Where to go on in a set, and in a tree.
    from: Option<u64>,
    places: Vec<Place>,
}

/// The members that were found together, and what it takes to remove them. One may come twice.
pub(super) struct Members<'i, T> {
    names: Vec<String>,
    place: Whence<'i, T>,
}

/// Where members are.
enum Whence<'i, T> {
    Set(&'i str),
    Bucket {
        key: String,
        found: run::Found<T>,
        bucket: Bucket,
    },
}

impl<'i> Walk<'i> {
    pub(super) fn through(index: &'i str) -> Self {
        let root = Place {
            level: 0,
            number: 0,
        };
        Self {
            index,
            from: Some(0),
            places: vec![root],
        }
    }

    /// The next members; `None` when there are no more.
    pub(super) fn next<E: Entries>(
        &mut self,
        run: &mut Run<'_, E>,
    ) -> Result<Option<Vec<Members<'i, E::Token>>>, StoreError> {
        if !run.keeps_sets() {
            return self.next_buckets(run);
        }
        let Some(from) = self.from else {
            return Ok(None);
        };
        let (names, next) = run.members(self.index, from)?;
        self.from = next;
        Ok(Some(vec![Members {
            names,
            place: Whence::Set(self.index),
        }]))
    }

    fn next_buckets<E: Entries>(
        &mut self,
        run: &mut Run<'_, E>,
    ) -> Result<Option<Vec<Members<'i, E::Token>>>, StoreError> {
        let from = self.places.len().saturating_sub(run::CHUNK);
        let places = self.places.split_off(from);
        if places.is_empty() {
            return Ok(None);
        }
        run.prefetch(places.iter().map(|place| place.key(self.index)))?;
        let mut all = Vec::with_capacity(places.len());
        for place in places {
            let key = place.key(self.index);
            let found = run.fetch(&key)?;
            let bucket = Bucket::of(found.value.as_deref(), run.now)?;
            if bucket.below > run.now {
                self.places.extend(place.children());
            }
            if !bucket.members.is_empty() {
                all.push(Members {
                    names: bucket
                        .members
                        .iter()
                        .map(|(name, _)| name.clone())
                        .collect(),
                    place: Whence::Bucket { key, found, bucket },
                });
            }
        }
        Ok(Some(all))
    }
}

impl<T> Members<'_, T> {
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Removes the members whose entries are `gone`: they were deleted after this was read. If somebody is
    /// about to make such an entry anew, they stay.
    pub(super) fn remove<E: Entries<Token = T>>(
        self,
        run: &mut Run<'_, E>,
        gone: &[Gone],
    ) -> Result<(), StoreError> {
        if gone.is_empty() {
            return Ok(());
        }
        match self.place {
            Whence::Set(index) => run.take_out(index, gone),
            Whence::Bucket {
                key,
                found,
                mut bucket,
            } => {
                let is_gone = |name: &String| gone.iter().any(|gone| gone.member == *name);
                bucket.members.retain(|(name, _)| !is_gone(name));
                let (text, until) = bucket.write();
                // Not where somebody has written here meanwhile.
                run.put(&key, &text, &found, until).map(|_| ())
            }
        }
    }
}

/// The key of the bucket that a walk begins with.
pub(super) fn root(index: &str) -> String {
    Place::at(0, 0).key(index)
}

/// Whether nothing is in `index`. What it read can be fetched again.
pub(super) fn is_empty<E: Entries>(run: &mut Run<'_, E>, index: &str) -> Result<bool, StoreError> {
    if run.keeps_sets() {
        return Ok(run.finds_empty(index));
    }
    let key = root(index);
    let found = run.fetch(&key)?;
    let bucket = Bucket::of(found.value.as_deref(), run.now)?;
    run.put_back(key, found);
    Ok(bucket.members.is_empty() && bucket.below <= run.now)
}

/// The keys of the buckets in which `member` is likely to find its place.
pub(super) fn way(index: &str, member: &str, depth: &Depth) -> impl Iterator<Item = String> {
    way_between(index, digest(member), 0, levels(index, depth))
}

/// How many levels of `index` to read at once: one of the few that know everything is deep.
fn levels(index: &str, depth: &Depth) -> u32 {
    if is_wide(index) { depth.levels() } else { 1 }
}

fn is_wide(index: &str) -> bool {
    [TALLIES, ALL_RECORDS].contains(&index)
}

fn way_between(index: &str, digest: u64, from: u32, to: u32) -> impl Iterator<Item = String> {
    (from..to).map(move |level| Place::at(level, digest).key(index))
}

/// Plans to add `member` to `index`, to stay until `until` at least.
pub(super) fn add<E: Entries>(
    run: &mut Run<'_, E>,
    index: &str,
    member: &str,
    until: Timestamp,
) -> Result<(), StoreError> {
    if run.keeps_sets() {
        run.join(index, member, until);
        return Ok(());
    }
    if run.has_added(index, member) {
        return Ok(());
    }
    let digest = digest(member);
    for level in 0..=DEPTH {
        let key = Place::at(level, digest).key(index);
        if !run.has(&key) {
            // As many levels again.
            let to = levels(index, run.depth())
                .max(level.saturating_mul(2))
                .max(level.saturating_add(1));
            run.prefetch(way_between(index, digest, level, to))?;
        }
        let found = run.fetch(&key)?;
        let mut bucket = Bucket::of(found.value.as_deref(), run.now)?;
        let full = bucket.members.len() >= ROOM && level < DEPTH;
        let known = bucket.members.iter_mut().find(|(name, _)| name == member);
        let goes_below = full && known.is_none();
        if let Some((_, known)) = known {
            *known = until.max(*known);
        } else if !goes_below {
            bucket.members.push((member.to_owned(), until));
        } else if bucket.below >= until {
            run.put_back(key, found);
            continue;
        } else {
            // For longer than this member needs, or each new member would have to tell every bucket.
            bucket.below = stretched(until, run.now);
        }
        let (text, kept) = bucket.write();
        run.plan(key.clone(), text, found, kept);
        if !goes_below {
            run.plan_adds(&key, index, member);
            if is_wide(index) {
                run.depth().note(level);
            }
            return Ok(());
        }
    }
    Err(run::contended())
}

impl Bucket {
    /// The bucket of that text, without the members that have expired.
    fn of(text: Option<&str>, now: Timestamp) -> Result<Self, StoreError> {
        let Some(text) = text else {
            return Ok(Self::default());
        };
        let mut reader = Reader::new(KIND, text)?;
        let mut bucket = Self {
            writes: reader.number()?,
            below: reader.time()?,
            members: Vec::new(),
        };
        let count: u32 = reader.number()?;
        for _ in 0..count {
            let member = (reader.text()?.unwrap_or_default(), reader.time()?);
            if member.1 > now {
                bucket.members.push(member);
            }
        }
        Ok(bucket)
    }

    /// Its text, and how long it has to stay.
    fn write(&self) -> (String, Timestamp) {
        let mut writer = Writer::new(KIND);
        writer.number(self.writes.wrapping_add(1));
        writer.time(self.below);
        writer.number(u32::try_from(self.members.len()).unwrap_or(u32::MAX));
        let mut until = self.below;
        for (name, expires) in &self.members {
            writer.text(Some(name));
            writer.time(*expires);
            until = until.max(*expires);
        }
        (writer.finish(), until)
    }
}

impl Place {
    fn key(self, index: &str) -> String {
        format!("axes:index:{index}:{}:{}", self.level, self.number)
    }

    const fn width(self) -> u64 {
        CHILDREN.saturating_pow(self.level)
    }

    /// The place of a digest at `level`.
    fn at(level: u32, digest: u64) -> Self {
        let width = Self { level, number: 0 }.width();
        Self {
            level,
            number: digest.checked_rem(width).unwrap_or(0),
        }
    }

    fn children(self) -> impl Iterator<Item = Self> {
        let (level, width) = (self.level.saturating_add(1), self.width());
        (0..CHILDREN).map(move |child| Self {
            level,
            number: self.number.saturating_add(width.saturating_mul(child)),
        })
    }
}

fn digest(member: &str) -> u64 {
    let digest = Sha256::digest(member.as_bytes());
    digest
        .iter()
        .take(8)
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}
