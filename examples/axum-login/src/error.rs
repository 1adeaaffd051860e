//! What can go wrong.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// Something that kept the application from doing its work. Visitors are told nothing about it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the environment variable {0} makes no sense")]
    Environment(&'static str),
    #[error("cannot use the database of users: {0}")]
    Users(#[from] rusqlite::Error),
    #[error("cannot hash a password: {0}")]
    Hash(#[from] argon2::password_hash::Error),
    #[error("cannot build the guard: {0}")]
    Guard(#[from] axes_tower::GuardError),
    #[error("cannot use the store that AXES_STORE names: {0}")]
    Store(#[from] axes_tower::StoreError),
    #[error("cannot use a session: {0}")]
    Session(#[from] tower_sessions::session::Error),
    #[error("cannot listen on port {0}: {1}; choose another one in PORT")]
    Listen(u16, std::io::Error),
    #[error("cannot use the network: {0}")]
    Network(#[from] std::io::Error),
    #[error("a thread broke down: {0}")]
    Thread(#[from] tokio::task::JoinError),
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        tracing::error!("{self}");
        // Axes does not know the outcome of a login that ends here, and counts it as a failure after
        // a minute.
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}
