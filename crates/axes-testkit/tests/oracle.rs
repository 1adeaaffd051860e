//! Random histories on the memory store.

use axes_stores::MemoryStore;
use axes_testkit::histories;

#[test]
fn the_engine_answers_what_the_oracle_answers() {
    histories::check_all(1000, MemoryStore::default);
}
