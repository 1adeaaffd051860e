//! What went wrong, in words that repeat nothing of what was asked or of where.

use redis::{ErrorKind as Kind, RedisError, ServerErrorKind as Server};

use crate::{ErrorKind, StoreError};

/// The error of an `operation` that Redis did not do.
pub(super) fn failed(operation: &'static str, error: &RedisError) -> StoreError {
    let kind = if is_out_of_memory(error) {
        ErrorKind::Full
    } else if error.kind() == Kind::Parse || error.kind() == Kind::UnexpectedReturnType {
        ErrorKind::Corrupt
    } else {
        ErrorKind::Unavailable
    };
    StoreError::new(kind, operation).because(why(error))
}

/// The error of a URL that makes no sense.
pub(super) const fn not_understood() -> StoreError {
    StoreError::new(ErrorKind::Unavailable, "understand the URL of the store")
}

/// Whether what comes next on the connection is known, and its server is the one to ask.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what nobody knows is treated in the same way"
)]
pub(super) fn spoils_the_connection(error: &RedisError) -> bool {
    match error.kind() {
        Kind::Extension => matches!(error.code(), Some("NOAUTH" | "WRONGPASS")),
        Kind::Server(kind) => !matches!(
            kind,
            Server::ResponseError
                | Server::ExecAbort
                | Server::NoScript
                | Server::NoPerm
                | Server::BusyLoading
        ),
        _ => true,
    }
}

/// Why it is, as far as an operator can do something about it.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what nobody knows is treated in the same way"
)]
pub(super) fn why(error: &RedisError) -> &'static str {
    match error.kind() {
        Kind::AuthenticationFailed => "the server refuses the username or the password",
        Kind::InvalidClientConfig => "no connection can be like that",
        Kind::Io if error.is_timeout() => "there is no answer in time",
        Kind::Io if error.is_connection_refusal() => "nobody listens there",
        Kind::Io if error.is_connection_dropped() => "the connection was lost",
        Kind::Io | Kind::Client => "the connection failed",
        Kind::Server(Server::ReadOnly) => "the server is a replica, which nobody may write to",
        Kind::Server(Server::BusyLoading) => "the server is still loading its data",
        Kind::Server(Server::MasterDown) => "the server is a replica without its master",
        Kind::Server(Server::NoPerm) => "the user may not do this",
        Kind::Server(Server::Moved | Server::Ask | Server::CrossSlot) => {
            "the server belongs to a cluster, whose URL begins with redis-cluster:"
        }
        Kind::Server(Server::ClusterDown | Server::TryAgain) => "the cluster is not complete",
        Kind::Parse | Kind::UnexpectedReturnType => "that is not how Redis answers",
        _ if is_out_of_memory(error) => "its memory is full",
        Kind::Extension => match error.code() {
            Some("NOAUTH") => "the server wants a password",
            Some("WRONGPASS") => "the server refuses the username or the password",
            Some("MISCONF") => "the server cannot write to its disk, and refuses to forget that",
            Some("NOREPLICAS") => "the server has fewer replicas than it has to have",
            Some("BUSY") => "the server is busy with a script of somebody else's",
            _ => "the server refuses",
        },
        _ => "the server refuses",
    }
}

/// Scripts of older servers tell of it in the text of their own error.
fn is_out_of_memory(error: &RedisError) -> bool {
    let told = || {
        error
            .detail()
            .is_some_and(|text| text.contains("OOM command"))
    };
    error.code() == Some("OOM") || told()
}
