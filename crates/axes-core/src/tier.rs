//! How long failures are remembered.

use std::time::Duration;

/// One step of a ladder: from `failures` on, a lockout lasts `cool_off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// The number of failures from which this tier holds.
    pub failures: u32,
    /// How long a lockout of this tier lasts after the last failure.
    pub cool_off: Duration,
}

/// The time of inactivity after which failures are forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CoolOff {
    /// Failures are remembered until a reset; a lockout is permanent.
    #[default]
    Never,
    /// Failures are forgotten this long after the last one.
    After(Duration),
    /// The more failures, the longer they are remembered. Sorted by failures, never empty.
    Tiers(Vec<Tier>),
}

impl CoolOff {
    /// A ladder of `tiers`, in any order; `None` when there are none.
    #[must_use]
    pub fn tiers(mut tiers: Vec<Tier>) -> Option<Self> {
        tiers.sort_by_key(|tier| tier.failures);
        (!tiers.is_empty()).then_some(Self::Tiers(tiers))
    }

    /// The cool-off after `failures` failures; `None` when they are never forgotten.
    ///
    /// Below the first tier its cool-off holds, so that single failures are forgotten too.
    #[must_use]
    pub fn after(&self, failures: u32) -> Option<Duration> {
        match self {
            Self::Never => None,
            Self::After(cool_off) => Some(*cool_off),
            Self::Tiers(tiers) => tiers
                .iter()
                .rev()
                .find(|tier| tier.failures <= failures)
                .or(tiers.first())
                .map(|tier| tier.cool_off),
        }
    }

    /// The longest that any failure is remembered; `None` when it is for ever.
    #[must_use]
    pub fn longest(&self) -> Option<Duration> {
        match self {
            Self::Never => None,
            Self::After(cool_off) => Some(*cool_off),
            Self::Tiers(tiers) => tiers.iter().map(|tier| tier.cool_off).max(),
        }
    }

    /// The failure limit that a ladder implies: its lowest step.
    #[must_use]
    pub fn implied_limit(&self) -> Option<u32> {
        match self {
            Self::Tiers(tiers) => tiers.first().map(|tier| tier.failures),
            Self::Never | Self::After(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tier_holds_from_its_number_of_failures_on() {
        let tier = |failures, secs| Tier {
            failures,
            cool_off: Duration::from_secs(secs),
        };
        let ladder = CoolOff::tiers(vec![tier(6, 60), tier(3, 10)]).unwrap();
        let after = |failures| ladder.after(failures).unwrap().as_secs();
        assert_eq!(
            [after(1), after(3), after(5), after(6), after(99)],
            [10, 10, 10, 60, 60]
        );
        assert_eq!(ladder.implied_limit(), Some(3));
    }
}
