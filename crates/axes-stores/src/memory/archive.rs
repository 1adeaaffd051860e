//! What operators read of the past.

use axes_core::{RecordKey, Timestamp};

use super::{Counted, MemoryStore};
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
        let selected = wanted.who.parts();
        let inner = self.lock();
        let mut found: Vec<((i64, RecordKey), &Counted)> = inner
            .records
            .iter()
            .filter(|(_, record)| selected.covers(&record.parts))
            .filter(|(_, record)| wanted.since.is_none_or(|since| record.last >= since))
            .map(|(key, record)| ((record.last.as_millis(), *key), record))
            .filter(|(place, _)| from.is_none_or(|Cursor(text)| text_of(*place) < *text))
            .collect();
        found.sort_unstable_by(|(one, _), (other, _)| other.cmp(one));
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let is_last = found.len() <= most;
        found.truncate(most);
        let last = found.last().filter(|_| !is_last);
        Ok(Slice {
            next: last.map(|(place, _)| Cursor(text_of(*place))),
            items: found.into_iter().map(|(_, record)| shown(record)).collect(),
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
        let idle = |tally: &axes_core::Tally| {
            tally.expires <= now
                && tally.current_until <= forgotten
                && tally.previous_until <= forgotten
                && tally.last <= forgotten
        };
        inner.tallies.retain(|_, entry| !idle(&entry.tally));
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let due: Vec<RecordKey> = inner
            .records
            .iter()
            .filter(|(_, record)| record.last <= forgotten && record.expires <= now)
            .map(|(key, _)| *key)
            .take(most)
            .collect();
        for key in &due {
            inner.records.remove(key);
        }
        Ok(due.len() as u64)
    }
}

/// A text that sorts as the place of a record among others does.
fn text_of((millis, key): (i64, RecordKey)) -> String {
    format!(
        "{:020}{key}",
        i128::from(millis).saturating_sub(i64::MIN.into())
    )
}

fn shown(record: &Counted) -> Recorded {
    Recorded {
        username: record.parts.username.clone(),
        ip_address: record.parts.network.map(|network| network.addr()),
        user_agent: record.parts.user_agent.clone().unwrap_or_default(),
        path_info: String::new(),
        failures: record.failures,
        time: record.last,
    }
}
