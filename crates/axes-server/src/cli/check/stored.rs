//! What the store shows.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use axes_stores::{Past, Recorded, RedisRisk, Wanted, redis_risks};

use super::finding::Finding;
use crate::Failure;
use crate::cli::locked;
use crate::cli::records::SLICE;
use crate::context::{Context, options};
use crate::failure::lacks_tables;
use crate::output::length;

/// How many records are looked at: the newest.
const RECORDS: usize = 2000;
/// How many failures say something about where attempts come from.
const ENOUGH: u64 = 20;
/// How far clocks of machines may differ.
const CLOCKS: Duration = Duration::from_secs(120);

/// All there is to say of the store.
pub(super) fn findings(context: &Context) -> Vec<Finding> {
    let url = &context.configuration.url;
    let mut findings = Vec::new();
    if url.is_memory() {
        findings.push(Finding::new(
            "axes.W110",
            "the store is the memory of one process: no other sees it, this program neither",
            "Name the store of the site.",
        ));
    }
    match sample(context).and_then(|records| everything_answers(context).map(|()| records)) {
        Ok(records) => {
            findings.extend(one_private_address(&records));
            findings.extend(clocks(&records, context));
        }
        Err(failure) => {
            findings.push(unanswered(&failure));
            return findings;
        }
    }
    match redis_risks(&url.secret(), &options(&context.configuration)) {
        Ok(risks) => findings.extend(risks.iter().map(of_redis)),
        Err(error) => findings.push(unanswered(&Failure::Store {
            error,
            url: url.clone(),
        })),
    }
    findings
}

fn unanswered(failure: &Failure) -> Finding {
    let lacks_tables = matches!(failure, Failure::Store { error, .. } if lacks_tables(error));
    let id = if lacks_tables {
        "axes.E102"
    } else {
        "axes.E101"
    };
    Finding::new(id, failure.to_string(), "")
}

/// Looks once at whatever else there should be.
fn everything_answers(context: &Context) -> Result<(), Failure> {
    context.told(context.store.logged(&Past::default(), None, 1))?;
    context.told(context.store.bans(context.now))?;
    locked::page(context, Wanted::All, 0, 1)?;
    Ok(())
}

/// The newest records.
fn sample(context: &Context) -> Result<Vec<Recorded>, Failure> {
    let mut records = Vec::new();
    let mut from = None;
    loop {
        let past = Past::default();
        let slice = context
            .store
            .recorded(&past, from.as_ref(), SLICE, context.now);
        let slice = context.told(slice)?;
        records.extend(slice.items);
        from = slice.next;
        if from.is_none() || records.len() >= RECORDS {
            return Ok(records);
        }
    }
}

/// Behind a proxy that nobody told Axes of, everybody has its address.
fn one_private_address(records: &[Recorded]) -> Option<Finding> {
    let mut failures: HashMap<IpAddr, u64> = HashMap::new();
    for record in records {
        if let Some(address) = record.ip_address {
            let sum = failures.entry(address).or_default();
            *sum = sum.saturating_add(record.failures.into());
        }
    }
    let all = failures
        .values()
        .fold(0_u64, |sum, number| sum.saturating_add(*number));
    let (address, most) = failures.into_iter().max_by_key(|(_, number)| *number)?;
    let almost_all = most.saturating_mul(10) >= all.saturating_mul(9);
    (all >= ENOUGH && almost_all && is_inside(address)).then(|| {
        Finding::new(
            "axes.W101",
            format!(
                "{most} of the last {all} failures come from one private address, {address}: probably it \
                 is a proxy, and everybody is counted as one"
            ),
            "Say where the real address stands: AXES_IPWARE_META_PRECEDENCE_ORDER (HTTP_X_FORWARDED_FOR first) and \
             AXES_IPWARE_PROXY_COUNT (how many proxies stand in that header behind the client: 0 where there \
             is one proxy).",
        )
    })
}

/// Whether `address` is of no client on the Internet.
fn is_inside(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            let shared = first == 100 && (64..128).contains(&second);
            address.is_private() || address.is_loopback() || address.is_link_local() || shared
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

/// Times that have not come yet were told by a clock that is wrong: theirs or this one.
fn clocks(records: &[Recorded], context: &Context) -> Option<Finding> {
    let latest = records.iter().map(|record| record.time).max()?;
    let ahead = latest.left(context.now).filter(|ahead| *ahead > CLOCKS)?;
    Some(Finding::new(
        "axes.W111",
        format!(
            "attempts are recorded from {} in the future: the clocks of two machines differ, and lockouts \
             last as much longer or shorter",
            length(Duration::from_secs(ahead.as_secs()))
        ),
        "Set the clocks by NTP.",
    ))
}

fn of_redis(risk: &RedisRisk) -> Finding {
    let id = match risk {
        RedisRisk::CannotWrite => "axes.E201",
        RedisRisk::IsReplica => "axes.E202",
        RedisRisk::Evicts(_) => "axes.W203",
        RedisRisk::NotAppended => "axes.W204",
        RedisRisk::FailsOver => "axes.W205",
        RedisRisk::Old(_) => "axes.W206",
        RedisRisk::Appended(_) => "axes.I207",
        RedisRisk::Unknown => "axes.I208",
        _ => "axes.W200",
    };
    Finding::new(id, format!("Redis: {risk}"), "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axes_core::Timestamp;

    fn records(addresses: &[(&str, u32)]) -> Vec<Recorded> {
        let record = |(address, failures): &(&str, u32)| Recorded {
            username: None,
            ip_address: address.parse().ok(),
            user_agent: String::new(),
            path_info: String::new(),
            failures: *failures,
            time: Timestamp::EPOCH,
        };
        addresses.iter().map(record).collect()
    }

    #[test]
    fn one_private_address_is_a_proxy_and_one_public_address_an_attacker() {
        for (addresses, found) in [
            (&[("10.0.0.1", 18), ("192.0.2.1", 2)][..], true),
            (&[("10.0.0.1", 17), ("192.0.2.1", 3)], false),
            (&[("10.0.0.1", 10)], false),
            (&[("127.0.0.1", 20)], true),
            (&[("fd00::1", 20)], true),
            (&[("100.64.0.1", 20)], true),
            (&[("203.0.113.1", 2000)], false),
            (&[], false),
        ] {
            let finding = one_private_address(&records(addresses));
            assert_eq!(finding.is_some(), found, "{addresses:?}");
        }
    }
}
