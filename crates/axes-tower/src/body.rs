//! Bodies that pass through.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use pin_project_lite::pin_project;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

pin_project! {
    /// The body of a request as the application gets it: streaming, or read already, the same bytes in
    /// either case.
    #[derive(Debug)]
    pub struct RequestBody<B> {
        #[pin]
        inner: Request<B>,
    }
}

pin_project! {
    #[project = RequestProjected]
    #[derive(Debug)]
    enum Request<B> {
        Passed { #[pin] body: B },
        Read { data: Option<Bytes>, trailers: Option<HeaderMap> },
    }
}

impl<B> RequestBody<B> {
    pub(crate) const fn passed(body: B) -> Self {
        Self {
            inner: Request::Passed { body },
        }
    }

    pub(crate) fn read(data: Bytes, trailers: Option<HeaderMap>) -> Self {
        let data = Some(data).filter(|data| !data.is_empty());
        Self {
            inner: Request::Read { data, trailers },
        }
    }
}

/// Reads a body to its end: its bytes and trailers.
///
/// # Errors
/// The status that tells what is wrong with it.
pub(crate) async fn read<B>(body: B, limit: usize) -> Result<(Bytes, Option<HeaderMap>), StatusCode>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let announced = body.size_hint().lower();
    if u64::try_from(limit).is_ok_and(|limit| announced > limit) {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    match Limited::new(body, limit).collect().await {
        Ok(collected) => {
            let trailers = collected.trailers().cloned();
            Ok((collected.to_bytes(), trailers))
        }
        Err(error) if error.is::<LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => Err(StatusCode::BAD_REQUEST),
    }
}

impl<B: Body<Data = Bytes>> Body for RequestBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project().inner.project() {
            RequestProjected::Passed { body } => body.poll_frame(context),
            RequestProjected::Read { data, trailers } => {
                let frame = data.take().map(Frame::data);
                let frame = frame.or_else(|| trailers.take().map(Frame::trailers));
                Poll::Ready(frame.map(Ok))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.inner {
            Request::Passed { body } => body.is_end_stream(),
            Request::Read { data, trailers } => data.is_none() && trailers.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.inner {
            Request::Passed { body } => body.size_hint(),
            Request::Read { data, .. } => {
                let length = data.as_ref().map_or(0, Bytes::len);
                u64::try_from(length).map_or_else(|_| SizeHint::new(), SizeHint::with_exact)
            }
        }
    }
}

pin_project! {
    /// The body of a response: the application's, or a refusal.
    #[derive(Debug)]
    pub struct ResponseBody<B> {
        #[pin]
        inner: Response<B>,
    }
}

pin_project! {
    #[project = ResponseProjected]
    #[derive(Debug)]
    enum Response<B> {
        Passed { #[pin] body: B },
        Refusal { #[pin] body: Full<Bytes> },
    }
}

impl<B> ResponseBody<B> {
    pub(crate) const fn passed(body: B) -> Self {
        Self {
            inner: Response::Passed { body },
        }
    }

    pub(crate) const fn refusal(body: Full<Bytes>) -> Self {
        Self {
            inner: Response::Refusal { body },
        }
    }
}

impl<B: Body<Data = Bytes>> Body for ResponseBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project().inner.project() {
            ResponseProjected::Passed { body } => body.poll_frame(context),
            ResponseProjected::Refusal { body } => {
                let frame = body.poll_frame(context);
                frame.map(|frame| frame.and_then(Result::ok).map(Ok))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.inner {
            Response::Passed { body } => body.is_end_stream(),
            Response::Refusal { body } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.inner {
            Response::Passed { body } => body.size_hint(),
            Response::Refusal { body } => body.size_hint(),
        }
    }
}
