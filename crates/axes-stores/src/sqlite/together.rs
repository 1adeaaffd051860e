//! Many callers, one at work: whoever comes meanwhile is served with the next.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};

/// How many jobs are done at once, so that nobody waits for all who ever come.
const MOST: usize = 256;

/// Jobs that are done together, as many as have come while the ones before were done.
///
/// There is no thread of its own: one of those who wait does the work of all.
pub(crate) struct Together<J, R> {
    state: Mutex<State<J, R>>,
}

struct State<J, R> {
    /// Whoever leads is the first of them.
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
    pub(crate) const fn new() -> Self {
        Self {
            state: Mutex::new(State {
                waiting: Vec::new(),
                is_led: false,
            }),
        }
    }

    /// Has `job` done, by `work`, which does several at once and returns as many results in their order.
    ///
    /// A job without a result, because the work panicked, gets what `lost` makes.
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
        if !self.enter(&place) {
            loop {
                match place.news() {
                    News::Done(result) => return result,
                    News::Lead => break,
                    News::None => thread::park(),
                }
            }
        }
        let mut shift = Shift {
            together: self,
            served: self.some(),
            lost: &lost,
        };
        let jobs: Vec<&J> = shift.served.iter().map(|place| &place.job).collect();
        let mut results = work(&jobs).into_iter();
        let mut mine = None;
        for other in std::mem::take(&mut shift.served) {
            let result = results.next().unwrap_or_else(&lost);
            if Arc::ptr_eq(&other, &place) {
                mine = Some(result);
            } else {
                other.tell(News::Done(result));
            }
        }
        drop(shift);
        mine.unwrap_or_else(lost)
    }

    /// Waits at `place`; returns whether that one leads, because nobody else does.
    fn enter(&self, place: &Arc<Place<J, R>>) -> bool {
        let mut state = unpoisoned(&self.state);
        state.waiting.push(Arc::clone(place));
        !std::mem::replace(&mut state.is_led, true)
    }

    /// Those who are served now.
    fn some(&self) -> Vec<Arc<Place<J, R>>> {
        let mut state = unpoisoned(&self.state);
        let count = state.waiting.len().min(MOST);
        state.waiting.drain(..count).collect()
    }
}

impl<J, R> Place<J, R> {
    /// What was told since it was last asked.
    fn news(&self) -> News<R> {
        std::mem::replace(&mut *unpoisoned(&self.news), News::None)
    }

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
        let mut state = unpoisoned(&self.together.state);
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

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "this is a test")]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::mpsc;

    use super::*;

    type Numbers = Together<u32, Option<u32>>;

    const LOST: fn() -> Option<u32> = || None;

    fn double(jobs: &[&u32]) -> Vec<Option<u32>> {
        jobs.iter().map(|&&job| Some(job * 2)).collect()
    }

    /// Has as many `jobs` wait as there are while one is done, and returns what they get. They are done
    /// by `work`, at whose end one more comes.
    fn behind(
        jobs: &[u32],
        work: impl Fn(&[&u32]) -> Vec<Option<u32>> + Sync,
    ) -> (Vec<Option<u32>>, Option<u32>) {
        let together = Numbers::new();
        let (tell, told) = mpsc::channel();
        let (end, ends) = mpsc::channel::<()>();
        let got = thread::scope(|threads| {
            let first = threads.spawn(|| {
                let slow = move |jobs: &[&u32]| {
                    tell.send(()).unwrap();
                    ends.recv().unwrap();
                    double(jobs)
                };
                together.submit(1, slow, LOST)
            });
            told.recv().unwrap();
            let waiting: Vec<_> = jobs
                .iter()
                .map(|&job| {
                    let before = unpoisoned(&together.state).waiting.len();
                    let (together, work) = (&together, &work);
                    let waiting = threads.spawn(move || {
                        let done = || together.submit(job, work, LOST);
                        catch_unwind(AssertUnwindSafe(done)).unwrap_or(Some(u32::MAX))
                    });
                    while unpoisoned(&together.state).waiting.len() == before {
                        thread::yield_now();
                    }
                    waiting
                })
                .collect();
            end.send(()).unwrap();
            assert_eq!(first.join().unwrap(), Some(2));
            let got = waiting.into_iter().map(|it| it.join().unwrap());
            got.collect()
        });
        (got, together.submit(50, double, LOST))
    }

    #[test]
    fn whoever_comes_meanwhile_is_served_at_once_with_the_others() {
        let times = Mutex::new(Vec::new());
        let got = behind(&[2, 3, 4], |jobs| {
            times.lock().unwrap().push(jobs.len());
            double(jobs)
        });
        assert_eq!(got, (vec![Some(4), Some(6), Some(8)], Some(100)));
        assert_eq!(times.into_inner().unwrap(), [3]);
    }

    #[test]
    fn a_job_whose_result_is_missing_is_lost_and_nobody_waits_for_ever() {
        let got = behind(&[2, 3, 4], |jobs| double(&jobs[..1]));
        assert_eq!(got, (vec![Some(4), None, None], Some(100)));
    }

    #[test]
    fn a_panic_is_that_of_whoever_leads_and_the_others_are_told() {
        let got = behind(&[2, 3, 4], |_| panic!("as if"));
        assert_eq!(got, (vec![Some(u32::MAX), None, None], Some(100)));
    }

    #[test]
    fn not_more_than_so_many_are_served_at_once() {
        let jobs: Vec<u32> = (0..300).collect();
        let times = Mutex::new(Vec::new());
        let (got, _) = behind(&jobs, |jobs| {
            times.lock().unwrap().push(jobs.len());
            double(jobs)
        });
        assert!(jobs.iter().zip(got).all(|(job, got)| got == Some(job * 2)));
        assert_eq!(times.into_inner().unwrap(), [256, 44]);
    }
}
