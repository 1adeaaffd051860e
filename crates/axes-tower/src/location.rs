//! Paths of requests, and where redirects lead.

use http::request::Parts;

/// The path that the client asked for, also where a router has cut off the front of it.
#[cfg(feature = "axum")]
pub(crate) fn whole_path(parts: &Parts) -> &str {
    let original = parts.extensions.get::<axum::extract::OriginalUri>();
    original.map_or(parts.uri.path(), |uri| uri.0.path())
}

/// The path that the client asked for.
#[cfg(not(feature = "axum"))]
pub(crate) fn whole_path(parts: &Parts) -> &str {
    parts.uri.path()
}

/// The path that a `Location` header leads to from the page at `from`.
pub(crate) fn target_path(location: &str, from: &str) -> String {
    let end = location.find(['?', '#']).unwrap_or(location.len());
    let (path, _) = location.split_at(end);
    // An absolute URL, or one without its scheme.
    let after_host = path.split_once("//").map(|(before, rest)| {
        let is_url = before.is_empty() || before.ends_with(':');
        is_url.then(|| rest.find('/').map_or("/", |slash| rest.split_at(slash).1))
    });
    let path = after_host.flatten().unwrap_or(path);
    if path.is_empty() {
        from.to_owned()
    } else if path.starts_with('/') {
        without_dots(path)
    } else {
        let folder = from.rfind('/').map_or("", |slash| from.split_at(slash).0);
        without_dots(&format!("{folder}/{path}"))
    }
}

/// The path without the segments `.` and `..` (RFC 3986, 5.2.4).
fn without_dots(path: &str) -> String {
    let mut kept = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        if segment == ".." {
            kept.pop();
        }
        let is_dots = matches!(segment, "." | "..");
        if !is_dots {
            kept.push(segment);
        } else if segments.peek().is_none() {
            kept.push("");
        }
    }
    format!("/{}", kept.join("/"))
}

/// Whether both are the same page, as far as rules tell: slashes at the end make no difference.
pub(crate) fn is_same(path: &str, other: &str) -> bool {
    path.trim_end_matches('/') == other.trim_end_matches('/')
}

/// Whether `path` is `page`, or was before something in front of the application cut off its beginning.
pub(crate) fn leads_to(path: &str, page: &str) -> bool {
    let (path, page) = (path.trim_end_matches('/'), page.trim_end_matches('/'));
    path == page || (page.starts_with('/') && path.ends_with(page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_leads_where_a_browser_would_go() {
        for (location, path) in [
            ("/login", "/login"),
            ("/login?error=1", "/login"),
            ("?error=1", "/a/login"),
            ("#top", "/a/login"),
            ("home", "/a/home"),
            ("https://example.org/login#x", "/login"),
            ("https://example.org?x", "/"),
            ("//example.org/home", "/home"),
            ("/next//double", "/next//double"),
            ("./login", "/a/login"),
            ("../login", "/login"),
            ("../../../x/../login/", "/login/"),
            (".", "/a/"),
            ("/b/..", "/"),
            ("/", "/"),
        ] {
            assert_eq!(target_path(location, "/a/login"), path, "{location}");
        }
    }

    #[test]
    fn pages_are_told_apart_by_whole_segments() {
        for path in ["/login", "/login/", "/app/login", "/a/b/login//"] {
            assert!(
                leads_to(path, "/login") && leads_to(path, "/login/"),
                "{path}"
            );
        }
        for path in ["/", "/start", "/after-login", "/login/done"] {
            assert!(!leads_to(path, "/login"), "{path}");
        }
        assert!(leads_to("/", "/") && !leads_to("/start", "/"));
        assert!(is_same("/start/", "/start") && !is_same("/app/start", "/start"));
    }
}
