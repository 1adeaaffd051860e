//! The guard.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use axes_core::{
    Attempt, Ban, Banned, ByCode, Engine, Event, Overrides, Policy, Reason, Refusal, ScopeKey,
    Selector, Verdict,
};
use axes_stores::{Backend, Bans as _, Clock as _, Page, StoreError, Wanted};
use bytes::Bytes;
use http::Response;
use http::request::Parts;
use http_body_util::Full;

use crate::address::Origin;
use crate::driving::{Options, Shared};
use crate::purging::Purging;
use crate::session::session_hash;
use crate::{GuardBuilder, GuardLayer, LoginRule, OpenPermit, location, log};

/// Decides who may try a password, for a whole application. Clones are cheap and share everything.
///
/// Its futures want a Tokio runtime with time enabled. A store that may block is asked on Tokio's
/// threads for blocking work.
#[derive(Clone)]
pub struct Guard {
    pub(crate) shared: Arc<Shared>,
}

impl Guard {
    /// Begins a guard that keeps its tallies and records in `store`: a
    /// [`MemoryStore`](crate::MemoryStore), what [`open`](crate::open) opened by its URL, or any other.
    pub fn builder(store: impl Backend + 'static) -> GuardBuilder {
        GuardBuilder::new(store)
    }

    pub(crate) fn assembled(engine: Engine, store: Arc<dyn Backend>, options: Options) -> Self {
        Self {
            shared: Arc::new(Shared {
                engine,
                store,
                options,
                purging: Purging::default(),
            }),
        }
    }

    /// What it decides by.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        self.shared.engine.policy()
    }

    /// A layer that guards the logins that `rule` describes; [`GuardLayer::rule`] adds others.
    #[must_use]
    pub fn layer(&self, rule: LoginRule) -> GuardLayer {
        GuardLayer::new(self.clone(), rule)
    }

    /// What the guard knows of the attempt that a request with these `parts` is: everything but the
    /// username. Where nobody has said who connected, it has no address, and [`admit`](Self::admit) refuses
    /// it.
    #[must_use]
    pub fn attempt(&self, parts: &Parts) -> Attempt {
        let address = match self.options().addresses.origin(parts) {
            Origin::Known(address) => address,
            Origin::Missing => None,
        };
        self.attempt_from(address, parts)
    }

    pub(crate) fn attempt_from(&self, address: Option<IpAddr>, parts: &Parts) -> Attempt {
        let header = |name: http::HeaderName| {
            let value = parts.headers.get(name)?;
            Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let query = parts.uri.query().unwrap_or_default();
        let mut attempt = Attempt::new(address);
        attempt.client.user_agent = header(http::header::USER_AGENT);
        attempt.http_accept = header(http::header::ACCEPT);
        parts.method.as_str().clone_into(&mut attempt.method);
        location::whole_path(parts).clone_into(&mut attempt.path);
        attempt.get_data = self.form_lines(query.as_bytes());
        attempt
    }

    /// The fields of a form as they are recorded, secrets masked.
    pub(crate) fn form_lines(&self, form: &[u8]) -> String {
        let fields: Vec<_> = form_urlencoded::parse(form).collect();
        let fields = fields.iter().map(|(name, value)| (&**name, &**value));
        self.options().redactor.form_lines(fields)
    }

    /// Takes a permit for checking the password of `attempt`, or says why there is none. It waits where
    /// only attempts in flight stand in the way.
    ///
    /// An attempt without an address is refused ([`Reason::NotAllowed`]), because the guard is not set up
    /// where nobody has said who connected; unless the application says itself that it is unknown, by
    /// [`peer_address`](GuardBuilder::peer_address), or the policy is disabled.
    ///
    /// # Errors
    /// The refusal; [`respond`](Self::respond) makes a response of it.
    pub async fn admit(&self, attempt: &Attempt) -> Result<OpenPermit, Refusal> {
        self.admit_with(attempt, &self.overrides(attempt)).await
    }

    /// The same, where the application has something to say about this attempt.
    ///
    /// # Errors
    /// The refusal.
    pub async fn admit_with(
        &self,
        attempt: &Attempt,
        overrides: &Overrides,
    ) -> Result<OpenPermit, Refusal> {
        if self.lacks_address(attempt) {
            log::no_peer();
            return Err(not_set_up());
        }
        match self.verdict(attempt, overrides).await {
            Verdict::Admit(permit) => Ok(OpenPermit::new(self.clone(), permit, attempt.clone())),
            Verdict::Refuse(refusal) => {
                self.tell(&Event::of_refusal(&refusal), attempt);
                Err(refusal)
            }
        }
    }

    /// The response to whoever is refused, as the guard was told to answer.
    #[must_use]
    pub fn respond(&self, parts: &Parts, refusal: &Refusal) -> Response<Full<Bytes>> {
        self.options()
            .refusals
            .respond(parts, refusal)
            .map(Full::new)
    }

    /// The highest number of failures in any scope of `attempt`, and the refusal that it would meet
    /// now. Takes nothing and counts nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not tell.
    pub async fn peek(&self, attempt: &Attempt) -> Result<(u32, Option<Refusal>), StoreError> {
        let overrides = self.overrides(attempt);
        let missing = self.lacks_address(attempt).then(not_set_up);
        let attempt = attempt.clone();
        let decision = self
            .drive(move |driver| driver.peek(&attempt, &overrides))
            .await?;
        if let Some(error) = decision.error {
            return Err(error);
        }
        let (failures, refusal) = decision.decided;
        Ok((failures, missing.or(refusal)))
    }

    /// Forgets the attempts on `username` and from `address`, where both are given only those that match
    /// both, and with neither all. When it returns, nobody is refused because of them. It tells how many
    /// records that were.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not do it; then it is to be repeated.
    pub async fn reset(
        &self,
        username: Option<&str>,
        address: Option<IpAddr>,
    ) -> Result<u64, StoreError> {
        let selector = Selector::new(username, address, self.policy().ipv6_prefix);
        self.drive(move |driver| driver.reset(selector)).await?
    }

    /// Forgets all that `attempt` is refused for; tells how many records that were.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not do it.
    pub async fn lift(&self, attempt: &Attempt) -> Result<u64, StoreError> {
        let attempt = attempt.clone();
        self.drive(move |driver| driver.lift(&attempt)).await?
    }

    /// The lockouts from `start` to `stop` of those that are `wanted`, and how many there are.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not tell.
    pub async fn lockouts(
        &self,
        wanted: Wanted,
        start: usize,
        stop: usize,
    ) -> Result<Page, StoreError> {
        self.drive(move |driver| driver.lockouts(ByCode::default(), wanted, start, stop))
            .await?
    }

    /// Lifts the lockout of the tally `key`; whether there was one.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not do it.
    pub async fn unlock(&self, key: ScopeKey) -> Result<bool, StoreError> {
        self.drive(move |driver| driver.unlock(ByCode::default(), key))
            .await?
    }

    /// Enters `ban`: from now on the username or the network that it names is refused, with 403.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not do it.
    pub async fn ban(&self, ban: Ban) -> Result<(), StoreError> {
        self.drive(move |driver| driver.store.ban(&ban)).await?
    }

    /// Lifts the ban of `target`; whether there was one.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not do it.
    pub async fn unban(&self, target: Banned) -> Result<bool, StoreError> {
        self.drive(move |driver| driver.store.unban(&target))
            .await?
    }

    /// The bans that hold now, the newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not tell.
    pub async fn bans(&self) -> Result<Vec<Ban>, StoreError> {
        self.drive(|driver| driver.store.bans(driver.clock.now()))
            .await?
    }

    /// Notes the logout of the session with this key. Its attempt needs the username.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not do it.
    pub async fn log_out(&self, attempt: &Attempt, session_key: &str) -> Result<(), StoreError> {
        self.tell(&[Event::LoggedOut], attempt);
        let (attempt, session_hash) = (attempt.clone(), session_hash(session_key));
        self.drive(move |driver| driver.log_out(&attempt, &session_hash))
            .await?
    }

    /// Whether nobody has said where `attempt` comes from, and somebody has to: what holds for addresses,
    /// such as bans of networks, would not hold for it.
    fn lacks_address(&self, attempt: &Attempt) -> bool {
        attempt.client.ip_address.is_none() && self.needs_address()
    }

    /// Whether attempts from nowhere show that the guard is not set up: whatever it counts on, a ban of a
    /// network may be entered at any time. A closure of the application's may know of no address.
    pub(crate) fn needs_address(&self) -> bool {
        self.policy().enabled && self.options().addresses.peer.is_none()
    }

    pub(crate) fn options(&self) -> &Options {
        &self.shared.options
    }

    fn overrides(&self, attempt: &Attempt) -> Overrides {
        let overrides = self.options().overrides.as_ref();
        overrides.map_or_else(Overrides::default, |overrides| overrides(attempt))
    }
}

/// The refusal where nobody has said who connected.
fn not_set_up() -> Refusal {
    Refusal::of(Reason::NotAllowed, None)
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("policy", self.policy())
            .finish_non_exhaustive()
    }
}
