//! How a scenario goes with django-axes.

use serde::Deserialize;

use super::{Expectation, Scenario, Step};

/// What django-axes does otherwise, for the guide to switching. Each step that goes otherwise there
/// says how, and Python's tests replay it on django-axes itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Differs {
    /// What django-axes does.
    pub django_axes: String,
    /// What Axes does.
    pub axes: String,
    /// Why.
    pub because: String,
}

/// What comes of a step with django-axes, where that is something else.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instead {
    /// What the attempt meets there.
    pub expect: Option<Expectation>,
    /// The failures that are told there; 0 where none are.
    pub failures: Option<u32>,
    /// Whether the outcome is answered as locked out there.
    pub locked_out: Option<bool>,
    /// How many records the reset removes there.
    pub removed: Option<u64>,
}

impl Scenario {
    /// What is wrong with what it says about django-axes.
    pub(super) fn check_differences(&self) -> Result<(), &'static str> {
        let differing = self.steps.iter().any(|step| step.django_axes.is_some());
        let texts = self.differs.iter();
        let mut texts = texts.flat_map(|told| [&told.django_axes, &told.axes, &told.because]);
        if texts.any(String::is_empty) || self.ours_only.as_deref() == Some("") {
            return Err("says that it differs, but not how or why");
        }
        match (&self.differs, &self.ours_only) {
            (Some(_), Some(_)) => Err("is ours only, so it cannot differ"),
            (Some(_), None) if !differing => Err("differs in no step"),
            (None, _) if differing => Err("has a step that differs, and does not say why"),
            _ if self.steps.iter().all(Step::really_differs) => Ok(()),
            _ => Err("has a step that differs in nothing, or in what it does not expect here"),
        }
    }
}

impl Step {
    /// Whether all that django-axes does otherwise is expected otherwise here.
    fn really_differs(&self) -> bool {
        let Some(instead) = &self.django_axes else {
            return true;
        };
        let parts = [
            other(self.expect.as_ref(), instead.expect.as_ref()),
            other(self.failures.as_ref(), instead.failures.as_ref()),
            other(self.locked_out.as_ref(), instead.locked_out.as_ref()),
            other(self.removed.as_ref(), instead.removed.as_ref()),
        ];
        parts.contains(&Some(true)) && !parts.contains(&Some(false))
    }
}

/// Whether something is expected here, and something else there; none where nothing is said.
///
/// What is not looked at here need not be expected: an attempt that is refused has no outcome.
fn other<T: PartialEq>(here: Option<&T>, there: Option<&T>) -> Option<bool> {
    there.map(|there| here.is_none_or(|here| here != there))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(differences: &str, step: &str) -> Option<&'static str> {
        let text = format!(
            "name = \"A\"\nwhy = \"B\"\n{differences}\n[[step]]\nreset = {{}}\nremoved = 1\n{step}"
        );
        let scenario: Scenario = toml::from_str(&text).unwrap();
        scenario.check_differences().err()
    }

    const DIFFERS: &str = "[differs]\ndjango_axes = \"x\"\naxes = \"y\"\nbecause = \"z\"";
    const STEP: &str = "django_axes = { removed = 2 }";

    #[test]
    fn a_difference_is_told_and_shown() {
        assert_eq!(problem(DIFFERS, STEP), None);
        assert_eq!(problem("", ""), None);
        assert_eq!(problem("ours_only = \"no tiers there\"", ""), None);
    }

    #[test]
    fn half_a_difference_is_wrong() {
        let same = "django_axes = { removed = 1 }";
        let nothing = "django_axes = {}";
        let mute = DIFFERS.replace('z', "");
        let both = format!("ours_only = \"no tiers\"\n{DIFFERS}");
        for (differences, step) in [
            (DIFFERS, ""),
            ("", STEP),
            (DIFFERS, same),
            (DIFFERS, nothing),
            (&mute, STEP),
            (&both, STEP),
            ("ours_only = \"no tiers there\"", STEP),
            ("ours_only = \"\"", ""),
        ] {
            assert!(problem(differences, step).is_some(), "{differences} {step}");
        }
    }
}
