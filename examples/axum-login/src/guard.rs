//! The guard: what is counted, where, and what somebody who is locked out sees.

use axes_tower::Parameter::{IpAddress, Username};
use axes_tower::{Guard, OpenOptions, Refusals, migrate, open};

use crate::config::Config;
use crate::error::Error;
use crate::page;

/// Opens the store and builds the guard.
pub(crate) async fn build(config: &Config) -> Result<Guard, Error> {
    let url = config.store.clone();
    let store = tokio::task::spawn_blocking(move || {
        let options = OpenOptions::default();
        migrate(&url, &options)?;
        open(&url, &options)
    });
    let guard = Guard::builder(store.await??)
        .failure_limit(3)
        .cool_off(config.cool_off)
        // Three wrong passwords for one account from one address; somebody else's guesses do not
        // lock out its owner.
        .lockout_parameters(&[&[Username, IpAddress]])
        .refusals(Refusals::negotiated().with_page(page::refused))
        .build()?;
    Ok(guard)
}
