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

/// Each test on a kind of store.
macro_rules! on {
    ($name:ident, $place:expr; $($module:ident::$test:ident)*) => {
        mod $name {
            $(#[test] fn $test() { crate::$module::$test(&$place); })*
        }
    };
}

/// Each test on each kind of store that can crash, or is a file.
macro_rules! everywhere {
    ($($tests:tt)*) => {
        on! { on_sqlite, crate::place::Sqlite::new(); $($tests)* }
        on! { on_postgres, crate::place::Postgres::new(); $($tests)* }
        on! { on_redis, crate::place::Redis::new(); $($tests)* }
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

on! { on_a_redis_cluster, crate::place::Cluster::new();
    races::exactly_as_many_passwords_are_checked_as_the_limit_allows
    races::nobody_with_a_right_password_is_kept_out
    races::a_reset_is_obeyed_at_once_by_every_process
    crashes::a_check_whose_process_is_killed_uses_up_its_try
    crashes::what_was_reported_survives_when_its_process_is_killed
}
