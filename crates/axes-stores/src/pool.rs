//! Connections that threads share.

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::forks::PerProcess;
use crate::{ErrorKind, StoreError};

/// How long a connection may be idle before it is asked whether it still answers.
const TRUSTED: Duration = Duration::from_secs(5);

/// A connection that a pool keeps.
pub(crate) trait Pooled {
    /// Whether it is of no use any more, as far as can be told without asking the backend.
    fn is_broken(&self) -> bool;

    /// Whether the backend still answers on it, after it was not used for a while.
    fn is_alive(&self) -> bool;
}

/// Opens connections when they are needed, and keeps them for the next who needs one.
///
/// It makes no thread and no connection before somebody asks, and connections belong to the process
/// that opened them: a server may fork at any time.
pub(crate) struct Pool<C> {
    open: Box<dyn Fn() -> Result<C, StoreError> + Send + Sync>,
    most: usize,
    patience: Duration,
    shared: PerProcess<Shared<C>>,
}

struct Shared<C> {
    state: Mutex<State<C>>,
    freed: Condvar,
}

struct State<C> {
    idle: Vec<(C, Instant)>,
    used: usize,
}

impl<C> Shared<C> {
    fn new() -> Self {
        Self {
            state: Mutex::new(State {
                idle: Vec::new(),
                used: 0,
            }),
            freed: Condvar::new(),
        }
    }
}

impl<C: Pooled> Pool<C> {
    /// A pool of as many as `most` connections, for one of which nobody waits longer than `patience`.
    pub(crate) fn new(
        most: usize,
        patience: Duration,
        open: impl Fn() -> Result<C, StoreError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            open: Box::new(open),
            most: most.max(1),
            patience,
            shared: PerProcess::new(Shared::new),
        }
    }

    /// Does `work` with a connection that nobody else has meanwhile.
    pub(crate) fn with<T>(
        &self,
        work: impl FnOnce(&C) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let _place = self.place()?;
        let connection = match self.idle() {
            Some(connection) => connection,
            None => (self.open)()?,
        };
        let done = work(&connection);
        let mut state = self.lock();
        if connection.is_broken() {
            // What broke it has most likely broken the others as well.
            state.idle.clear();
        } else {
            state.idle.push((connection, Instant::now()));
        }
        done
    }

    /// One that is open already and answers.
    fn idle(&self) -> Option<C> {
        loop {
            let (connection, since) = self.lock().idle.pop()?;
            if since.elapsed() < TRUSTED {
                if !connection.is_broken() {
                    return Some(connection);
                }
            } else if connection.is_alive() {
                return Some(connection);
            } else {
                // The others were not used for longer.
                self.lock().idle.clear();
            }
        }
    }

    /// The right to have a connection.
    fn place(&self) -> Result<Place<'_, C>, StoreError> {
        let deadline = Instant::now().checked_add(self.patience);
        let freed = &self.shared.get().freed;
        let mut state = self.lock();
        while state.used >= self.most {
            let left = deadline.and_then(|end| end.checked_duration_since(Instant::now()));
            let Some(left) = left.filter(|left| !left.is_zero()) else {
                let operation = "get a connection, because all are in use";
                return Err(StoreError::new(ErrorKind::Unavailable, operation));
            };
            let waited = freed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.used = state.used.saturating_add(1);
        Ok(Place(self))
    }

    fn lock(&self) -> MutexGuard<'_, State<C>> {
        let state = &self.shared.get().state;
        state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C> fmt::Debug for Pool<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("most", &self.most)
            .finish_non_exhaustive()
    }
}

/// The right to have a connection, which the next one gets afterwards.
struct Place<'a, C: Pooled>(&'a Pool<C>);

impl<C: Pooled> Drop for Place<'_, C> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.used = state.used.saturating_sub(1);
        drop(state);
        self.0.shared.get().freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    struct Fake {
        number: u32,
        broken: Cell<bool>,
    }

    impl Pooled for Fake {
        fn is_broken(&self) -> bool {
            self.broken.get()
        }
        fn is_alive(&self) -> bool {
            true
        }
    }

    fn pool(most: usize) -> Pool<Fake> {
        let opened = AtomicU32::new(0);
        Pool::new(most, Duration::from_millis(50), move || {
            Ok(Fake {
                number: opened.fetch_add(1, Ordering::SeqCst),
                broken: Cell::new(false),
            })
        })
    }

    #[test]
    fn a_connection_is_used_again_until_it_breaks() {
        let pool = pool(2);
        let number = |breaks| {
            let used = pool.with(|fake| {
                fake.broken.set(breaks);
                Ok(fake.number)
            });
            used.unwrap()
        };
        assert_eq!([number(false), number(true), number(false)], [0, 0, 1]);
        // The one that waits is thought to be broken too.
        let inner = pool.with(|outer| pool.with(|inner| Ok((outer.number, inner.number))));
        assert_eq!(inner.unwrap(), (1, 2));
        assert_eq!([number(true), number(false)], [1, 3]);
    }

    #[test]
    fn nobody_waits_longer_than_the_patience() {
        let pool = pool(1);
        let refused = pool.with(|_| pool.with(|_| Ok(()))).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unavailable);
        assert!(pool.with(|_| Ok(())).is_ok());
    }

    #[test]
    fn whoever_waits_gets_the_next() {
        let pool = Arc::new(pool(1));
        let waiting = std::thread::scope(|scope| {
            pool.with(|_| {
                let waiting = scope.spawn(|| pool.with(|fake| Ok(fake.number)).unwrap());
                std::thread::sleep(Duration::from_millis(5));
                Ok(waiting)
            })
            .unwrap()
            .join()
            .unwrap()
        });
        assert_eq!(waiting, 0);
    }
}
