//! Requests that another site's page makes.

use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Lets nobody else's page post here (CSRF). Browsers say who asks in `Sec-Fetch-Site`; what is no
/// browser has no cookies of anybody else's.
pub(crate) async fn same_site(request: Request, next: Next) -> Response {
    let site = request.headers().get("sec-fetch-site");
    let is_ours = site.is_none_or(|site| site == "same-origin" || site == "none");
    if *request.method() == Method::POST && !is_ours {
        return StatusCode::FORBIDDEN.into_response();
    }
    next.run(request).await
}
