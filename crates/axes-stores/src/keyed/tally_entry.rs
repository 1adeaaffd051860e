//! A tally as a cache keeps it.

use std::time::Duration;

use axes_core::{Parts, Tally, Terms, Timestamp};

use super::marks::Marks;
use super::text::{Reader, Writer};
use crate::StoreError;

const KIND: &str = "t2";

/// Of how many records a tally knows what they contribute. What others did is counted too; like
/// refused attempts and lapsed permits it is forgotten when a reset lowers the tally.
const SHARES: usize = 256;

/// A tally, and what it takes to reset a part of it in one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TallyEntry {
    /// The number of the latest reset that it was compared with.
    pub(super) compared: i64,
    /// Until when the index of tallies knows of it.
    pub(super) indexed: Timestamp,
    /// Until when it has to stay.
    pub(super) kept: Timestamp,
    /// What it counts on.
    pub(super) parts: Parts,
    pub(super) tally: Tally,
    /// What its records contribute.
    pub(super) shares: Vec<Share>,
}

/// What one record contributes to a tally.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) record: String,
    /// Which life of the record; those after it was deleted are others.
    pub(super) life: i64,
    pub(super) marks: Marks,
    /// The latest version of the record that is known here.
    pub(super) version: i64,
    /// As many of its failures as were counted here; none where it was forgotten. In the share that a
    /// batch brings: those that stand in the record.
    pub(super) failures: u32,
    pub(super) last: Timestamp,
}

impl Share {
    /// Whether `other` is of the same life of the same record.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.life == other.life && self.record == other.record
    }
}

impl TallyEntry {
    pub(super) const fn new(parts: Parts, tally: Tally) -> Self {
        Self {
            compared: 0,
            indexed: Timestamp::EPOCH,
            kept: Timestamp::EPOCH,
            parts,
            tally,
            shares: Vec::new(),
        }
    }

    /// Notes one failure of a record, as it stands there after it. Others may have come first.
    pub(super) fn note(&mut self, share: &Share) {
        let known = self.shares.iter_mut().find(|known| known.is_same(share));
        match known {
            Some(known) if known.version > share.version => {
                known.failures = known.failures.saturating_add(1);
            }
            Some(known) => {
                // Fewer where the record has forgotten and begun anew.
                known.failures = known.failures.saturating_add(1).min(share.failures);
                known.version = share.version;
                known.last = share.last;
            }
            None => self.add(Share {
                failures: 1,
                ..share.clone()
            }),
        }
    }

    /// Whether the life of a record was forgotten before this failure of it came here.
    pub(super) fn has_forgotten(&self, share: &Share) -> bool {
        let mut known = self.shares.iter();
        known.any(|known| known.failures == 0 && known.is_same(share))
    }

    /// Notes that the life of a record was forgotten, for failures of it that are yet to come here.
    /// Whoever brings them has a permit.
    pub(super) fn note_forgotten(&mut self, share: Share) {
        if self.tally.in_flight() > 0 {
            self.shares.retain(|known| !known.is_same(&share));
            self.add(Share {
                failures: 0,
                ..share
            });
        }
    }

    fn add(&mut self, share: Share) {
        self.shares.push(share);
        if self.shares.len() > SHARES {
            let oldest = self
                .shares
                .iter()
                .enumerate()
                .min_by_key(|(_, share)| share.last);
            if let Some((index, _)) = oldest {
                self.shares.remove(index);
            }
        }
    }

    /// Whether it may count failures of records that it does not know any more.
    pub(super) const fn is_full(&self) -> bool {
        self.shares.len() >= SHARES
    }

    /// Whether failures from the time `last` are among those that it counts. Older ones were forgotten
    /// together with an earlier life of it.
    pub(super) fn counts(&self, last: Timestamp) -> bool {
        self.tally.failures > 0 && last >= self.tally.first
    }

    /// Takes out the shares that are `gone`, and returns them.
    pub(super) fn take_out(&mut self, gone: impl Fn(&Share) -> bool) -> Vec<Share> {
        let (out, left) = std::mem::take(&mut self.shares).into_iter().partition(gone);
        self.shares = left;
        out
    }

    /// Goes back to what the shares say: refused attempts and lapsed permits are in no record, so
    /// nobody can tell whose they were.
    pub(super) fn lower(&mut self) {
        let counted = self.shares.iter().filter(|share| self.counts(share.last));
        let left = counted.fold(0_u32, |sum, share| sum.saturating_add(share.failures));
        self.tally.forgive(self.tally.failures.saturating_sub(left));
    }

    /// Makes `tally` of it, to be kept for as long as it may be needed on `terms`.
    pub(super) fn turn_into(&mut self, tally: Tally, terms: &Terms) {
        self.tally = tally;
        if self.tally.failures > 0 {
            // What is of an earlier life. A clock that is set back makes the first failure older.
            let first = self.tally.first.minus(terms.lease.saturating_mul(2));
            self.shares.retain(|share| share.last >= first);
        }
        if self.tally.in_flight() == 0 {
            self.shares.retain(|share| share.failures > 0);
        }
        let tally = &self.tally;
        let remembered = terms.cool_off.longest();
        let mut until = tally.expires;
        for (permits, lapse) in [
            (tally.current, tally.current_until),
            (tally.previous, tally.previous_until),
        ] {
            if permits > 0 {
                // A permit that nobody settles becomes a failure, which is remembered in turn.
                let forgotten = remembered.map_or(Timestamp::NEVER, |time| lapse.plus(time));
                until = until.max(forgotten);
            }
        }
        self.kept = self.kept.max(until);
    }

    pub(super) fn write(&self) -> String {
        let mut writer = Writer::new(KIND);
        writer.number(self.compared);
        writer.time(self.indexed);
        writer.time(self.kept);
        write_parts(&mut writer, &self.parts);
        let tally = &self.tally;
        writer.number(tally.epoch);
        writer.number(tally.version);
        writer.number(tally.failures);
        writer.number(tally.current);
        writer.time(tally.current_until);
        writer.number(tally.previous);
        for time in [tally.previous_until, tally.first, tally.last, tally.expires] {
            writer.time(time);
        }
        writer.number(tally.locked_since.is_some());
        writer.time(tally.locked_since.unwrap_or_default());
        writer.number(u32::try_from(self.shares.len()).unwrap_or(0));
        for share in &self.shares {
            writer.text(Some(&share.record));
            writer.number(share.life);
            share.marks.write(&mut writer);
            writer.number(share.version);
            writer.number(share.failures);
            writer.time(share.last);
        }
        writer.finish()
    }

    pub(super) fn read(text: &str) -> Result<Self, StoreError> {
        let mut reader = Reader::new(KIND, text)?;
        let (compared, indexed, kept) = (reader.number()?, reader.time()?, reader.time()?);
        let parts = read_parts(&mut reader)?;
        let mut tally = Tally::blank(reader.number()?);
        tally.version = reader.number()?;
        tally.failures = reader.number()?;
        tally.current = reader.number()?;
        tally.current_until = reader.time()?;
        tally.previous = reader.number()?;
        tally.previous_until = reader.time()?;
        tally.first = reader.time()?;
        tally.last = reader.time()?;
        tally.expires = reader.time()?;
        let told: u8 = reader.number()?;
        tally.locked_since = Some(reader.time()?).filter(|_| told != 0);
        let count: u32 = reader.number()?;
        let mut shares = Vec::new();
        for _ in 0..count {
            shares.push(Share {
                record: reader.text()?.unwrap_or_default(),
                life: reader.number()?,
                marks: Marks::read(&mut reader)?,
                version: reader.number()?,
                failures: reader.number()?,
                last: reader.time()?,
            });
        }
        Ok(Self {
            compared,
            indexed,
            kept,
            parts,
            tally,
            shares,
        })
    }
}

/// Until when an index has to remember what is kept `until` then: for longer, so that it need not be
/// told of every failure.
pub(super) fn stretched(until: Timestamp, now: Timestamp) -> Timestamp {
    until.left(now).map_or(Timestamp::NEVER, |left| {
        now.plus(
            left.saturating_mul(2)
                .saturating_add(Duration::from_secs(60)),
        )
    })
}

pub(super) fn write_parts(writer: &mut Writer, parts: &Parts) {
    writer.text(parts.username.as_deref());
    let network = parts.network.map(|network| network.to_string());
    writer.text(network.as_deref());
    writer.text(parts.user_agent.as_deref());
}

pub(super) fn read_parts(reader: &mut Reader<'_>) -> Result<Parts, StoreError> {
    let username = reader.text()?;
    let network = reader.text()?.map(|network| network.parse());
    Ok(Parts {
        username,
        network: network.transpose().map_err(|_| super::text::corrupt())?,
        user_agent: reader.text()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let parts = Parts {
            username: Some("a: b".to_owned()),
            network: "2001:db8::/64".parse().ok(),
            user_agent: None,
        };
        let share = |record: &str, last| Share {
            record: record.to_owned(),
            marks: Marks::of(&parts),
            life: 1,
            version: last,
            failures: 2,
            last: Timestamp::from_millis(last),
        };
        let mut entry = TallyEntry::new(parts.clone(), Tally::blank(-9));
        entry.compared = 12;
        entry.indexed = Timestamp::NEVER;
        entry.tally.failures = 3;
        entry.tally.previous_until = Timestamp::from_millis(8);
        entry.note(&share("r1", 5));
        entry.note(&share("r2", 6));
        assert_eq!(TallyEntry::read(&entry.write()).unwrap(), entry);
        entry.tally.locked_since = Some(Timestamp::from_millis(1));
        assert_eq!(TallyEntry::read(&entry.write()).unwrap(), entry);
    }

    #[test]
    fn shares_are_bounded_and_the_oldest_go_first() {
        let mut entry = TallyEntry::new(Parts::default(), Tally::blank(1));
        for number in 0..1000 {
            entry.note(&Share {
                record: number.to_string(),
                marks: Marks::of(&Parts::default()),
                life: 1,
                version: number,
                failures: 1,
                last: Timestamp::from_millis(number),
            });
        }
        assert_eq!(entry.shares.len(), SHARES);
        assert_eq!(entry.shares.first().unwrap().record, "744");
        assert!(entry.write().len() < 50_000);
    }
}
