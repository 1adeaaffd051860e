//! The store in a cache: the rules of every store, the scenarios, the oracle, and what only caches do.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    reason = "this is a test"
)]

mod bans;
mod growth;
mod losses;
mod map;

use std::time::Duration;

use axes_stores::KeyedStore;
use axes_testkit::conformance::Backend;
use axes_testkit::{corpus, histories};

use map::{Compares, Map};

impl Backend for Map {
    type Store = KeyedStore<Self>;

    fn open(&self) -> Self::Store {
        KeyedStore::new(self.clone())
    }
}

fn store(compares: Compares) -> KeyedStore<Map> {
    KeyedStore::new(Map::new(compares))
}

mod by_value {
    use super::map::{Compares, Map};
    axes_testkit::conformance_tests!(Map::new(Compares::Values));
}

mod together {
    use super::map::{Compares, Map};
    axes_testkit::conformance_tests!(Map::new(Compares::Together));
}

mod together_in_a_crowd {
    use super::map::{Compares, Map};
    axes_testkit::conformance_tests!(Map::new(Compares::Together).crowded(2));
}

mod with_sets {
    use super::map::{Compares, Map};
    axes_testkit::conformance_tests!(Map::new(Compares::WithSets));
}

mod with_sets_in_a_crowd {
    use super::map::{Compares, Map};
    axes_testkit::conformance_tests!(Map::new(Compares::WithSets).crowded(2));
}

mod by_write {
    use super::map::{Compares, Map};
    axes_testkit::conformance_tests!(Map::new(Compares::Writes));
}

mod in_a_crowd {
    use super::map::{Compares, Map};
    axes_testkit::conformance_tests!(Map::new(Compares::Writes).crowded(2));
}

#[test]
fn every_scenario_goes_as_written() {
    corpus::check_all(|| store(Compares::Values));
    corpus::check_all(|| store(Compares::Together));
    corpus::check_all(|| store(Compares::WithSets));
    corpus::check_all(|| store(Compares::Writes));
}

/// The oracle remembers every record until it is reset.
fn for_the_oracle(map: Map) -> KeyedStore<Map> {
    KeyedStore::new(map).records_stay(Duration::from_hours(24))
}

#[test]
fn the_engine_answers_what_the_oracle_answers() {
    histories::check_in_time(500, || for_the_oracle(Map::new(Compares::Values)));
    histories::check_in_time(500, || for_the_oracle(Map::new(Compares::Together)));
    histories::check_in_time(500, || for_the_oracle(Map::new(Compares::WithSets)));
    for compares in [Compares::Together, Compares::WithSets] {
        histories::check_in_time(100, || for_the_oracle(Map::new(compares).crowded(3)));
    }
    histories::check_in_time(100, || {
        for_the_oracle(Map::new(Compares::Writes).crowded(3))
    });
}

#[test]
fn who_is_listed_as_locked_out_is_who_would_be_refused() {
    for compares in [Compares::Values, Compares::Together, Compares::WithSets] {
        histories::check_listed_while_no_limit_is_lowered(100, || store(compares));
    }
}
