//! Log lines.

use std::error::Error;

use axes_core::{Attempt, Event, Level, Redactor};
use axes_stores::StoreError;

/// Writes what is worth telling of `attempt`, with its client as `redactor` shows it.
pub(crate) fn tell(events: &[Event], redactor: &Redactor, attempt: &Attempt) {
    for event in events {
        let client = || redactor.client_string(attempt, None);
        match event.level() {
            Level::Info if tracing::enabled!(target: "axes", tracing::Level::INFO) => {
                tracing::info!(target: "axes", "{event} {}", client());
            }
            Level::Warning if tracing::enabled!(target: "axes", tracing::Level::WARN) => {
                tracing::warn!(target: "axes", "{event} {}", client());
            }
            Level::Error => tracing::error!(target: "axes", "{event} {}", client()),
            Level::Info | Level::Warning => {}
        }
    }
}

/// Writes that the store did not answer. Its reason may quote what it was asked, so it stands apart.
pub(crate) fn store_failed(error: &StoreError, fail_open: bool) {
    let effect = if fail_open { "let through" } else { "refused" };
    tracing::error!(target: "axes", "{error}; attempts are {effect}");
    if let Some(source) = error.source() {
        tracing::debug!(target: "axes", "because: {}", source.to_string().escape_debug());
    }
}

/// Writes that what is forgotten stays in the store; as a warning only if it is `new`.
pub(crate) fn purge_failed(error: &StoreError, new: bool) {
    if new {
        tracing::warn!(target: "axes", "{error}; what is forgotten is not deleted");
    }
    let source = error.source().map(ToString::to_string).unwrap_or_default();
    tracing::debug!(target: "axes", "{error}; because: {}", source.escape_debug());
}

/// Writes that a permit is given up: what became of the attempt is not known.
pub(crate) fn outcome_unknown(redactor: &Redactor, attempt: &Attempt) {
    let client = redactor.client_string(attempt, None);
    tracing::warn!(
        target: "axes",
        "No outcome, which counts as a failure once the lease of the permit has run out: {client}"
    );
}

/// Writes that nobody has said who connected.
pub(crate) fn no_peer() {
    tracing::error!(
        target: "axes",
        "nobody has said who connected: serve with into_make_service_with_connect_info, or put a \
         PeerAddress into the extensions of requests"
    );
}
