//! The suite that every store has to pass: one function for each rule of [`axes_stores::Store`] and
//! [`axes_stores::Bans`].

mod bans;
mod durability;
mod order;
mod resets;
mod scene;
mod tallies;

use axes_stores::{Bans, Store};

pub use bans::{
    a_ban_ends_by_itself, a_ban_is_obeyed_at_once_by_all, there_is_one_ban_of_each_target,
    who_is_banned_takes_no_permit,
};
pub use durability::what_was_written_survives_a_crash;
pub use order::{a_refused_take_skips_the_rest, ops_run_in_order_with_one_reply_each};
pub use resets::{
    a_success_forgets_only_what_it_proves, repetition_does_not_make_records_grow,
    what_is_reset_is_refused_nowhere,
};
pub use scene::Scene;
pub use tallies::{
    an_unknown_tally_is_what_the_records_say, tallies_change_whole_whoever_else_changes_them,
};

/// One place where things are kept: empty when the suite gets it, and used by nobody else.
pub trait Backend: Sync {
    /// The store that works on it.
    type Store: Store + Bans;

    /// Opens it, as one more process would do. What one store wrote, all others see.
    fn open(&self) -> Self::Store;

    /// Ends the process that holds `store`, without a farewell where that can be done.
    fn crash(&self, store: Self::Store) {
        drop(store);
    }

    /// Loses all tallies but no records, if such a thing can happen here; whether it did.
    fn lose_tallies(&self) -> bool {
        false
    }
}

/// Checks every rule, each on a `fresh` backend.
///
/// # Panics
/// When the store breaks a rule.
pub fn check_all<B: Backend>(fresh: impl Fn() -> B) {
    ops_run_in_order_with_one_reply_each(&fresh());
    tallies_change_whole_whoever_else_changes_them(&fresh());
    a_refused_take_skips_the_rest(&fresh());
    what_was_written_survives_a_crash(&fresh());
    what_is_reset_is_refused_nowhere(&fresh());
    repetition_does_not_make_records_grow(&fresh());
    a_success_forgets_only_what_it_proves(&fresh());
    an_unknown_tally_is_what_the_records_say(&fresh());
    a_ban_is_obeyed_at_once_by_all(&fresh());
    there_is_one_ban_of_each_target(&fresh());
    a_ban_ends_by_itself(&fresh());
    who_is_banned_takes_no_permit(&fresh());
}

/// One `#[test]` for each rule, on a backend made anew by the expression.
#[macro_export]
macro_rules! conformance_tests {
    ($fresh:expr) => {
        $crate::conformance_tests! { @each $fresh =>
            ops_run_in_order_with_one_reply_each
            tallies_change_whole_whoever_else_changes_them
            a_refused_take_skips_the_rest
            what_was_written_survives_a_crash
            what_is_reset_is_refused_nowhere
            repetition_does_not_make_records_grow
            a_success_forgets_only_what_it_proves
            an_unknown_tally_is_what_the_records_say
            a_ban_is_obeyed_at_once_by_all
            there_is_one_ban_of_each_target
            a_ban_ends_by_itself
            who_is_banned_takes_no_permit
        }
    };
    (@each $fresh:expr => $($rule:ident)*) => {$(
        #[test]
        fn $rule() {
            $crate::conformance::$rule(&$fresh);
        }
    )*};
}
