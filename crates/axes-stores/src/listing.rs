//! Telling who is locked out, and letting them in again.

use std::cmp::Reverse;
use std::net::IpAddr;

use axes_core::{Judge, Lockout, Parts, ScopeKey, Suspect, Timestamp};
use ipnet::IpNet;

use crate::StoreError;

/// How much of a search is looked at, in characters.
const LONGEST_SEARCH: usize = 255;

/// Which lockouts are asked for.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// Says what is a lockout.
    pub judge: Judge<'a>,
    /// Which of them.
    pub wanted: Wanted,
    /// How many to leave out.
    pub start: usize,
    /// Where to stop.
    pub stop: usize,
}

/// Which lockouts of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Every one.
    All,
    /// Those of a username or an address.
    Search(Search),
    /// Those of these tallies.
    Keys(Vec<ScopeKey>),
}

/// What was typed to find the lockouts of a username or an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// What the username or the network's text has to contain, in the form in which they are kept.
    pub text: String,
    /// The address that the network has to contain, if an address was typed.
    pub address: Option<IpAddr>,
}

/// One page of lockouts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The lockouts from `start` to `stop`.
    pub lockouts: Vec<Lockout>,
    /// How many there are on all pages.
    pub total: u64,
}

/// A store that can tell who is locked out.
///
/// # Rules
/// 1. What is listed is what the judge finds a lockout: every tally that attempts are refused for,
///    whether anybody was told so yet or not, and no other.
/// 2. Those with the most failures come first. The order stays while nothing changes.
/// 3. The total counts what all pages show. Where that is more than one page, it may count a few that
///    the judge leaves out when their page is asked for, and such a page is shorter.
/// 4. How often the backend is asked does not grow with what it keeps.
/// 5. `unlock` is a [`Reset`](axes_core::Op::Reset) of the values that the tally counts on: after it has
///    returned, nobody anywhere is refused because of that tally.
pub trait Listing {
    /// The lockouts that are asked for, at the time `now`.
    ///
    /// # Errors
    /// [`StoreError`] when the backend cannot answer.
    fn lockouts(&self, asked: &Asked<'_>, now: Timestamp) -> Result<Page, StoreError>;

    /// Forgets what is counted in the tally `key`, if it is locked out at the time `now`; whether it
    /// was.
    ///
    /// # Errors
    /// [`StoreError`] when the backend cannot do it.
    fn unlock(&self, judge: &Judge<'_>, key: ScopeKey, now: Timestamp) -> Result<bool, StoreError>;
}

impl<L: Listing + ?Sized> Listing for &L {
    fn lockouts(&self, asked: &Asked<'_>, now: Timestamp) -> Result<Page, StoreError> {
        (**self).lockouts(asked, now)
    }

    fn unlock(&self, judge: &Judge<'_>, key: ScopeKey, now: Timestamp) -> Result<bool, StoreError> {
        (**self).unlock(judge, key, now)
    }
}

impl<L: Listing + ?Sized> Listing for std::sync::Arc<L> {
    fn lockouts(&self, asked: &Asked<'_>, now: Timestamp) -> Result<Page, StoreError> {
        (**self).lockouts(asked, now)
    }

    fn unlock(&self, judge: &Judge<'_>, key: ScopeKey, now: Timestamp) -> Result<bool, StoreError> {
        (**self).unlock(judge, key, now)
    }
}

impl Asked<'_> {
    /// The page of what `suspects` are: for stores that have them all at hand.
    #[must_use]
    pub fn page(&self, suspects: impl IntoIterator<Item = Suspect>, now: Timestamp) -> Page {
        let mut lockouts: Vec<Lockout> = suspects
            .into_iter()
            .filter(|suspect| self.wanted.matches(suspect.key, &suspect.parts))
            .filter_map(|suspect| self.judge.lockout(suspect, now))
            .collect();
        lockouts.sort_unstable_by_key(|lockout| (Reverse(lockout.failures), lockout.key));
        Page {
            total: lockouts.len() as u64,
            lockouts: lockouts
                .into_iter()
                .take(self.stop)
                .skip(self.start)
                .collect(),
        }
    }

    /// How many lockouts a page has at most.
    #[must_use]
    pub const fn length(&self) -> usize {
        self.stop.saturating_sub(self.start)
    }
}

impl Wanted {
    /// All that match what a person typed; nothing typed: every one.
    #[must_use]
    pub fn typed(text: &str) -> Self {
        Search::new(text).map_or(Self::All, Self::Search)
    }

    /// Whether the tally `key` of these `parts` is wanted.
    #[must_use]
    pub fn matches(&self, key: ScopeKey, parts: &Parts) -> bool {
        match self {
            Self::All => true,
            Self::Search(search) => search.matches(parts),
            Self::Keys(keys) => keys.contains(&key),
        }
    }
}

impl Search {
    /// A search for what a person typed; `None` when that is nothing.
    #[must_use]
    pub fn new(typed: &str) -> Option<Self> {
        let bounded: String = typed.trim().chars().take(LONGEST_SEARCH).collect();
        let text = axes_core::clean_text(&axes_core::normalize_username(&bounded)?);
        let address = axes_core::parse_forwarded_address(&bounded);
        Some(Self { text, address })
    }

    /// Whether it finds a tally of these `parts`.
    #[must_use]
    pub fn matches(&self, parts: &Parts) -> bool {
        let in_username = parts
            .username
            .as_ref()
            .is_some_and(|name| name.contains(&self.text));
        let in_network = |network: IpNet| match self.address {
            Some(address) => network.contains(&address),
            None => network.to_string().contains(&self.text),
        };
        in_username || parts.network.is_some_and(in_network)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axes_core::{ByCode, Policy, Tally};

    fn parts(username: Option<&str>, network: Option<&str>) -> Parts {
        Parts {
            username: username.map(str::to_owned),
            network: network.map(|network| network.parse().unwrap()),
            user_agent: None,
        }
    }

    #[test]
    fn a_page_begins_with_those_who_failed_most_and_counts_all() {
        let policy = Policy {
            limit: 1,
            ..Policy::default()
        };
        let suspect = |number: u32| {
            let parts = parts(None, Some(&format!("192.0.2.{number}/32")));
            let mut tally = Tally::blank(1);
            tally.failures = number;
            tally.expires = Timestamp::NEVER;
            Suspect {
                key: parts.key(),
                parts,
                tally,
            }
        };
        let asked = Asked {
            judge: Judge::new(&policy, ByCode::default()),
            wanted: Wanted::All,
            start: 1,
            stop: 3,
        };
        let page = asked.page((0..6).map(suspect), Timestamp::from_millis(0));
        let failures: Vec<u32> = page.lockouts.iter().map(|it| it.failures).collect();
        assert_eq!((failures, page.total), (vec![4, 3], 5));
    }

    #[test]
    fn a_search_finds_usernames_and_addresses_in_the_form_in_which_they_are_counted() {
        let ada = parts(Some("ada lovelace"), Some("2001:db8::/64"));
        for typed in ["ada", " ADA ", "ａｄａ", "2001:db8::7", "2001:db8"] {
            assert!(Search::new(typed).unwrap().matches(&ada), "{typed}");
        }
        for typed in ["bob", "2001:db8:1::7", "ip_address", "192.0.2.1"] {
            assert!(!Search::new(typed).unwrap().matches(&ada), "{typed}");
        }
    }

    #[test]
    fn a_whole_address_is_not_the_beginning_of_another() {
        let search = Search::new("192.0.2.1").unwrap();
        assert!(search.matches(&parts(None, Some("192.0.2.1/32"))));
        assert!(!search.matches(&parts(None, Some("192.0.2.10/32"))));
        let prefix = Search::new("192.0.2.").unwrap();
        assert!(prefix.matches(&parts(None, Some("192.0.2.10/32"))));
    }

    #[test]
    fn what_is_typed_is_bounded_and_clean_and_nothing_typed_is_no_search() {
        assert_eq!(Search::new(" \t"), None);
        let search = Search::new(&("\0".to_owned() + &"a".repeat(9_999))).unwrap();
        assert!(search.text.len() < 300 && !search.text.contains('\0'));
    }
}
