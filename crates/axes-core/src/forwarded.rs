//! Which address an attempt came from, behind proxies that say so in headers.

use std::net::{IpAddr, SocketAddr};

use crate::{Networks, canonical_address};

/// Which end of a forwarding header names the client when no number of proxies is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HopOrder {
    /// The left-most entry. Anyone can forge it, unless a proxy overwrites the header.
    #[default]
    LeftMost,
    /// The right-most entry: what the nearest proxy saw.
    RightMost,
}

/// How far forwarding headers are believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForwardedPolicy {
    /// Which end of the header is the client's.
    pub order: HopOrder,
    /// The number of proxies that stand in the header behind the client. A proxy writes who connected
    /// to it and not itself, so one proxy alone makes 0, and each further one in a row 1 more.
    pub proxy_count: Option<usize>,
    /// The proxies whose word is taken. Empty: whoever connects is believed.
    pub trusted: Networks,
}

impl ForwardedPolicy {
    /// The client's address in a forwarding header, or `None` when the header is not to be believed.
    ///
    /// `peer` is who connected. Entries are counted from the right, because every proxy appends what
    /// it saw and only the left of the list can be forged:
    /// 1. From a peer outside `trusted` (when that is set) the header is ignored.
    /// 2. With `proxy_count`, the client stands that many entries from the right; a shorter header
    ///    is ignored. Where `order` is right-most, the header is written the other way round, and
    ///    the right-most entry is the client all the same.
    /// 3. With `trusted` alone, the client is the first entry from the right that is not trusted.
    /// 4. Otherwise `order` decides.
    /// 5. An entry that is needed but no address makes the header ignored.
    #[must_use]
    pub fn client_in_header(&self, header: &str, peer: Option<IpAddr>) -> Option<IpAddr> {
        if !self.trusted.is_empty() && !peer.is_some_and(|peer| self.trusted.contains(peer)) {
            return None;
        }
        if self.order == HopOrder::RightMost {
            let enough = header
                .split(',')
                .nth(self.proxy_count.unwrap_or(0))
                .is_some();
            return header
                .rsplit(',')
                .next()
                .filter(|_| enough)
                .and_then(parse_forwarded_address);
        }
        if let Some(count) = self.proxy_count {
            return header
                .rsplit(',')
                .nth(count)
                .and_then(parse_forwarded_address);
        }
        if self.trusted.is_empty() {
            return header.split(',').next().and_then(parse_forwarded_address);
        }
        let mut nearest = None;
        for entry in header.rsplit(',') {
            let address = parse_forwarded_address(entry)?;
            nearest = Some(address);
            if !self.trusted.contains(address) {
                break;
            }
        }
        nearest
    }
}

/// The address in one entry of a forwarding header: bare, in brackets, or with a port.
#[must_use]
pub fn parse_forwarded_address(entry: &str) -> Option<IpAddr> {
    let text = entry.trim().trim_matches('"');
    let address = text
        .parse::<IpAddr>()
        .or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip()))
        .ok()
        .or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok())?;
    Some(canonical_address(address))
}
