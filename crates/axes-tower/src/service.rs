//! The service that guards another one.

use std::task::{Context, Poll};

use axes_core::{Attempt, Refusal};
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::Full;
use tower_service::Service;

use crate::address::Origin;
use crate::identify::{Found, is_form};
use crate::{
    Guard, GuardFuture, GuardLayer, LoginOutcome, LoginRule, OpenPermit, RequestBody, ResponseBody,
    SessionKey, body, log,
};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A service whose logins are guarded; [`GuardLayer`] makes it.
///
/// Layers outside of it find in the extensions of a response to an attempt what came of it: a
/// [`Refusal`], or the [`Report`](axes_core::Report) of a failure that does not lock out.
#[derive(Clone, Debug)]
pub struct GuardService<S> {
    inner: S,
    layer: GuardLayer,
}

impl<S> GuardService<S> {
    pub(crate) const fn new(inner: S, layer: GuardLayer) -> Self {
        Self { inner, layer }
    }
}

impl<S, Sent, Got> Service<Request<Sent>> for GuardService<S>
where
    S: Service<Request<RequestBody<Sent>>, Response = Response<Got>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    Sent: Body<Data = Bytes> + Send + 'static,
    Sent::Error: Into<BoxError>,
    Got: Send + 'static,
{
    type Response = Response<ResponseBody<Got>>;
    type Error = S::Error;
    type Future = GuardFuture<S::Future, Got, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Sent>) -> Self::Future {
        let (parts, body) = request.into_parts();
        let Some(rule) = self.layer.rule_for(&parts) else {
            let request = Request::from_parts(parts, RequestBody::passed(body));
            return GuardFuture::passed(self.inner.call(request));
        };
        // The one that is ready serves this request; its clone may not be.
        let clone = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, clone);
        let (guard, rule) = (self.layer.guard.clone(), rule.clone());
        GuardFuture::attempt(serve(guard, rule, inner, parts, body))
    }
}

/// Serves a login attempt.
async fn serve<S, Sent, Got>(
    guard: Guard,
    rule: LoginRule,
    mut inner: S,
    parts: Parts,
    sent: Sent,
) -> Result<Response<ResponseBody<Got>>, S::Error>
where
    S: Service<Request<RequestBody<Sent>>, Response = Response<Got>>,
    Sent: Body<Data = Bytes>,
    Sent::Error: Into<BoxError>,
{
    let (attempt, body) = match identify(&guard, &rule, &parts, sent).await {
        Ok(identified) => identified,
        Err(status) => return Ok(wrong(status)),
    };
    let permit = match guard.admit(&attempt).await {
        Ok(permit) => permit,
        Err(refusal) => return Ok(refused(&guard, &parts, refusal)),
    };
    // If this is dropped from here on, the permit is not given back.
    let response = inner.call(Request::from_parts(parts.clone(), body)).await?;
    settle(&guard, &rule, permit, &parts, response).await
}

/// Who tries to log in, and the body for the application.
async fn identify<Sent>(
    guard: &Guard,
    rule: &LoginRule,
    parts: &Parts,
    sent: Sent,
) -> Result<(Attempt, RequestBody<Sent>), StatusCode>
where
    Sent: Body<Data = Bytes>,
    Sent::Error: Into<BoxError>,
{
    let address = match guard.options().addresses.origin(parts) {
        Origin::Known(address) => address,
        Origin::Missing if guard.needs_address() => {
            log::no_peer();
            return Err(StatusCode::INTERNAL_SERVER_ERROR);
        }
        Origin::Missing => None,
    };
    let mut attempt = guard.attempt_from(address, parts);
    let (bytes, body) = if rule.source().is_in_body() {
        if is_encoded(&parts.headers) {
            return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
        let (bytes, trailers) = body::read(sent, guard.options().body_limit).await?;
        (bytes.clone(), RequestBody::read(bytes, trailers))
    } else {
        (Bytes::new(), RequestBody::passed(sent))
    };
    match rule.source().find(parts, &bytes) {
        Found::Username(username) => attempt.username = Some(username),
        Found::Nothing => {}
        Found::Unclear(status) => return Err(status),
    }
    if is_form(&parts.headers) {
        attempt.post_data = guard.form_lines(&bytes);
    }
    Ok((attempt, body))
}

/// Settles the permit by what the application answered.
async fn settle<Got, E>(
    guard: &Guard,
    rule: &LoginRule,
    permit: OpenPermit,
    request: &Parts,
    response: Response<Got>,
) -> Result<Response<ResponseBody<Got>>, E> {
    let (mut parts, body) = response.into_parts();
    match rule.judge(request, &parts) {
        Some(LoginOutcome::Success) => {
            let session = parts.extensions.get::<SessionKey>();
            let key = session.map_or("", |session| session.0.as_str());
            permit.succeed_in(key).await;
        }
        Some(LoginOutcome::Withdrawn) => permit.withdraw().await,
        Some(LoginOutcome::Failure) => {
            let report = permit.fail().await;
            if let Some(refusal) = report.refusal {
                return Ok(refused(guard, request, refusal));
            }
            parts.extensions.insert(report);
        }
        None => permit.give_up(),
    }
    Ok(Response::from_parts(parts, ResponseBody::passed(body)))
}

/// The answer to an attempt that is refused. Its extensions hold the refusal, for layers outside.
fn refused<B>(guard: &Guard, request: &Parts, refusal: Refusal) -> Response<ResponseBody<B>> {
    let mut response = guard.respond(request, &refusal);
    response.extensions_mut().insert(refusal);
    response.map(ResponseBody::refusal)
}

/// Whether what the body says can only be known by decoding it.
fn is_encoded(headers: &HeaderMap) -> bool {
    let mut encodings = headers.get_all(CONTENT_ENCODING).iter();
    encodings.any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// The answer to an attempt that cannot be decided, because something is wrong with the request or with
/// how the guard is set up.
fn wrong<B>(status: StatusCode) -> Response<ResponseBody<B>> {
    let text = status.canonical_reason().unwrap_or_default();
    let body = Full::new(Bytes::from_static(text.as_bytes()));
    let mut response = Response::new(ResponseBody::refusal(body));
    *response.status_mut() = status;
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, text);
    response
}
