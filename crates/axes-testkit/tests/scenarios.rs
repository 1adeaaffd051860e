//! The corpus on the engine and the memory store.

use std::collections::BTreeMap;

use axes_core::{HopOrder, Networks};
use axes_stores::MemoryStore;
use axes_testkit::corpus::{self, Differs};
use serde::Deserialize;

#[test]
fn every_scenario_goes_as_written() {
    corpus::check_all(MemoryStore::default);
}

#[derive(Deserialize)]
struct Addresses {
    differs: BTreeMap<String, Differs>,
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    peer: Option<String>,
    header: String,
    order: Option<String>,
    count: Option<usize>,
    #[serde(default)]
    trusted: Vec<String>,
    client: Option<String>,
    django_axes: Option<String>,
    differs: Option<String>,
}

impl Case {
    fn client(&self) -> Option<String> {
        let policy = axes_core::ForwardedPolicy {
            order: match self.order.as_deref() {
                None | Some("left-most") => HopOrder::LeftMost,
                Some("right-most") => HopOrder::RightMost,
                Some(other) => unreachable!("{}: no order is called {other}", self.name),
            },
            proxy_count: self.count,
            trusted: Networks::parse(&self.trusted).unwrap_or_else(|wrong| {
                unreachable!("{}: {wrong:?}", self.name);
            }),
        };
        let peer = self.peer.as_ref().and_then(|peer| peer.parse().ok());
        let client = policy.client_in_header(&self.header, peer);
        client.map(|client| client.to_string())
    }
}

#[test]
fn every_forwarding_header_leads_to_its_client() -> Result<(), Box<dyn std::error::Error>> {
    let text = std::fs::read_to_string(corpus::fixtures().join("addresses.toml"))?;
    let addresses: Addresses = toml::from_str(&text)?;
    assert!(addresses.case.len() >= 25, "most cases are missing");
    for case in &addresses.case {
        let told = case.differs.as_ref();
        let told = told.is_some_and(|name| addresses.differs.contains_key(name));
        assert_eq!(told, case.django_axes.is_some(), "{}", case.name);
        assert_eq!(
            case.client(),
            case.client,
            "{}: {:?}",
            case.name,
            case.header
        );
    }
    Ok(())
}
