//! The future of a response.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;
use pin_project_lite::pin_project;

use crate::ResponseBody;

type Answer<B, E> = Result<Response<ResponseBody<B>>, E>;

pin_project! {
    /// What a guarded service answers with. Requests that are no attempts cost no allocation.
    #[must_use = "futures do nothing unless polled"]
    pub struct GuardFuture<F, B, E> {
        #[pin]
        inner: Inner<F, B, E>,
    }
}

pin_project! {
    #[project = Projected]
    enum Inner<F, B, E> {
        Passed { #[pin] future: F },
        Attempt { future: Pin<Box<dyn Future<Output = Answer<B, E>> + Send>> },
    }
}

impl<F, B, E> GuardFuture<F, B, E> {
    pub(crate) const fn passed(future: F) -> Self {
        Self {
            inner: Inner::Passed { future },
        }
    }

    pub(crate) fn attempt(future: impl Future<Output = Answer<B, E>> + Send + 'static) -> Self {
        Self {
            inner: Inner::Attempt {
                future: Box::pin(future),
            },
        }
    }
}

impl<F, B, E> Future for GuardFuture<F, B, E>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Answer<B, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().inner.project() {
            Projected::Passed { future } => {
                let response = ready!(future.poll(context));
                Poll::Ready(response.map(|response| response.map(ResponseBody::passed)))
            }
            Projected::Attempt { future } => future.as_mut().poll(context),
        }
    }
}

impl<F, B, E> std::fmt::Debug for GuardFuture<F, B, E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GuardFuture").finish_non_exhaustive()
    }
}
