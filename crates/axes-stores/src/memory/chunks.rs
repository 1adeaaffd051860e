//! Many entries of one size, without gaps.

/// How many entries are allocated at once.
const CHUNK: usize = 256;

/// A list that grows by chunks: it moves nothing when it grows, and what it has to spare is small.
#[derive(Debug)]
pub(super) struct Chunks<T> {
    /// All but the last ones are full; the last may be empty, so that an entry that comes and goes at
    /// the end of a chunk allocates nothing.
    chunks: Vec<Vec<T>>,
    len: usize,
}

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self {
            chunks: Vec::new(),
            len: 0,
        }
    }
}

impl<T> Chunks<T> {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, place: usize) -> Option<&T> {
        self.chunks.get(place / CHUNK)?.get(place % CHUNK)
    }

    pub(super) fn get_mut(&mut self, place: usize) -> Option<&mut T> {
        self.chunks.get_mut(place / CHUNK)?.get_mut(place % CHUNK)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flatten()
    }

    /// Adds `entry` behind all others.
    pub(super) fn push(&mut self, entry: T) {
        let last = self.len / CHUNK;
        if self.chunks.len() <= last {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        if let Some(chunk) = self.chunks.get_mut(last) {
            chunk.push(entry);
            self.len = self.len.saturating_add(1);
        }
    }

    /// Takes out the entry at `place`; the last one fills the gap.
    pub(super) fn swap_remove(&mut self, place: usize) -> Option<T> {
        let end = self.len.checked_sub(1).filter(|end| place <= *end)?;
        let last = self.chunks.get_mut(end / CHUNK)?.pop()?;
        self.len = end;
        self.chunks.truncate((end / CHUNK).saturating_add(2));
        match self.get_mut(place) {
            Some(gap) => Some(std::mem::replace(gap, last)),
            None => Some(last),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(len: usize) -> Chunks<usize> {
        let mut chunks = Chunks::default();
        (0..len).for_each(|number| chunks.push(number));
        chunks
    }

    #[test]
    fn entries_stay_where_they_are_while_it_grows() {
        let chunks = filled(3 * CHUNK + 1);
        assert_eq!(chunks.len(), 3 * CHUNK + 1);
        assert!(chunks.iter().copied().eq(0..=3 * CHUNK));
        for place in [0, CHUNK - 1, CHUNK, 3 * CHUNK] {
            assert_eq!(chunks.get(place), Some(&place));
        }
        assert_eq!(chunks.get(3 * CHUNK + 1), None);
    }

    #[test]
    fn the_last_entry_fills_a_gap() {
        let mut chunks = filled(CHUNK + 2);
        assert_eq!(chunks.swap_remove(3), Some(3));
        assert_eq!(chunks.get(3), Some(&(CHUNK + 1)));
        assert_eq!(chunks.swap_remove(CHUNK), Some(CHUNK));
        assert_eq!((chunks.len(), chunks.get(CHUNK)), (CHUNK, None));
        assert_eq!(chunks.swap_remove(CHUNK), None);
    }

    #[test]
    fn empty_chunks_are_given_back_but_for_one() {
        let mut chunks = filled(4 * CHUNK);
        while chunks.swap_remove(0).is_some() {}
        assert_eq!((chunks.len(), chunks.chunks.len()), (0, 2));
        chunks.push(7);
        assert!(chunks.iter().eq(&[7]));
    }
}
