"""Which tests show that a setting does what the reference says. A new setting belongs here."""

from __future__ import annotations

ADDRESSES = "test_settings_addresses"
CODE = "test_settings_callables"
LIMITS = "test_settings_limits"
LOGS = "test_settings_logs"
PARAMETERS = "test_settings_parameters"
BEHAVIOUR = "settings_file.behaviour"
STORE = "native.test_store"

PROOFS: dict[str, list[tuple[str, str]]] = {
    "AXES_ENABLED": [("test_login", "test_the_site_goes_on_while_axes_is_off"), (BEHAVIOUR, "off")],
    "AXES_AUTO_WIRE": [("settings_file.test_wiring", "test_nothing_is_wired_where_a_site_says_so")],
    "AXES_FAILURE_LIMIT": [
        (LIMITS, "test_the_limit_is_the_number_of_failures_that_leads_to_a_lockout"),
        (CODE, "test_the_failure_limit_can_be_code_with_any_signature"),
    ],
    "AXES_LOCK_OUT_AT_FAILURE": [
        (LIMITS, "test_without_lockouts_failures_are_counted_and_logged"),
    ],
    "AXES_LOCKOUT_PARAMETERS": [
        (PARAMETERS, "test_a_lockout_holds_for_what_is_counted_on"),
        (PARAMETERS, "test_a_callable_decides_for_each_attempt"),
    ],
    "AXES_COOLOFF_TIME": [
        (LIMITS, "test_failures_are_forgotten_after_the_cool_off_not_before"),
        (LIMITS, "test_the_time_that_is_told_is_the_time_that_is_left"),
    ],
    "AXES_USE_ATTEMPT_EXPIRATION": [
        ("test_expiration", "test_an_attempt_that_keeps_no_expiry_is_judged_by_the_cool_off"),
    ],
    "AXES_LOCKOUT_TIERS": [(LIMITS, "test_a_tiers_lockout_ends_when_its_cool_off_says")],
    "AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT": [
        (LIMITS, "test_tries_during_a_lockout_can_leave_the_cool_off_alone"),
    ],
    "AXES_RESET_ON_SUCCESS": [
        (LIMITS, "test_a_success_can_forget_the_usernames_own_failures"),
        (LIMITS, "test_a_success_does_not_wash_an_address_clean"),
    ],
    "AXES_ONLY_ADMIN_SITE": [(ADDRESSES, "test_only_the_admin_site_can_be_guarded")],
    "AXES_ENABLE_ADMIN": [("test_admin", "test_the_pages_can_be_left_out")],
    "AXES_HANDLER": [("settings_file.behaviour", "watching")],
    "AXES_CACHE": [
        ("settings_file.test_wiring", "test_the_cache_that_is_named_refuses_without_the_database"),
    ],
    "AXES_USERNAME_FORM_FIELD": [(LOGS, "test_the_username_is_looked_for_in_its_form_field")],
    "AXES_PASSWORD_FORM_FIELD": [(LOGS, "test_the_fields_of_username_and_password_can_be_named")],
    "AXES_USERNAME_CALLABLE": [(CODE, "test_the_username_can_come_from_code")],
    "AXES_WHITELIST_CALLABLE": [(CODE, "test_whoever_code_lets_through_is_never_locked_out")],
    "AXES_LOCKOUT_CALLABLE": [(CODE, "test_the_lockout_response_can_come_from_code")],
    "AXES_CLIENT_IP_CALLABLE": [(CODE, "test_the_address_can_come_from_code")],
    "AXES_CLIENT_STR_CALLABLE": [(CODE, "test_code_can_say_how_log_lines_show_a_client")],
    "AXES_LOCKOUT_TEMPLATE": [
        ("test_answer", "test_callable_json_template_url_and_text_come_in_this_order"),
    ],
    "AXES_LOCKOUT_URL": [("test_answer", "test_a_url_is_redirected_to_with_the_username")],
    "AXES_HTTP_RESPONSE_CODE": [("test_answer", "test_the_status_can_be_chosen")],
    "AXES_ENABLE_RETRY_AFTER_HEADER": [("test_answer", "test_retry_after_can_be_turned_off")],
    "AXES_COOLOFF_MESSAGE": [("test_answer", "test_both_texts_can_be_replaced")],
    "AXES_PERMALOCK_MESSAGE": [("test_answer", "test_both_texts_can_be_replaced")],
    "AXES_ALLOWED_CORS_ORIGINS": [("test_answer", "test_json_says_whom_it_is_for")],
    "AXES_IP_WHITELIST": [(ADDRESSES, "test_whoever_is_on_the_allowlist_is_never_locked_out")],
    "AXES_IP_BLACKLIST": [(ADDRESSES, "test_whoever_is_on_the_denylist_is_always_refused")],
    "AXES_NEVER_LOCKOUT_WHITELIST": [
        (ADDRESSES, "test_whoever_is_on_the_allowlist_is_never_locked_out"),
    ],
    "AXES_ONLY_WHITELIST": [(ADDRESSES, "test_only_listed_addresses_may_log_in")],
    "AXES_NEVER_LOCKOUT_GET": [(ADDRESSES, "test_a_get_can_be_left_alone")],
    "AXES_DISABLE_ACCESS_LOG": [(LOGS, "test_the_access_log_holds_what_the_settings_say")],
    "AXES_DISABLE_SUCCESS_ACCESS_LOG": [(LOGS, "test_the_access_log_holds_what_the_settings_say")],
    "AXES_ENABLE_ACCESS_FAILURE_LOG": [(LOGS, "test_the_access_log_holds_what_the_settings_say")],
    "AXES_ACCESS_FAILURE_LOG_PER_USER_LIMIT": [
        (LOGS, "test_the_failure_log_keeps_the_newest_of_a_username"),
    ],
    "AXES_VERBOSE": [(LOGS, "test_lines_that_are_not_verbose_show_what_is_counted_on")],
    "AXES_LOGGER": [(LOGS, "test_all_lines_go_to_the_logger_that_is_named")],
    "AXES_SENSITIVE_PARAMETERS": [(LOGS, "test_what_is_masked_can_be_chosen")],
    "AXES_IPWARE_PROXY_ORDER": [(ADDRESSES, "test_the_proxy_settings_say_whose_word_is_taken")],
    "AXES_IPWARE_PROXY_COUNT": [(ADDRESSES, "test_the_proxy_settings_say_whose_word_is_taken")],
    "AXES_IPWARE_PROXY_TRUSTED_IPS": [
        (ADDRESSES, "test_the_proxy_settings_say_whose_word_is_taken"),
        (ADDRESSES, "test_a_forged_left_side_is_no_way_out_behind_a_proxy"),
    ],
    "AXES_IPWARE_META_PRECEDENCE_ORDER": [
        (ADDRESSES, "test_the_proxy_settings_say_whose_word_is_taken"),
        (
            "test_settings_defaults",
            "test_the_order_of_django_ipware_is_the_default_where_a_site_has_it",
        ),
    ],
    "AXES_IPV6_PREFIX": [(PARAMETERS, "test_ipv6_is_counted_by_its_prefix")],
    "AXES_PERMIT_LEASE": [("settings_file.test_wiring", "test_a_permit_is_held_for_the_lease")],
    "AXES_PERMIT_WAIT": [
        (
            "test_bare_requests",
            "test_as_many_held_permits_as_the_limit_make_others_wait_not_locked_out",
        ),
    ],
    "AXES_ON_STORE_ERROR": [
        ("test_store_errors", "test_the_site_can_choose_to_let_attempts_through"),
    ],
    "AXES_STORE": [(BEHAVIOUR, "native"), (STORE, "test_the_store_can_be_chosen")],
    "AXES_STORE_CONNECTIONS": [(STORE, "test_a_process_opens_as_many_connections_as_it_may")],
    "AXES_STORE_TIMEOUT": [(STORE, "test_a_store_that_is_silent_is_not_waited_for_any_longer")],
    "AXES_ONLY_USER_FAILURES": [
        (PARAMETERS, "test_old_flags_lock_out_who_shares_what_is_counted_on"),
    ],
    "AXES_LOCK_OUT_BY_USER_OR_IP": [
        (PARAMETERS, "test_old_flags_lock_out_who_shares_what_is_counted_on"),
    ],
    "AXES_LOCK_OUT_BY_COMBINATION_USER_AND_IP": [
        (PARAMETERS, "test_old_flags_lock_out_who_shares_what_is_counted_on"),
    ],
    "AXES_USE_USER_AGENT": [
        (PARAMETERS, "test_old_flags_lock_out_who_shares_what_is_counted_on"),
    ],
    "AXES_PROXY_ORDER": [(ADDRESSES, "test_the_proxy_settings_say_whose_word_is_taken")],
    "AXES_PROXY_COUNT": [(ADDRESSES, "test_the_proxy_settings_say_whose_word_is_taken")],
    "AXES_PROXY_TRUSTED_IPS": [(ADDRESSES, "test_the_proxy_settings_say_whose_word_is_taken")],
    "AXES_META_PRECEDENCE_ORDER": [
        (ADDRESSES, "test_the_proxy_settings_say_whose_word_is_taken"),
        (
            "test_settings_defaults",
            "test_the_old_name_of_a_setting_counts_where_the_new_one_is_not_set",
        ),
    ],
}
"""By setting: modules below ``tests``, and what in them proves it."""
