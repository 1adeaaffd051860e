//! The decision maker.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axes_core::{Outcome, RecordKey, Selector, Verdict, parse_forwarded_address};
use axes_settings::{OnStoreError, Settings, Value};
use axes_stores::{Clock as _, Driver, KnownTallies, RecordIdentity, SqlStore};
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

use crate::answers::{Permit, Refusal, Report};
use crate::attempt::{self, Attempt};
use crate::clock::DjangoClock;
use crate::connection::DjangoConnection;
use crate::errors::{improper, raised, told};
use crate::native::{Detached, NativeStore};
use crate::overrides::read_overrides;
use crate::store::{self, DjangoStore};

type Fields<'py> = Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>;

/// Settings that may be code which is asked about each attempt.
const CODE_OF_ATTEMPTS: [&str; 4] = [
    "AXES_WHITELIST_CALLABLE",
    "AXES_FAILURE_LIMIT",
    "AXES_COOLOFF_TIME",
    "AXES_LOCKOUT_PARAMETERS",
];
/// How much one purge deletes at most.
const PURGED_AT_ONCE: u32 = 500;
/// How often something is purged in passing at most.
const PURGE_EVERY_MILLIS: i64 = 60_000;
/// The time of a purge that has not been.
const NEVER: i64 = i64::MIN;

/// Decides about attempts by one set of settings.
#[pyclass(module = "axes._axes", frozen)]
pub(crate) struct Engine {
    pub(crate) inner: axes_core::Engine,
    pub(crate) settings: Settings,
    forwarded: axes_core::ForwardedPolicy,
    sources: Vec<String>,
    pub(crate) redactor: axes_core::Redactor,
    /// Whether code of the site's own may say something about each attempt.
    #[pyo3(get)]
    asks_site: bool,
    #[pyo3(get)]
    problems: Vec<(String, bool, String, String)>,
    /// When something was purged in passing for the last time, or could have been for the first.
    purged_at: AtomicI64,
    known_tallies: Arc<KnownTallies>,
    native: PyOnceLock<Py<NativeStore>>,
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "PyO3 hands lists over by value"
)]
#[pymethods]
impl Engine {
    /// An engine that decides by `settings`, by name; what is absent has its default, and so has what
    /// is wrong: `problems` names it.
    #[new]
    fn new(settings: &Bound<'_, PyDict>) -> PyResult<Self> {
        let mut values = Vec::with_capacity(settings.len());
        for (name, object) in settings {
            values.push((name.extract::<String>()?, crate::value::read(&object)?));
        }
        let asks_site = values.iter().any(|(name, value)| {
            let may_be_code = matches!(value, Value::Callable | Value::Text(_));
            may_be_code && CODE_OF_ATTEMPTS.contains(&name.as_str())
        });
        let (settings, problems) = Settings::lenient(values);
        let problems = problems
            .into_iter()
            .map(|problem| {
                (
                    problem.setting,
                    problem.unknown,
                    problem.wrong,
                    problem.right,
                )
            })
            .collect();
        Ok(Self {
            inner: axes_core::Engine::new(settings.policy()),
            forwarded: settings.forwarded(),
            sources: settings.address_sources(),
            redactor: settings.redactor(),
            settings,
            asks_site,
            problems,
            purged_at: AtomicI64::new(NEVER),
            known_tallies: Arc::default(),
            native: PyOnceLock::new(),
        })
    }

    /// What failures are counted on: a list of lists of lockout parameters.
    #[getter]
    fn scopes(&self) -> Vec<Vec<&'static str>> {
        let names =
            |scope: &axes_core::Scope| scope.parameters().map(axes_core::Parameter::name).collect();
        self.inner.policy().scopes.iter().map(names).collect()
    }

    /// The failure limit, as far as no callable decides.
    #[getter]
    fn limit(&self) -> u32 {
        self.inner.policy().limit
    }

    /// The store that `AXES_STORE` names.
    fn native_store(&self, py: Python<'_>) -> PyResult<Py<NativeStore>> {
        let store = self.native.get_or_try_init(py, || {
            let Some(url) = self.settings.store() else {
                let is_wrong = self.problems.iter().any(|(name, ..)| name == "AXES_STORE");
                let wrong = if is_wrong { "wrong" } else { "not set" };
                let text = format!("AXES_STORE is {wrong}: use the URL of a store");
                return Err(improper(py, &text));
            };
            Py::new(py, NativeStore::at(url, &self.settings))
        })?;
        Ok(store.clone_ref(py))
    }

    /// The seconds of the cool-off after `failures` failures, as far as no callable decides.
    fn cool_off(&self, failures: u32) -> Option<f64> {
        self.inner
            .policy()
            .cool_off
            .after(failures)
            .map(|cool_off| cool_off.as_secs_f64())
    }

    /// The client's address: `meta` is Django's `request.META`.
    fn client_address(&self, meta: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
        let header = |name: &str| -> PyResult<Option<String>> {
            Ok(attempt::text(&meta.call_method1("get", (name,))?))
        };
        let peer = header("REMOTE_ADDR")?
            .as_deref()
            .and_then(parse_forwarded_address);
        for source in &self.sources {
            let found = if source == "REMOTE_ADDR" {
                peer
            } else {
                header(source)?.and_then(|value| self.forwarded.client_in_header(&value, peer))
            };
            if let Some(address) = found {
                return Ok(Some(address.to_string()));
            }
        }
        Ok(peer.map(|peer| peer.to_string()))
    }

    /// An attempt of what Django knows of a request.
    #[pyo3(signature = (*, username, ip_address, user_agent, path_info, method, http_accept, get_data, post_data))]
    #[expect(
        clippy::too_many_arguments,
        reason = "one for each property of a request, by keyword"
    )]
    fn attempt(
        &self,
        username: &Bound<'_, PyAny>,
        ip_address: &Bound<'_, PyAny>,
        user_agent: &Bound<'_, PyAny>,
        path_info: &Bound<'_, PyAny>,
        method: &Bound<'_, PyAny>,
        http_accept: &Bound<'_, PyAny>,
        get_data: Fields<'_>,
        post_data: Fields<'_>,
    ) -> Attempt {
        attempt::build(
            username,
            ip_address,
            user_agent,
            path_info,
            method,
            http_accept,
            attempt::form_lines(&self.redactor, &get_data),
            attempt::form_lines(&self.redactor, &post_data),
        )
    }

    /// Decides whether the password of `attempt` may be checked now, waiting where only permits in
    /// flight stand in the way: a permit or a refusal, and the error that the store met, if any.
    fn admit(
        &self,
        py: Python<'_>,
        store: &Bound<'_, PyAny>,
        attempt: &Attempt,
        overrides: &Bound<'_, PyDict>,
    ) -> PyResult<(Py<PyAny>, Option<String>)> {
        let overrides = read_overrides(overrides)?;
        let driver = self.driver(store)?;
        let decision = driver.admit(&attempt.inner, &overrides, nonce()?);
        let (verdict, error) = told(decision)?;
        let answer = match verdict {
            Verdict::Admit(inner) => Py::new(py, Permit { inner })?.into_any(),
            Verdict::Refuse(inner) => Py::new(py, Refusal { inner })?.into_any(),
        };
        Ok((answer, error))
    }

    /// A permit for an attempt that nobody admitted: its failure counts.
    fn without_admission(
        &self,
        attempt: &Attempt,
        overrides: &Bound<'_, PyDict>,
    ) -> PyResult<Permit> {
        let overrides = read_overrides(overrides)?;
        let inner = self
            .inner
            .without_admission(&attempt.inner, &overrides, nonce()?);
        Ok(Permit { inner })
    }

    /// Counts the failure of the attempt that `permit` was for.
    fn settle_failure(
        &self,
        store: &Bound<'_, PyAny>,
        permit: &Permit,
        attempt: &Attempt,
    ) -> PyResult<(Report, Option<String>)> {
        self.settle(store, permit, attempt, Outcome::Failure)
    }

    /// Gives `permit` back after a success and logs it; `session_hash` is empty without a session.
    fn settle_success(
        &self,
        store: &Bound<'_, PyAny>,
        permit: &Permit,
        attempt: &Attempt,
        session_hash: String,
    ) -> PyResult<(Report, Option<String>)> {
        self.settle(store, permit, attempt, Outcome::Success { session_hash })
    }

    /// Gives `permit` back without an outcome.
    fn withdraw(
        &self,
        store: &Bound<'_, PyAny>,
        permit: &Permit,
        attempt: &Attempt,
    ) -> PyResult<(Report, Option<String>)> {
        self.settle(store, permit, attempt, Outcome::Withdrawn)
    }

    /// Where `attempt` stands: its failures, the refusal that it would meet now, and the error that
    /// the store met, if any. Changes nothing.
    fn peek(
        &self,
        store: &Bound<'_, PyAny>,
        attempt: &Attempt,
        overrides: &Bound<'_, PyDict>,
    ) -> PyResult<(u32, Option<Refusal>, Option<String>)> {
        let overrides = read_overrides(overrides)?;
        let decision = self.driver(store)?.peek(&attempt.inner, &overrides);
        let ((failures, refusal), error) = told(decision)?;
        Ok((failures, refusal.map(|inner| Refusal { inner }), error))
    }

    /// The refusal that `attempt` would meet if no failures were counted at all.
    fn rule(&self, attempt: &Attempt, overrides: &Bound<'_, PyDict>) -> PyResult<Option<Refusal>> {
        let looked = self.inner.peek(&attempt.inner, &read_overrides(overrides)?);
        let (_, refusal) = looked.judge(&[], DjangoClock.now());
        Ok(refusal.map(|inner| Refusal { inner }))
    }

    /// Forgets the attempts on `username` from `ip_address`, each if given; returns how many records
    /// that were.
    #[pyo3(signature = (store, *, username, ip_address))]
    fn reset(
        &self,
        store: &Bound<'_, PyAny>,
        username: &Bound<'_, PyAny>,
        ip_address: &Bound<'_, PyAny>,
    ) -> PyResult<u64> {
        let address = read_address(ip_address)?;
        let username = attempt::text(username);
        let prefix = self.inner.policy().ipv6_prefix;
        let selector = Selector::new(username.as_deref(), address, prefix);
        self.driver(store)?.reset(selector).map_err(raised)
    }

    /// Forgets all that `attempt` is refused for; returns how many records that were.
    fn lift(&self, store: &Bound<'_, PyAny>, attempt: &Attempt) -> PyResult<u64> {
        self.driver(store)?.lift(&attempt.inner).map_err(raised)
    }

    /// Notes the logout of a session.
    fn log_out(
        &self,
        store: &Bound<'_, PyAny>,
        attempt: &Attempt,
        session_hash: &str,
    ) -> PyResult<()> {
        self.driver(store)?
            .log_out(&attempt.inner, session_hash)
            .map_err(raised)
    }

    /// What Axes adds to the record of these values: `record_key`, `username_key`,
    /// `network`, `agent_key`.
    #[pyo3(signature = (*, username, ip_address, user_agent))]
    fn identity(
        &self,
        username: &Bound<'_, PyAny>,
        ip_address: &Bound<'_, PyAny>,
        user_agent: &str,
    ) -> (String, Option<String>, Option<String>, Option<String>) {
        let attempt = recorded(username, ip_address, user_agent);
        let record = attempt.record(self.inner.parts(&attempt), axes_core::Timestamp::EPOCH);
        let identity = RecordIdentity::of(&record);
        let typed = attempt::text(username);
        let address = attempt::text(ip_address);
        let key = RecordKey::of(typed.as_deref(), address.as_deref(), user_agent);
        (
            key.to_string(),
            identity.username_key,
            identity.network,
            identity.agent_key,
        )
    }

    /// Lets the tallies that count records of these values (username, address, user agent) be made
    /// anew: they were changed by somebody else.
    fn forget(
        &self,
        store: &Bound<'_, PyAny>,
        records: Vec<(Bound<'_, PyAny>, Bound<'_, PyAny>, String)>,
    ) -> PyResult<()> {
        let affected: Vec<_> = records
            .iter()
            .map(|(username, address, agent)| self.inner.parts(&recorded(username, address, agent)))
            .collect();
        SqlStore::new(DjangoConnection::new(store)?)
            .forget_tallies(&affected)
            .map_err(raised)?;
        store::tables(store, false, &self.known_tallies)?
            .forget_markers()
            .map_err(raised)
    }

    /// Deletes what is past its cool-off; returns how many records that were.
    fn purge(&self, store: &Bound<'_, PyAny>, overrides: &Bound<'_, PyDict>) -> PyResult<u64> {
        let overrides = read_overrides(overrides)?;
        let mut removed: u64 = 0;
        loop {
            let deleted = self.purge_at_once(store, &overrides)?;
            removed = removed.saturating_add(deleted);
            if deleted < u64::from(PURGED_AT_ONCE) {
                return Ok(removed);
            }
        }
    }

    /// Deletes some of what is past its cool-off. Where code decides for each attempt how long
    /// failures are remembered, and records do not tell, what it says of one must not delete others.
    fn purge_some(&self, store: &Bound<'_, PyAny>, overrides: &Bound<'_, PyDict>) -> PyResult<u64> {
        let overrides = read_overrides(overrides)?;
        if overrides.cool_off.is_some() && !self.keeps_expirations() {
            return Ok(0);
        }
        self.purge_at_once(store, &overrides)
    }

    /// Whether something should be purged in passing: true once in a while, and not at once: a process
    /// that serves one request has nothing to tidy up.
    fn is_purge_due(&self) -> bool {
        let now = DjangoClock.now().as_millis();
        let last = self.purged_at.load(Ordering::Relaxed);
        if last == NEVER {
            self.purged_at.store(now, Ordering::Relaxed);
            return false;
        }
        let soon = last <= now && now.saturating_sub(last) < PURGE_EVERY_MILLIS;
        !soon && self.purged_at.swap(now, Ordering::Relaxed) == last
    }

    /// Whether the `address` is on the allowlist.
    fn is_allowlisted(&self, address: &Bound<'_, PyAny>) -> bool {
        contains(&self.inner.policy().allowlist, address)
    }

    /// Whether the `address` is on the denylist.
    fn is_denylisted(&self, address: &Bound<'_, PyAny>) -> bool {
        contains(&self.inner.policy().denylist, address)
    }

    /// Whether nobody at the `address` may log in.
    fn denies(&self, address: &Bound<'_, PyAny>) -> bool {
        self.inner.denied_address(parsed(address)).is_some()
    }

    /// Whether the policy heeds the allowlist and the `address` is on it.
    fn heeds_allowlist_for(&self, address: &Bound<'_, PyAny>) -> bool {
        let policy = self.inner.policy();
        (policy.never_lock_out_allowlist || policy.only_allowlist) && self.is_allowlisted(address)
    }

    /// The name under which the form field or property `name` is masked, if it is.
    fn hides(&self, name: &str) -> bool {
        self.redactor.hides(name)
    }

    /// Whether `attempt` lacks every value that it could be counted on.
    fn counts_nowhere(&self, attempt: &Attempt, overrides: &Bound<'_, PyDict>) -> PyResult<bool> {
        Ok(self
            .inner
            .counts_nowhere(&attempt.inner, &read_overrides(overrides)?))
    }

    /// The client of `attempt` as log lines show it.
    fn client_string(&self, attempt: &Attempt) -> String {
        let verbose = self.settings.is_on("AXES_VERBOSE");
        let scopes = (!verbose).then(|| &*self.inner.policy().scopes);
        self.redactor.client_string(&attempt.inner, scopes)
    }

    /// The fields as they are recorded: one `key=value` a line, masked, bounded.
    fn form_lines(&self, fields: Fields<'_>) -> String {
        attempt::form_lines(&self.redactor, &fields)
    }
}

impl Engine {
    pub(crate) fn driver(
        &self,
        store: &Bound<'_, PyAny>,
    ) -> PyResult<Driver<'_, DjangoStore, DjangoClock>> {
        Ok(Driver {
            engine: &self.inner,
            store: DjangoStore::of(store, self.keeps_expirations(), &self.known_tallies)?,
            clock: DjangoClock,
            fail_open: self.settings.on_store_error() == OnStoreError::Allow,
        })
    }

    fn keeps_expirations(&self) -> bool {
        self.settings.is_on("AXES_USE_ATTEMPT_EXPIRATION")
    }

    fn purge_at_once(
        &self,
        store: &Bound<'_, PyAny>,
        overrides: &axes_core::Overrides,
    ) -> PyResult<u64> {
        let terms = self.inner.policy().terms(overrides);
        let Some(longest) = terms.cool_off.longest() else {
            return Ok(0);
        };
        let now = DjangoClock.now();
        if let Ok(native) = store.cast::<NativeStore>() {
            return Detached::of(native)?
                .purge(now.minus(longest), now, PURGED_AT_ONCE)
                .map_err(raised);
        }
        SqlStore::new(DjangoConnection::new(store)?)
            .with_expirations(self.keeps_expirations())
            .purge(now.minus(longest), now, PURGED_AT_ONCE)
            .map_err(raised)
    }

    fn settle(
        &self,
        store: &Bound<'_, PyAny>,
        permit: &Permit,
        attempt: &Attempt,
        outcome: Outcome,
    ) -> PyResult<(Report, Option<String>)> {
        let decision = self
            .driver(store)?
            .settle(&permit.inner, outcome, &attempt.inner);
        let (inner, error) = told(decision)?;
        Ok((
            Report {
                inner,
                exempt: permit.inner.is_exempt(),
            },
            error,
        ))
    }
}

/// The address that a person named, if one did.
pub(crate) fn read_address(object: &Bound<'_, PyAny>) -> PyResult<Option<IpAddr>> {
    let Some(text) = attempt::text(object) else {
        return Ok(None);
    };
    let wrong = || PyValueError::new_err(format!("not an IP address: {text:?}"));
    parse_forwarded_address(&text).ok_or_else(wrong).map(Some)
}

fn contains(list: &axes_core::Networks, address: &Bound<'_, PyAny>) -> bool {
    parsed(address).is_some_and(|address| list.contains(address))
}

fn parsed(address: &Bound<'_, PyAny>) -> Option<IpAddr> {
    attempt::text(address)
        .as_deref()
        .and_then(parse_forwarded_address)
}

/// What somebody else's record counts on.
fn recorded(
    username: &Bound<'_, PyAny>,
    ip_address: &Bound<'_, PyAny>,
    user_agent: &str,
) -> axes_core::Attempt {
    let address = attempt::text(ip_address)
        .as_deref()
        .and_then(parse_forwarded_address);
    let mut attempt = axes_core::Attempt::new(address).with_user_agent(user_agent);
    attempt.username = attempt::text(username);
    attempt
}

/// A random number for an attempt; never 0.
fn nonce() -> PyResult<i64> {
    let number = getrandom::u64()
        .map_err(|error| PyException::new_err(format!("no random number: {error}")))?;
    // The top bit is dropped because databases have signed numbers only.
    Ok(i64::try_from(number >> 1).unwrap_or(i64::MAX).max(1))
}
