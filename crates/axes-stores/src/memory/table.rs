//! Entries that are found by their keys.

use hashbrown::HashTable;

use super::chunks::Chunks;
use super::key::{Key, Secret};

/// Something that is kept under a key.
pub(super) trait Keyed {
    fn key(&self) -> Key;
}

/// Entries without gaps, and an index of four bytes for each that tells where they are.
///
/// A hash map that holds large entries itself has up to twice the room that they need.
#[derive(Debug)]
pub(super) struct Table<T> {
    index: HashTable<u32>,
    entries: Chunks<T>,
    secret: Secret,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            index: HashTable::new(),
            entries: Chunks::default(),
            secret: Secret::default(),
        }
    }
}

impl<T: Keyed> Table<T> {
    pub(super) const fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.entries.iter()
    }

    /// Where the entry of `key` is until something is removed.
    pub(super) fn place(&self, key: Key) -> Option<u32> {
        let is_it = |place: &u32| self.at(*place).is_some_and(|entry| entry.key() == key);
        self.index.find(self.secret.hash(key), is_it).copied()
    }

    pub(super) fn contains(&self, key: Key) -> bool {
        self.place(key).is_some()
    }

    pub(super) fn get(&self, key: Key) -> Option<&T> {
        self.at(self.place(key)?)
    }

    pub(super) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        let place = self.place(key)?;
        self.entries.get_mut(place as usize)
    }

    /// Adds `entry`, whose key no other has.
    pub(super) fn insert(&mut self, entry: T) {
        // The store keeps fewer than that.
        let place = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        let hash = self.secret.hash(entry.key());
        self.entries.push(entry);
        let (entries, secret) = (&self.entries, &self.secret);
        self.index
            .insert_unique(hash, place, |place| hash_at(entries, secret, *place));
    }

    pub(super) fn remove(&mut self, key: Key) -> Option<T> {
        self.remove_at(self.place(key)?)
    }

    /// Removes those that are `chosen` and hands them to `gone`.
    pub(super) fn extract(&mut self, mut chosen: impl FnMut(&T) -> bool, mut gone: impl FnMut(T)) {
        let len = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        // From the end on: what fills a gap has been looked at.
        for place in (0..len).rev() {
            if self.at(place).is_some_and(&mut chosen)
                && let Some(entry) = self.remove_at(place)
            {
                gone(entry);
            }
        }
        let (entries, secret) = (&self.entries, &self.secret);
        let roomy = self.index.capacity() / 4 > entries.len();
        if roomy {
            self.index
                .shrink_to(entries.len(), |place| hash_at(entries, secret, *place));
        }
    }

    fn at(&self, place: u32) -> Option<&T> {
        self.entries.get(place as usize)
    }

    fn remove_at(&mut self, place: u32) -> Option<T> {
        let last = u32::try_from(self.entries.len().checked_sub(1)?).ok()?;
        let (key, moved) = (self.at(place)?.key(), self.at(last)?.key());
        let found = self
            .index
            .find_entry(self.secret.hash(key), |it| *it == place);
        found.ok()?.remove();
        let hash = self.secret.hash(moved);
        if let Some(it) = self.index.find_mut(hash, |it| *it == last) {
            *it = place;
        }
        self.entries.swap_remove(place as usize)
    }
}

fn hash_at<T: Keyed>(entries: &Chunks<T>, secret: &Secret, place: u32) -> u64 {
    let entry = entries.get(place as usize);
    entry.map_or(0, |entry| secret.hash(entry.key()))
}

#[cfg(test)]
mod tests {
    use axes_core::ScopeKey;

    use super::*;

    #[derive(Debug, PartialEq)]
    struct Numbered(u32);

    impl Keyed for Numbered {
        fn key(&self) -> Key {
            key(self.0)
        }
    }

    fn key(number: u32) -> Key {
        let mut digest = [0; 32];
        // Nothing but these bytes differs, as if somebody had looked for such keys.
        digest[12..16].copy_from_slice(&number.to_be_bytes());
        Key::from(ScopeKey::from_bytes(digest))
    }

    fn filled(len: u32) -> Table<Numbered> {
        let mut table = Table::default();
        (0..len).for_each(|number| table.insert(Numbered(number)));
        table
    }

    #[test]
    fn everything_is_found_after_growing_and_nothing_else() {
        let table = filled(5_000);
        assert_eq!(table.len(), 5_000);
        for number in 0..5_000 {
            assert_eq!(table.get(key(number)), Some(&Numbered(number)));
        }
        assert_eq!(table.get(key(5_000)), None);
    }

    #[test]
    fn what_is_removed_is_gone_and_what_fills_its_place_is_found() {
        let mut table = filled(1_000);
        for number in (0..1_000).step_by(3) {
            assert_eq!(table.remove(key(number)), Some(Numbered(number)));
            assert_eq!(table.remove(key(number)), None);
        }
        for number in 0..1_000 {
            assert_eq!(table.contains(key(number)), number % 3 != 0, "{number}");
        }
        table.insert(Numbered(0));
        assert_eq!((table.len(), table.contains(key(0))), (667, true));
    }

    #[test]
    fn an_entry_that_comes_and_goes_takes_no_room() {
        let mut table = filled(10);
        let capacity = table.index.capacity();
        for number in 10..10_000 {
            table.insert(Numbered(number));
            assert_eq!(table.remove(key(number)), Some(Numbered(number)));
        }
        assert_eq!((table.len(), table.index.capacity()), (10, capacity));
    }

    #[test]
    fn those_that_are_chosen_are_taken_out_and_the_index_shrinks() {
        let mut table = filled(5_000);
        let capacity = table.index.capacity();
        let mut gone = Vec::new();
        table.extract(|it| it.0 >= 10, |it| gone.push(it.0));
        gone.sort_unstable();
        assert!(gone.into_iter().eq(10..5_000));
        assert!((0..10).all(|number| table.contains(key(number))));
        assert_eq!(table.len(), 10);
        assert!(table.index.capacity() < capacity / 100);
    }
}
