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
        let process = std::process::id();
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
