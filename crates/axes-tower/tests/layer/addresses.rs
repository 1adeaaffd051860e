//! Forwarding headers lead to their client, as every host reads them.

use std::net::IpAddr;

use axes_testkit::corpus;
use axes_tower::{ForwardedPolicy, Guard, GuardError, HopOrder, MemoryStore, Networks};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Request};
use serde::Deserialize;

#[derive(Deserialize)]
struct Addresses {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    peer: Option<IpAddr>,
    header: String,
    order: Option<String>,
    count: Option<usize>,
    #[serde(default)]
    trusted: Vec<String>,
    client: Option<IpAddr>,
}

/// No header of a request can hold it, so it never gets as far as the guard.
const NOT_A_HEADER: &str = "a line break forges no second header";

const NAME: HeaderName = HeaderName::from_static("x-forwarded-for");

fn parts(headers: &[HeaderValue]) -> Parts {
    let mut request = Request::new(());
    for value in headers {
        request.headers_mut().append(NAME, value.clone());
    }
    request.into_parts().0
}

fn built(policy: ForwardedPolicy, peer: Option<IpAddr>) -> Result<Guard, GuardError> {
    let guard = Guard::builder(MemoryStore::default())
        .peer_address(move |_| peer)
        .forwarded(NAME, policy);
    guard.build()
}

fn guard(policy: ForwardedPolicy, peer: Option<IpAddr>) -> Guard {
    built(policy, peer).unwrap()
}

#[test]
fn every_forwarding_header_leads_to_its_client() {
    let text = std::fs::read_to_string(corpus::fixtures().join("addresses.toml")).unwrap();
    let addresses: Addresses = toml::from_str(&text).unwrap();
    assert!(addresses.case.len() >= 25, "most cases are missing");
    let mut refused = 0;
    for case in &addresses.case {
        let header = HeaderValue::from_str(&case.header);
        assert_eq!(header.is_err(), case.name == NOT_A_HEADER, "{}", case.name);
        let Ok(header) = header else { continue };
        let policy = ForwardedPolicy {
            order: match case.order.as_deref() {
                Some("right-most") => HopOrder::RightMost,
                _ => HopOrder::LeftMost,
            },
            proxy_count: case.count,
            trusted: Networks::parse(&case.trusted).unwrap(),
        };
        if case.count.is_none() && case.trusted.is_empty() {
            // Anybody could forge it.
            let wrong = built(policy, case.peer).unwrap_err().to_string();
            assert!(wrong.contains("everybody would be believed"), "{wrong}");
            refused += 1;
            continue;
        }
        let attempt = guard(policy, case.peer).attempt(&parts(&[header]));
        let peer = case.peer.map(|peer| peer.to_canonical());
        assert_eq!(
            attempt.client.ip_address,
            case.client.or(peer),
            "{}",
            case.name
        );
    }
    assert!(refused > 0 && refused < addresses.case.len() / 2);
}

#[test]
fn a_header_that_comes_several_times_is_one_list() {
    let policy = ForwardedPolicy {
        trusted: Networks::parse(["10.0.0.0/8"]).unwrap(),
        ..ForwardedPolicy::default()
    };
    let guard = guard(policy, "10.0.0.1".parse().ok());
    let headers = ["198.51.100.1", "203.0.113.7", "10.0.0.2"];
    let attempt = guard.attempt(&parts(&headers.map(HeaderValue::from_static)));
    assert_eq!(attempt.client.ip_address, "203.0.113.7".parse().ok());
    let odd = HeaderValue::from_bytes(b"\xff, 203.0.113.8").unwrap();
    let attempt = guard.attempt(&parts(&[odd]));
    assert_eq!(attempt.client.ip_address, "203.0.113.8".parse().ok());
}

#[test]
fn named_proxies_are_believed_and_nobody_else() {
    for (peer, client) in [("10.0.0.1", "203.0.113.7"), ("192.0.2.1", "192.0.2.1")] {
        let peer: IpAddr = peer.parse().unwrap();
        let guard = Guard::builder(MemoryStore::default())
            .peer_address(move |_| Some(peer))
            .trusted_proxies(["10.0.0.0/8"])
            .build()
            .unwrap();
        let attempt = guard.attempt(&parts(&[HeaderValue::from_static("203.0.113.7")]));
        assert_eq!(attempt.client.ip_address, client.parse().ok());
    }
}
