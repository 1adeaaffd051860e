//! The layer.

use std::sync::Arc;

use http::request::Parts;
use tower_layer::Layer;

use crate::{Guard, GuardService, LoginRule};

/// Guards the logins of the service that it is put on; [`Guard::layer`] makes one.
///
/// Put it inside of what changes paths or decompresses bodies, so that it sees requests as the
/// application does.
#[derive(Clone, Debug)]
pub struct GuardLayer {
    pub(crate) guard: Guard,
    rules: Arc<[LoginRule]>,
}

impl GuardLayer {
    pub(crate) fn new(guard: Guard, rule: LoginRule) -> Self {
        Self {
            guard,
            rules: Arc::new([rule]),
        }
    }

    /// Guards the logins that `rule` describes too. Of several rules that match, the first with a path
    /// holds; one without ([`LoginRule::basic`]) holds only where no other does, wherever it stands:
    /// else whoever adds a header chose the rule that he is judged by.
    #[must_use]
    pub fn rule(mut self, rule: LoginRule) -> Self {
        self.rules = self.rules.iter().cloned().chain([rule]).collect();
        self
    }

    /// The rule by which the request with these `parts` is an attempt, if it is.
    pub(crate) fn rule_for(&self, parts: &Parts) -> Option<&LoginRule> {
        let mut matching = self.rules.iter().filter(|rule| rule.matches(parts));
        let first = matching.next()?;
        if first.path().is_some() {
            return Some(first);
        }
        Some(matching.find(|rule| rule.path().is_some()).unwrap_or(first))
    }
}

impl<S> Layer<S> for GuardLayer {
    type Service = GuardService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        GuardService::new(inner, self.clone())
    }
}
