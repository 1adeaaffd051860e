//! What operators read of the past.

use axes_core::Timestamp;

use super::MemoryStore;
use super::entries::{Counted, Entry};
use super::key::Key;
use super::table::Keyed as _;
use super::texts::Texts;
use crate::{Archive, Cursor, Logged, Past, Recorded, Slice, StoreError};

/// Records keep what they are counted by: the username in the form in which it is counted, and the
/// first address of its network. There is no audit log.
impl Archive for MemoryStore {
    fn recorded(
        &self,
        wanted: &Past,
        from: Option<&Cursor>,
        most: u32,
        _now: Timestamp,
    ) -> Result<Slice<Recorded>, StoreError> {
        let inner = self.lock();
        let selected = inner.texts.known(&wanted.who.parts());
        let mut found: Vec<((i64, Key), &Counted)> = inner
            .records
            .iter()
            .filter(|record| selected.is_some_and(|selected| selected.covers(&record.packed)))
            .filter(|record| wanted.since.is_none_or(|since| record.last >= since))
            .map(|record| ((record.last.as_millis(), record.key()), record))
            .filter(|(place, _)| from.is_none_or(|Cursor(text)| text_of(*place) < *text))
            .collect();
        found.sort_unstable_by(|(one, _), (other, _)| other.cmp(one));
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let is_last = found.len() <= most;
        found.truncate(most);
        let last = found.last().filter(|_| !is_last);
        Ok(Slice {
            next: last.map(|(place, _)| Cursor(text_of(*place))),
            items: found
                .into_iter()
                .map(|(_, record)| shown(&inner.texts, record))
                .collect(),
        })
    }

    fn logged(
        &self,
        _wanted: &Past,
        _from: Option<&Cursor>,
        _most: u32,
    ) -> Result<Slice<Logged>, StoreError> {
        Ok(Slice {
            items: Vec::new(),
            next: None,
        })
    }

    fn purge(&self, forgotten: Timestamp, now: Timestamp, most: u32) -> Result<u64, StoreError> {
        let mut inner = self.lock();
        let idle = |entry: &Entry| {
            let tally = entry.tally();
            tally.expires <= now
                && tally.current_until <= forgotten
                && tally.previous_until <= forgotten
                && tally.last <= forgotten
        };
        inner.drop_tallies(idle);
        let before = inner.records.len();
        let mut left = most;
        let due = |record: &Counted| {
            let due = left > 0 && record.last <= forgotten && record.expires <= now;
            left = left.saturating_sub(due.into());
            due
        };
        inner.drop_records(due);
        Ok(before.saturating_sub(inner.records.len()) as u64)
    }
}

/// A text that sorts as the place of a record among others does.
fn text_of((millis, key): (i64, Key)) -> String {
    format!(
        "{:020}{key}",
        i128::from(millis).saturating_sub(i64::MIN.into())
    )
}

fn shown(texts: &Texts, record: &Counted) -> Recorded {
    let parts = texts.parts(&record.packed);
    Recorded {
        username: parts.username,
        ip_address: parts.network.map(|network| network.addr()),
        user_agent: parts.user_agent.unwrap_or_default(),
        path_info: String::new(),
        failures: record.failures,
        time: record.last,
    }
}
