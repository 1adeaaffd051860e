//! Short digests of the values that things are counted by.

use axes_core::{Parts, hex_digest};

use super::text::{Reader, Writer};
use crate::StoreError;

/// The digests of a username, a network and a user agent: where two are the same, so are the values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Marks([Option<String>; 3]);

impl Marks {
    pub(super) fn of(parts: &Parts) -> Self {
        let network = parts.network.map(|network| network.to_string());
        Self([
            parts.username.as_deref().map(digest),
            network.as_deref().map(digest),
            parts.user_agent.as_deref().map(digest),
        ])
    }

    /// Whether every value here that is present is the same in `other`.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let same = |(mine, other): (&Option<_>, &Option<_>)| mine.is_none() || mine == other;
        self.0.iter().zip(&other.0).all(same)
    }

    /// A name for these marks, of printable ASCII.
    pub(super) fn name(&self) -> String {
        let name = |mark: &Option<String>| mark.clone().unwrap_or_else(|| "-".to_owned());
        self.0.each_ref().map(name).join(".")
    }

    /// The names of all marks that cover these, beginning with those of nothing: what a reset that
    /// concerns them may have been about.
    pub(super) fn covering(&self) -> Vec<String> {
        let mut names = Vec::with_capacity(8);
        for username in [false, true] {
            for network in [false, true] {
                for user_agent in [false, true] {
                    names.extend(
                        self.pick([username, network, user_agent])
                            .map(|it| it.name()),
                    );
                }
            }
        }
        names
    }

    /// These marks without those that are not `wanted`; `None` when one that is wanted is absent.
    pub(super) fn pick(&self, wanted: [bool; 3]) -> Option<Self> {
        let mut picked = [None, None, None];
        for ((picked, mark), wanted) in picked.iter_mut().zip(&self.0).zip(wanted) {
            if wanted {
                *picked = Some(mark.clone()?);
            }
        }
        Some(Self(picked))
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        for mark in &self.0 {
            writer.text(mark.as_deref());
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, StoreError> {
        Ok(Self([reader.text()?, reader.text()?, reader.text()?]))
    }
}

/// Sixty-four bits of a digest, in hexadecimal.
pub(super) fn digest(value: &str) -> String {
    let mut hexadecimal = hex_digest(value);
    hexadecimal.truncate(16);
    hexadecimal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reset_concerns_what_it_covers() {
        let parts = |username: Option<&str>, user_agent: Option<&str>| Parts {
            username: username.map(str::to_owned),
            network: None,
            user_agent: user_agent.map(str::to_owned),
        };
        let ada = Marks::of(&parts(Some("ada"), Some("curl")));
        let covering = ada.covering();
        for (selected, concerned) in [
            (parts(None, None), true),
            (parts(Some("ada"), None), true),
            (parts(None, Some("curl")), true),
            (parts(Some("ada"), Some("curl")), true),
            (parts(Some("bob"), None), false),
            (parts(Some("curl"), None), false),
        ] {
            let selected = Marks::of(&selected);
            assert_eq!(selected.covers(&ada), concerned, "{selected:?}");
            assert_eq!(
                covering.contains(&selected.name()),
                concerned,
                "{selected:?}"
            );
        }
        assert_eq!(covering.len(), 4);
        assert_eq!(ada.pick([false, true, false]), None);
        let username = ada.pick([true, false, false]).unwrap();
        assert_eq!(username, Marks::of(&parts(Some("ada"), None)));
    }
}
