//! The values that entries count on, in little room.

use axes_core::{Parameter, Parts, Scope};
use ipnet::IpNet;

use super::texts::{TextId, Texts};

/// [`Parts`] whose texts are held by [`Texts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Packed {
    username: Option<TextId>,
    user_agent: Option<TextId>,
    pub(super) network: Option<IpNet>,
}

impl Packed {
    /// Whether every value here that is present is the same in `other`.
    pub(super) fn covers(&self, other: &Self) -> bool {
        fn same<T: PartialEq>(mine: Option<&T>, other: Option<&T>) -> bool {
            mine.is_none() || mine == other
        }
        same(self.username.as_ref(), other.username.as_ref())
            && same(self.network.as_ref(), other.network.as_ref())
            && same(self.user_agent.as_ref(), other.user_agent.as_ref())
    }

    /// The scope that counts on exactly these values; `None` when there are none.
    pub(super) fn scope(&self) -> Option<Scope> {
        let username = self.username.map(|_| Parameter::Username);
        let network = self.network.map(|_| Parameter::IpAddress);
        let user_agent = self.user_agent.map(|_| Parameter::UserAgent);
        Scope::of([username, network, user_agent].into_iter().flatten())
    }

    /// What of them `scope` counts on, as [`Scope::project`] says.
    pub(super) fn project(&self, scope: Scope) -> Option<Self> {
        let all = Self {
            username: self.username.filter(|_| scope.has(Parameter::Username)),
            user_agent: self.user_agent.filter(|_| scope.has(Parameter::UserAgent)),
            network: self.network.filter(|_| scope.has(Parameter::IpAddress)),
        };
        (all.scope() == Some(scope)).then_some(all)
    }
}

impl Texts {
    /// `parts`, held until they are [let go](Self::let_go).
    pub(super) fn pack(&mut self, parts: &Parts) -> Packed {
        Packed {
            username: parts.username.as_ref().map(|text| self.hold(text)),
            user_agent: parts.user_agent.as_ref().map(|text| self.hold(text)),
            network: parts.network,
        }
    }

    /// Releases what [`pack`](Self::pack) held.
    pub(super) fn let_go(&mut self, packed: &Packed) {
        for id in [packed.username, packed.user_agent].into_iter().flatten() {
            self.release(id);
        }
    }

    /// `parts`, to be compared with others; `None` where nobody holds one of the texts, so that they cover
    /// nothing.
    pub(super) fn known(&self, parts: &Parts) -> Option<Packed> {
        let find = |text: &Option<String>| match text {
            None => Some(None),
            Some(text) => self.find(text).map(Some),
        };
        Some(Packed {
            username: find(&parts.username)?,
            user_agent: find(&parts.user_agent)?,
            network: parts.network,
        })
    }

    /// The values that were packed.
    pub(super) fn parts(&self, packed: &Packed) -> Parts {
        let text = |id: Option<TextId>| id.map(|id| self.get(id).to_owned());
        Parts {
            username: text(packed.username),
            network: packed.network,
            user_agent: text(packed.user_agent),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(username: Option<&str>, network: Option<&str>, user_agent: Option<&str>) -> Parts {
        Parts {
            username: username.map(str::to_owned),
            network: network.map(|network| network.parse().unwrap()),
            user_agent: user_agent.map(str::to_owned),
        }
    }

    fn some() -> Vec<Parts> {
        let mut all = Vec::new();
        for username in [None, Some("ada"), Some("bob"), Some("")] {
            for network in [None, Some("192.0.2.1/32"), Some("2001:db8::/64")] {
                for user_agent in [None, Some("ada"), Some("curl")] {
                    all.push(parts(username, network, user_agent));
                }
            }
        }
        all
    }

    #[test]
    fn packed_values_are_what_they_were_and_behave_alike() {
        let mut texts = Texts::default();
        let packed: Vec<Packed> = some().iter().map(|parts| texts.pack(parts)).collect();
        for (one, small) in some().iter().zip(&packed) {
            assert_eq!(texts.parts(small), *one);
            assert_eq!(texts.known(one), Some(*small));
            assert_eq!(small.scope(), one.scope());
            for (other, its) in some().iter().zip(&packed) {
                assert_eq!(small.covers(its), one.covers(other), "{one:?} {other:?}");
                if let Some(scope) = other.scope() {
                    let projected = small.project(scope).map(|it| texts.parts(&it));
                    assert_eq!(projected, scope.project(one), "{one:?} {scope}");
                }
            }
        }
    }

    #[test]
    fn what_nobody_holds_covers_nothing() {
        let mut texts = Texts::default();
        let ada = parts(Some("ada"), None, Some("curl"));
        let packed = texts.pack(&ada);
        assert_eq!(texts.known(&parts(Some("bob"), None, None)), None);
        texts.let_go(&packed);
        assert_eq!(texts.known(&ada), None);
    }
}
