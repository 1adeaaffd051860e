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
        path.to_owned()
    } else {
        let folder = from.rfind('/').map_or("", |slash| from.split_at(slash).0);
        format!("{folder}/{path}")
    }
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
        ] {
            assert_eq!(target_path(location, "/a/login"), path, "{location}");
        }
    }
}
