//! What people and programs read.

mod json;
mod progress;
mod table;
mod text;
mod times;

pub(crate) use json::{document, line};
pub(crate) use progress::Progress;
pub(crate) use table::Table;
pub(crate) use text::{count, shown, shown_or_none};
pub(crate) use times::{Times, length, rfc3339};
