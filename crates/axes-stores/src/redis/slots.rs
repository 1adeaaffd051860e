//! Which server of a cluster has which keys.

use redis::{RedisResult, ServerErrorKind, Value};

/// The host and port of a server.
pub(super) type Address = (String, u16);

/// The servers that may be written to, by the slots that they have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Slots(Vec<Range>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Range {
    first: u16,
    last: u16,
    master: Address,
}

impl Slots {
    /// What a server answered to `CLUSTER SLOTS`, who is at `host` itself.
    pub(super) fn read(answer: Value, host: &str) -> RedisResult<Self> {
        let ranges: Vec<Vec<Value>> = redis::from_redis_value(answer)?;
        let mut slots = Vec::with_capacity(ranges.len());
        for range in ranges {
            let mut fields = range.into_iter();
            let mut next = || fields.next().unwrap_or(Value::Nil);
            let (first, last) = (number(next())?, number(next())?);
            let mut master: std::vec::IntoIter<Value> =
                redis::from_redis_value::<Vec<Value>>(next())?.into_iter();
            let mut next = || master.next().unwrap_or(Value::Nil);
            // Nobody has told that server yet what others call it.
            let told: Option<String> = redis::from_redis_value(next())?;
            let told = told.filter(|told| !told.is_empty() && told != "?");
            let host = told.unwrap_or_else(|| host.to_owned());
            slots.push(Range {
                first,
                last,
                master: (host, number(next())?),
            });
        }
        Ok(Self(slots))
    }

    /// Who has `slot`.
    pub(super) fn master_of(&self, slot: u16) -> RedisResult<Address> {
        let has = |range: &&Range| (range.first..=range.last).contains(&slot);
        let range = self.0.iter().find(has).ok_or_else(incomplete)?;
        Ok(range.master.clone())
    }

    /// All who may be written to.
    pub(super) fn masters(&self) -> Vec<Address> {
        let mut masters: Vec<Address> = self.0.iter().map(|range| range.master.clone()).collect();
        masters.sort_unstable();
        masters.dedup();
        masters
    }
}

fn number(value: Value) -> RedisResult<u16> {
    Ok(redis::from_redis_value(value)?)
}

/// Nobody has what was asked for, or nobody stands by having it.
pub(super) fn incomplete() -> redis::RedisError {
    let kind = redis::ErrorKind::Server(ServerErrorKind::ClusterDown);
    (kind, "no server has the key").into()
}

/// The slot of `key`: that of what is between its first braces, if that is anything.
pub(super) fn slot_of(key: &str) -> u16 {
    let tag = key.split_once('{').and_then(|(_, rest)| {
        let (tag, _) = rest.split_once('}')?;
        (!tag.is_empty()).then_some(tag)
    });
    checksum(tag.unwrap_or(key).as_bytes()) % 16384
}

/// CRC-16/XMODEM, as the protocol of clusters asks for.
fn checksum(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |sum, byte| {
        let start = sum ^ (u16::from(*byte) << 8);
        (0..8).fold(start, |sum, _| {
            let carries = sum & 0x8000 != 0;
            (sum << 1) ^ if carries { 0x1021 } else { 0 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_that_servers_compute() {
        assert_eq!(checksum(b"123456789"), 0x31C3);
        for (key, slot) in [
            ("", 0),
            ("foo", 12182),
            ("{foo}:log", 12182),
            ("a{foo}{bar}", 12182),
        ] {
            assert_eq!(slot_of(key), slot, "{key}");
        }
        for whole in ["foo{}", "a{b", "a}b{", "{}a{b}"] {
            assert_eq!(
                slot_of(whole),
                checksum(whole.as_bytes()) % 16384,
                "{whole}"
            );
        }
    }

    #[test]
    fn masters_are_those_that_a_server_tells() {
        let server = |host: Value, port| Value::Array(vec![host, Value::Int(port)]);
        let text = |text: &str| Value::BulkString(text.into());
        let range = |first, last, master, replica| {
            Value::Array(vec![Value::Int(first), Value::Int(last), master, replica])
        };
        let answer = Value::Array(vec![
            range(0, 9, server(text(""), 7000), server(text("192.0.2.9"), 1)),
            range(
                10,
                16383,
                server(text("192.0.2.2"), 7001),
                server(Value::Nil, 1),
            ),
        ]);
        let slots = Slots::read(answer, "192.0.2.1").unwrap();
        let (one, two) = (
            ("192.0.2.1".to_owned(), 7000),
            ("192.0.2.2".to_owned(), 7001),
        );
        assert_eq!(slots.master_of(9).unwrap(), one);
        assert_eq!(slots.master_of(10).unwrap(), two);
        assert_eq!(slots.masters(), [one, two]);
        let nobody = Slots::default().master_of(1).unwrap_err();
        assert_eq!(nobody.code(), Some("CLUSTERDOWN"));
    }
}
