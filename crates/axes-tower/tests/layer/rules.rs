//! What is an attempt, what comes of it, and what a client sees.

use std::net::SocketAddr;
use std::time::Duration;

use axes_tower::{
    Attempt, Guard, GuardError, LoginOutcome, LoginRule, MemoryStore, Outcomes, Parameter,
    PeerAddress, Policy, Refusals,
};
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use axum::{Extension, Router};
use tower::{Layer, ServiceExt, service_fn};

use crate::client::{exchange, log_in, post as posting};
use crate::site::{Site, builder, serve};

/// Credentials of HTTP Basic.
const BASIC: &str = "Authorization: Basic YWRhOng=\r\n";

#[tokio::test]
async fn the_failure_that_reaches_the_limit_is_answered_as_locked_out() {
    let site = Site::with_limit(3).await;
    for status in [401, 401, 429] {
        let answer = exchange(site.address, log_in("ada", "wrong")).await;
        assert_eq!(answer.status, status);
    }
    let answer = exchange(site.address, log_in("ada", "right")).await;
    assert_eq!(answer.status, 429);
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json")
    );
    let left: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((3590..=3600).contains(&left), "{left}");
    assert_eq!(answer.json()["reason"], "locked_out");
    assert_eq!(site.checked(), 3);

    site.guard
        .reset(None, "127.0.0.1".parse().ok())
        .await
        .unwrap();
    let answer = exchange(site.address, log_in("ada", "right")).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, Some("/home"))
    );
}

#[tokio::test]
async fn a_browser_gets_a_page() {
    let site = Site::with_limit(1).await;
    let request = log_in("ada", "wrong").replace("Host:", "Accept: text/html\r\nHost:");
    let answer = exchange(site.address, request).await;
    assert_eq!(answer.status, 429);
    assert!(
        answer.body.contains("Please try again in 60 minutes."),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn what_is_no_attempt_passes_whoever_is_locked_out() {
    let site = Site::with_limit(1).await;
    assert_eq!(
        exchange(site.address, log_in("ada", "wrong")).await.status,
        429
    );
    for (method, status) in [("GET", 200), ("HEAD", 200), ("OPTIONS", 405), ("PUT", 405)] {
        let request = format!("{method} /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assert_eq!(
            exchange(site.address, request).await.status,
            status,
            "{method}"
        );
    }
    assert_eq!(
        exchange(site.address, posting("/other", "text/plain", "x"))
            .await
            .status,
        404
    );
    assert_eq!(site.checked(), 1);
}

#[tokio::test]
async fn a_success_gives_the_permit_back() {
    let site = Site::with_limit(1).await;
    for _ in 0..5 {
        assert_eq!(
            exchange(site.address, log_in("ada", "right")).await.status,
            303
        );
    }
}

#[tokio::test]
async fn attempts_are_counted_on_what_the_site_says() {
    let guard = builder()
        .failure_limit(1)
        .lockout_parameters(&[&[Parameter::Username]])
        .build();
    let site = Site::guarded_by(guard.unwrap()).await;
    assert_eq!(
        exchange(site.address, log_in("ada", "wrong")).await.status,
        429
    );
    assert_eq!(
        exchange(site.address, log_in("%41DA", "right"))
            .await
            .status,
        429
    );
    assert_eq!(
        exchange(site.address, log_in("eve", "right")).await.status,
        303
    );
}

#[tokio::test]
async fn two_usernames_in_one_form_try_none() {
    let site = Site::with_limit(3).await;
    let answer = exchange(site.address, log_in("ada&username=eve", "wrong")).await;
    assert_eq!((answer.status, site.checked()), (400, 0));
}

#[tokio::test]
async fn denied_addresses_are_forbidden() {
    let guard = builder().deny(["127.0.0.0/8"]).build().unwrap();
    let site = Site::guarded_by(guard).await;
    let answer = exchange(site.address, log_in("ada", "right")).await;
    assert_eq!((answer.status, site.checked()), (403, 0));
    assert_eq!(answer.json()["reason"], "denylisted");
}

#[tokio::test]
async fn allowed_addresses_are_never_locked_out() {
    let guard = builder()
        .failure_limit(1)
        .allow(["127.0.0.1"])
        .build()
        .unwrap();
    let site = Site::guarded_by(guard).await;
    for _ in 0..3 {
        assert_eq!(
            exchange(site.address, log_in("ada", "wrong")).await.status,
            401
        );
    }
}

#[tokio::test]
async fn what_a_handler_says_wins_over_what_it_answers() {
    let guard = builder().failure_limit(2).build().unwrap();
    let handler = |headers: HeaderMap| async move {
        let outcome = match headers["x-say"].as_bytes() {
            b"failure" => LoginOutcome::Failure,
            b"withdrawn" => LoginOutcome::Withdrawn,
            _ => LoginOutcome::Success,
        };
        (Extension(outcome), Redirect::to("/home"))
    };
    let app = Router::new()
        .route("/login", post(handler))
        .layer(guard.layer(LoginRule::form("/login", "username")));
    let address = serve(app).await;
    let said = ["withdrawn", "withdrawn", "success", "failure", "failure"];
    let mut statuses = Vec::new();
    for say in said {
        let request = log_in("ada", "?").replace("Host:", &format!("X-Say: {say}\r\nHost:"));
        statuses.push(exchange(address, request).await.status);
    }
    assert_eq!(statuses, [303, 303, 303, 303, 429]);
}

#[tokio::test]
async fn several_rules_share_one_budget() {
    let guard = builder().failure_limit(3).build().unwrap();
    let layer = guard
        .layer(LoginRule::json("/api/login", "/user"))
        .rule(LoginRule::basic())
        .rule(
            LoginRule::new("/token")
                .method(Method::PUT)
                .outcome(Outcomes::success_status()),
        );
    let app = Router::new()
        .route("/api/login", post(|| async { StatusCode::FORBIDDEN }))
        .route(
            "/token",
            get(|| async { "" }).put(|| async { StatusCode::BAD_REQUEST }),
        )
        .route("/files", get(|| async { StatusCode::UNAUTHORIZED }))
        .layer(layer);
    let address = serve(app).await;
    let bare = |method: &str, path: &str, more: &str| {
        format!("{method} {path} HTTP/1.1\r\nHost: x\r\n{more}Connection: close\r\n\r\n")
    };
    let json = posting("/api/login", "application/json", r#"{"user": "ada"}"#);
    assert_eq!(exchange(address, json).await.status, 403);
    assert_eq!(
        exchange(address, bare("GET", "/files", "")).await.status,
        401
    );
    assert_eq!(
        exchange(address, bare("GET", "/files", BASIC)).await.status,
        401
    );
    assert_eq!(
        exchange(address, bare("PUT", "/token", "")).await.status,
        429
    );
    assert_eq!(
        exchange(address, bare("GET", "/files", BASIC)).await.status,
        429
    );
    assert_eq!(
        exchange(address, bare("GET", "/token", "")).await.status,
        200
    );
}

#[tokio::test]
async fn a_header_does_not_choose_the_rule() {
    let form = || LoginRule::form("/login", "username");
    for basic_is_first in [true, false] {
        let guard = builder().failure_limit(2).build().unwrap();
        let layer = if basic_is_first {
            guard.layer(LoginRule::basic()).rule(form())
        } else {
            guard.layer(form()).rule(LoginRule::basic())
        };
        let app = Router::new()
            .route("/login", post(|| async { "wrong, try again" }))
            .route("/files", get(|| async { StatusCode::UNAUTHORIZED }))
            .layer(layer);
        let address = serve(app).await;
        let forged = log_in("ada", "guess").replace("Host:", &format!("{BASIC}Host:"));
        assert_eq!(exchange(address, &forged).await.status, 200);
        let attempt = Attempt::new("127.0.0.1".parse().ok());
        assert_eq!(guard.peek(&attempt).await.unwrap().0, 1, "not counted");
        let basic = format!("GET /files HTTP/1.1\r\n{BASIC}Host: x\r\nConnection: close\r\n\r\n");
        assert_eq!(exchange(address, basic).await.status, 429);
        assert_eq!(exchange(address, forged).await.status, 429);
    }
}

#[tokio::test]
async fn a_page_that_is_not_there_proves_no_password() {
    let guard = builder().failure_limit(2).reset_on_success(true);
    let guard = guard.build().unwrap();
    let app = Router::new()
        .route("/files", get(|| async { StatusCode::UNAUTHORIZED }))
        .layer(guard.layer(LoginRule::basic()));
    let address = serve(app).await;
    let bare = |path| format!("GET {path} HTTP/1.1\r\n{BASIC}Host: x\r\nConnection: close\r\n\r\n");
    let mut met = Vec::new();
    for path in [
        "/nowhere", "/files", "/nowhere", "/nowhere", "/files", "/nowhere",
    ] {
        met.push(exchange(address, bare(path)).await.status);
    }
    assert_eq!(met, [404, 401, 404, 404, 429, 429]);
}

#[tokio::test]
async fn a_nested_router_is_guarded_by_either_path() {
    for path in ["/login", "/auth/login"] {
        let guard = builder().failure_limit(1).build().unwrap();
        let inner = Router::new()
            .route("/login", post(|| async { StatusCode::UNAUTHORIZED }))
            .layer(guard.layer(LoginRule::form(path, "username")));
        let address = serve(Router::new().nest("/auth", inner)).await;
        let request = log_in("ada", "wrong").replace("POST /login", "POST /auth/login");
        assert_eq!(exchange(address, request).await.status, 429, "{path}");
    }
}

#[tokio::test]
async fn a_slash_at_the_end_makes_no_guess_a_success() {
    for (asked, back) in [
        ("/login/", "/login?error"),
        ("/login", "/login/?error"),
        ("/login/", "/app/login"),
    ] {
        let guard = builder().failure_limit(1).build().unwrap();
        let wrong = move || async move { Redirect::to(back) };
        let app = Router::new()
            .route("/login", post(wrong))
            .route("/login/", post(wrong))
            .layer(guard.layer(LoginRule::form("/login", "username")));
        let address = serve(app).await;
        let request = log_in("ada", "wrong").replace("POST /login", &format!("POST {asked}"));
        assert_eq!(
            exchange(address, request).await.status,
            429,
            "{asked} {back}"
        );
    }
}

#[tokio::test]
async fn a_refusal_can_lead_elsewhere() {
    let refusals = Refusals::redirect("/locked".parse().unwrap());
    let guard = builder()
        .failure_limit(1)
        .refusals(refusals)
        .build()
        .unwrap();
    let site = Site::guarded_by(guard).await;
    let answer = exchange(site.address, log_in("ada", "wrong")).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, Some("/locked"))
    );
}

#[tokio::test]
async fn whoever_does_not_say_who_connected_is_told_so() {
    let request = || {
        let form = "application/x-www-form-urlencoded";
        let request = Request::post("/login").header("content-type", form);
        request.body(Body::from("u=ada")).unwrap()
    };
    let handler = service_fn(|_: Request<_>| async {
        Ok::<_, std::convert::Infallible>(StatusCode::UNAUTHORIZED.into_response())
    });
    let layered = |guard: &Guard| guard.layer(LoginRule::form("/login", "u")).layer(handler);
    let guard = builder().failure_limit(1).build().unwrap();
    let response = layered(&guard).oneshot(request()).await.unwrap();
    assert_eq!(response.status(), 500);

    let mut known = request();
    known
        .extensions_mut()
        .insert(PeerAddress("192.0.2.1".parse().unwrap()));
    assert_eq!(layered(&guard).oneshot(known).await.unwrap().status(), 429);
    let mut known = request();
    let peer: SocketAddr = "192.0.2.2:80".parse().unwrap();
    known
        .extensions_mut()
        .insert(axum::extract::ConnectInfo(peer));
    assert_eq!(layered(&guard).oneshot(known).await.unwrap().status(), 429);

    // Networks may be banned where nothing is counted by address, too.
    let by_name = || builder().lockout_parameters(&[&[Parameter::Username]]);
    let guard = by_name().build().unwrap();
    let response = layered(&guard).oneshot(request()).await.unwrap();
    assert_eq!(response.status(), 500);
    // An application may know that it does not know.
    let guard = by_name().peer_address(|_| None).build().unwrap();
    let response = layered(&guard).oneshot(request()).await.unwrap();
    assert_eq!(response.status(), 401);
    let disabled = Policy {
        enabled: false,
        ..Policy::default()
    };
    let guard = builder().policy(disabled).build().unwrap();
    let response = layered(&guard).oneshot(request()).await.unwrap();
    assert_eq!(response.status(), 401);
}

#[test]
fn everything_that_is_wrong_is_told_at_once() -> Result<(), GuardError> {
    let wrong = Guard::builder(MemoryStore::default())
        .failure_limit(0)
        .cool_off(Duration::ZERO)
        .lockout_parameters(&[])
        .trusted_proxies(["10.0.0.0/8", "nonsense"])
        .deny(["192.0.2.1/99"])
        .tiers([])
        .build()
        .unwrap_err();
    assert_eq!(wrong.problems().len(), 6, "{wrong}");
    let trusting = builder().trusted_proxies([""; 0]).build().unwrap_err();
    assert!(trusting.to_string().contains("everybody would be believed"));
    let minute = Duration::from_secs(60);
    let guard = builder().tiers([(6, 60 * minute), (4, minute)]).build()?;
    assert_eq!(guard.policy().limit, 4);
    Ok(())
}
