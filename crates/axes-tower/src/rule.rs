//! Which requests are login attempts.

use std::fmt;
use std::sync::Arc;

use http::Method;
use http::request::Parts;

use crate::identify::basic_credentials;
use crate::location::{is_same, whole_path};
use crate::{LoginOutcome, Outcomes, Username};

type When = dyn Fn(&Parts) -> bool + Send + Sync;

/// Says which requests are login attempts, where they have their username, and how their outcome shows.
///
/// Paths are compared as they are sent, without what follows a `?` and without slashes at the end. Where
/// a router has cut off the front of the path, the rest may match as well as the whole.
#[derive(Clone)]
pub struct LoginRule {
    path: Option<String>,
    method: Option<Method>,
    when: Option<Arc<When>>,
    username: Username,
    outcomes: Outcomes,
}

impl LoginRule {
    /// Attempts are POST requests to `path`. They have no username, and their handler says by a
    /// [`LoginOutcome`](crate::LoginOutcome) what became of them; until the rule knows more.
    #[must_use]
    pub fn new(path: impl Into<String>) -> Self {
        Self {
            path: Some(path.into()),
            method: Some(Method::POST),
            when: None,
            username: Username::none(),
            outcomes: Outcomes::explicit(),
        }
    }

    /// A form is posted to `path` with the username in the field `username`. A redirect is a success,
    /// unless it leads back to `path` ([`Outcomes::redirect`]); everything else is a failure. Where a wrong
    /// password, or anything else but a login, redirects to another page, say what a success is:
    /// [`Outcomes::redirect_to`].
    #[must_use]
    pub fn form(path: impl Into<String>, username: impl Into<String>) -> Self {
        Self::new(path)
            .username(Username::form(username))
            .outcome(Outcomes::redirect())
    }

    /// JSON is posted to `path`, and the JSON pointer `username` (such as `/username`) leads to the
    /// username. A success status (2xx) is a success; everything else is a failure.
    #[must_use]
    pub fn json(path: impl Into<String>, username: impl Into<String>) -> Self {
        Self::new(path)
            .username(Username::json(username))
            .outcome(Outcomes::success_status())
    }

    /// Every request with credentials of HTTP Basic is an attempt, unless a rule with a path claims it.
    /// 401 is a failure, 2xx and 3xx are a success, and nothing is counted after any other answer:
    /// [`Outcomes::challenge`].
    ///
    /// Put the layer only on routes that check the credentials, or narrow the rule with
    /// [`when`](Self::when): where nobody checks them, whatever is sent is a success.
    #[must_use]
    pub fn basic() -> Self {
        Self {
            path: None,
            method: None,
            when: Some(Arc::new(|parts: &Parts| {
                basic_credentials(&parts.headers).is_some()
            })),
            username: Username::basic(),
            outcomes: Outcomes::challenge(),
        }
    }

    /// Attempts use this method, instead of POST.
    #[must_use]
    pub fn method(mut self, method: Method) -> Self {
        self.method = Some(method);
        self
    }

    /// Only requests for which `when` holds are attempts, besides what else the rule asks for.
    #[must_use]
    pub fn when(mut self, when: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        let before = self.when.take();
        self.when = Some(Arc::new(move |parts| {
            before.as_ref().is_none_or(|before| before(parts)) && when(parts)
        }));
        self
    }

    /// Where attempts have their username.
    #[must_use]
    pub fn username(mut self, username: Username) -> Self {
        self.username = username;
        self
    }

    /// How the outcome shows.
    #[must_use]
    pub fn outcome(mut self, outcomes: Outcomes) -> Self {
        self.outcomes = outcomes;
        self
    }

    /// Whether the request with these `parts` is an attempt.
    pub(crate) fn matches(&self, parts: &Parts) -> bool {
        let is_method = |method: &Method| *method == parts.method;
        let is_path = |path: &String| {
            let asked = [parts.uri.path(), whole_path(parts)];
            asked.iter().any(|asked| is_same(asked, path))
        };
        self.method.as_ref().is_none_or(is_method)
            && self.path.as_ref().is_none_or(is_path)
            && self.when.as_ref().is_none_or(|when| when(parts))
    }

    /// The path that attempts go to, where it is one.
    pub(crate) fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// What became of an attempt by what its `response` shows, where that is known.
    pub(crate) fn judge(
        &self,
        request: &Parts,
        response: &http::response::Parts,
    ) -> Option<LoginOutcome> {
        let asked = [whole_path(request), request.uri.path()];
        self.outcomes.judge(response, asked, self.path())
    }

    pub(crate) const fn source(&self) -> &Username {
        &self.username
    }
}

impl fmt::Debug for LoginRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginRule")
            .field("path", &self.path)
            .field("method", &self.method)
            .field("username", &self.username)
            .field("outcomes", &self.outcomes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn matches(rule: &LoginRule, method: &str, uri: &str, authorization: &str) -> bool {
        let request = Request::builder().method(method).uri(uri);
        let request = request.header("authorization", authorization).body(());
        rule.matches(&request.unwrap().into_parts().0)
    }

    #[test]
    fn the_method_and_the_whole_path_have_to_match() {
        let rule = LoginRule::form("/login", "username");
        for uri in [
            "/login",
            "/login?next=/",
            "http://example.org/login",
            "/login/",
        ] {
            assert!(matches(&rule, "POST", uri, ""), "{uri}");
        }
        for uri in ["/", "/logins", "/a/login", "/Login"] {
            assert!(!matches(&rule, "POST", uri, ""), "{uri}");
        }
        for method in ["GET", "HEAD", "OPTIONS", "PUT"] {
            assert!(!matches(&rule, method, "/login", ""), "{method}");
        }
        assert!(matches(&rule.method(Method::PUT), "PUT", "/login", ""));
    }

    #[test]
    fn basic_credentials_make_an_attempt_anywhere() {
        let rule = LoginRule::basic();
        for (method, credentials) in [
            ("GET", "Basic YTpi"),
            ("OPTIONS", "bAsIc  ?"),
            ("PUT", "Basic\tx"),
        ] {
            assert!(matches(&rule, method, "/any", credentials), "{credentials}");
        }
        for credentials in ["", "Basic", "Basic ", "Bearer YTpi", "Basically YTpi"] {
            assert!(!matches(&rule, "GET", "/any", credentials), "{credentials}");
        }
        let rule = rule.when(|parts| parts.uri.path().starts_with("/api"));
        assert!(matches(&rule, "GET", "/api/x", "Basic YTpi"));
        assert!(!matches(&rule, "GET", "/x", "Basic YTpi"));
        assert!(!matches(&rule, "GET", "/api/x", ""));
    }
}
