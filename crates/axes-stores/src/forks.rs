//! What belongs to one process.

use std::fmt;
use std::sync::{Arc, OnceLock};

/// Something that every process has for itself: after a fork, the new process gets a new one.
///
/// What the old one has is neither touched nor closed there: its locks may be held by threads that are in
/// the other process only, and closing its connections would end them for that one.
pub(crate) struct PerProcess<T> {
    make: fn() -> T,
    first: Node<T>,
}

struct Node<T> {
    process: u32,
    value: Arc<T>,
    next: OnceLock<Box<Node<T>>>,
}

impl<T> PerProcess<T> {
    /// What `make` makes, now for this process, and later for each that asks for it.
    pub(crate) fn new(make: fn() -> T) -> Self {
        let first = Node::new(std::process::id(), make());
        Self { make, first }
    }

    /// That of this process.
    pub(crate) fn get(&self) -> &T {
        self.of(std::process::id())
    }

    fn of(&self, process: u32) -> &T {
        let mut node = &self.first;
        while node.process != process {
            let next = || Box::new(Node::new(process, (self.make)()));
            node = node.next.get_or_init(next);
        }
        &node.value
    }

    /// What the processes had, when they were forked, that this one comes from.
    pub(crate) fn inherited(&self) -> impl Iterator<Item = &T> {
        let process = std::process::id();
        let nodes =
            std::iter::successors(Some(&self.first), |node| node.next.get().map(|it| &**it));
        nodes
            .filter(move |node| node.process != process)
            .map(|node| &*node.value)
    }
}

impl<T> Node<T> {
    fn new(process: u32, value: T) -> Self {
        Self {
            process,
            value: Arc::new(value),
            next: OnceLock::new(),
        }
    }
}

impl<T> Drop for Node<T> {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            std::mem::forget(Arc::clone(&self.value));
        }
    }
}

impl<T> fmt::Debug for PerProcess<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PerProcess").finish_non_exhaustive()
    }
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "this is a test")]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::*;

    #[test]
    fn each_process_has_its_own_and_keeps_it() {
        let here = PerProcess::new(Cell::<u32>::default);
        here.get().set(1);
        let mine = std::process::id();
        here.of(mine + 1).set(2);
        here.of(mine + 2).set(3);
        let kept = [0, 1, 2].map(|further| here.of(mine + further).get());
        assert_eq!(kept, [1, 2, 3]);
        let inherited: Vec<u32> = here.inherited().map(Cell::get).collect();
        assert_eq!(inherited, [2, 3]);
    }

    #[test]
    fn what_another_process_has_is_not_closed_here() {
        thread_local!(static CLOSED: Rc<Cell<u32>> = Rc::default());
        struct Closes;
        impl Drop for Closes {
            fn drop(&mut self) {
                CLOSED.with(|closed| closed.set(closed.get() + 1));
            }
        }
        let here = PerProcess::new(|| Closes);
        let _ = here.of(std::process::id() + 1);
        drop(here);
        assert_eq!(CLOSED.with(|closed| closed.get()), 1);
    }
}
