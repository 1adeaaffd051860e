//! Whom a command is about.

use std::net::IpAddr;

use axes_core::{Selector, canonical_address, normalize_username};
use axes_stores::Past;

use super::when;
use crate::context::Context;
use crate::output::shown;
use crate::{Failure, Host};

/// A username, an address, or both.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Who {
    /// Only this username, in any case and Unicode form
    #[arg(long, short, value_name = "NAME")]
    pub(crate) username: Option<String>,
    /// Only this address; of IPv6, its network
    #[arg(long, short, value_name = "ADDRESS")]
    pub(crate) ip: Option<IpAddr>,
}

impl Who {
    /// Whether anybody is named.
    pub(crate) const fn is_nobody(&self) -> bool {
        self.username.is_none() && self.ip.is_none()
    }

    /// The address in the form in which it is counted.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        self.ip.map(canonical_address)
    }

    /// The attempts that are meant.
    pub(crate) fn selector(&self, context: &Context) -> Result<Selector, Failure> {
        if let Some(name) = &self.username
            && normalize_username(name).is_none()
        {
            let wrong = "--username is empty: an attempt without a username counts on none";
            return Err(Failure::Usage(wrong.to_owned()));
        }
        let prefix = context.policy.ipv6_prefix;
        Ok(Selector::new(
            self.username.as_deref(),
            self.address(),
            prefix,
        ))
    }

    /// What of the past is meant, from the time `since` on.
    pub(crate) fn past(
        &self,
        since: Option<&String>,
        context: &Context,
        host: &Host<'_>,
    ) -> Result<Past, Failure> {
        let since = since
            .map(|typed| when::past("--since", typed, host))
            .transpose()?;
        let who = self.selector(context)?;
        Ok(Past { who, since })
    }

    /// The same behind a statement; nothing where it is about everybody.
    pub(crate) fn of(&self) -> String {
        if self.is_nobody() {
            String::new()
        } else {
            format!(" of {}", self.in_words())
        }
    }

    /// In words, for people.
    pub(crate) fn in_words(&self) -> String {
        let username = self
            .username
            .as_deref()
            .map(|name| format!("username {}", shown(name)));
        let address = self.address().map(|address| format!("address {address}"));
        let words: Vec<String> = username.into_iter().chain(address).collect();
        if words.is_empty() {
            "everybody".to_owned()
        } else {
            words.join(" from ")
        }
    }
}
