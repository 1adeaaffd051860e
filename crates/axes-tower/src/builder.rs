//! Setting up a guard.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axes_core::{
    Attempt, CoolOff, Engine, ForwardedPolicy, Networks, Overrides, Parameter, Policy, Redactor,
    Scope, Tier, Timestamp,
};
use axes_stores::Backend;
use http::HeaderName;
use http::request::Parts;

use crate::address::Addresses;
use crate::driving::Options;
use crate::{Guard, GuardError, Refusals};

/// How much of a login attempt's body is read, unless it is set otherwise: 64 KiB.
const BODY_LIMIT: usize = 64 * 1024;

/// What a [`Guard`] is made of. What is not said is as on a Django site with default settings: three
/// failures from one address lock it out until somebody resets it.
#[must_use = "it guards nothing before it is built"]
pub struct GuardBuilder {
    store: Arc<dyn Backend>,
    policy: Policy,
    options: Options,
    problems: Vec<String>,
}

impl GuardBuilder {
    pub(crate) fn new(store: impl Backend + 'static) -> Self {
        Self {
            store: Arc::new(store),
            policy: Policy::default(),
            options: Options {
                fail_open: false,
                body_limit: BODY_LIMIT,
                addresses: Addresses::default(),
                refusals: Refusals::default(),
                redactor: Redactor::new(["password", "username", "ip_address"]),
                overrides: None,
                now: Arc::new(system_time),
            },
            problems: Vec::new(),
        }
    }

    /// Decides by `policy`, as a whole: what was set before is gone.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// The number of failures that leads to a lockout.
    pub fn failure_limit(mut self, limit: u32) -> Self {
        if limit == 0 {
            self.problem("a failure limit of 0 would let nobody in");
        }
        self.policy.limit = limit;
        self
    }

    /// Failures are forgotten, and a lockout ends, this long after the last failure.
    pub fn cool_off(mut self, cool_off: Duration) -> Self {
        if cool_off.is_zero() {
            self.problem("a cool-off of no time would forget every failure at once");
        }
        self.policy.cool_off = CoolOff::After(cool_off);
        self
    }

    /// The more failures, the longer the lockout: numbers of failures and how long they lock out. The
    /// lowest number is the failure limit.
    pub fn tiers(mut self, tiers: impl IntoIterator<Item = (u32, Duration)>) -> Self {
        let tier = |(failures, cool_off)| Tier { failures, cool_off };
        if let Some(tiers) = CoolOff::tiers(tiers.into_iter().map(tier).collect()) {
            let limit = tiers.implied_limit().unwrap_or(self.policy.limit);
            self.policy.cool_off = tiers;
            self.failure_limit(limit)
        } else {
            self.problem("a ladder needs at least one tier");
            self
        }
    }

    /// What failures are counted on: lists of properties that count together, any of which locks out.
    ///
    /// ```
    /// # use axes_tower::{Guard, GuardError, MemoryStore};
    /// use axes_tower::Parameter::{IpAddress, UserAgent, Username};
    ///
    /// # fn main() -> Result<(), GuardError> {
    /// let guard = Guard::builder(MemoryStore::default())
    ///     .lockout_parameters(&[&[Username], &[IpAddress, UserAgent]])
    ///     .build()?;
    /// # let _ = guard;
    /// # Ok(())
    /// # }
    /// ```
    pub fn lockout_parameters(mut self, parameters: &[&[Parameter]]) -> Self {
        let scopes = parameters.iter();
        let scopes: Option<Vec<Scope>> = scopes
            .map(|together| Scope::of(together.iter().copied()))
            .collect();
        match scopes.filter(|scopes| !scopes.is_empty()) {
            Some(scopes) => self.policy.scopes = scopes.into(),
            None => self.problem("an empty list of lockout parameters"),
        }
        self
    }

    /// Whether a refused attempt counts too and begins the cool-off anew (it does by default).
    pub fn count_refused(mut self, counts: bool) -> Self {
        self.policy.count_refused = counts;
        self
    }

    /// Whether a success forgets the failures that it proves to be its own (by default it does not).
    pub fn reset_on_success(mut self, resets: bool) -> Self {
        self.policy.reset_on_success = resets;
        self
    }

    /// Addresses and networks that are never locked out.
    pub fn allow<T: AsRef<str>>(mut self, networks: impl IntoIterator<Item = T>) -> Self {
        self.policy.allowlist = Arc::new(self.networks(networks));
        self.policy.never_lock_out_allowlist = true;
        self
    }

    /// Addresses and networks that are always refused, with 403.
    pub fn deny<T: AsRef<str>>(mut self, networks: impl IntoIterator<Item = T>) -> Self {
        self.policy.denylist = Arc::new(self.networks(networks));
        self
    }

    /// How long a password check may take at most: one that never ends counts as a failure then.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.policy.lease = lease;
        self
    }

    /// How long an attempt waits for others to end where only they stand in its way.
    pub fn max_wait(mut self, wait: Duration) -> Self {
        self.policy.max_wait = wait;
        self
    }

    /// What the application itself says about each attempt: another limit for administrators, say.
    pub fn overrides(
        mut self,
        overrides: impl Fn(&Attempt) -> Overrides + Send + Sync + 'static,
    ) -> Self {
        self.options.overrides = Some(Arc::new(overrides));
        self
    }

    /// Lets attempts through, uncounted, while the store does not answer. They are refused otherwise.
    pub fn fail_open(mut self, opens: bool) -> Self {
        self.options.fail_open = opens;
        self
    }

    /// Believes the `X-Forwarded-For` header of these proxies (addresses and networks), and of nobody
    /// else: the client is the first in it from the right that is none of them.
    pub fn trusted_proxies<T: AsRef<str>>(mut self, proxies: impl IntoIterator<Item = T>) -> Self {
        let known = self.problems.len();
        let trusted = self.networks(proxies);
        if self.problems.len() > known {
            return self; // named already
        }
        let policy = ForwardedPolicy {
            trusted,
            ..ForwardedPolicy::default()
        };
        self.forwarded(HeaderName::from_static("x-forwarded-for"), policy)
    }

    /// Believes the header `name` as far as `policy` says. It has to name the proxies or their number:
    /// else whoever connects would say who he is.
    pub fn forwarded(mut self, name: HeaderName, policy: ForwardedPolicy) -> Self {
        if policy.trusted.is_empty() && policy.proxy_count.is_none() {
            self.problem(
                "neither trusted proxies nor a number of them: everybody would be believed",
            );
        }
        self.options.addresses.forwarded = Some((name, policy));
        self
    }

    /// Asks `peer` who connected, instead of the request's extensions. What it does not know is unknown:
    /// such an attempt is not counted by address, and no ban of a network holds for it. Without it, an
    /// attempt from nowhere is refused.
    pub fn peer_address(
        mut self,
        peer: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static,
    ) -> Self {
        self.options.addresses.peer = Some(Arc::new(peer));
        self
    }

    /// What somebody who is refused gets to see.
    pub fn refusals(mut self, refusals: Refusals) -> Self {
        self.options.refusals = refusals;
        self
    }

    /// How many bytes of a login attempt's body are read to find the username (64 KiB by default). A
    /// larger one is answered with 413; it is not counted and does not reach the application.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.options.body_limit = bytes;
        self
    }

    /// The form fields and client properties (`username`, `ip_address`, `user_agent`) that are masked
    /// in what is stored of forms and in log lines. Passwords are masked in any case.
    pub fn sensitive<T: AsRef<str>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        let names: Vec<T> = names.into_iter().collect();
        let names = names.iter().map(AsRef::as_ref).chain(["password"]);
        self.options.redactor = Redactor::new(names);
        self
    }

    /// Asks `now` for the time instead of the system's clock: for tests that let days pass.
    pub fn time(mut self, now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.options.now = Arc::new(now);
        self
    }

    /// The guard.
    ///
    /// # Errors
    /// [`GuardError`] with everything that makes no sense.
    pub fn build(self) -> Result<Guard, GuardError> {
        if self.problems.is_empty() {
            Ok(Guard::assembled(
                Engine::new(self.policy),
                self.store,
                self.options,
            ))
        } else {
            Err(GuardError::new(self.problems))
        }
    }

    fn problem(&mut self, problem: &str) {
        self.problems.push(problem.to_owned());
    }

    fn networks<T: AsRef<str>>(&mut self, networks: impl IntoIterator<Item = T>) -> Networks {
        Networks::parse(networks).unwrap_or_else(|errors| {
            let errors = errors.iter().map(ToString::to_string);
            self.problems.extend(errors);
            Networks::default()
        })
    }
}

impl fmt::Debug for GuardBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardBuilder")
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

fn system_time() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Timestamp::EPOCH.plus(since.unwrap_or_default())
}
