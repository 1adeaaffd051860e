//! The URLs that the settings take are those at which there are stores.

use axes_settings::{Reader, STORE_SCHEMES};
use axes_stores::{OpenOptions, open};

fn is_taken(url: &str) -> bool {
    Reader::new().flags([("--store", url)]).read().1.is_empty()
}

fn is_there(url: &str) -> bool {
    open(url, &OpenOptions::default()).is_ok()
}

#[test]
fn settings_take_what_can_be_opened_and_nothing_else() {
    for scheme in STORE_SCHEMES {
        let url = match *scheme {
            "memory" | "sqlite" => format!("{scheme}:axes"),
            server => format!("{server}://localhost"),
        };
        assert!(is_taken(&url) && is_there(&url), "{scheme}");
    }
    for url in [
        "",
        "axes",
        "mysql://localhost",
        "sqlite:",
        "sqlite://",
        "http://localhost",
    ] {
        assert!(!is_taken(url) && !is_there(url), "{url}");
    }
}

#[test]
fn what_sqlite_takes_for_no_file_is_no_store() {
    for url in [
        "sqlite::memory:",
        "sqlite://:memory:",
        "sqlite:file:axes.sqlite3?nolock=1",
        "sqlite://file:axes.sqlite3",
    ] {
        assert!(!is_there(url), "{url}");
    }
}

#[test]
fn how_a_store_is_opened_by_default_is_what_the_settings_say() {
    let (settings, _) = Reader::new().read();
    let options = OpenOptions::default();
    assert_eq!(settings.store_connections(), options.connections);
    assert_eq!(settings.store_timeout(), options.timeout);
    assert_eq!(settings.keeps_expirations(), options.expirations);
    assert!(settings.store().is_some_and(is_there));
}
