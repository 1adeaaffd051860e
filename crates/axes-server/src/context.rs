//! What every command works with.

use std::io;

use axes_core::{Batch, Engine, Judge, Policy, Reply, Timestamp};
use axes_stores::{AnyStore, OpenOptions, StoreError};

use crate::configuration::{self, Configuration};
use crate::output::{Times, write_wrapped};
use crate::{Failure, Host, StoreUrl};

/// A store that is open, and the policy by which its tallies are judged.
pub(crate) struct Context {
    pub(crate) configuration: Configuration,
    pub(crate) policy: Policy,
    pub(crate) store: AnyStore,
    pub(crate) now: Timestamp,
    pub(crate) times: Times,
    /// Whether programs read the output.
    pub(crate) json: bool,
}

impl Context {
    /// Opens the store. Nothing is connected to before it is needed.
    pub(crate) fn open(
        configuration: Configuration,
        json: bool,
        host: &Host<'_>,
    ) -> Result<Self, Failure> {
        let policy = configuration.settings.policy();
        let url = &configuration.url;
        let store = axes_stores::open(&url.secret(), &options(&configuration))
            .map_err(|error| failed(error, url))?;
        let now = host.now();
        Ok(Self {
            policy,
            store,
            now,
            times: Times::new(host.zone.clone(), now),
            json,
            configuration,
        })
    }

    /// The judge of this policy.
    pub(crate) fn judge(&self) -> Judge<'_> {
        Judge::new(&self.policy, self.configuration.settings.by_code())
    }

    /// The engine of this policy.
    pub(crate) fn engine(&self) -> Engine {
        Engine::new(self.policy.clone())
    }

    /// The answers to `ops`.
    pub(crate) fn execute(&self, batch: &Batch) -> Result<Vec<Reply>, Failure> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        self.told(self.store.execute(batch, self.now))
    }

    /// What the store told, or why it did not.
    pub(crate) fn told<T>(&self, result: Result<T, StoreError>) -> Result<T, Failure> {
        result.map_err(|error| failed(error, &self.configuration.url))
    }

    /// Writes by which policy lockouts are judged, for people.
    pub(crate) fn write_judged_by(&self, host: &mut Host<'_>) -> io::Result<()> {
        let policy = configuration::in_words(&self.policy);
        let source = self.configuration.source();
        write_wrapped(host, &format!("Judged by: {policy} ({source})."))
    }
}

/// How the store of this configuration is opened.
pub(crate) fn options(configuration: &Configuration) -> OpenOptions {
    OpenOptions {
        connections: configuration.settings.store_connections(),
        timeout: configuration.settings.store_timeout(),
        expirations: configuration.settings.keeps_expirations(),
    }
}

/// Why the store at `url` did not do it.
pub(crate) fn failed(error: StoreError, url: &StoreUrl) -> Failure {
    if error.to_string().contains("understand the URL") {
        let told = std::error::Error::source(&error).map_or_else(String::new, |source| {
            format!(" ({})", url.redact(&source.to_string()))
        });
        return Failure::Usage(format!(
            "the store {url} makes no sense{told}: see the reference of AXES_STORE"
        ));
    }
    Failure::Store {
        error,
        url: url.clone(),
    }
}
