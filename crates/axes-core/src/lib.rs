//! The Axes engine: it decides who may try a password.
//!
//! The engine is *pure*. It reads no clock, opens no file or socket, starts no thread and keeps no
//! global. A host (a Django site, a tower service, a proxy) turns its request into an [`Attempt`],
//! asks [`Engine::admit`] before the password is checked and [`Engine::settle`] after it, executes
//! the [`Batch`]es those hand out on a store, and feeds the [`Reply`]s back:
//!
//! ```
//! use axes_core::{Attempt, Engine, Outcome, Overrides, Policy, Rulings, Step, Tally, Timestamp};
//! # use axes_core::{Batch, Op, Reply};
//! # fn execute(batch: &Batch, now: Timestamp) -> Vec<Reply> {
//! #     batch.ops().iter().map(|op| match op {
//! #         Op::Take(take) => {
//! #             let (taken, tally) = take.apply(None, now);
//! #             Reply::Taken { taken, tally }
//! #         }
//! #         Op::Fail(fail) => {
//! #             let (newly_locked, tally) = fail.apply(Some(Tally::blank(9)), now);
//! #             Reply::Counted { newly_locked, tally }
//! #         }
//! #         _ => Reply::Done,
//! #     }).collect()
//! # }
//! let engine = Engine::new(Policy::default());
//! let attempt = Attempt::new("203.0.113.7".parse().ok()).with_username("ada");
//! let now = Timestamp::from_millis(1_750_000_000_000);
//!
//! let mut admission = engine.admit(&attempt, &Overrides::default(), 1);
//! let verdict = loop {
//!     match admission.step(now) {
//!         Step::Execute(batch) => { let replies = execute(&batch, now); admission.resume(&replies, now); }
//!         Step::Wait(_pause) => unreachable!("nobody else is here"),
//!         Step::Done(verdict) => break verdict,
//!     }
//! };
//! let permit = verdict.permit().expect("a first attempt is admitted");
//! // … check the password …
//! let settlement = engine.settle(&permit, Outcome::Failure, &attempt, now);
//! let report = settlement.judge(&execute(settlement.batch(), now), now);
//! assert_eq!(report.failures, 1);
//! assert!(report.refusal.is_none());
//! ```

mod admission;
mod attempt;
mod ban;
mod batch;
mod client;
mod digest;
mod engine;
mod error;
mod event;
mod forwarded;
mod judge;
mod lockout;
mod networks;
mod permit;
mod policy;
mod record;
mod redact;
mod scope;
mod settlement;
mod tally;
mod tier;
mod time;
mod username;
mod verdict;

pub use admission::{Admission, Step};
pub use attempt::Attempt;
pub use ban::{Ban, Banned, BannedError, Heed};
pub use batch::{Batch, ClearProven, Fail, GiveBack, OnLocked, Op, Peek, Reply, Selector, Take};
pub use client::{Client, UNKNOWN, canonical_address};
pub use digest::hex_digest;
pub use engine::{Engine, Peeking};
pub use error::PolicyError;
pub use event::{Event, Level};
pub use forwarded::{ForwardedPolicy, HopOrder, parse_forwarded_address};
pub use judge::{ByCode, Judge, Suspect};
pub use lockout::Lockout;
pub use networks::{NetworkError, Networks, network_of, parse_network};
pub use permit::{Permit, Slot};
pub use policy::{AccessLogs, Overrides, Policy, Rulings};
pub use record::{Details, Record, RecordKey};
pub use redact::{MASK, Redactor, clean_reason, clean_text};
pub use scope::{Parameter, Parts, Scope, ScopeKey};
pub use settlement::{Outcome, Report, Settlement};
pub use tally::{Taken, Tally, Terms};
pub use tier::{CoolOff, Tier};
pub use time::Timestamp;
pub use username::{MAX_USERNAME_CHARS, normalize_username};
pub use verdict::{Reason, Refusal, Verdict};
