//! Who sends attempts.

use std::net::IpAddr;

/// What is recorded where a header or an address is missing.
pub const UNKNOWN: &str = "<unknown>";

/// Who sent an attempt, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// The address, in canonical form (see [`canonical_address`]).
    pub ip_address: Option<IpAddr>,
    /// The `User-Agent` header; `None` when there was none.
    pub user_agent: Option<String>,
}

impl Client {
    /// A client at `ip_address`.
    #[must_use]
    pub fn new(ip_address: Option<IpAddr>) -> Self {
        Self {
            ip_address: ip_address.map(canonical_address),
            user_agent: None,
        }
    }
}

/// `address` in the one form that is counted and compared: IPv4-mapped IPv6 is IPv4.
#[must_use]
pub fn canonical_address(address: IpAddr) -> IpAddr {
    address.to_canonical()
}
