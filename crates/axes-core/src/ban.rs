//! Lockouts that a person entered.

use ipnet::IpNet;

use crate::{Timestamp, normalize_username, parse_network};

/// What a person refuses: a username or a network, with the reason and the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ban {
    /// Who is refused.
    pub target: Banned,
    /// Why, for other operators. Whoever is refused is not told.
    pub reason: String,
    /// Who entered it.
    pub author: String,
    /// When it was entered.
    pub since: Timestamp,
    /// When it ends; [`Timestamp::NEVER`]: when somebody lifts it.
    pub until: Timestamp,
}

/// Who is refused by a [`Ban`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Banned {
    /// Everybody who tries this username, in the form in which usernames are counted.
    Username(String),
    /// Everybody in this network, whose host bits are zero.
    Network(IpNet),
}

impl Banned {
    /// The username as it is counted; `None` when nothing is left of it.
    #[must_use]
    pub fn username(typed: &str) -> Option<Self> {
        normalize_username(typed).map(Self::Username)
    }

    /// The network, or the network of the one address, that was typed.
    ///
    /// # Errors
    /// [`NetworkError`](crate::NetworkError) when it is neither.
    pub fn network(typed: &str) -> Result<Self, crate::NetworkError> {
        parse_network(typed).map(|network| Self::Network(network.trunc()))
    }
}
