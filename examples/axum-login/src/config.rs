//! What the environment says.

use std::env;
use std::str::FromStr;
use std::time::Duration;

use crate::error::Error;

/// Where things are.
#[derive(Clone)]
pub(crate) struct Config {
    /// `PORT`; 0 for any that is free.
    pub(crate) port: u16,
    /// `DATABASE`: the file with the users.
    pub(crate) database: String,
    /// `AXES_STORE`: where Axes keeps what it counts. A Django site or another service may use the same.
    pub(crate) store: String,
    /// `COOL_OFF_SECONDS`: how long a lockout lasts.
    pub(crate) cool_off: Duration,
}

impl Config {
    pub(crate) fn from_environment() -> Result<Self, Error> {
        let database: String = read("DATABASE", "axum-login.sqlite3".to_owned())?;
        Ok(Self {
            port: read("PORT", 3000)?,
            store: read("AXES_STORE", format!("sqlite:{database}"))?,
            cool_off: Duration::from_secs(read("COOL_OFF_SECONDS", 60)?),
            database,
        })
    }
}

/// What the variable `name` says, or what holds without it.
fn read<T: FromStr>(name: &'static str, default: T) -> Result<T, Error> {
    match env::var(name) {
        Ok(text) => text.parse().map_err(|_| Error::Environment(name)),
        Err(env::VarError::NotPresent) => Ok(default),
        Err(env::VarError::NotUnicode(_)) => Err(Error::Environment(name)),
    }
}
