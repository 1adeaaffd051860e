//! What operators read of the past.

use axes_core::Timestamp;

use crate::{Archive, Cursor, Logged, Past, Recorded, Slice, SqliteStore, StoreError};

impl Archive for SqliteStore {
    fn recorded(
        &self,
        wanted: &Past,
        from: Option<&Cursor>,
        most: u32,
        now: Timestamp,
    ) -> Result<Slice<Recorded>, StoreError> {
        self.pool
            .with(|connection| self.store(connection).recorded(wanted, from, most, now))
    }

    fn logged(
        &self,
        wanted: &Past,
        from: Option<&Cursor>,
        most: u32,
    ) -> Result<Slice<Logged>, StoreError> {
        self.pool
            .with(|connection| self.store(connection).logged(wanted, from, most))
    }

    fn purge(&self, forgotten: Timestamp, now: Timestamp, most: u32) -> Result<u64, StoreError> {
        self.pool
            .with(|connection| self.store(connection).purge(forgotten, now, most))
    }
}
