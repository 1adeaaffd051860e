//! Many callers, one at work: whoever comes meanwhile is served with the next.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};

/// Jobs that are done together, as many as have come while the ones before were done.
///
/// There is no thread of its own: one of those who wait does the work of all. It belongs to a process,
/// and forgets everything in one that is forked.
pub(crate) struct Together<J, R> {
    state: Mutex<State<J, R>>,
}

struct State<J, R> {
    process: u32,
    waiting: Vec<Arc<Place<J, R>>>,
    is_led: bool,
}

/// Where somebody waits.
struct Place<J, R> {
    job: J,
    thread: Thread,
    news: Mutex<News<R>>,
}

enum News<R> {
    None,
    Done(R),
    /// Whoever was at work is done; the next one is this.
    Lead,
}

impl<J, R> Together<J, R> {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                process: std::process::id(),
                waiting: Vec::new(),
                is_led: false,
            }),
        }
    }

    /// Has `job` done, by `work`, which does several at once and returns as many results in their order.
    ///
    /// A job whose result is missing, because the work panicked, gets what `lost` makes.
    pub(crate) fn submit(
        &self,
        job: J,
        work: impl FnOnce(&[&J]) -> Vec<R>,
        lost: impl Fn() -> R,
    ) -> R {
        let place = Arc::new(Place {
            job,
            thread: thread::current(),
            news: Mutex::new(News::None),
        });
        let mut state = self.lock();
        state.waiting.push(Arc::clone(&place));
        let leads = !state.is_led;
        state.is_led = true;
        drop(state);
        if !leads {
            loop {
                match std::mem::replace(&mut *unpoisoned(&place.news), News::None) {
                    News::Done(result) => return result,
                    News::Lead => break,
                    News::None => thread::park(),
                }
            }
        }
        let mut shift = Shift {
            together: self,
            served: std::mem::take(&mut self.lock().waiting),
            lost: &lost,
        };
        let jobs: Vec<&J> = shift.served.iter().map(|place| &place.job).collect();
        let results = work(&jobs);
        let served = std::mem::take(&mut shift.served);
        let mut mine = None;
        for (other, result) in served.into_iter().zip(results) {
            if Arc::ptr_eq(&other, &place) {
                mine = Some(result);
            } else {
                other.tell(News::Done(result));
            }
        }
        drop(shift);
        mine.unwrap_or_else(lost)
    }

    fn lock(&self) -> MutexGuard<'_, State<J, R>> {
        let mut state = unpoisoned(&self.state);
        let process = std::process::id();
        if state.process != process {
            // The threads of those who wait are in another process.
            state.waiting.clear();
            state.is_led = false;
            state.process = process;
        }
        state
    }
}

impl<J, R> Place<J, R> {
    fn tell(&self, news: News<R>) {
        *unpoisoned(&self.news) = news;
        self.thread.unpark();
    }
}

/// The work on those who are served now. At its end the next one leads, whatever happens.
struct Shift<'a, J, R, L: Fn() -> R> {
    together: &'a Together<J, R>,
    served: Vec<Arc<Place<J, R>>>,
    lost: &'a L,
}

impl<J, R, L: Fn() -> R> Drop for Shift<'_, J, R, L> {
    fn drop(&mut self) {
        for place in self.served.drain(..) {
            place.tell(News::Done((self.lost)()));
        }
        let mut state = self.together.lock();
        match state.waiting.first() {
            Some(next) => next.tell(News::Lead),
            None => state.is_led = false,
        }
    }
}

impl<J, R> fmt::Debug for Together<J, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Together").finish_non_exhaustive()
    }
}

/// A panic leaves nothing half done here.
fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
