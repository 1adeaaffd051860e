//! A login guard for axum and every other tower service.
//!
//! A [`Guard`] counts failed logins and locks out whoever fails too often, exactly: with a limit of 3,
//! no more than 3 wrong passwords are ever checked, however many requests come at once. It takes a
//! *permit* before a password is checked and settles it afterwards.
//!
//! # In front of an application
//!
//! A [`LoginRule`] says which requests are login attempts and how their outcome shows;
//! [`Guard::layer`] does the rest:
//!
//! ```
//! use std::{net::SocketAddr, time::Duration};
//!
//! use axes_tower::{Guard, LoginRule, MemoryStore};
//! use axum::{Form, Router, response::Redirect, routing::post};
//!
//! # #[derive(serde::Deserialize)]
//! # struct Login { username: String, password: String }
//! async fn login(Form(form): Form<Login>) -> Redirect {
//!     // … and make a session …
//!     let right = form.username == "ada" && form.password == "right";
//!     Redirect::to(if right { "/home" } else { "/login" })
//! }
//!
//! # fn main() -> Result<(), axes_tower::GuardError> {
//! let guard = Guard::builder(MemoryStore::default())
//!     .failure_limit(5)
//!     .cool_off(Duration::from_mins(15))
//!     .build()?;
//! let app = Router::new()
//!     .route("/login", post(login))
//!     .layer(guard.layer(LoginRule::form("/login", "username")));
//! let service = app.into_make_service_with_connect_info::<SocketAddr>();
//! # let _ = service;
//! # Ok(())
//! # }
//! ```
//!
//! The guard has to know who connected: serve with `into_make_service_with_connect_info`, or put a
//! [`PeerAddress`] into the request's extensions. Behind a proxy, name it with
//! [`trusted_proxies`](GuardBuilder::trusted_proxies).
//!
//! # In a handler
//!
//! Where a rule is not enough, a handler takes the permit in its own hands:
//!
//! ```
//! # use axes_tower::{Guard, MemoryStore};
//! # #[derive(Clone)] struct Site { guard: Guard }
//! # async fn is_right(username: &str, password: &str) -> bool { password == "right" }
//! use axum::http::{StatusCode, request::Parts};
//! use axum::response::{IntoResponse, Response};
//! # use axum::extract::State;
//!
//! async fn login(State(site): State<Site>, parts: Parts) -> Response {
//!     let (username, password) = ("ada", "guess"); // from wherever this protocol has them
//!     let attempt = site.guard.attempt(&parts).with_username(username);
//!     let permit = match site.guard.admit(&attempt).await {
//!         Ok(permit) => permit,
//!         Err(refusal) => return site.guard.respond(&parts, &refusal).into_response(),
//!     };
//!     if is_right(username, password).await {
//!         permit.succeed().await;
//!         return StatusCode::NO_CONTENT.into_response();
//!     }
//!     match permit.fail().await.refusal {
//!         Some(refusal) => site.guard.respond(&parts, &refusal).into_response(),
//!         None => StatusCode::UNAUTHORIZED.into_response(),
//!     }
//! }
//! # let _: axum::routing::MethodRouter<Site> = axum::routing::post(login);
//! ```
//!
//! # What happens when something goes wrong
//!
//! | | what becomes of the attempt |
//! |---|---|
//! | the client is gone while the password is checked, or the handler panics | nobody knows the outcome: it counts as a failure once the lease of its permit has run out |
//! | the handler answers with a server error (5xx) | the same |
//! | the client is gone while it waits for its turn | nothing was taken, nothing is left over |
//! | the client is gone in the moment in which the store is asked | as if the password was being checked |
//! | the store does not answer | refused with 503, unless [`fail_open`](GuardBuilder::fail_open) |
//! | nobody has said who connected | refused, and an error in the log: with 500 by the layer, as not allowed (403) by [`Guard::admit`] |
//!
//! # What is kept
//!
//! After a login, once a minute at most, a guard deletes in the background what its cool-off has made
//! forgotten. Without a cool-off, or where [`overrides`](GuardBuilder::overrides) give attempts another one,
//! everything stays until somebody deletes it.
//!
//! # What is not a login attempt
//!
//! All other requests pass untouched: their bodies stream, nothing is counted or stored.
//!
//! Log lines go to [`tracing`] with the target `axes`. Usernames and addresses are masked in them
//! unless [`sensitive`](GuardBuilder::sensitive) says otherwise; passwords never get there.

mod accept;
mod address;
mod body;
mod builder;
mod classify;
mod driving;
mod error;
mod future;
mod guard;
mod identify;
mod layer;
mod location;
mod log;
mod page;
mod permit;
mod purging;
mod respond;
mod rule;
mod service;
mod session;

pub use axes_core::{
    Attempt, Ban, Banned, CoolOff, ForwardedPolicy, HopOrder, Lockout, Networks, Overrides,
    Parameter, Policy, Reason, Refusal, Report, Scope, ScopeKey, Tier, Timestamp,
};
#[cfg(feature = "sqlite")]
pub use axes_stores::SqliteStore;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use axes_stores::migrate;
pub use axes_stores::{
    AnyStore, Backend, MemoryStore, OpenOptions, Page, Search, StoreError, Wanted, open,
};

pub use address::PeerAddress;
pub use body::{RequestBody, ResponseBody};
pub use builder::GuardBuilder;
pub use classify::{LoginOutcome, Outcomes};
pub use error::GuardError;
pub use future::GuardFuture;
pub use guard::Guard;
pub use identify::Username;
pub use layer::GuardLayer;
pub use permit::OpenPermit;
pub use respond::Refusals;
pub use rule::LoginRule;
pub use service::GuardService;
pub use session::SessionKey;
