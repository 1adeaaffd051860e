//! Bans, one entry each.
//!
//! An attempt may be banned by any network that its address is in, and there are many of those. So one
//! more entry tells of which kinds there may be bans: of usernames, and of networks of which size. It is
//! read together with what a batch reads anyway, and only where it names a kind, that ban is looked for.
//! A kind is there before whoever banned returns, and stays until the last ban of it would have ended,
//! lifted or not. An index knows all bans, for people who list them.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axes_core::{Ban, Banned, Heed, Reply, Timestamp};
use ipnet::IpNet;

use super::index::{self, Walk};
use super::run::{self, Run};
use super::tally_entry::stretched;
use super::text::{Reader, Writer, corrupt};
use super::{Entries, Gone, KeyedStore};
use crate::bans::told;
use crate::{Bans, StoreError};

/// The entry that tells of which kinds there may be bans.
const KINDS: &str = "axes:ban-kinds";
/// The index of all bans.
const BANS: &str = "bans";
/// In place of a time that never comes, which is a long number: processes remember short entries.
const FOR_GOOD: i64 = -1;

/// Of which kinds there may be bans, each with the end of the last of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Kinds(BTreeMap<String, Timestamp>);

/// Of which kinds there were bans when this process looked last: those are looked for at once.
#[derive(Debug, Default)]
pub(super) struct KnownKinds(Mutex<Kinds>);

impl KnownKinds {
    fn lock(&self) -> MutexGuard<'_, Kinds> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, kinds: &Kinds) {
        let mut known = self.lock();
        if *known != *kinds {
            known.clone_from(kinds);
        }
    }
}

impl Kinds {
    fn read(text: Option<&str>) -> Result<Self, StoreError> {
        let mut kinds = BTreeMap::new();
        let Some(text) = text else {
            return Ok(Self(kinds));
        };
        let mut reader = Reader::new("k1", text)?;
        let count: u32 = reader.number()?;
        for _ in 0..count {
            let kind = reader.text()?.ok_or_else(corrupt)?;
            let until = match reader.number()? {
                FOR_GOOD => Timestamp::NEVER,
                millis => Timestamp::from_millis(millis),
            };
            kinds.insert(kind, until);
        }
        Ok(Self(kinds))
    }

    /// Its text, without the kinds of which all bans have ended, and until when it is needed.
    fn write(&self, now: Timestamp) -> (String, Timestamp) {
        let left: Vec<_> = self.0.iter().filter(|(_, until)| **until > now).collect();
        let mut writer = Writer::new("k1");
        writer.number(u32::try_from(left.len()).unwrap_or(u32::MAX));
        let mut needed = now;
        for (kind, until) in left {
            writer.text(Some(kind));
            let is_for_good = *until == Timestamp::NEVER;
            writer.number(if is_for_good {
                FOR_GOOD
            } else {
                until.as_millis()
            });
            needed = needed.max(*until);
        }
        (writer.finish(), needed)
    }

    /// Adds the kind of `ban`, if that is not there for long enough; whether it was not.
    fn add(&mut self, ban: &Ban) -> bool {
        let until = self.0.entry(kind(&ban.target)).or_insert(Timestamp::EPOCH);
        let adds = *until < ban.until;
        *until = ban.until.max(*until);
        adds
    }

    /// The keys of the entries of all bans that can refuse whoever asks.
    fn keys(&self, heed: &Heed, now: Timestamp) -> Vec<String> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let may_be = |target: &Banned| self.0.get(&kind(target)).is_some_and(|end| *end > now);
        let targets = heed.targets().filter(may_be);
        targets.map(|target| ban_key(&target.key())).collect()
    }
}

/// What is looked for in the same way.
fn kind(target: &Banned) -> String {
    match target {
        Banned::Username(_) => "username".to_owned(),
        Banned::Network(IpNet::V4(network)) => format!("4/{}", network.prefix_len()),
        Banned::Network(IpNet::V6(network)) => format!("6/{}", network.prefix_len()),
    }
}

fn ban_key(target: &str) -> String {
    format!("axes:ban:{target}")
}

/// The keys that are likely to answer `heed`.
pub(super) fn keys(heed: &Heed, known: &KnownKinds) -> Vec<String> {
    let mut keys = vec![KINDS.to_owned()];
    // What has ended since is no key too many: it is looked for once more.
    keys.extend(known.lock().keys(heed, Timestamp::EPOCH));
    keys
}

impl<E: Entries> Run<'_, E> {
    /// Looks for bans that refuse whoever asks.
    pub(super) fn heed(&mut self, heed: &Heed) -> Result<Reply, StoreError> {
        let found = self.fetch(KINDS)?;
        let kinds = Kinds::read(found.value.as_deref())?;
        self.put_back(KINDS.to_owned(), found);
        self.kinds().note(&kinds);
        let keys = kinds.keys(heed, self.now);
        self.prefetch(keys.iter().cloned())?;
        let mut ends = Vec::with_capacity(keys.len());
        for key in keys {
            let found = self.fetch(&key)?;
            let ban = found.value.as_deref().map(read).transpose()?;
            ends.extend(ban.map(|ban| ban.until));
            self.put_back(key, found);
        }
        Ok(Heed::answer(ends, self.now))
    }

    /// Enters `ban`, as far as nobody else is quicker; whether all of it is there.
    fn enter(&mut self, ban: &Ban) -> Result<bool, StoreError> {
        let target = ban.target.key();
        let key = ban_key(&target);
        self.begin_to_plan();
        index::add(self, BANS, &target, stretched(ban.until, self.now))?;
        let (found, text) = (self.fetch(&key)?, write(ban));
        if found.value.as_deref() == Some(&*text) {
            self.put_back(key, found);
        } else {
            self.plan(key, text, found, ban.until);
        }
        let found = self.fetch(KINDS)?;
        let mut kinds = Kinds::read(found.value.as_deref())?;
        if kinds.add(ban) {
            let (text, until) = kinds.write(self.now);
            self.plan(KINDS.to_owned(), text, found, until);
        } else {
            self.put_back(KINDS.to_owned(), found);
        }
        let needs = self.needs();
        Ok(self.carry_out(&[])?.is_some_and(|steps| steps >= needs))
    }
}

impl<E: Entries> Bans for KeyedStore<E> {
    fn ban(&self, ban: &Ban) -> Result<(), StoreError> {
        let keys = [KINDS.to_owned(), ban_key(&ban.target.key())];
        let mut run = self.run(ban.since, keys)?;
        for _ in 0..run::SWAPS {
            if run.enter(ban)? {
                return Ok(());
            }
        }
        Err(run::contended())
    }

    fn unban(&self, target: &Banned) -> Result<bool, StoreError> {
        let key = ban_key(&target.key());
        // No time matters to it.
        let mut run = self.run_apart(Timestamp::EPOCH);
        for _ in 0..run::SWAPS {
            let found = run.fetch(&key)?;
            if run.bury(&key, &found)? {
                return Ok(found.value.is_some());
            }
        }
        Err(run::contended())
    }

    fn bans(&self, now: Timestamp) -> Result<Vec<Ban>, StoreError> {
        let mut run = self.run_apart(now);
        let mut bans = Vec::new();
        let mut walk = Walk::through(BANS);
        while let Some(buckets) = walk.next(&mut run)? {
            for bucket in buckets {
                run.prefetch(bucket.names().map(ban_key))?;
                let mut gone = Vec::new();
                for name in bucket.names() {
                    let key = ban_key(name);
                    let found = run.fetch(&key)?;
                    match found.value.as_deref() {
                        Some(text) => bans.push(read(text)?),
                        // Lifted, or evicted: whoever enters it anew at this moment begins again.
                        None if found.is_nothing() && run.bury_nothing(&key, &found)? => {
                            gone.push(Gone {
                                member: name.to_owned(),
                                text: String::new(),
                                key,
                            });
                        }
                        None => {}
                    }
                }
                bucket.remove(&mut run, &gone)?;
            }
        }
        Ok(told(bans, now))
    }
}

fn write(ban: &Ban) -> String {
    let (username, network) = match &ban.target {
        Banned::Username(username) => (Some(username.as_str()), None),
        Banned::Network(network) => (None, Some(network.to_string())),
    };
    let mut writer = Writer::new("p1");
    writer.time(ban.until);
    writer.time(ban.since);
    writer.text(username);
    writer.text(network.as_deref());
    writer.text(Some(&ban.reason));
    writer.text(Some(&ban.author));
    writer.finish()
}

fn read(text: &str) -> Result<Ban, StoreError> {
    let mut reader = Reader::new("p1", text)?;
    let (until, since) = (reader.time()?, reader.time()?);
    let target = match (reader.text()?, reader.text()?) {
        (Some(username), None) => Banned::Username(username),
        (None, Some(network)) => Banned::Network(network.parse().map_err(|_| corrupt())?),
        _ => return Err(corrupt()),
    };
    Ok(Ban {
        target,
        reason: reader.text()?.unwrap_or_default(),
        author: reader.text()?.unwrap_or_default(),
        since,
        until,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ban(typed: &str, until: i64) -> Ban {
        Ban {
            target: Banned::network(typed).unwrap(),
            reason: "a: b\n".to_owned(),
            author: String::new(),
            since: Timestamp::from_millis(5),
            until: Timestamp::from_millis(until),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let network = ban("2001:db8::/32", 9);
        assert_eq!(read(&write(&network)).unwrap(), network);
        let username = Ban {
            target: Banned::username("Ada: é").unwrap(),
            until: Timestamp::NEVER,
            ..network
        };
        assert_eq!(read(&write(&username)).unwrap(), username);
        assert!(read("p1 1 1 - - 0: 0: ").is_err() && read("").is_err());
    }

    #[test]
    fn a_kind_stays_until_the_last_ban_of_it_has_ended() {
        let mut kinds = Kinds::default();
        assert!(kinds.add(&ban("192.0.2.1", 9)) && kinds.add(&ban("198.51.100.1", 20)));
        assert!(!kinds.add(&ban("192.0.2.2", 15)));
        assert!(kinds.add(&ban("2001:db8::/32", 12)));
        let (text, needed) = kinds.write(Timestamp::from_millis(12));
        assert_eq!(needed, Timestamp::from_millis(20));
        let left = Kinds::read(Some(&text)).unwrap();
        assert_eq!(left.0.into_keys().collect::<Vec<_>>(), ["4/32"]);
        let all = (0..=128).map(|length| format!("2001:db8::/{length}"));
        let all = all.chain((0..=32).map(|length| format!("192.0.2.0/{length}")));
        for typed in all {
            let target = Banned::Network(typed.parse().unwrap());
            let until = Timestamp::NEVER;
            kinds.add(&Ban {
                target,
                until,
                ..ban("192.0.2.1", 9)
            });
        }
        assert!(kinds.write(Timestamp::EPOCH).0.len() < super::super::known::LONGEST);
    }
}
