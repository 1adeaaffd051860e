//! Settings that were checked.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use axes_core::{
    AccessLogs, ByCode, CoolOff, ForwardedPolicy, HopOrder, Networks, Parameter, Policy, Redactor,
    Scope,
};

use crate::nearest::nearest;
use crate::{Origin, Problem, Spec, TABLE, Value, lockout, spec};

/// What happens to attempts while the store does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnStoreError {
    /// They are refused: nobody guesses uncounted.
    Refuse,
    /// They are let through, and the log says so each time.
    Allow,
}

/// The values of all settings, checked against the [table](TABLE).
#[derive(Clone, PartialEq)]
pub struct Settings {
    /// What was set and is right.
    values: BTreeMap<&'static str, Value>,
    /// Where that was.
    origins: BTreeMap<&'static str, Origin>,
    /// What holds for everything else.
    defaults: BTreeMap<&'static str, Value>,
}

impl Settings {
    /// Checks `values`, by name; what is absent has its default.
    ///
    /// # Errors
    /// Everything that is wrong, all at once.
    pub fn from_values(
        values: impl IntoIterator<Item = (String, Value)>,
    ) -> Result<Self, Vec<Problem>> {
        let (settings, problems) = Self::lenient(values);
        if problems.is_empty() {
            Ok(settings)
        } else {
            Err(problems)
        }
    }

    /// Checks `values`, and puts the default where one is wrong: for hosts that report what is wrong
    /// in their own time (Django's system checks) and must not fail before.
    pub fn lenient(values: impl IntoIterator<Item = (String, Value)>) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut settings = Self::with_defaults(|spec| Some(spec.default?.value()));
        for (name, value) in values {
            let Some(spec) = spec(&name) else {
                let right = nearest(&name).map_or_else(
                    || "remove it".to_owned(),
                    |known| format!("is {known} meant?"),
                );
                problems.push(Problem::unknown(&name, right));
                continue;
            };
            let before = problems.len();
            spec.kind.check(spec.name, &value, &mut problems);
            if problems.len() == before {
                settings.set(spec, value, Origin::Host);
            }
        }
        (settings, problems)
    }

    /// Settings of which none is set yet; what holds is what `default` says.
    pub(crate) fn with_defaults(default: impl Fn(&Spec) -> Option<Value>) -> Self {
        let defaults = TABLE
            .iter()
            .filter_map(|spec| Some((spec.name, default(spec)?)));
        Self {
            values: BTreeMap::new(),
            origins: BTreeMap::new(),
            defaults: defaults.collect(),
        }
    }

    /// Sets the setting `spec`, which `origin` says, to a value that is right.
    pub(crate) fn set(&mut self, spec: &'static Spec, value: Value, origin: Origin) {
        self.values.insert(spec.name, value);
        self.origins.insert(spec.name, origin);
    }

    /// Where the setting `name` was set; `None` where its default holds.
    #[must_use]
    pub fn origin(&self, name: &str) -> Option<&Origin> {
        self.origins.get(name)
    }

    /// The value of the setting `name`; none where it is deprecated and not set.
    #[must_use]
    pub fn get(&self, name: &str) -> &Value {
        self.values
            .get(name)
            .or_else(|| self.defaults.get(name))
            .unwrap_or(&Value::None)
    }

    /// The policy that these settings mean, as far as no callable decides.
    #[must_use]
    pub fn policy(&self) -> Policy {
        let cool_off = self.cool_off();
        let limit = cool_off
            .implied_limit()
            .or_else(|| lockout::parse_limit(self.get("AXES_FAILURE_LIMIT")));
        let default = Policy::default();
        let logs = !self.is_on("AXES_DISABLE_ACCESS_LOG");
        Policy {
            enabled: self.is_on("AXES_ENABLED"),
            limit: limit.unwrap_or(default.limit),
            lock_out: self.is_on("AXES_LOCK_OUT_AT_FAILURE"),
            scopes: self.scopes(),
            cool_off,
            count_refused: self.is_on("AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT"),
            reset_on_success: self.is_on("AXES_RESET_ON_SUCCESS"),
            never_lock_out_get: self.is_on("AXES_NEVER_LOCKOUT_GET"),
            never_lock_out_allowlist: self.is_on("AXES_NEVER_LOCKOUT_WHITELIST"),
            only_allowlist: self.is_on("AXES_ONLY_WHITELIST"),
            allowlist: Arc::new(self.networks("AXES_IP_WHITELIST")),
            denylist: Arc::new(self.networks("AXES_IP_BLACKLIST")),
            ipv6_prefix: self
                .number("AXES_IPV6_PREFIX")
                .unwrap_or(default.ipv6_prefix),
            lease: lockout::seconds(self.get("AXES_PERMIT_LEASE"), 1.0).unwrap_or(default.lease),
            max_wait: lockout::seconds(self.get("AXES_PERMIT_WAIT"), 1.0)
                .unwrap_or(default.max_wait),
            logs: AccessLogs {
                successes: logs && !self.is_on("AXES_DISABLE_SUCCESS_ACCESS_LOG"),
                failures: logs && self.is_on("AXES_ENABLE_ACCESS_FAILURE_LOG"),
                failures_per_username: self.number("AXES_ACCESS_FAILURE_LOG_PER_USER_LIMIT"),
            },
        }
    }

    /// What of the policy the site's own code decides for each attempt.
    #[must_use]
    pub fn by_code(&self) -> ByCode {
        let is_code = |name: &str| matches!(self.get(name), Value::Callable | Value::Text(_));
        let implied = self.cool_off().implied_limit().is_some();
        ByCode {
            limit: !implied && is_code("AXES_FAILURE_LIMIT"),
            scopes: is_code("AXES_LOCKOUT_PARAMETERS"),
        }
    }

    /// How far forwarding headers are believed.
    #[must_use]
    pub fn forwarded(&self) -> ForwardedPolicy {
        let order = self.renamed("AXES_IPWARE_PROXY_ORDER", "AXES_PROXY_ORDER");
        let count = self.renamed("AXES_IPWARE_PROXY_COUNT", "AXES_PROXY_COUNT");
        ForwardedPolicy {
            order: if *order == Value::text("right-most") {
                HopOrder::RightMost
            } else {
                HopOrder::LeftMost
            },
            proxy_count: if let Value::Int(count) = count {
                usize::try_from(*count).ok()
            } else {
                None
            },
            trusted: networks(
                self.renamed("AXES_IPWARE_PROXY_TRUSTED_IPS", "AXES_PROXY_TRUSTED_IPS"),
            ),
        }
    }

    /// Where the client's address is looked for, in this order: names of Django's `request.META`.
    #[must_use]
    pub fn address_sources(&self) -> Vec<String> {
        let sources = self.renamed(
            "AXES_IPWARE_META_PRECEDENCE_ORDER",
            "AXES_META_PRECEDENCE_ORDER",
        );
        sources
            .texts()
            .unwrap_or_default()
            .into_iter()
            .map(str::to_owned)
            .collect()
    }

    /// The first header in which the client's address is looked for, as HTTP calls it:
    /// `HTTP_X_FORWARDED_FOR` is `x-forwarded-for`. `None` where only who connected is asked.
    #[must_use]
    pub fn forwarding_header(&self) -> Option<String> {
        let sources = self.address_sources();
        let mut headers = sources.iter().filter_map(|name| name.strip_prefix("HTTP_"));
        headers
            .next()
            .map(|name| name.to_ascii_lowercase().replace('_', "-"))
    }

    /// What hides sensitive values. The password's field is always among them.
    #[must_use]
    pub fn redactor(&self) -> Redactor {
        let password = self
            .get("AXES_PASSWORD_FORM_FIELD")
            .texts()
            .unwrap_or_default();
        let sensitive = self
            .get("AXES_SENSITIVE_PARAMETERS")
            .texts()
            .unwrap_or_default();
        Redactor::new(password.into_iter().chain(["password"]).chain(sensitive))
    }

    /// What happens to attempts while the store does not answer.
    #[must_use]
    pub fn on_store_error(&self) -> OnStoreError {
        let allow = *self.get("AXES_ON_STORE_ERROR") == Value::text("allow");
        if allow {
            OnStoreError::Allow
        } else {
            OnStoreError::Refuse
        }
    }

    /// Whether the setting `name` is switched on.
    #[must_use]
    pub fn is_on(&self, name: &str) -> bool {
        *self.get(name) == Value::Bool(true)
    }

    /// What is counted on. The deprecated flags decide where `AXES_LOCKOUT_PARAMETERS` is not set.
    fn scopes(&self) -> Arc<[Scope]> {
        use Parameter::{IpAddress, UserAgent, Username};
        if let Ok(scopes) = lockout::parse_scopes(self.get("AXES_LOCKOUT_PARAMETERS")) {
            return scopes;
        }
        let mut scopes = if self.is_on("AXES_ONLY_USER_FAILURES") {
            vec![vec![Username]]
        } else if self.is_on("AXES_LOCK_OUT_BY_USER_OR_IP") {
            vec![vec![Username], vec![IpAddress]]
        } else if self.is_on("AXES_LOCK_OUT_BY_COMBINATION_USER_AND_IP") {
            vec![vec![Username, IpAddress]]
        } else {
            vec![vec![IpAddress]]
        };
        if self.is_on("AXES_USE_USER_AGENT")
            && let Some(first) = scopes.first_mut()
        {
            first.push(UserAgent);
        }
        scopes.into_iter().filter_map(Scope::of).collect()
    }

    fn cool_off(&self) -> CoolOff {
        match lockout::parse_tiers(self.get("AXES_LOCKOUT_TIERS")) {
            Some(tiers @ CoolOff::Tiers(_)) => tiers,
            _ => lockout::parse_cool_off(self.get("AXES_COOLOFF_TIME")).unwrap_or_default(),
        }
    }

    fn networks(&self, name: &str) -> Networks {
        networks(self.get(name))
    }

    /// The value of the setting `name`, or where that is not set, of the deprecated name it once had.
    fn renamed(&self, name: &str, old_name: &str) -> &Value {
        self.values
            .get(name)
            .or_else(|| self.values.get(old_name))
            .unwrap_or_else(|| self.get(name))
    }

    pub(crate) fn number<N: TryFrom<i64>>(&self, name: &str) -> Option<N> {
        if let Value::Int(number) = self.get(name) {
            N::try_from(*number).ok()
        } else {
            None
        }
    }
}

/// What was set, without what may hold a password.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_map();
        for (name, value) in &self.values {
            if spec(name).is_some_and(Spec::is_secret) {
                shown.entry(name, &format_args!("…"));
            } else {
                shown.entry(name, value);
            }
        }
        shown.finish()
    }
}

fn networks(value: &Value) -> Networks {
    Networks::parse(value.texts().unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(values: &[(&str, Value)]) -> Settings {
        Settings::from_values(
            values
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone())),
        )
        .unwrap()
    }

    fn scopes(flags: &[&str]) -> String {
        let values: Vec<(&str, Value)> = flags
            .iter()
            .map(|flag| (*flag, Value::Bool(true)))
            .collect();
        let scopes: Vec<String> = settings(&values)
            .policy()
            .scopes
            .iter()
            .map(ToString::to_string)
            .collect();
        scopes.join(" or ")
    }

    #[test]
    fn defaults_are_a_policy_of_their_own() {
        assert_eq!(settings(&[]).policy(), Policy::default());
        for spec in TABLE.iter().filter(|spec| !spec.is_deprecated()) {
            let mut problems = Vec::new();
            let default = spec.default.unwrap().value();
            spec.kind.check(spec.name, &default, &mut problems);
            assert_eq!(problems, [], "{}", spec.name);
        }
    }

    #[test]
    fn every_wrong_value_is_named_at_once() {
        let wrong = [
            ("AXES_FAILURE_LIMIT", Value::text("5")),
            ("AXES_COOLOFF_TIME", Value::text("0.5")),
            ("AXES_VERBOSE", Value::Int(1)),
            ("AXES_PERMIT_WAIT", Value::text("5")),
            (
                "AXES_IP_WHITELIST",
                Value::List(vec![Value::text("10.0.0.0/8"), Value::text("ten")]),
            ),
            (
                "AXES_LOCKOUT_PARAMETERS",
                Value::List(vec![Value::text("ip")]),
            ),
            ("AXES_FAILURE_LIMITS", Value::Int(3)),
        ];
        let pairs = wrong
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        let (settings, problems) = Settings::lenient(pairs);
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        for (line, begins) in lines.iter().zip([
            "AXES_FAILURE_LIMIT is \"5\": use a whole number of 1 or more",
            "AXES_COOLOFF_TIME is \"0.5\": use a timedelta",
            "AXES_VERBOSE is 1: use True or False",
            "AXES_PERMIT_WAIT is \"5\": use a timedelta",
            "AXES_IP_WHITELIST holds \"ten\", which is no IP address or network: use a list",
            "AXES_LOCKOUT_PARAMETERS is [\"ip\"]: unknown lockout parameter \"ip\"",
            "AXES_FAILURE_LIMITS is not a setting of Axes: is AXES_FAILURE_LIMIT meant?",
        ]) {
            assert!(line.starts_with(begins), "{line}");
        }
        assert_eq!(lines.len(), wrong.len());
        assert_eq!(settings.policy(), Policy::default());
    }

    #[test]
    fn the_old_flags_mean_what_they_meant() {
        assert_eq!(scopes(&[]), "ip_address");
        assert_eq!(scopes(&["AXES_USE_USER_AGENT"]), "ip_address+user_agent");
        assert_eq!(scopes(&["AXES_ONLY_USER_FAILURES"]), "username");
        assert_eq!(
            scopes(&["AXES_LOCK_OUT_BY_COMBINATION_USER_AND_IP"]),
            "username+ip_address"
        );
        assert_eq!(
            scopes(&["AXES_LOCK_OUT_BY_USER_OR_IP", "AXES_USE_USER_AGENT"]),
            "username+user_agent or ip_address"
        );
        assert_eq!(
            scopes(&[
                "AXES_ONLY_USER_FAILURES",
                "AXES_LOCK_OUT_BY_COMBINATION_USER_AND_IP"
            ]),
            "username"
        );
    }

    #[test]
    fn lockout_parameters_win_over_the_old_flags() {
        let both = settings(&[
            ("AXES_ONLY_USER_FAILURES", Value::Bool(true)),
            (
                "AXES_LOCKOUT_PARAMETERS",
                Value::List(vec![Value::text("user_agent")]),
            ),
        ]);
        assert_eq!(
            both.policy().scopes.first().unwrap().to_string(),
            "user_agent"
        );
    }

    #[test]
    fn a_new_name_wins_over_the_old_one_and_that_over_the_default() {
        let count = |values: &[(&str, i64)]| {
            let values = values
                .iter()
                .map(|(name, count)| (*name, Value::Int(*count)));
            settings(&values.collect::<Vec<_>>())
                .forwarded()
                .proxy_count
        };
        let (new, old) = ("AXES_IPWARE_PROXY_COUNT", "AXES_PROXY_COUNT");
        assert_eq!(count(&[]), None);
        assert_eq!(count(&[(old, 2)]), Some(2));
        assert_eq!(count(&[(old, 2), (new, 1)]), Some(1));
    }

    #[test]
    fn tiers_stand_for_limit_and_cool_off() {
        let tier = Value::Tier(Box::new(Value::Int(5)), Box::new(Value::Seconds(60.0)));
        let policy = settings(&[("AXES_LOCKOUT_TIERS", Value::List(vec![tier]))]).policy();
        assert_eq!(policy.limit, 5);
        assert_eq!(
            policy.cool_off.after(5),
            Some(std::time::Duration::from_mins(1))
        );
    }

    #[test]
    fn what_code_decides_is_told_apart_from_what_is_set() {
        let by_code = |values: &[(&str, Value)]| {
            let ByCode { limit, scopes } = settings(values).by_code();
            (limit, scopes)
        };
        assert_eq!(by_code(&[]), (false, false));
        let path = ("AXES_FAILURE_LIMIT", Value::text("site.limits.of"));
        assert_eq!(by_code(std::slice::from_ref(&path)), (true, false));
        let tier = Value::Tier(Box::new(Value::Int(5)), Box::new(Value::Seconds(60.0)));
        let tiers = ("AXES_LOCKOUT_TIERS", Value::List(vec![tier]));
        assert_eq!(by_code(&[path, tiers]), (false, false));
        assert_eq!(
            by_code(&[("AXES_LOCKOUT_PARAMETERS", Value::Callable)]),
            (false, true)
        );
    }

    #[test]
    fn the_password_is_always_hidden() {
        let open = settings(&[
            ("AXES_SENSITIVE_PARAMETERS", Value::List(vec![])),
            ("AXES_PASSWORD_FORM_FIELD", Value::text("geheim")),
        ]);
        assert!(open.redactor().hides("geheim") && open.redactor().hides("PASSWORD"));
        assert!(!open.redactor().hides("username"));
    }
}
