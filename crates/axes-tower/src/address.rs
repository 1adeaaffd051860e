//! Which address a request came from.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use axes_core::{ForwardedPolicy, canonical_address};
use http::HeaderName;
use http::request::Parts;

/// Who connected, where something in front of the guard knows it: put it into the request's
/// extensions.
///
/// With the feature `axum` (the default) the guard finds axum's `ConnectInfo<SocketAddr>` by itself.
/// Where both are there, this one holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddress(pub IpAddr);

type Peer = dyn Fn(&Parts) -> Option<IpAddr> + Send + Sync;

/// How the client's address is found.
#[derive(Clone, Default)]
pub(crate) struct Addresses {
    pub(crate) forwarded: Option<(HeaderName, ForwardedPolicy)>,
    pub(crate) peer: Option<Arc<Peer>>,
}

/// Where an attempt came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// From there, or from somewhere that the application's own code could not tell.
    Known(Option<IpAddr>),
    /// Nobody has said who connected: the guard is not set up.
    Missing,
}

impl Addresses {
    /// Where the request with these `parts` came from.
    pub(crate) fn origin(&self, parts: &Parts) -> Origin {
        let peer = match (&self.peer, connected(parts)) {
            (Some(peer), _) => peer(parts),
            (None, Some(connected)) => Some(connected),
            (None, None) => return Origin::Missing,
        };
        let peer = peer.map(canonical_address);
        let forwarded = self.forwarded.as_ref();
        let client = forwarded
            .and_then(|(name, policy)| policy.client_in_header(&joined(parts, name)?, peer));
        Origin::Known(client.or(peer))
    }
}

/// All headers called `name` as one, as proxies read them.
fn joined(parts: &Parts, name: &HeaderName) -> Option<String> {
    let values = parts.headers.get_all(name).iter();
    let values: Vec<_> = values
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    (!values.is_empty()).then(|| values.join(","))
}

/// Who connected, as the request's extensions say.
fn connected(parts: &Parts) -> Option<IpAddr> {
    let told = parts.extensions.get::<PeerAddress>();
    told.map(|peer| peer.0).or_else(|| connected_to_axum(parts))
}

#[cfg(feature = "axum")]
fn connected_to_axum(parts: &Parts) -> Option<IpAddr> {
    use std::net::SocketAddr;

    use axum::extract::ConnectInfo;
    use axum::extract::connect_info::MockConnectInfo;

    let real = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let mock = || parts.extensions.get::<MockConnectInfo<SocketAddr>>();
    let address = real
        .map(|info| info.0)
        .or_else(|| mock().map(|info| info.0));
    address.map(|address| address.ip())
}

#[cfg(not(feature = "axum"))]
const fn connected_to_axum(_parts: &Parts) -> Option<IpAddr> {
    None
}

impl fmt::Debug for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Addresses")
            .field("forwarded", &self.forwarded)
            .finish_non_exhaustive()
    }
}
