//! What operators read of the past.

use axes_core::Timestamp;

use crate::{Archive, Cursor, Logged, Past, PostgresStore, Recorded, Slice, StoreError};

impl Archive for PostgresStore {
    fn recorded(
        &self,
        wanted: &Past,
        from: Option<&Cursor>,
        most: u32,
        now: Timestamp,
    ) -> Result<Slice<Recorded>, StoreError> {
        self.with(|store| store.recorded(wanted, from, most, now))
    }

    fn logged(
        &self,
        wanted: &Past,
        from: Option<&Cursor>,
        most: u32,
    ) -> Result<Slice<Logged>, StoreError> {
        self.with(|store| store.logged(wanted, from, most))
    }

    fn purge(&self, forgotten: Timestamp, now: Timestamp, most: u32) -> Result<u64, StoreError> {
        self.with(|store| store.purge(forgotten, now, most))
    }
}
