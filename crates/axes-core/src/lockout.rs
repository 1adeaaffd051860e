//! Who is locked out now, as a person is shown it.

use ipnet::IpNet;

use crate::redact::quoted;
use crate::{Parameter, Parts, Reason, Redactor, Scope, ScopeKey, Timestamp, clean_reason};

/// A tally that is locked out now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lockout {
    /// The key of the tally.
    pub key: ScopeKey,
    /// What it counts on.
    pub scope: Scope,
    /// Whom it locks out: the values, as far as they can be shown.
    pub parts: Parts,
    /// The failures that are counted.
    pub failures: u32,
    /// How many lead to a lockout; `None` where the site's own code decides.
    pub limit: Option<u32>,
    /// When it began, as far as that is known: the last failure at the latest.
    pub since: Timestamp,
    /// When it ends by itself; `None`: only by a reset.
    pub until: Option<Timestamp>,
    /// Why attempts would be refused without the lockout too, if they would.
    pub refused_anyway: Option<Reason>,
}

impl Lockout {
    /// What it counts on: names of parameters with their values, as a person reads them.
    #[must_use]
    pub fn values(&self) -> Vec<(&'static str, String)> {
        let value = |parameter: Parameter| match parameter {
            Parameter::Username => self.parts.username.clone(),
            Parameter::IpAddress => self.parts.network.map(shown),
            Parameter::UserAgent => self.parts.user_agent.clone(),
        };
        self.scope
            .parameters()
            .map(|parameter| (parameter.name(), value(parameter).unwrap_or_default()))
            .collect()
    }

    /// The log line of somebody who lifted it, for a `reason`.
    #[must_use]
    pub fn lifted(&self, redactor: &Redactor, by: &str, reason: &str) -> String {
        let (whom, failures) = (redactor.lockout_string(self), self.failures);
        let (by, reason) = (clean_reason(by), quoted(&clean_reason(reason)));
        format!("Lockout lifted by {by} after {failures} failures, because {reason}: {whom}")
    }
}

/// A network of one address as this address.
pub(crate) fn shown(network: IpNet) -> String {
    if network.prefix_len() == network.max_prefix_len() {
        network.addr().to_string()
    } else {
        network.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_lifts_a_lockout_is_told_in_one_line_without_names() {
        let parts = Parts {
            username: Some("ada".to_owned()),
            network: "2001:db8::/64".parse().ok(),
            user_agent: None,
        };
        let lockout = Lockout {
            key: parts.key(),
            scope: parts.scope().unwrap(),
            parts,
            failures: 2,
            limit: Some(2),
            since: Timestamp::EPOCH,
            until: None,
            refused_anyway: None,
        };
        let values = lockout.values();
        assert_eq!(values[0], ("username", "ada".to_owned()));
        assert_eq!(values[1], ("ip_address", "2001:db8::/64".to_owned()));
        let line = |sensitive: &[&str]| {
            lockout.lifted(&Redactor::new(sensitive), "user 7", "\"forgot\"\nAXES: it")
        };
        let mask = crate::MASK;
        assert_eq!(
            line(&["username", "ip_address"]),
            format!(
                "Lockout lifted by user 7 after 2 failures, because \"\\\"forgot\\\" AXES: it\": \
                 {{username: \"{mask}\", ip_address: \"{mask}\"}}"
            )
        );
        assert!(line(&[]).ends_with(r#"{username: "ada", ip_address: "2001:db8::/64"}"#));
    }
}
