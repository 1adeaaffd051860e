//! Lists of networks: the entries, an address, a network.
#![no_main]

use std::net::IpAddr;

use axes_core::{Networks, canonical_address, network_of, parse_network};
use axes_fuzz::Texts;
use ipnet::IpNet;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut texts = Texts::of(data);
    let (list, address, network) = (texts.text(), texts.text(), texts.text());
    let entries: Vec<&str> = list.split([' ', '\n']).collect();
    let parsed: Vec<IpNet> = entries
        .iter()
        .filter_map(|entry| parse_network(entry).ok())
        .collect();
    parsed.iter().for_each(reads_what_it_writes);
    match Networks::parse(&entries) {
        Ok(_) => assert_eq!(parsed.len(), entries.len()),
        Err(errors) => assert_eq!(parsed.len() + errors.len(), entries.len()),
    }
    let set = Networks::new(&parsed);
    assert_eq!(set.is_empty(), parsed.is_empty());
    if let Ok(address) = address.parse::<IpAddr>() {
        holds_what_an_entry_holds(&set, &parsed, address);
        (0..=128).for_each(|prefix| is_counted_by(address, prefix));
    }
    if let Ok(network) = parse_network(&network) {
        agrees_about(&set, network);
    }
});

/// What was understood is understood again as it is shown, and has no host bits.
fn reads_what_it_writes(network: &IpNet) {
    assert_eq!(*network, network.trunc());
    assert_eq!(parse_network(&network.to_string()), Ok(*network));
}

/// A set is no more and no less than its entries.
fn holds_what_an_entry_holds(set: &Networks, entries: &[IpNet], address: IpAddr) {
    let canonical = canonical_address(address);
    let expected = entries.iter().any(|entry| entry.contains(&canonical));
    assert_eq!(set.contains(address), expected, "{address} in {entries:?}");
}

/// An address is in the network that it is counted by; IPv4 is counted by itself.
fn is_counted_by(address: IpAddr, prefix: u8) {
    let canonical = canonical_address(address);
    let network = network_of(address, prefix);
    assert!(network.contains(&canonical));
    let length = if canonical.is_ipv4() { 32 } else { prefix };
    assert_eq!(network.prefix_len(), length);
}

/// A network that is covered is inside with both ends, and meets the set.
fn agrees_about(set: &Networks, network: IpNet) {
    let (first, last) = (network.network(), network.broadcast());
    // Addresses that are IPv4 in IPv6 are IPv4 for everybody; a wider network has both kinds.
    let mixed = [first, last].iter().any(|it| canonical_address(*it) != *it);
    if set.covers(network) {
        assert!(set.meets(network));
        assert!(mixed || (set.contains(first) && set.contains(last)));
    }
    if !mixed && (set.contains(first) || set.contains(last)) {
        assert!(set.meets(network));
    }
}
