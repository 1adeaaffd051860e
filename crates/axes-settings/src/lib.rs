//! What operators write, turned into an Axes [`Policy`](axes_core::Policy).
//!
//! [`TABLE`] is the one table of settings: names, kinds, defaults and meanings. [`Settings`] holds
//! values that were checked against it, all of them at once; what is wrong is a [`Problem`] that
//! says what would be right. [`Reader`] reads them from a TOML file, from the environment and from flags.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a setting names the values it takes; all others are wrong, also those to come"
)]

mod file;
mod kind;
mod length;
mod lockout;
mod nearest;
mod origin;
mod problem;
mod reader;
mod reference;
mod settings;
mod spec;
mod store;
mod syntax;
mod table;
mod template;
mod value;
mod words;
mod written;

pub use kind::Kind;
pub use length::{parse_length, write_length};
pub use lockout::{parse_cool_off, parse_limit, parse_scopes};
pub use origin::Origin;
pub use problem::Problem;
pub use reader::Reader;
pub use reference::reference;
pub use settings::{OnStoreError, Settings};
pub use spec::{Hosts, Preset, Since, Spec};
pub use store::STORE_SCHEMES;
pub use syntax::Syntax;
pub use table::{TABLE, spec};
pub use template::template;
pub use value::Value;

/// What the guide shows is compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/configuration.md")]
pub struct Guide;
