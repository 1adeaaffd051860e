//! A login page for machines, which checks passwords slowly and writes down which: for races between an
//! axum service and a Django site on one store. `RACE_STORE` is the URL of the store, `RACE_CHECKS_FILE`
//! the file that checks are written to, `RACE_PORT` the port.
#![allow(
    clippy::expect_used,
    reason = "only tests use this program, and a panic is how it fails"
)]

use std::fs::OpenOptions;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axes_tower::{
    Guard, LoginRule, OpenOptions as StoreOptions, Outcomes, Overrides, Parameter, Scope,
};
use axum::Router;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use serde_json::json;
use tokio::net::TcpListener;

/// The one password that is right.
const RIGHT: &str = "correct-horse-battery";

/// What the pages count on: the last part of the path says it.
const PAGES: [(&str, &[&[Parameter]]); 4] = [
    ("address", &[&[Parameter::IpAddress]]),
    ("username", &[&[Parameter::Username]]),
    ("both", &[&[Parameter::Username, Parameter::IpAddress]]),
    ("either", &[&[Parameter::Username], &[Parameter::IpAddress]]),
];

#[derive(serde::Deserialize)]
struct Login {
    username: String,
    password: String,
    seconds: f64,
}

#[tokio::main]
async fn main() {
    let of = |name: &str| std::env::var(name).expect("the environment says what to do");
    let store = axes_tower::open(&of("RACE_STORE"), &StoreOptions::default());
    let guard = Guard::builder(store.expect("a URL of a store"))
        .failure_limit(3)
        .cool_off(Duration::from_hours(1))
        .trusted_proxies(["127.0.0.1"])
        .overrides(|attempt| Overrides {
            scopes: scopes(&attempt.path),
            ..Overrides::default()
        })
        .build()
        .expect("a policy");
    let mut pages = Router::new();
    let mut rules = None;
    for (name, _) in PAGES {
        let path = format!("/login/{name}/");
        pages = pages.route(&path, post(log_in));
        let rule = LoginRule::form(path, "username").outcome(Outcomes::success_status());
        rules = Some(match rules.take() {
            None => guard.layer(rule),
            Some(layer) => axes_tower::GuardLayer::rule(layer, rule),
        });
    }
    let pages = pages
        .layer(rules.expect("some pages"))
        .route("/ready/", get(async || "ready"))
        .with_state(Arc::from(of("RACE_CHECKS_FILE")));
    let port = of("RACE_PORT").parse().expect("a port");
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await;
    let service = pages.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener.expect("a free port"), service)
        .await
        .expect("nothing ends it");
}

async fn log_in(
    State(checks): State<Arc<str>>,
    headers: HeaderMap,
    Form(login): Form<Login>,
) -> (StatusCode, &'static str) {
    let right = login.password == RIGHT;
    let address = headers
        .get("x-forwarded-for")
        .and_then(|it| it.to_str().ok());
    let check = json!({"username": login.username, "address": address, "right": right});
    let mut file = OpenOptions::new()
        .append(true)
        .open(&*checks)
        .expect("a file for checks");
    // One short write to a file opened for appending is never torn apart.
    file.write_all(format!("{check}\n").as_bytes())
        .expect("a line for each check");
    tokio::time::sleep(Duration::from_secs_f64(login.seconds)).await;
    if right {
        (StatusCode::OK, "welcome")
    } else {
        (StatusCode::UNAUTHORIZED, "wrong")
    }
}

/// What the page at `path` counts on.
fn scopes(path: &str) -> Option<Arc<[Scope]>> {
    let name = path.trim_end_matches('/').rsplit('/').next()?;
    let (_, scopes) = PAGES.iter().find(|(page, _)| *page == name)?;
    scopes
        .iter()
        .map(|together| Scope::of(together.iter().copied()))
        .collect()
}
