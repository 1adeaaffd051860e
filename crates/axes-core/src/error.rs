//! Why a policy cannot be made.

use thiserror::Error;

/// A policy that would make no sense.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PolicyError {
    /// A name that is no lockout parameter.
    #[error("unknown lockout parameter {0:?}: known are username, ip_address and user_agent")]
    UnknownParameter(String),
    /// A scope, or the list of all scopes, that holds nothing.
    #[error("an empty list of lockout parameters")]
    NoParameters,
}
