//! Forwarding headers: order, number of proxies, trusted networks, peer, header, forged beginning.
#![no_main]

use std::net::IpAddr;

use axes_core::{ForwardedPolicy, HopOrder, Networks, canonical_address, parse_forwarded_address};
use axes_fuzz::Texts;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut texts = Texts::of(data);
    let order = match &*texts.text() {
        "right-most" => HopOrder::RightMost,
        _ => HopOrder::LeftMost,
    };
    let proxy_count = texts.text().parse().ok();
    let trusted = Networks::parse(texts.text().split_whitespace()).unwrap_or_default();
    let peer: Option<IpAddr> = texts.text().parse().ok();
    let (header, forged) = (texts.text(), texts.text());
    let policy = ForwardedPolicy {
        order,
        proxy_count,
        trusted,
    };
    let client = policy.client_in_header(&header, peer);
    only_from_trusted_peers(&policy, peer, client);
    let Some(client) = client else { return };
    assert_eq!(client, canonical_address(client));
    assert!(
        header
            .split(',')
            .any(|entry| parse_forwarded_address(entry) == Some(client)),
        "{client} does not stand in the header"
    );
    if proxies_are_known(&policy, client) {
        let longer = format!("{forged},{header}");
        assert_eq!(
            policy.client_in_header(&longer, peer),
            Some(client),
            "what a client put before the header changed the result"
        );
    }
});

/// Nothing that an untrusted peer sends is believed.
fn only_from_trusted_peers(policy: &ForwardedPolicy, peer: Option<IpAddr>, got: Option<IpAddr>) {
    let believed = policy.trusted.is_empty() || peer.is_some_and(|it| policy.trusted.contains(it));
    assert!(believed || got.is_none(), "an untrusted peer was believed");
}

/// Whether the header is read from the right, up to an entry that a trusted proxy wrote.
fn proxies_are_known(policy: &ForwardedPolicy, client: IpAddr) -> bool {
    policy.order == HopOrder::RightMost
        || policy.proxy_count.is_some()
        || (!policy.trusted.is_empty() && !policy.trusted.contains(client))
}
