//! Lockouts that a person entered.

use std::net::IpAddr;

use ipnet::IpNet;
use thiserror::Error;

use crate::redact::quoted;
use crate::{
    Attempt, NetworkError, Redactor, Reply, Timestamp, canonical_address, clean_reason, hex_digest,
    normalize_username, parse_network,
};

/// The largest networks that can be banned, by their prefixes: a slip must not ban everybody.
const WIDEST: (u8, u8) = (8, 16);

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

impl Ban {
    /// Whether it refuses anybody at the time `now`.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.until > now
    }

    /// The log line of its author.
    #[must_use]
    pub fn entered(&self, redactor: &Redactor) -> String {
        let (by, reason) = (clean_reason(&self.author), clean_reason(&self.reason));
        let by = if by.is_empty() { "somebody" } else { &by };
        let (whom, reason) = (redactor.banned_string(&self.target), quoted(&reason));
        match self.until.left(self.since) {
            None => format!("Banned by {by} until it is lifted, because {reason}: {whom}"),
            Some(left) => {
                let seconds = left.as_millis().div_ceil(1000);
                format!("Banned by {by} for {seconds} s, because {reason}: {whom}")
            }
        }
    }
}

/// Who is refused by a [`Ban`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Banned {
    /// Everybody who tries this username, in the form in which usernames are counted.
    Username(String),
    /// Everybody in this network, whose host bits are zero.
    Network(IpNet),
}

/// What was typed cannot be banned.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BannedError {
    /// It is neither an address nor a network.
    #[error(transparent)]
    NotANetwork(#[from] NetworkError),
    /// It is a network of so many addresses that it must be a slip.
    #[error("too large a network to ban: /{0} is the largest")]
    TooLarge(u8),
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
    /// [`BannedError`] when it is neither, or larger than /8 (IPv6: /16).
    pub fn network(typed: &str) -> Result<Self, BannedError> {
        let network = parse_network(typed)?.trunc();
        let widest = match network {
            IpNet::V4(_) => WIDEST.0,
            IpNet::V6(_) => WIDEST.1,
        };
        if network.prefix_len() < widest {
            return Err(BannedError::TooLarge(widest));
        }
        Ok(Self::Network(network))
    }

    /// The log line of somebody who lifted the ban.
    #[must_use]
    pub fn lifted(&self, redactor: &Redactor, by: &str) -> String {
        let whom = redactor.banned_string(self);
        format!("Ban lifted by {}: {whom}", clean_reason(by))
    }

    /// The text under which stores keep the ban: different for whatever is different, short, and ASCII.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Username(username) => format!("username:{}", hex_digest(username)),
            Self::Network(network) => format!("network:{network}"),
        }
    }
}

/// Asks whether a ban refuses an attempt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heed {
    /// The username that is tried, as it is counted.
    pub username: Option<String>,
    /// The address that it is tried from.
    pub address: Option<IpAddr>,
}

impl Heed {
    /// The question about `attempt`.
    #[must_use]
    pub fn of(attempt: &Attempt) -> Self {
        let username = attempt.username.as_deref().and_then(normalize_username);
        Self::on(username, attempt.client.ip_address)
    }

    /// The same, where `username` is known already as it is counted.
    pub(crate) fn on(username: Option<String>, address: Option<IpAddr>) -> Self {
        Self {
            username,
            address: address.map(canonical_address),
        }
    }

    /// Whether nobody can be meant.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.username.is_none() && self.address.is_none()
    }

    /// Whatever the attempt may be banned by: its username, and every network that its address is in,
    /// the smallest first.
    pub fn targets(&self) -> impl Iterator<Item = Banned> {
        let username = self.username.clone().map(Banned::Username);
        let networks = self.address.into_iter().flat_map(|address| {
            let longest = IpNet::from(address).max_prefix_len();
            let network = move |length| IpNet::new(address, length).ok();
            (0..=longest).rev().filter_map(network)
        });
        username
            .into_iter()
            .chain(networks.map(|network| Banned::Network(network.trunc())))
    }

    /// Whether a ban of `target` refuses the attempt.
    #[must_use]
    pub fn is_met_by(&self, target: &Banned) -> bool {
        match target {
            Banned::Username(username) => self.username.as_ref() == Some(username),
            Banned::Network(network) => self
                .address
                .is_some_and(|address| network.contains(&address)),
        }
    }

    /// The answer, where the bans that refuse the attempt end at these times.
    #[must_use]
    pub fn answer(ends: impl IntoIterator<Item = Timestamp>, now: Timestamp) -> Reply {
        Reply::Heeded(ends.into_iter().filter(|end| *end > now).max())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heed(username: &str, address: &str) -> Heed {
        Heed::of(&Attempt::new(address.parse().ok()).with_username(username))
    }

    #[test]
    fn what_is_typed_becomes_what_attempts_are_compared_with() {
        let banned = |typed| Banned::network(typed).map(|target| target.key());
        assert_eq!(banned("10.1.2.3/8").unwrap(), "network:10.0.0.0/8");
        assert_eq!(banned("::ffff:192.0.2.1").unwrap(), "network:192.0.2.1/32");
        assert_eq!(banned("2001:DB8::/32").unwrap(), "network:2001:db8::/32");
        assert_eq!(Banned::username(" ADA "), Banned::username("ada"));
        assert_eq!(Banned::username("  "), None);
        let key = Banned::username(&"long".repeat(900)).unwrap().key();
        assert_eq!(key.len(), "username:".len() + 64);
    }

    #[test]
    fn nobody_bans_everybody_by_a_slip() {
        for (typed, widest) in [("0.0.0.0/0", 8), ("10.0.0.0/7", 8), ("2000::/3", 16)] {
            assert_eq!(Banned::network(typed), Err(BannedError::TooLarge(widest)));
        }
        assert!(Banned::network("10.0.0.0/8").is_ok() && Banned::network("2001::/16").is_ok());
        let error = Banned::network("localhost").unwrap_err();
        assert!(matches!(error, BannedError::NotANetwork(_)), "{error}");
    }

    #[test]
    fn whoever_bans_is_told_in_one_line_without_names() {
        let ban = Ban {
            target: Banned::network("192.0.2.1").unwrap(),
            reason: "\"guesses\"\nAXES: it".to_owned(),
            author: "user 7".to_owned(),
            since: Timestamp::from_millis(5),
            until: Timestamp::from_millis(1_006),
        };
        let open = Redactor::new::<&str>([]);
        assert_eq!(
            ban.entered(&open),
            "Banned by user 7 for 2 s, because \"\\\"guesses\\\" AXES: it\": \
             {ip_address: \"192.0.2.1\"}"
        );
        let hidden = Redactor::new(["username", "ip_address"]);
        let username = Ban {
            target: Banned::username("ada").unwrap(),
            author: String::new(),
            until: Timestamp::NEVER,
            ..ban
        };
        let mask = crate::MASK;
        assert_eq!(
            username.entered(&hidden),
            format!(
                "Banned by somebody until it is lifted, because \"\\\"guesses\\\" AXES: it\": \
                 {{username: \"{mask}\"}}"
            )
        );
        let line = username.target.lifted(&hidden, "user 7");
        assert_eq!(
            line,
            format!("Ban lifted by user 7: {{username: \"{mask}\"}}")
        );
    }

    #[test]
    fn a_ban_is_among_the_targets_of_whom_it_meets_and_of_nobody_else() {
        let attempts = [
            heed("Ada", "192.0.2.1"),
            heed("bob", "192.0.2.200"),
            heed("ada", "::ffff:192.0.2.1"),
            heed("", "2001:db8:1::5"),
            heed("bob", "unknown"),
        ];
        let bans = [
            Banned::username("ada").unwrap(),
            Banned::network("192.0.2.1").unwrap(),
            Banned::network("192.0.2.128/25").unwrap(),
            Banned::network("192.0.0.0/8").unwrap(),
            Banned::network("2001:db8::/32").unwrap(),
            Banned::network("2001:db8:1::5").unwrap(),
            Banned::Network("0.0.0.0/0".parse().unwrap()),
        ];
        let met = attempts.map(|heed| {
            bans.each_ref().map(|ban| {
                let among = heed.targets().any(|target| target == *ban);
                assert_eq!(heed.is_met_by(ban), among, "{heed:?} and {ban:?}");
                among
            })
        });
        let (yes, no) = (true, false);
        assert_eq!(met[0], [yes, yes, no, yes, no, no, yes]);
        assert_eq!(met[1], [no, no, yes, yes, no, no, yes]);
        assert_eq!(met[2], met[0]);
        assert_eq!(met[3], [no, no, no, no, yes, yes, no]);
        assert_eq!(met[4], [no; 7]);
    }
}
