//! What became of a login attempt: reading the outcome out of a response.

use std::fmt;
use std::sync::Arc;

use http::header::LOCATION;
use http::response::Parts;
use http::{HeaderName, StatusCode};

use crate::location::{is_same, leads_to, target_path};

/// What became of a login attempt, as a handler says it: put it into the response's extensions. It wins
/// over whatever the [rule](crate::LoginRule) would see.
///
/// ```
/// use axes_tower::LoginOutcome;
/// use axum::{Extension, response::{Html, IntoResponse}};
///
/// async fn login() -> impl IntoResponse {
///     (Extension(LoginOutcome::Failure), Html("Try again."))
/// }
/// # let _: axum::routing::MethodRouter = axum::routing::post(login);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginOutcome {
    /// The password was right.
    Success,
    /// It was wrong.
    Failure,
    /// None was checked, or what came of it does not concern the guard: nothing is counted.
    Withdrawn,
}

type By = dyn Fn(&Parts) -> Option<LoginOutcome> + Send + Sync;

/// How the outcome of a login shows in its response.
///
/// Whatever is chosen, a [`LoginOutcome`] in the response's extensions wins, and after a server error
/// (5xx) nobody knows. An outcome that nobody knows counts as a failure once the lease of the permit has
/// run out.
#[derive(Clone)]
pub struct Outcomes(Shown);

#[derive(Clone)]
enum Shown {
    Redirect,
    RedirectTo(String),
    Success(Vec<StatusCode>),
    AnySuccess,
    Failure(Vec<StatusCode>),
    Challenge,
    Header(HeaderName, String),
    Explicit,
    By(Arc<By>),
}

impl Outcomes {
    /// A redirect (3xx) is a success, unless it leads back to the login itself: to the path of the rule
    /// or of the request, or to a path that ends with the rule's, because a proxy in front may have cut off
    /// the rest. Slashes at the end make no difference. All else is a failure.
    ///
    /// [`redirect_to`](Self::redirect_to) is stricter: use it wherever successes lead to one page.
    #[must_use]
    pub const fn redirect() -> Self {
        Self(Shown::Redirect)
    }

    /// A redirect to this path, as the application writes it, is a success; slashes at the end make no
    /// difference. All else is a failure, whatever other redirects the application or its router makes.
    #[must_use]
    pub fn redirect_to(path: impl Into<String>) -> Self {
        Self(Shown::RedirectTo(path.into()))
    }

    /// A success status (2xx) is a success. All else is a failure.
    #[must_use]
    pub const fn success_status() -> Self {
        Self(Shown::AnySuccess)
    }

    /// One of these statuses is a success. All else is a failure.
    #[must_use]
    pub fn success_on(statuses: impl IntoIterator<Item = StatusCode>) -> Self {
        Self(Shown::Success(statuses.into_iter().collect()))
    }

    /// One of these statuses is a failure. All else is a success.
    #[must_use]
    pub fn failure_on(statuses: impl IntoIterator<Item = StatusCode>) -> Self {
        Self(Shown::Failure(statuses.into_iter().collect()))
    }

    /// 401 is a failure, a success status or a redirect (2xx, 3xx) is a success. After all else, such as
    /// 404, nobody has looked at the credentials: nothing is counted.
    #[must_use]
    pub const fn challenge() -> Self {
        Self(Shown::Challenge)
    }

    /// The header `name` with this value is a success. All else is a failure.
    #[must_use]
    pub fn header(name: HeaderName, value: impl Into<String>) -> Self {
        Self(Shown::Header(name, value.into()))
    }

    /// Only the handler says it, by a [`LoginOutcome`].
    #[must_use]
    pub const fn explicit() -> Self {
        Self(Shown::Explicit)
    }

    /// As `judge` says, also after a server error; `None`: nobody knows.
    #[must_use]
    pub fn by(judge: impl Fn(&Parts) -> Option<LoginOutcome> + Send + Sync + 'static) -> Self {
        Self(Shown::By(Arc::new(judge)))
    }

    /// What became of a login, where that is known. The `asked` paths are the whole one and what a router
    /// has left of it, and `page` is the rule's.
    pub(crate) fn judge(
        &self,
        response: &Parts,
        asked: [&str; 2],
        page: Option<&str>,
    ) -> Option<LoginOutcome> {
        if let Some(told) = response.extensions.get::<LoginOutcome>() {
            return Some(*told);
        }
        if let Shown::By(judge) = &self.0 {
            return judge(response);
        }
        let status = response.status;
        if status.is_server_error() || status.is_informational() {
            return None;
        }
        let is_success = match &self.0 {
            Shown::Redirect => redirect(response, asked).is_some_and(|to| {
                let is_asked = asked.iter().any(|path| is_same(&to, path));
                !is_asked && !page.is_some_and(|page| leads_to(&to, page))
            }),
            Shown::RedirectTo(home) => {
                redirect(response, asked).is_some_and(|to| is_same(&to, home))
            }
            Shown::AnySuccess => status.is_success(),
            Shown::Success(statuses) => statuses.contains(&status),
            Shown::Failure(statuses) => !statuses.contains(&status),
            Shown::Challenge if status == StatusCode::UNAUTHORIZED => false,
            Shown::Challenge if status.is_client_error() => return Some(LoginOutcome::Withdrawn),
            Shown::Challenge => true,
            Shown::Header(name, value) => {
                let told = response.headers.get(name);
                told.is_some_and(|told| told.as_bytes() == value.as_bytes())
            }
            Shown::Explicit | Shown::By(_) => return None,
        };
        Some(if is_success {
            LoginOutcome::Success
        } else {
            LoginOutcome::Failure
        })
    }
}

/// The path that a response redirects to, if it does.
fn redirect(response: &Parts, [whole, _]: [&str; 2]) -> Option<String> {
    let location = response.headers.get(LOCATION)?.to_str().ok()?;
    let redirects = response.status.is_redirection();
    redirects.then(|| target_path(location, whole))
}

impl fmt::Debug for Outcomes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: &dyn fmt::Debug = match &self.0 {
            Shown::Redirect => &"redirect",
            Shown::RedirectTo(path) => &format!("redirect to {path}"),
            Shown::AnySuccess => &"2xx",
            Shown::Success(statuses) => statuses,
            Shown::Failure(statuses) => &format!("all but {statuses:?}"),
            Shown::Challenge => &"challenge",
            Shown::Header(name, value) => &format!("{name}: {value}"),
            Shown::Explicit => &"explicit",
            Shown::By(_) => &"closure",
        };
        f.debug_tuple("Outcomes").field(shown).finish()
    }
}

#[cfg(test)]
mod tests {
    use http::Response;

    use super::LoginOutcome::{Failure, Success, Withdrawn};
    use super::*;

    fn response(status: u16, header: Option<(&str, &str)>) -> Parts {
        let mut response = Response::builder().status(status);
        if let Some((name, value)) = header {
            response = response.header(name, value);
        }
        response.body(()).unwrap().into_parts().0
    }

    fn judged(
        outcomes: &Outcomes,
        status: u16,
        header: Option<(&str, &str)>,
    ) -> Option<LoginOutcome> {
        outcomes.judge(&response(status, header), ["/login"; 2], Some("/login"))
    }

    #[test]
    fn a_redirect_elsewhere_is_a_success() {
        let to = |path| Some(("location", path));
        let outcomes = Outcomes::redirect();
        assert_eq!(judged(&outcomes, 303, to("/home")), Some(Success));
        assert_eq!(
            judged(&outcomes, 302, to("https://example.org/")),
            Some(Success)
        );
        for back in [
            "/login",
            "/login?error",
            "?again",
            "login",
            "https://example.org/login",
            "/login/",
            "/login/?error",
            "./login",
            "/app/login",
            "https://example.org/app/login/?error",
        ] {
            assert_eq!(judged(&outcomes, 303, to(back)), Some(Failure), "{back}");
        }
        assert_eq!(judged(&outcomes, 200, to("/start")), Some(Failure));
        assert_eq!(judged(&outcomes, 303, None), Some(Failure));

        // By whatever path it was asked for, and wherever the router is nested.
        for asked in [["/auth/sign-in/"; 2], ["/auth/sign-in", "/sign-in"]] {
            for back in [
                "/auth/sign-in",
                "/auth/sign-in/?error",
                "/sign-in",
                "?error",
            ] {
                let response = response(303, to(back));
                let judged = outcomes.judge(&response, asked, Some("/sign-in"));
                assert_eq!(judged, Some(Failure), "{back}");
            }
            let judged = outcomes.judge(&response(303, to("/start")), asked, Some("/sign-in"));
            assert_eq!(judged, Some(Success));
        }

        let outcomes = Outcomes::redirect_to("/start");
        assert_eq!(judged(&outcomes, 303, to("/start/")), Some(Success));
        assert_eq!(judged(&outcomes, 303, to("/app/start")), Some(Failure));
        assert_eq!(judged(&outcomes, 303, to("/start?welcome")), Some(Success));
        assert_eq!(judged(&outcomes, 303, to("/elsewhere")), Some(Failure));
    }

    #[test]
    fn statuses_and_headers_tell() {
        let ok = Outcomes::success_status();
        assert_eq!(judged(&ok, 204, None), Some(Success));
        assert_eq!(judged(&ok, 303, None), Some(Failure));
        assert_eq!(judged(&ok, 422, None), Some(Failure));
        let created = Outcomes::success_on([StatusCode::CREATED]);
        assert_eq!(judged(&created, 201, None), Some(Success));
        assert_eq!(judged(&created, 200, None), Some(Failure));
        let unauthorized = Outcomes::failure_on([StatusCode::UNAUTHORIZED]);
        assert_eq!(judged(&unauthorized, 401, None), Some(Failure));
        assert_eq!(judged(&unauthorized, 404, None), Some(Success));
        let challenge = Outcomes::challenge();
        for (status, outcome) in [
            (401, Some(Failure)),
            (200, Some(Success)),
            (304, Some(Success)),
            (404, Some(Withdrawn)),
            (403, Some(Withdrawn)),
            (500, None),
        ] {
            assert_eq!(judged(&challenge, status, None), outcome, "{status}");
        }
        let header = Outcomes::header(HeaderName::from_static("x-login"), "ok");
        assert_eq!(judged(&header, 200, Some(("x-login", "ok"))), Some(Success));
        assert_eq!(judged(&header, 200, Some(("x-login", "no"))), Some(Failure));
        assert_eq!(judged(&header, 200, None), Some(Failure));
    }

    #[test]
    fn nobody_knows_after_a_server_error() {
        for outcomes in [
            Outcomes::redirect(),
            Outcomes::success_status(),
            Outcomes::failure_on([StatusCode::UNAUTHORIZED]),
            Outcomes::explicit(),
        ] {
            assert_eq!(judged(&outcomes, 500, None), None);
        }
        assert_eq!(judged(&Outcomes::explicit(), 200, None), None);
    }

    #[test]
    fn what_the_handler_says_wins() {
        for outcomes in [
            Outcomes::success_status(),
            Outcomes::explicit(),
            Outcomes::by(|_| Some(Success)),
        ] {
            for told in [Success, Failure, Withdrawn] {
                for status in [200, 401, 500] {
                    let mut parts = response(status, None);
                    parts.extensions.insert(told);
                    assert_eq!(outcomes.judge(&parts, ["/login"; 2], None), Some(told));
                }
            }
        }
    }
}
