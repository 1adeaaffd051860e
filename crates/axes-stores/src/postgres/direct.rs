//! Whether a connection leads to the server itself.
//!
//! A pooler may have each transaction done on another connection to the server, where statements that
//! were prepared on this one are not there, or are those of somebody else. It tells its clients numbers
//! of its own for cancelling, and the server has another one.

use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};
use tokio_postgres::{Client, Error};

/// The length of a request to cancel: its length, its code, a process and its secret.
const REQUEST: usize = 16;

/// Whether the server itself has told the number of its process.
pub(super) async fn is_direct(client: &Client) -> Result<bool, Error> {
    let row = client.query_typed("SELECT pg_backend_pid()", &[]).await?;
    let process: Option<i32> = row.first().and_then(|row| row.try_get(0).ok());
    Ok(process.is_some() && process == told_process(client).await?)
}

/// The process that a request to cancel would name. There is no other way to ask the client for it.
async fn told_process(client: &Client) -> Result<Option<i32>, Error> {
    let heard = Overheard::default();
    let request = client.cancel_token();
    request.cancel_query_raw(heard.clone(), Plainly).await?;
    let bytes = heard.0.lock().unwrap_or_else(PoisonError::into_inner);
    let request = bytes.last_chunk::<REQUEST>();
    let process = request.and_then(|request| request.get(8..12)?.try_into().ok());
    Ok(process.map(i32::from_be_bytes))
}

/// A stream to nowhere, which agrees to everything and keeps what was written.
#[derive(Clone, Default)]
struct Overheard(Arc<Mutex<Vec<u8>>>);

impl AsyncRead for Overheard {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // Yes, there is TLS.
        buffer.put_slice(b"S");
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Overheard {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl TlsStream for Overheard {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

/// What stands for TLS where nothing leaves this process.
struct Plainly;

impl TlsConnect<Overheard> for Plainly {
    type Stream = Overheard;
    type Error = io::Error;
    type Future = Ready<io::Result<Overheard>>;

    fn connect(self, stream: Overheard) -> Self::Future {
        ready(Ok(stream))
    }
}
