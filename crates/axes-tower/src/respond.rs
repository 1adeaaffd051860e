//! What somebody who is refused gets to see.

use std::fmt;
use std::sync::Arc;

use axes_core::{Reason, Refusal};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, RETRY_AFTER, VARY};
use http::request::Parts;
use http::{HeaderValue, Response, StatusCode};
use serde_json::json;

use crate::accept::wants_page;
use crate::page;

type Page = dyn Fn(&Refusal) -> String + Send + Sync;
type By = dyn Fn(&Parts, &Refusal) -> Response<Bytes> + Send + Sync;

/// What somebody who is refused gets to see. By default a page for those who ask for HTML, and
/// `application/problem+json` (RFC 9457) for all others.
///
/// | reason | status |
/// |---|---|
/// | locked out | 429, or what [`status`](Self::status) says |
/// | too many passwords are being checked | 429, `Retry-After: 1` |
/// | on a denylist, not on the allowlist, banned, or not allowed | 403 |
/// | the store does not answer | 503, `Retry-After: 1` |
///
/// Where the time left is known, `Retry-After` tells it.
#[derive(Clone)]
pub struct Refusals {
    form: Form,
    page: Arc<Page>,
    status: StatusCode,
}

#[derive(Clone)]
enum Form {
    Negotiated,
    Problem,
    Page,
    Redirect(HeaderValue),
    By(Arc<By>),
}

impl Default for Refusals {
    fn default() -> Self {
        Self::negotiated()
    }
}

impl Refusals {
    const fn new(form: Form, page: Arc<Page>) -> Self {
        Self {
            form,
            page,
            status: StatusCode::TOO_MANY_REQUESTS,
        }
    }

    /// A page or `application/problem+json`, as the `Accept` header wishes.
    #[must_use]
    pub fn negotiated() -> Self {
        Self::new(Form::Negotiated, Arc::new(page::page))
    }

    /// Always `application/problem+json`.
    #[must_use]
    pub fn problem() -> Self {
        Self::new(Form::Problem, Arc::new(page::page))
    }

    /// Always a page: the HTML that `render` makes.
    #[must_use]
    pub fn page(render: impl Fn(&Refusal) -> String + Send + Sync + 'static) -> Self {
        Self::new(Form::Page, Arc::new(render))
    }

    /// Whoever is locked out is sent elsewhere; all others get what [`negotiated`](Self::negotiated)
    /// gives them.
    #[must_use]
    pub fn redirect(to: HeaderValue) -> Self {
        Self::new(Form::Redirect(to), Arc::new(page::page))
    }

    /// Whatever `respond` makes of the request and its refusal.
    #[must_use]
    pub fn by(
        respond: impl Fn(&Parts, &Refusal) -> Response<Bytes> + Send + Sync + 'static,
    ) -> Self {
        Self::new(Form::By(Arc::new(respond)), Arc::new(page::page))
    }

    /// The page that [`negotiated`](Self::negotiated) shows, as `render` makes it.
    #[must_use]
    pub fn with_page(
        mut self,
        render: impl Fn(&Refusal) -> String + Send + Sync + 'static,
    ) -> Self {
        self.page = Arc::new(render);
        self
    }

    /// The status of a lockout, instead of 429.
    #[must_use]
    pub const fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The response to the request with these `parts`.
    pub(crate) fn respond(&self, parts: &Parts, refusal: &Refusal) -> Response<Bytes> {
        match &self.form {
            Form::By(respond) => respond(parts, refusal),
            Form::Redirect(to) if refusal.reason == Reason::LockedOut => redirect(to),
            Form::Problem => self.problem_of(refusal),
            Form::Page => self.page_of(refusal),
            Form::Negotiated | Form::Redirect(_) => {
                let mut response = if wants_page(&parts.headers) {
                    self.page_of(refusal)
                } else {
                    self.problem_of(refusal)
                };
                let headers = response.headers_mut();
                headers.insert(VARY, HeaderValue::from_static("accept"));
                response
            }
        }
    }

    fn page_of(&self, refusal: &Refusal) -> Response<Bytes> {
        let body = (self.page)(refusal);
        self.response(refusal, "text/html; charset=utf-8", body)
    }

    fn problem_of(&self, refusal: &Refusal) -> Response<Bytes> {
        let reason = refusal.reason.name();
        let mut problem = json!({
            "type": format!("urn:axes:{}", reason.replace('_', "-")),
            "title": page::title(refusal.reason),
            "status": self.status_of(refusal.reason).as_u16(),
            "detail": page::advice(refusal),
            "reason": reason,
            "retry_after": refusal.retry_after.map(seconds),
        });
        if let (Reason::LockedOut, Some(members)) = (refusal.reason, problem.as_object_mut()) {
            members.insert("failure_limit".to_owned(), refusal.limit.into());
            members.insert("failure_count".to_owned(), refusal.failures.into());
        }
        self.response(refusal, "application/problem+json", problem.to_string())
    }

    fn response(&self, refusal: &Refusal, media: &'static str, body: String) -> Response<Bytes> {
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = self.status_of(refusal.reason);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(left) = refusal.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds(left)));
        }
        response
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "whatever else refuses does not allow it"
    )]
    const fn status_of(&self, reason: Reason) -> StatusCode {
        match reason {
            Reason::LockedOut => self.status,
            Reason::Busy => StatusCode::TOO_MANY_REQUESTS,
            Reason::StoreUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::FORBIDDEN,
        }
    }
}

fn redirect(to: &HeaderValue) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::SEE_OTHER;
    response.headers_mut().insert(LOCATION, to.clone());
    response
}

fn seconds(left: std::time::Duration) -> u64 {
    u64::try_from(page::whole_seconds(left)).unwrap_or(u64::MAX)
}

impl fmt::Debug for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusals")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::Request;

    use super::*;

    fn parts(accept: &str) -> Parts {
        let request = Request::builder().header("accept", accept).body(());
        request.unwrap().into_parts().0
    }

    fn locked_out() -> Refusal {
        Refusal {
            failures: 4,
            limit: 3,
            ..Refusal::of(Reason::LockedOut, Some(Duration::from_millis(59_001)))
        }
    }

    fn header<'a>(response: &'a Response<Bytes>, name: &str) -> Option<&'a str> {
        response.headers().get(name)?.to_str().ok()
    }

    #[test]
    fn a_problem_says_what_a_client_needs() {
        let response = Refusals::default().respond(&parts("*/*"), &locked_out());
        assert_eq!(response.status(), 429);
        assert_eq!(header(&response, "retry-after"), Some("60"));
        assert_eq!(header(&response, "cache-control"), Some("no-store"));
        let media = header(&response, "content-type");
        assert_eq!(media, Some("application/problem+json"));
        let problem: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
        let expected = json!({
            "type": "urn:axes:locked-out",
            "title": "Too many failed logins",
            "status": 429,
            "detail": "Please try again in 60 seconds.",
            "reason": "locked_out",
            "retry_after": 60,
            "failure_limit": 3,
            "failure_count": 4,
        });
        assert_eq!(problem, expected);
    }

    #[test]
    fn a_person_gets_a_page() {
        let response = Refusals::default().respond(&parts("text/html"), &locked_out());
        assert_eq!(response.status(), 429);
        assert_eq!(
            header(&response, "content-type"),
            Some("text/html; charset=utf-8")
        );
        let page = String::from_utf8(response.body().to_vec()).unwrap();
        assert!(page.contains("Please try again in 60 seconds."), "{page}");
    }

    #[test]
    fn each_reason_has_its_status() {
        let second = Some(Duration::from_secs(1));
        for (reason, left, status) in [
            (Reason::LockedOut, None, 429),
            (Reason::Busy, second, 429),
            (Reason::StoreUnavailable, second, 503),
            (Reason::Denylisted, None, 403),
            (Reason::NotAllowlisted, None, 403),
            (Reason::Banned, second, 403),
            (Reason::NotAllowed, None, 403),
        ] {
            let refusal = Refusal::of(reason, left);
            for refusals in [Refusals::problem(), Refusals::page(page::page)] {
                let response = refusals.respond(&parts("*/*"), &refusal);
                assert_eq!(response.status(), status, "{reason:?}");
                let told = header(&response, "retry-after");
                assert_eq!(told, left.map(|_| "1"), "{reason:?}");
            }
        }
    }

    #[test]
    fn the_site_chooses() {
        let to = Refusals::redirect(HeaderValue::from_static("/locked"));
        let response = to.respond(&parts("text/html"), &locked_out());
        assert_eq!(response.status(), 303);
        assert_eq!(header(&response, "location"), Some("/locked"));
        let busy = Refusal::of(Reason::Busy, None);
        assert_eq!(to.respond(&parts("text/html"), &busy).status(), 429);

        let own = Refusals::by(|_, refusal| Response::new(Bytes::from(refusal.reason.name())));
        let response = own.respond(&parts("text/html"), &locked_out());
        assert_eq!(response.body(), "locked_out");

        let forbidden = Refusals::problem().status(StatusCode::FORBIDDEN);
        let response = forbidden.respond(&parts("*/*"), &locked_out());
        assert_eq!(response.status(), 403);
        let named = Refusals::negotiated().with_page(|_| "mine".to_owned());
        let response = named.respond(&parts("text/html"), &locked_out());
        assert_eq!(response.body(), "mine");
    }
}
