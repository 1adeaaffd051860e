//! Measuring contestants in turns, so that what disturbs the machine disturbs all of them.

use std::time::{Duration, Instant};

/// One of those who are compared.
pub(crate) struct Contestant<'a> {
    pub(crate) name: &'static str,
    /// Does its work so often; how long that took.
    pub(crate) work: Box<dyn FnMut(u32) -> Duration + 'a>,
}

impl<'a> Contestant<'a> {
    /// One that measures by itself.
    pub(crate) fn timed(name: &'static str, work: impl FnMut(u32) -> Duration + 'a) -> Self {
        Self {
            name,
            work: Box::new(work),
        }
    }
}

/// What somebody took, round by round, in nanoseconds for one piece of work.
pub(crate) struct Result {
    pub(crate) name: &'static str,
    pub(crate) nanos: Vec<f64>,
}

/// Median, with the lower and the upper quartile.
#[derive(Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) lower: f64,
    pub(crate) median: f64,
    pub(crate) upper: f64,
}

impl Result {
    pub(crate) fn spread(&self) -> Spread {
        Spread::of(self.nanos.clone())
    }

    /// How often this one takes what `other` takes, by rounds.
    pub(crate) fn ratio(&self, other: &Self) -> Spread {
        Spread::of(
            self.nanos
                .iter()
                .zip(&other.nanos)
                .map(|(mine, its)| mine / its)
                .collect(),
        )
    }
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |quarter: usize| values.get((values.len().saturating_sub(1)) * quarter / 4);
        let [lower, median, upper] = [1, 2, 3].map(|quarter| at(quarter).copied().unwrap_or(0.0));
        Self {
            lower,
            median,
            upper,
        }
    }
}

/// Gives everybody a turn in each of the `rounds`, each time another one first, of `times` pieces of work.
pub(crate) fn compare(
    rounds: usize,
    times: u32,
    contestants: &mut [Contestant<'_>],
) -> Vec<Result> {
    let empty = |contestant: &Contestant<'_>| Result {
        name: contestant.name,
        nanos: Vec::new(),
    };
    let mut results: Vec<Result> = contestants.iter().map(empty).collect();
    // The first time is for caches and processors to wake up.
    for contestant in &mut *contestants {
        (contestant.work)(times.div_ceil(10));
    }
    for round in 0..rounds {
        for turn in 0..contestants.len() {
            let index = (round + turn) % contestants.len();
            let took = (contestants[index].work)(times);
            results[index]
                .nanos
                .push(took.as_secs_f64() * 1e9 / f64::from(times));
        }
    }
    results
}

/// Has `work` done by so many threads at once, each of them so many `times` divided by their number; how
/// long it took until the last was ready.
pub(crate) fn side_by_side(threads: u32, times: u32, work: impl Fn(u32) + Sync) -> Duration {
    let begin = Instant::now();
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let work = &work;
            scope.spawn(move || {
                for number in (thread..times).step_by(threads as usize) {
                    work(number);
                }
            });
        }
    });
    begin.elapsed()
}
