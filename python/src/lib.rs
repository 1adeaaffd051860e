//! The Axes engine as the Python module `axes._axes`.
//!
//! Translation only: Python's values into the engine's and back. What is decided is decided in
//! `axes-core`; how a database is spoken to, in `axes-stores`.

mod answers;
mod attempt;
mod attempts;
mod bans;
mod cache;
mod clock;
mod columns;
mod connection;
mod engine;
mod entries;
mod errors;
mod lockouts;
mod native;
mod overrides;
mod snapshot;
mod store;
mod value;

use pyo3::prelude::*;

/// The engine of Axes. It relies on the lock by which Python lets one thread run at a time, also where
/// Python forks.
#[pymodule(gil_used = true)]
fn _axes(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("COMPARE_AND_SET", axes_stores::COMPARE_AND_SET)?;
    module.add("TAKE_OUT", axes_stores::TAKE_OUT)?;
    module.add_class::<engine::Engine>()?;
    module.add_class::<attempt::Attempt>()?;
    module.add_class::<bans::Ban>()?;
    module.add_class::<answers::Permit>()?;
    module.add_class::<lockouts::Lockout>()?;
    module.add_class::<native::NativeStore>()?;
    module.add_class::<answers::Refusal>()?;
    module.add_class::<answers::Report>()?;
    module.add_class::<snapshot::Snapshot>()?;
    module.add_function(wrap_pyfunction!(attempts::recorded_attempts, module)?)?;
    module.add_function(wrap_pyfunction!(bans::ban, module)?)?;
    module.add_function(wrap_pyfunction!(bans::banned, module)?)?;
    module.add_function(wrap_pyfunction!(bans::bans, module)?)?;
    module.add_function(wrap_pyfunction!(bans::entered_line, module)?)?;
    module.add_function(wrap_pyfunction!(bans::targets_of, module)?)?;
    module.add_function(wrap_pyfunction!(bans::unban, module)?)?;
    module.add_function(wrap_pyfunction!(bans::unbanned_line, module)?)?;
    module.add_function(wrap_pyfunction!(bans::wrong_network, module)?)?;
    module.add_function(wrap_pyfunction!(columns::columns_of_scopes, module)?)?;
    module.add_function(wrap_pyfunction!(columns::columns_of_lockout, module)?)?;
    module.add_function(wrap_pyfunction!(columns::columns_of_record, module)?)?;
    module.add_function(wrap_pyfunction!(columns::columns_of_reset, module)?)?;
    module.add_function(wrap_pyfunction!(lockouts::lockouts, module)?)?;
    module.add_function(wrap_pyfunction!(lockouts::lockouts_of, module)?)?;
    module.add_function(wrap_pyfunction!(lockouts::unlock, module)?)?;
    module.add_function(wrap_pyfunction!(lockouts::lifted_line, module)?)?;
    module.add_function(wrap_pyfunction!(lockouts::clean_reason, module)?)?;
    module.add_function(wrap_pyfunction!(lockouts::filters_of_lockouts, module)?)?;
    module.add_function(wrap_pyfunction!(lockouts::locks_out, module)?)?;
    module.add_function(wrap_pyfunction!(lockouts::peek_many, module)?)?;
    module.add_function(wrap_pyfunction!(native::close_stores, module)?)?;
    module.add_function(wrap_pyfunction!(native::before_fork, module)?)?;
    module.add_function(wrap_pyfunction!(native::after_fork_in_parent, module)?)?;
    module.add_function(wrap_pyfunction!(native::after_fork_in_child, module)?)?;
    module.add_function(wrap_pyfunction!(native::wrong_url, module)?)?;
    module.add_function(wrap_pyfunction!(value::defaults, module)?)?;
    module.add_function(wrap_pyfunction!(value::deprecated, module)?)?;
    Ok(())
}
