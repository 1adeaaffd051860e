"""Tests that say nothing about the native handler, by where it keeps everything and by the reason.

A module stands for all of its tests.
"""

from __future__ import annotations

MADE_MEANWHILE = "test_deletions::test_a_tally_that_is_made_while_a"

LEFT_OUT: dict[str, dict[str, list[str]]] = {
    "anywhere": {
        "they choose another handler, or say what there is without a choice": [
            "test_settings_defaults",
            "test_subclassing",
        ],
        "they are about Django's own cursors": [
            "test_plans",
            "test_prepared",
            "test_statements",
            "test_watched",
        ],
        "they break Django's connection; the corpus breaks the store": [
            "test_store_errors",
            "test_hostile::test_what_a_database_quotes_in_an_error_forges_no_log_line",
        ],
        "they hold statements of Django's connection open": [
            f"{MADE_MEANWHILE}_login_is_not_committed_has_nothing_of_what_it_forgets",
            f"{MADE_MEANWHILE}_reset_is_not_committed_has_nothing_of_what_was_reset",
        ],
    },
    "postgres": {},
    "sqlite": {},
    "redis": {},
}

COMMITTED = [
    "test_admin",
    "test_admin_unlock",
    "test_adoption",
    "test_expiration",
    "test_hostile",
    "test_records",
]
"""Modules that write into the tables of Axes: the store sees what is committed, no more."""
