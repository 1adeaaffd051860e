//! What the reader says of what operators write, by tables.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use axes_core::Policy;
use axes_settings::{Hosts, Origin, Problem, Reader, Settings, TABLE, Value, spec};

/// What a file with `text` means.
fn file(text: &str) -> (Settings, Vec<String>) {
    told(Reader::new().file("axes.toml", text))
}

fn told(reader: Reader) -> (Settings, Vec<String>) {
    let (settings, problems) = reader.read();
    (settings, problems.iter().map(Problem::to_string).collect())
}

#[test]
fn every_mistake_in_a_file_is_named_with_its_place() {
    let text = r#"
failure_limit = "5"
cooloff_time = "soon"
permit_wait = 0
reset_on_success = "yes"
failure_limt = 3
AXES_ENABLED = true
lockout_callable = "accounts.axes.answer"
only_user_failures = true
lockout_parameters = ["username", ["ip"]]
ip_whitelist = [
    "10.0.0.0/8",
    "office", # no network
    7,
]
ip_blacklist = "10.0.0.1"
on_store_error = "panic"
ipv6_prefix = 129
access_failure_log_per_user_limit = -1
sensitive_parameters = { token = true }
store = 5

[[lockout_tiers]]
failures = 3
cooloff = "5m"

[[lockout_tiers]]
failures = 10
cool_off = "1h"
"#;
    let (settings, lines) = file(text);
    let expected = [
        r#"axes.toml:2:17: failure_limit is "5": use a whole number of 1 or more"#,
        r#"axes.toml:3:16: cooloff_time is "soon": use a length of time such as "15m", "1h30m", "7d", a number of hours above 0, or "none""#,
        r#"axes.toml:4:15: permit_wait is 0: use a length of time such as "15m", "1h30m", "7d", or a number of seconds above 0"#,
        r#"axes.toml:5:20: reset_on_success is "yes": use true or false"#,
        r"axes.toml:6:1: failure_limt is not a setting of Axes: is failure_limit meant?",
        r"axes.toml:7:1: AXES_ENABLED is not a setting of Axes: is enabled meant?",
        r"axes.toml:8:1: lockout_callable means something in Django's settings only: remove it",
        r"axes.toml:9:1: only_user_failures means something in Django's settings only: remove it",
        r#"axes.toml:10:35: lockout_parameters holds ["ip"], which names no lockout parameters: use a list of username, ip_address and user_agent, or of lists of them, such as ["username", ["ip_address", "user_agent"]]"#,
        r#"axes.toml:13:5: ip_whitelist holds "office", which is no IP address or network: use a list of IP addresses and networks, such as ["192.0.2.1", "10.0.0.0/8"]"#,
        r#"axes.toml:14:5: ip_whitelist holds 7, which is no IP address or network: use a list of IP addresses and networks, such as ["192.0.2.1", "10.0.0.0/8"]"#,
        r#"axes.toml:16:16: ip_blacklist is "10.0.0.1": use a list of IP addresses and networks, such as ["192.0.2.1", "10.0.0.0/8"]"#,
        r#"axes.toml:17:18: on_store_error is "panic": use one of "refuse", "allow""#,
        r"axes.toml:18:15: ipv6_prefix is 129: use a whole number from 1 to 128",
        r#"axes.toml:19:37: access_failure_log_per_user_limit is -1: use a whole number from 0 to 4294967295, or "none""#,
        r"axes.toml:20:24: sensitive_parameters is { token = true }: use a list of texts",
        r#"axes.toml:21:9: store is no URL of a store (it is not shown, because it may hold a password): use a URL such as "sqlite:axes.sqlite3", "postgres://user:password@host/database" or "redis://host:6379/0""#,
        r#"axes.toml:27:1: lockout_tiers holds { failures = 10, cool_off = "1h" }, which is no tier: use tiers such as { failures = 3, cooloff = "5m" }, each number of failures once, or "none""#,
    ];
    for (line, expected) in lines.iter().zip(expected) {
        assert_eq!(line, expected);
    }
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
    assert_eq!(settings.policy(), Policy::default());
}

#[test]
fn what_is_no_toml_is_named_on_one_line_and_the_rest_is_read() {
    let (settings, lines) = file("failure_limit = 5\npermit_wait 3\nenabled = maybe\nverbos = 1\n");
    assert_eq!(
        lines,
        [
            "axes.toml:2:13: is no TOML: key with no value, expected `=`",
            "axes.toml:3:11: is no TOML: string values must be quoted, expected literal string",
            "axes.toml:4:1: verbos is not a setting of Axes: remove it",
        ]
    );
    assert_eq!(settings.policy().limit, 5);
}

#[test]
fn columns_count_letters_and_lines_may_end_as_on_windows() {
    let (_, lines) = file("# ä\r\nip_whitelist = [\"ü\",\t\"ö\"]\r\n");
    assert!(
        lines[0].starts_with("axes.toml:2:17: ip_whitelist holds \"ü\""),
        "{lines:?}"
    );
    assert!(
        lines[1].starts_with("axes.toml:2:22: ip_whitelist holds \"ö\""),
        "{lines:?}"
    );
}

#[test]
fn every_mistake_in_the_environment_and_in_flags_is_named() {
    let reader = Reader::new()
        .environment([
            ("AXES_FAILURE_LIMIT", "five"),
            ("AXES_COOLOFF_TIME", "1h 30"),
            ("AXES_ENABLED", "perhaps"),
            ("AXES_FAILURE_LIMITS", "5"),
            ("AXES_HANDLER", "axes.handlers.dummy.AxesDummyHandler"),
            ("AXES_IP_WHITELIST", "10.0.0.0/8, office,"),
            ("AXES_LOCKOUT_PARAMETERS", "username,ip+user_agent"),
            ("AXES_LOCKOUT_TIERS", "3:5m,10"),
        ])
        .flags([
            ("--failure-limit", "0"),
            ("--lockout-tiers", "3:5m,3:10m"),
            ("--permit-wait", "none"),
            ("--on-store-error", "panic"),
            ("--verbose", "false"),
            ("ipv6-prefixes", "64"),
            ("--colour", "red"),
        ]);
    let (settings, lines) = told(reader);
    let expected = [
        r#"environment variable AXES_COOLOFF_TIME is "1h 30": use a length of time such as 15m, 1h30m, 7d, a number of hours above 0, or none"#,
        r#"environment variable AXES_ENABLED is "perhaps": use true or false"#,
        r#"environment variable AXES_FAILURE_LIMIT is "five": use a whole number of 1 or more"#,
        "environment variable AXES_FAILURE_LIMITS is not a setting of Axes: is AXES_FAILURE_LIMIT meant?",
        "environment variable AXES_HANDLER means something in Django's settings only: remove it",
        r#"environment variable AXES_IP_WHITELIST holds "office", which is no IP address or network: use IP addresses and networks with commas between, such as 192.0.2.1,10.0.0.0/8"#,
        r#"environment variable AXES_LOCKOUT_PARAMETERS holds "ip+user_agent", which names no lockout parameters: use username, ip_address and user_agent with commas between, or with + where they count together, such as username,ip_address+user_agent"#,
        r#"environment variable AXES_LOCKOUT_TIERS holds "10", which is no tier: use tiers FAILURES:COOLOFF with commas between, such as 3:5m,10:1h, each number of failures once, or none"#,
        r#"flag --failure-limit is "0": use a whole number of 1 or more"#,
        r#"flag --lockout-tiers is "3:5m,3:10m": use tiers FAILURES:COOLOFF with commas between, such as 3:5m,10:1h, each number of failures once, or none"#,
        r#"flag --permit-wait is "none": use a length of time such as 15m, 1h30m, 7d, or a number of seconds above 0"#,
        r#"flag --on-store-error is "panic": use one of refuse, allow"#,
        "flag --verbose means something in Django's settings only: remove it",
        "flag --ipv6-prefixes is not a setting of Axes: is --ipv6-prefix meant?",
        "flag --colour is not a setting of Axes: remove it",
    ];
    for (line, expected) in lines.iter().zip(expected) {
        assert_eq!(line, expected);
    }
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
    assert_eq!(settings.policy(), Policy::default());
}

#[test]
fn other_programs_may_have_variables_that_begin_the_same() {
    let (settings, lines) = told(Reader::new().environment([
        ("AXES_CONFIG", "/etc/axes.toml"),
        ("AXES_PORT", "tcp://10.0.0.1:80"),
        ("AXES_PORT_80_TCP", "tcp://10.0.0.1:80"),
        ("AXES_SERVICE_HOST", "10.0.0.1"),
        ("AXES_RELEASE_NAME", "blue"),
        ("PATH", "/bin"),
        ("FAILURE_LIMIT", "7"),
        // Set, but empty, as many programs that start others have it: not set.
        ("AXES_FAILURE_LIMIT", ""),
        ("AXES_HANDLER", ""),
    ]));
    assert_eq!(lines, [""; 0]);
    assert_eq!(settings.policy(), Policy::default());
}

#[test]
fn a_variable_that_is_no_unicode_is_named() {
    let broken = OsString::from_vec(vec![b'5', 0xff]);
    let variables = [("AXES_FAILURE_LIMIT", broken.clone()), ("PATH", broken)];
    let (_, lines) = told(Reader::new().environment(variables));
    assert_eq!(
        lines,
        [
            "environment variable AXES_FAILURE_LIMIT is no Unicode text: use a whole number of 1 or more"
        ]
    );
}

#[test]
fn flags_win_over_the_environment_that_wins_over_the_file_in_any_order() {
    let file = "failure_limit = 5\npermit_wait = 5\npermit_lease = 5";
    let variables = [("AXES_FAILURE_LIMIT", "6"), ("AXES_PERMIT_WAIT", "6")];
    let flags = [("failure-limit", "1"), ("failure-limit", "7")];
    let one = Reader::new()
        .file("a.toml", file)
        .environment(variables)
        .flags(flags);
    let other = Reader::new()
        .flags(flags)
        .environment(variables)
        .file("a.toml", file);
    for reader in [one, other] {
        let (settings, lines) = told(reader);
        assert_eq!(lines, [""; 0]);
        let policy = settings.policy();
        let seconds = [policy.max_wait, policy.lease].map(|time| time.as_secs());
        assert_eq!((policy.limit, seconds), (7, [6, 5]));
        assert_eq!(settings.origin("AXES_FAILURE_LIMIT"), Some(&Origin::Flag));
        assert_eq!(settings.origin("AXES_PERMIT_WAIT"), Some(&Origin::Variable));
        let origin = settings.origin("AXES_PERMIT_LEASE").map(Origin::to_string);
        assert_eq!(origin.as_deref(), Some("a.toml:3:16:"));
        assert_eq!(settings.origin("AXES_ENABLED"), None);
    }
}

#[test]
fn values_mean_the_same_wherever_they_are_written() {
    let spec = |name| spec(name).unwrap();
    for (name, toml, words, value) in [
        ("AXES_ENABLED", "false", "Off", Value::Bool(false)),
        ("AXES_ENABLED", "true", " yes ", Value::Bool(true)),
        ("AXES_FAILURE_LIMIT", "0x10", "16", Value::Int(16)),
        (
            "AXES_COOLOFF_TIME",
            "\"1h30m\"",
            "1h30m",
            Value::Seconds(5400.0),
        ),
        ("AXES_COOLOFF_TIME", "2", "2", Value::Int(2)),
        ("AXES_COOLOFF_TIME", "0.5", "0.5", Value::Float(0.5)),
        ("AXES_COOLOFF_TIME", "\"none\"", "None", Value::None),
        ("AXES_PERMIT_WAIT", "1.5", "1.5", Value::Float(1.5)),
        ("AXES_PERMIT_WAIT", "\"1m\"", "1m", Value::Seconds(60.0)),
        (
            "AXES_ACCESS_FAILURE_LOG_PER_USER_LIMIT",
            "\"none\"",
            "none",
            Value::None,
        ),
        (
            "AXES_ACCESS_FAILURE_LOG_PER_USER_LIMIT",
            "7",
            "7",
            Value::Int(7),
        ),
        (
            "AXES_ON_STORE_ERROR",
            "'allow'",
            "allow",
            Value::text("allow"),
        ),
        ("AXES_SENSITIVE_PARAMETERS", "[]", "none", Value::None),
        (
            "AXES_SENSITIVE_PARAMETERS",
            "[\"a\", \"b\"]",
            "a, b",
            texts(&["a", "b"]),
        ),
        (
            "AXES_IP_WHITELIST",
            "[\"::1\", \"10.0.0.0/8\"]",
            "::1,10.0.0.0/8",
            texts(&["::1", "10.0.0.0/8"]),
        ),
        (
            "AXES_PASSWORD_FORM_FIELD",
            "\"none\"",
            "none",
            Value::text("none"),
        ),
        (
            "AXES_STORE",
            "\"memory:\"",
            "memory:",
            Value::text("memory:"),
        ),
        (
            "AXES_LOCKOUT_PARAMETERS",
            "[\"username\", [\"ip_address\", \"user_agent\"]]",
            "username, ip_address + user_agent",
            Value::List(vec![
                Value::text("username"),
                texts(&["ip_address", "user_agent"]),
            ]),
        ),
        (
            "AXES_LOCKOUT_TIERS",
            "[{ failures = 3, cooloff = \"5m\" }, { cooloff = 1, failures = 10 }]",
            "3:5m, 10:1",
            Value::List(vec![
                Value::Tier(Box::new(Value::Int(3)), Box::new(Value::Seconds(300.0))),
                Value::Tier(Box::new(Value::Int(10)), Box::new(Value::Int(1))),
            ]),
        ),
    ] {
        let spec = spec(name);
        let line = format!("{} = {toml}", spec.key());
        for (reader, other) in [
            (Reader::new().file("axes.toml", &line), toml == "[]"),
            (Reader::new().environment([(name, words)]), false),
            (Reader::new().flags([(spec.flag(), words)]), false),
        ] {
            let (settings, lines) = told(reader);
            assert_eq!(lines, [""; 0], "{line}");
            let value = if other { &Value::List(vec![]) } else { &value };
            assert_eq!(settings.get(name), value, "{line}");
        }
    }
}

fn texts(texts: &[&str]) -> Value {
    Value::List(texts.iter().map(|text| Value::text(text)).collect())
}

#[test]
fn names_follow_one_rule() {
    for spec in TABLE {
        let word = spec.name.strip_prefix("AXES_").unwrap();
        assert_eq!(spec.key().to_uppercase(), word);
        assert_eq!(
            spec.flag(),
            format!("--{}", word.to_lowercase().replace('_', "-"))
        );
        assert!(!spec.is_deprecated() || spec.hosts == Hosts::Django);
    }
}

#[test]
fn the_forwarding_header_is_called_as_http_calls_it() {
    let header = |text| file(text).0.forwarding_header();
    assert_eq!(header(""), None);
    let sources =
        "ipware_meta_precedence_order = [\"REMOTE_ADDR\", \"HTTP_X_FORWARDED_FOR\", \"HTTP_X\"]";
    assert_eq!(header(sources).as_deref(), Some("x-forwarded-for"));
}

#[test]
fn no_text_is_code() {
    for name in [
        "AXES_FAILURE_LIMIT",
        "AXES_COOLOFF_TIME",
        "AXES_LOCKOUT_PARAMETERS",
    ] {
        let key = spec(name).unwrap().key();
        let (_, in_file) = file(&format!("{key} = \"site.axes.of\""));
        let (_, elsewhere) = told(Reader::new().environment([(name, "site.axes.of")]));
        assert_eq!((in_file.len(), elsewhere.len()), (1, 1), "{name}");
    }
}

#[test]
fn a_tier_has_two_parts() {
    for (tier, right) in [
        ("{ failures = 3, cooloff = \"5m\" }", true),
        ("{ failures = 3, cooloff = 0.5 }", true),
        ("{ failures = 3 }", false),
        ("{ cooloff = 1 }", false),
        ("{ failures = 3, cooloff = 1, why = \"x\" }", false),
        ("{ failures = 0, cooloff = 1 }", false),
        ("{ failures = 3, cooloff = \"none\" }", false),
        ("{ failures = \"3\", cooloff = 1 }", false),
        ("3", false),
        ("[3, 1]", false),
    ] {
        let (_, lines) = file(&format!("lockout_tiers = [{tier}]"));
        assert_eq!(lines.is_empty(), right, "{tier}");
    }
}

#[test]
fn the_last_flag_of_a_name_counts_also_where_it_is_wrong() {
    let flags = [("--failure-limit", "7"), ("--failure-limit", "seven")];
    let (settings, lines) = told(
        Reader::new()
            .file("a.toml", "failure_limit = 5")
            .flags(flags),
    );
    assert_eq!(lines.len(), 1);
    assert_eq!(settings.policy().limit, 5);
}
