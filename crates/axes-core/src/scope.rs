//! What is counted on: lockout parameters, scopes, and the keys of their tallies.

use std::fmt;
use std::str::FromStr;

use ipnet::IpNet;

use crate::digest::{Values, hexadecimal};
use crate::networks::network_text;
use crate::{Attempt, PolicyError, network_of, normalize_username};

/// One property of an attempt that failures are counted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Parameter {
    /// The account that was tried.
    Username,
    /// The network that the attempt came from.
    IpAddress,
    /// The `User-Agent` header.
    UserAgent,
}

impl Parameter {
    /// Every lockout parameter, in the order in which keys and names list them.
    pub const ALL: [Self; 3] = [Self::Username, Self::IpAddress, Self::UserAgent];

    /// The name that settings use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::IpAddress => "ip_address",
            Self::UserAgent => "user_agent",
        }
    }

    const fn bit(self) -> u8 {
        match self {
            Self::Username => 1,
            Self::IpAddress => 2,
            Self::UserAgent => 4,
        }
    }
}

impl FromStr for Parameter {
    type Err = PolicyError;

    fn from_str(name: &str) -> Result<Self, PolicyError> {
        Self::ALL
            .into_iter()
            .find(|parameter| parameter.name() == name)
            .ok_or_else(|| PolicyError::UnknownParameter(name.to_owned()))
    }
}

/// One lockout parameter, or several joined by AND.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(u8);

impl Scope {
    /// Counts by address.
    pub const IP_ADDRESS: Self = Self(Parameter::IpAddress.bit());
    /// Counts by username.
    pub const USERNAME: Self = Self(Parameter::Username.bit());

    /// The scope of all `parameters` together; `None` when there are none.
    #[must_use]
    pub fn of(parameters: impl IntoIterator<Item = Parameter>) -> Option<Self> {
        let bits = parameters
            .into_iter()
            .fold(0, |bits, parameter| bits | parameter.bit());
        (bits != 0).then_some(Self(bits))
    }

    /// Its parameters, in their fixed order.
    pub fn parameters(self) -> impl Iterator<Item = Parameter> {
        Parameter::ALL
            .into_iter()
            .filter(move |parameter| self.0 & parameter.bit() != 0)
    }

    /// Whether `parameter` is part of it.
    #[must_use]
    pub const fn has(self, parameter: Parameter) -> bool {
        self.0 & parameter.bit() != 0
    }

    /// What of `parts` this scope counts on, or `None` when a value is absent: then it does not
    /// apply. An absent value must never become an empty key, or it would lock out everybody.
    #[must_use]
    pub fn project(self, parts: &Parts) -> Option<Parts> {
        fn pick<T: Clone>(wanted: bool, value: Option<&T>) -> Result<Option<T>, ()> {
            match (wanted, value) {
                (false, _) => Ok(None),
                (true, Some(value)) => Ok(Some(value.clone())),
                (true, None) => Err(()),
            }
        }
        let username = pick(self.has(Parameter::Username), parts.username.as_ref()).ok()?;
        let network = pick(self.has(Parameter::IpAddress), parts.network.as_ref()).ok()?;
        let user_agent = pick(self.has(Parameter::UserAgent), parts.user_agent.as_ref()).ok()?;
        Some(Parts {
            username,
            network,
            user_agent,
        })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, parameter) in self.parameters().enumerate() {
            let joint = if index == 0 { "" } else { "+" };
            write!(f, "{joint}{}", parameter.name())?;
        }
        Ok(())
    }
}

/// The values of an attempt's lockout parameters, in the form in which they are counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Parts {
    /// The normalized username.
    pub username: Option<String>,
    /// The network of the address.
    pub network: Option<IpNet>,
    /// The user agent as recorded.
    pub user_agent: Option<String>,
}

impl Parts {
    /// The parts of `attempt`, its address counted by `/ipv6_prefix` if it is IPv6.
    #[must_use]
    pub fn of(attempt: &Attempt, ipv6_prefix: u8) -> Self {
        Self {
            username: attempt.username.as_deref().and_then(normalize_username),
            network: attempt
                .client
                .ip_address
                .map(|address| network_of(address, ipv6_prefix)),
            user_agent: Some(attempt.recorded_user_agent()),
        }
    }

    /// The key of the tally that counts on exactly these values.
    #[must_use]
    pub fn key(&self) -> ScopeKey {
        let mut values = Values::new(b"axes scope 1");
        let mut add = |parameter: Parameter, value: &[u8]| values.add(parameter.bit(), value);
        if let Some(username) = &self.username {
            add(Parameter::Username, username.as_bytes());
        }
        if let Some(network) = self.network {
            add(Parameter::IpAddress, network_text(network).as_bytes());
        }
        if let Some(user_agent) = &self.user_agent {
            add(Parameter::UserAgent, user_agent.as_bytes());
        }
        ScopeKey(values.digest())
    }

    /// The scope that counts on exactly these values; `None` when there are none.
    #[must_use]
    pub fn scope(&self) -> Option<Scope> {
        let present = [
            self.username.is_some(),
            self.network.is_some(),
            self.user_agent.is_some(),
        ];
        Scope::of(
            Parameter::ALL
                .into_iter()
                .zip(present)
                .filter_map(|(one, here)| here.then_some(one)),
        )
    }

    /// Whether every value here that is present is the same in `other`.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        fn same<T: PartialEq>(mine: Option<&T>, other: Option<&T>) -> bool {
            mine.is_none() || mine == other
        }
        same(self.username.as_ref(), other.username.as_ref())
            && same(self.network.as_ref(), other.network.as_ref())
            && same(self.user_agent.as_ref(), other.user_agent.as_ref())
    }
}

/// The digest of a scope's values: typed and length-prefixed, so no two different inputs ever meet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeKey([u8; 32]);

impl ScopeKey {
    /// The key with these bytes, as a store kept them.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The key that is displayed as `text`.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0_u8; 32];
        let digits = text.as_bytes();
        if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for ScopeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hexadecimal(&self.0))
    }
}

impl fmt::Debug for ScopeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScopeKey({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(username: Option<&str>, user_agent: Option<&str>) -> Parts {
        Parts {
            username: username.map(str::to_owned),
            network: None,
            user_agent: user_agent.map(str::to_owned),
        }
    }

    #[test]
    fn different_values_never_share_a_key() {
        let all = [
            parts(Some("ab"), None),
            parts(None, Some("ab")),
            parts(Some("a"), Some("b")),
            parts(Some("ab"), Some("")),
            parts(Some(""), Some("ab")),
        ];
        for (index, one) in all.iter().enumerate() {
            for other in all.iter().skip(index + 1) {
                assert_ne!(one.key(), other.key(), "{one:?} and {other:?}");
            }
        }
    }

    #[test]
    fn a_key_is_read_as_it_is_displayed() {
        let key = parts(Some("ada"), None).key();
        assert_eq!(ScopeKey::from_hex(&key.to_string()), Some(key));
        for wrong in ["", "12", &"g".repeat(64), &"é".repeat(32), &"1".repeat(66)] {
            assert_eq!(ScopeKey::from_hex(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_scope_without_its_value_does_not_apply() {
        let both = Scope::of([Parameter::UserAgent, Parameter::Username]).unwrap();
        assert_eq!(both.to_string(), "username+user_agent");
        assert_eq!(both.project(&parts(None, Some("x"))), None);
        assert_eq!(
            both.project(&parts(Some("u"), Some("x"))),
            Some(parts(Some("u"), Some("x")))
        );
        assert_eq!(
            Scope::USERNAME.project(&parts(Some("u"), Some("x"))),
            Some(parts(Some("u"), None))
        );
    }
}
