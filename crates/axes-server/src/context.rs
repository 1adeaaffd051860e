//! What every command works with.

use axes_core::{Batch, Engine, Judge, Policy, Reply, Timestamp};
use axes_stores::{AnyStore, OpenOptions, StoreError};

use crate::configuration::{self, Configuration};
use crate::output::Times;
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
            .map_err(|error| not_understood(&error, url))?;
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
        result.map_err(|error| Failure::Store {
            error,
            url: self.configuration.url.clone(),
        })
    }

    /// By which policy lockouts are judged, for people.
    pub(crate) fn judged_by(&self) -> String {
        format!(
            "Judged by: {} ({}).",
            configuration::in_words(&self.policy),
            self.configuration.source()
        )
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

pub(crate) fn not_understood(error: &StoreError, url: &StoreUrl) -> Failure {
    let told = std::error::Error::source(error).map_or_else(String::new, |source| {
        format!(" ({})", url.redact(&source.to_string()))
    });
    Failure::Usage(format!(
        "the store {url} makes no sense{told}: use sqlite:PATH, postgres://…, redis://… (rediss:// with \
         TLS), valkey://…, or redis-cluster://HOST,HOST"
    ))
}
