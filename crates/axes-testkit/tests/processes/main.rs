//! What is promised holds among processes that share a store, and where they or the store are killed.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "this is a test"
)]

mod crashes;
mod place;
mod racer;
mod races;

/// Each test on each kind of store.
macro_rules! everywhere {
    ($($module:ident::$test:ident)*) => {
        mod on_sqlite {
            $(#[test] fn $test() { crate::$module::$test(&crate::place::Sqlite::new()); })*
        }
        mod on_postgres {
            $(#[test] fn $test() { crate::$module::$test(&crate::place::Postgres::new()); })*
        }
    };
}

everywhere! {
    races::exactly_as_many_passwords_are_checked_as_the_limit_allows
    races::nobody_with_a_right_password_is_kept_out
    races::a_reset_is_obeyed_at_once_by_every_process
    crashes::a_check_whose_process_is_killed_uses_up_its_try
    crashes::what_was_reported_survives_when_its_process_is_killed
    crashes::a_store_that_crashes_in_a_burst_lets_nobody_guess_more
}
