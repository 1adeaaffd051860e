"""Tests that say nothing about the native handler, by where it keeps everything and by the reason.

A module stands for all of its tests.
"""

from __future__ import annotations

MADE_MEANWHILE = "test_deletions::test_a_tally_that_is_made_while_a"

ANYWHERE: dict[str, list[str]] = {
    "they choose another handler, or say what there is without a choice": [
        "test_settings_defaults",
        "test_subclassing",
    ],
    "they are the rules of Django's own stores; those of others keep them in Rust's tests": [
        "test_databases",
    ],
    "they are about Django's own cursors": [
        "test_plans",
        "test_prepared",
        "test_statements",
        "test_watched",
        "test_bans::test_what_bans_cost",
    ],
    "they break Django's connection; the corpus breaks the store": [
        "test_store_errors",
        "test_hostile::test_what_a_database_quotes_in_an_error_forges_no_log_line",
    ],
    "they hold statements of Django's connection open": [
        f"{MADE_MEANWHILE}_login_is_not_committed_has_nothing_of_what_it_forgets",
        f"{MADE_MEANWHILE}_reset_is_not_committed_has_nothing_of_what_was_reset",
    ],
}

OUTSIDE: dict[str, list[str]] = {
    "they look into the tables of the site, or write into them": [
        "test_adoption",
        "test_expiration",
        "test_listeners",
        "test_records",
        "test_survival",
        "test_admin_lockouts::test_the_lockout_parameters_that_hold_now_decide",
        "test_async::test_a_login_and_a_logout_are_written_to_the_access_log",
        "test_bans::test_a_ban_of_somebody_who_is_locked_out_is_told_first",
        "test_bans::test_a_new_ban_takes_the_place_of_the_old_one_and_of_what_has_ended",
        "test_bans::test_a_time_is_kept_as_it_was_given",
        "test_bans::test_whatever_is_done_to_the_table_holds_at_once",
        "test_bare_requests::test_a_failure_before_an_error_counts",
        "test_bare_requests::test_a_permit_of_a_request_that_ended_in_an_error_is_kept",
        "test_bare_requests::test_a_request_that_is_dropped_gives_its_permit_back",
        "test_bare_requests::test_login_and_logout_work_on_an_empty_request",
        "test_commands::test_a_reset_of_nobody_is_not_a_reset_of_everybody",
        "test_commands::test_an_address_that_is_none_is_one_clear_line",
        "test_commands::test_old_entries_of_the_access_log_are_deleted",
        "test_commands::test_old_entries_of_the_failure_log_are_deleted",
        "test_commands::test_the_function_resets_what_matches",
        "test_commands::test_where_there_is_nothing_old_nothing_is_found",
        "test_deletions::test_a_deletion_holds_from_its_commit_on_whoever_failed_before_it",
        "test_deletions::test_a_place_that_was_only_reserved_is_taken_by_the_next_attempt",
        "test_deletions::test_a_queryset_that_grows_while_it_is_deleted_leaves_no_lockout_without_records",
        "test_helpers::test_failure_logs_beyond_the_limit_are_removed",
        "test_helpers::test_the_attempts_of_a_user",
        "test_honest_time::test_what_is_recorded_of_a_lockout_stays_as_long_as_it_lasts",
        "test_hostile::test_a_long_path_is_recorded_within_bounds",
        "test_hostile::test_a_password_in_the_query_is_not_stored",
        "test_hostile::test_a_password_that_is_no_text_is_a_wrong_one",
        "test_hostile::test_any_headers_are_recorded_within_bounds",
        "test_hostile::test_any_text_is_counted_once_and_recorded",
        "test_hostile::test_any_username_is_counted_and_recorded",
        "test_hostile::test_form_data_is_recorded_within_bounds",
        "test_hostile::test_lone_surrogates_are_counted",
        "test_hostile::test_no_username_is_recorded_as_none",
        "test_hostile::test_passwords_are_neither_stored_nor_logged",
        "test_hostile::test_records_without_a_username_do_not_grow_in_number",
        "test_login::test_a_logout_is_noted_for_its_session_alone",
        "test_login::test_a_session_is_known_by_a_digest_of_its_key",
        "test_login::test_a_success_is_in_the_access_log",
        "test_login::test_two_passwords_in_one_request_are_two_attempts",
        "test_reset_on_success::test_the_failures_of_the_address_on_another_username_stay",
        "test_transactions::test_failures_survive_an_exception_in_a_receiver",
        "test_transactions::test_failures_survive_an_exception_in_the_view",
        "test_transactions::test_parallel_failures_of_many_clients_are_all_counted",
        "test_transactions::test_successes_are_logged_with_atomic_requests",
        "test_transactions::test_the_limit_is_the_same_with_atomic_requests",
    ],
}

LEFT_OUT = {
    "postgres": ANYWHERE,
    "sqlite": {**ANYWHERE, **OUTSIDE},
    "redis": {**ANYWHERE, **OUTSIDE},
}

COMMITTED = [
    "test_admin",
    "test_admin_bans",
    "test_admin_unlock",
    "test_adoption",
    "test_bans",
    "test_corpus",
    "test_expiration",
    "test_hostile",
    "test_records",
]
"""Modules that write into the tables of Axes: the store sees what is committed, no more."""
