//! The layer around a handler that does next to nothing, beside the handler alone and a limiter.

use std::convert::Infallible;
use std::hint::black_box;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axes_tower::{Guard, LoginRule, MemoryStore, Outcomes};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use axum::routing::post;
use tokio::runtime::Runtime;
use tower::ServiceExt as _;
use tower_governor::GovernorLayer;
use tower_governor::governor::GovernorConfigBuilder;

use crate::logins::address;
use crate::page::Table;
use crate::turns::{Contestant, compare};

/// Measures requests, each of a client that differs.
pub(crate) fn contest(rounds: usize, times: u32) -> Table {
    let runtime = Runtime::new().expect("a runtime");
    let page = || Router::new().route("/login", post(log_in));
    let guard = Guard::builder(MemoryStore::default()).failure_limit(1_000_000_000);
    let guard = guard.build().expect("a policy");
    let rule = LoginRule::form("/login", "username").outcome(Outcomes::success_status());
    let guarded = page().layer(guard.layer(rule));
    let limits = GovernorConfigBuilder::default()
        .per_nanosecond(1)
        .burst_size(1_000_000)
        .finish();
    let limited = page().layer(GovernorLayer::new(Arc::new(limits.expect("a quota"))));
    let contestant = |name, app: Router| {
        let runtime = &runtime;
        Contestant::timed(name, move |times| {
            let app = app.clone();
            runtime.block_on(async move {
                let begin = Instant::now();
                for number in 0..times {
                    let response: Result<_, Infallible> = app.clone().oneshot(login(number)).await;
                    let status = black_box(response.expect("it never fails")).status();
                    assert_eq!(status, StatusCode::OK);
                }
                begin.elapsed()
            })
        })
    };
    let results = compare(
        rounds,
        times,
        &mut [
            contestant("the handler alone", page()),
            contestant("with tower_governor", limited),
            contestant("with Axes", guarded),
        ],
    );
    let mut table = Table::new(&["what", "a request", "beside the handler alone"]);
    let alone = &results[0];
    for result in &results {
        table.row([
            result.name.to_owned(),
            format!("{:.1} µs", result.spread().median / 1000.0),
            result.ratio(alone).times(),
        ]);
    }
    table
}

async fn log_in(body: String) -> StatusCode {
    if body.contains("password=right") {
        StatusCode::OK
    } else {
        StatusCode::UNAUTHORIZED
    }
}

fn login(number: u32) -> Request<Body> {
    let request = Request::post("/login")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0)")
        .extension(ConnectInfo(SocketAddr::new(address(number), 4000)));
    request
        .body(Body::from("username=ada&password=right"))
        .expect("a request")
}
