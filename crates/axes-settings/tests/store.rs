//! The URL of the store, which may hold a password.

use std::time::Duration;

use axes_settings::{Problem, Reader, Settings, Value};

/// What a file with `text` means.
fn file(text: &str) -> (Settings, Vec<String>) {
    told(Reader::new().file("axes.toml", text))
}

fn told(reader: Reader) -> (Settings, Vec<String>) {
    let (settings, problems) = reader.read();
    (settings, problems.iter().map(Problem::to_string).collect())
}

#[test]
fn passwords_are_in_no_message() {
    for url in [
        "postgres://axes:hunter2@db/axes",
        "redis-cluster:axes:hunter2@one,two",
        "http://axes:hunter2@db",
        ":hunter2@db",
        "axes:hunter2@",
        "postgres://axes:hunter2\n@db",
        "postgres://axes:hunter2,hunter2@db",
        "postgres://db/axes?user=axes&password=hunter2",
    ] {
        let toml = toml::Value::from(url).to_string();
        let mut lines = Vec::new();
        for text in [
            format!("store = {toml}"),
            format!("stroe = {toml}"),
            format!("store = [{toml}]"),
            format!("store = {{ url = {toml} }}"),
            format!("[store]\nurl = {toml}"),
            format!("store = {}", toml.trim_end_matches(['"', '\''])),
            format!("store = {url}"),
            url.to_owned(),
            format!("{toml} = 1"),
            format!("{url} = 1"),
            format!("store = {toml} {url}"),
            format!("failure_limit = {toml}"),
            format!("ip_whitelist = [{toml}]"),
            format!("lockout_parameters = [[{toml}]]"),
            format!("lockout_tiers = [{{ failures = {toml}, cooloff = 1 }}]"),
            format!("lockout_tiers = [{{ failures = 1, {toml} = 1 }}]"),
        ] {
            lines.extend(file(&text).1);
        }
        for name in [
            "AXES_STORE",
            "AXES_STOER",
            "AXES_FAILURE_LIMIT",
            "AXES_IP_WHITELIST",
            "AXES_LOCKOUT_TIERS",
            "AXES_LOCKOUT_PARAMETERS",
        ] {
            lines.extend(told(Reader::new().environment([(name, url)])).1);
            lines.extend(
                told(Reader::new().flags([(
                    name.to_lowercase().replace("axes_", "--").replace('_', "-"),
                    url,
                )]))
                .1,
            );
        }
        lines.extend(told(Reader::new().flags([(url, ""), (&format!("--store={url}"), "")])).1);
        lines.extend(
            Settings::lenient([("AXES_STORE".to_owned(), Value::text(url))])
                .1
                .iter()
                .map(Problem::to_string),
        );
        assert!(lines.len() > 15);
        for line in lines {
            assert!(!line.contains("hunter2"), "{line}");
            assert!(!line.chars().any(char::is_control), "{line}");
        }
    }
}

#[test]
fn what_is_set_is_shown_without_the_url_of_the_store() {
    let (settings, _) = file("store = \"postgres://axes:hunter2@db/axes\"\nfailure_limit = 5");
    assert_eq!(settings.store(), Some("postgres://axes:hunter2@db/axes"));
    let shown = format!("{settings:?}");
    assert!(
        shown.contains("AXES_FAILURE_LIMIT") && !shown.contains("hunter2"),
        "{shown}"
    );
}

#[test]
fn the_store_has_defaults_outside_django() {
    let (settings, _) = file("");
    assert_eq!(settings.store(), Some("sqlite:axes.sqlite3"));
    assert_eq!(settings.store_connections(), 16);
    assert_eq!(settings.store_timeout(), Duration::from_secs(5));
    assert!(!settings.keeps_expirations());
    assert_eq!(Settings::lenient([]).0.store(), None);
    let (settings, lines) = file(
        "store = \"memory:\"\nstore_connections = 2\nstore_timeout = \"2s\"\nuse_attempt_expiration = true",
    );
    assert_eq!(lines, [""; 0]);
    assert_eq!(settings.store_connections(), 2);
    assert_eq!(settings.store_timeout(), Duration::from_secs(2));
    assert!(settings.keeps_expirations());
}

#[test]
fn a_store_is_known_by_its_scheme() {
    for (url, right) in [
        ("memory:", true),
        ("sqlite:axes.sqlite3", true),
        ("sqlite:", false),
        ("sqlite://", false),
        ("axes.sqlite3", false),
        ("mysql://db/axes", false),
        ("postgresql://db/axes", true),
        ("rediss://db", true),
        ("redis-cluster://a,b", true),
        ("none", false),
        ("", false),
    ] {
        let (settings, lines) = file(&format!("store = \"{url}\""));
        assert_eq!(lines.is_empty(), right, "{url}: {lines:?}");
        assert_eq!(settings.store() == Some(url), right);
    }
}
