//! Networks: lists that an address may be in, and the network an address is counted by.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use thiserror::Error;

use crate::canonical_address;

/// An entry of a list of networks that is neither an address nor a network.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("not an IP address or network: {0:?}")]
pub struct NetworkError(pub String);

/// A set of networks that answers fast whether an address is in it, however many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks {
    /// Sorted and disjoint.
    networks: Vec<IpNet>,
}

impl Networks {
    /// The set of all `networks`.
    #[must_use]
    pub fn new(networks: &[IpNet]) -> Self {
        let mut networks = IpNet::aggregate(&networks.to_vec());
        networks.sort_unstable();
        Self { networks }
    }

    /// The set of what `entries` name: single addresses and networks in CIDR notation.
    ///
    /// # Errors
    /// Every entry that is neither, so that a person can mend all of them at once.
    pub fn parse<S: AsRef<str>>(
        entries: impl IntoIterator<Item = S>,
    ) -> Result<Self, Vec<NetworkError>> {
        let mut networks = Vec::new();
        let mut errors = Vec::new();
        for entry in entries {
            match parse_network(entry.as_ref()) {
                Ok(network) => networks.push(network),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() {
            Ok(Self::new(&networks))
        } else {
            Err(errors)
        }
    }

    /// Whether `address` is in one of the networks.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = canonical_address(address);
        let after = self
            .networks
            .partition_point(|network| network.network() <= address);
        let candidate = after
            .checked_sub(1)
            .and_then(|index| self.networks.get(index));
        candidate.is_some_and(|network| network.contains(&address))
    }

    /// Whether every address of `network` is in one of the networks.
    #[must_use]
    pub fn covers(&self, network: IpNet) -> bool {
        self.networks.iter().any(|one| one.contains(&network))
    }

    /// Whether any address of `network` is in one of the networks.
    #[must_use]
    pub fn meets(&self, network: IpNet) -> bool {
        let meets = |one: &IpNet| one.contains(&network) || network.contains(one);
        self.networks.iter().any(meets)
    }

    /// Whether there is no network in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.networks.is_empty()
    }
}

/// The network that `entry` names: an address, a network in CIDR notation, or the first parts of an
/// IPv4 address with a dot behind them (`192.0.2.`).
///
/// Host bits are ignored (`10.1.2.3/8` is `10.0.0.0/8`) and IPv4-mapped IPv6 is IPv4.
///
/// # Errors
/// [`NetworkError`] when it is none of these.
pub fn parse_network(entry: &str) -> Result<IpNet, NetworkError> {
    let text = entry.trim();
    let parsed = if let Ok(address) = text.parse::<IpAddr>() {
        Some(IpNet::from(canonical_address(address)))
    } else if let Ok(network) = text.parse::<IpNet>() {
        Some(unmapped(network.trunc()))
    } else {
        parse_prefix(text)
    };
    parsed.ok_or_else(|| NetworkError(entry.to_owned()))
}

/// `address` as it is displayed, for keys that every attempt needs.
pub(crate) fn address_text(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => octets_text(address.octets()),
        IpAddr::V6(address) => address.to_string(),
    }
}

/// `network` as it is displayed, for keys that every attempt needs.
pub(crate) fn network_text(network: IpNet) -> String {
    let mut text = address_text(network.addr());
    text.push('/');
    push_decimal(&mut text, network.prefix_len());
    text
}

/// Formatting by the standard library takes several times as long.
fn octets_text(octets: [u8; 4]) -> String {
    let mut text = String::with_capacity("255.255.255.255/32".len());
    for (index, octet) in octets.into_iter().enumerate() {
        if index > 0 {
            text.push('.');
        }
        push_decimal(&mut text, octet);
    }
    text
}

fn push_decimal(text: &mut String, number: u8) {
    let digit = |value: u8| char::from(b'0'.saturating_add(value % 10));
    if number >= 100 {
        text.push(digit(number / 100));
    }
    if number >= 10 {
        text.push(digit(number / 10));
    }
    text.push(digit(number));
}

/// `192.0.2.` as `192.0.2.0/24`.
fn parse_prefix(text: &str) -> Option<IpNet> {
    let parts: Vec<&str> = text.strip_suffix('.')?.split('.').collect();
    let mut octets = [0_u8; 4];
    if parts.len() >= octets.len() {
        return None;
    }
    for (octet, part) in octets.iter_mut().zip(&parts) {
        *octet = part.parse().ok()?;
    }
    let length = u8::try_from(parts.len()).ok()?.checked_mul(8)?;
    Ipv4Net::new(octets.into(), length).ok().map(IpNet::V4)
}

/// A network inside `::ffff:0:0/96` as the IPv4 network it stands for.
fn unmapped(network: IpNet) -> IpNet {
    if let IpNet::V6(v6) = network
        && let Some(address) = v6.network().to_ipv4_mapped()
        && let Some(length) = v6.prefix_len().checked_sub(96)
        && let Ok(v4) = Ipv4Net::new(address, length)
    {
        return IpNet::V4(v4);
    }
    network
}

/// The network by which `address` is counted: itself for IPv4, its `/ipv6_prefix` for IPv6.
///
/// One customer usually holds a whole /64 (RFC 6177), so counting single IPv6 addresses would give
/// an attacker 2^64 budgets.
#[must_use]
pub fn network_of(address: IpAddr, ipv6_prefix: u8) -> IpNet {
    match canonical_address(address) {
        IpAddr::V4(v4) => IpNet::V4(Ipv4Net::from(v4)),
        IpAddr::V6(v6) => IpNet::V6(
            Ipv6Net::new(v6, ipv6_prefix.min(128))
                .unwrap_or(Ipv6Net::from(v6))
                .trunc(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_hold_addresses_and_networks_compared_as_addresses() {
        let list = Networks::parse([
            "192.0.2.1",
            "10.1.0.0/8",
            "2001:db8::/32",
            "::ffff:198.51.100.0/120",
            "172.16.",
        ])
        .unwrap();
        for inside in [
            "192.0.2.1",
            "10.255.0.1",
            "2001:DB8:0::1",
            "::ffff:192.0.2.1",
            "198.51.100.9",
            "172.16.9.9",
        ] {
            assert!(list.contains(inside.parse().unwrap()), "{inside}");
        }
        for outside in [
            "192.0.2.2",
            "11.0.0.1",
            "2001:db9::1",
            "198.51.101.0",
            "172.17.0.1",
            "::1",
        ] {
            assert!(!list.contains(outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn every_wrong_entry_is_named() {
        let errors = Networks::parse(["10.0.0.0/8", "10.0.0.0/40", "", "localhost"]).unwrap_err();
        let named: Vec<&str> = errors.iter().map(|error| error.0.as_str()).collect();
        assert_eq!(named, ["10.0.0.0/40", "", "localhost"]);
    }

    #[test]
    fn ipv6_is_counted_by_its_network() {
        let network = |text: &str, prefix| network_of(text.parse().unwrap(), prefix).to_string();
        assert_eq!(network("2001:db8:1:2:3::4", 64), "2001:db8:1:2::/64");
        assert_eq!(network("2001:db8:1:2:3::4", 128), "2001:db8:1:2:3::4/128");
        assert_eq!(network("::ffff:192.0.2.1", 64), "192.0.2.1/32");
    }

    #[test]
    fn texts_for_keys_are_the_displayed_ones() {
        for number in 0..=255_u8 {
            let address = IpAddr::from([number, 255 - number, number / 3, number % 100]);
            assert_eq!(address_text(address), address.to_string());
            let network = IpNet::new(address, number % 33).unwrap();
            assert_eq!(network_text(network), network.to_string());
        }
        for text in ["2001:db8::/64", "::/0", "::1/128"] {
            assert_eq!(network_text(text.parse().unwrap()), text);
        }
    }
}
