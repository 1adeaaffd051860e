//! What operators write, turned into an Axes [`Policy`](axes_core::Policy).
//!
//! [`TABLE`] is the one table of settings: names, kinds, defaults and meanings. [`Settings`] holds
//! values that were checked against it, all of them at once; what is wrong is a [`Problem`] that
//! says what would be right.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a setting names the values it takes; all others are wrong, also those to come"
)]

mod kind;
mod lockout;
mod problem;
mod reference;
mod settings;
mod table;
mod value;

pub use kind::Kind;
pub use lockout::{parse_cool_off, parse_limit, parse_scopes};
pub use problem::Problem;
pub use reference::reference;
pub use settings::{OnStoreError, Settings};
pub use table::{Preset, Since, Spec, TABLE, spec};
pub use value::Value;
