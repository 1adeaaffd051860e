//! Handlers that take the permit in their own hands, and what operators ask a guard.

use std::time::Duration;

use axes_tower::{
    Attempt, Ban, Banned, CoolOff, Guard, Lockout, Overrides, Page, Parameter, PeerAddress, Reason,
    ScopeKey, Search, Timestamp, Wanted,
};
use axum::Router;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;

use crate::client::{exchange, post as posting};
use crate::site::{builder, serve};

async fn login(State(guard): State<Guard>, parts: Parts, body: String) -> Response {
    let attempt = guard.attempt(&parts).with_username("ada");
    let permit = match guard.admit(&attempt).await {
        Ok(permit) => permit,
        Err(refusal) => return guard.respond(&parts, &refusal).into_response(),
    };
    match body.as_str() {
        "right" => permit.succeed_in("5e55").await,
        "none" => permit.withdraw().await,
        _ => {
            let report = permit.fail().await;
            return match report.refusal {
                Some(refusal) => guard.respond(&parts, &refusal).into_response(),
                None => (StatusCode::UNAUTHORIZED, report.failures.to_string()).into_response(),
            };
        }
    }
    StatusCode::NO_CONTENT.into_response()
}

#[tokio::test]
async fn a_handler_says_itself_what_came_of_it() {
    let guard = builder().failure_limit(2).build().unwrap();
    let app = Router::new()
        .route("/", post(login))
        .with_state(guard.clone());
    let address = serve(app).await;
    let mut met = Vec::new();
    for body in ["right", "none", "wrong", "right", "none", "wrong", "right"] {
        met.push(
            exchange(address, posting("/", "text/plain", body))
                .await
                .status,
        );
    }
    assert_eq!(met, [204, 204, 401, 204, 204, 429, 429]);
    let removed = guard.reset(Some("ADA"), None).await.unwrap();
    assert_eq!(removed, 1);
    let answer = exchange(address, posting("/", "text/plain", "wrong")).await;
    assert_eq!((answer.status, answer.body.as_str()), (401, "1"));
}

#[tokio::test]
async fn nobody_is_let_in_where_nobody_has_said_who_connected() {
    let by_name = || builder().lockout_parameters(&[&[Parameter::Username]]);
    for guard in [builder(), by_name()].map(|guard| guard.build().unwrap()) {
        let (parts, ()) = Request::new(()).into_parts();
        let attempt = guard.attempt(&parts).with_username("ada");
        let refusal = guard.admit(&attempt).await.unwrap_err();
        assert_eq!(refusal.reason, Reason::NotAllowed);
        let met = guard.peek(&attempt).await.unwrap().1;
        assert_eq!(met.unwrap().reason, Reason::NotAllowed);
        assert_eq!(guard.respond(&parts, &refusal).status(), 403);

        let (mut parts, ()) = Request::new(()).into_parts();
        let peer = PeerAddress("192.0.2.1".parse().unwrap());
        parts.extensions.insert(peer);
        let permit = guard.admit(&guard.attempt(&parts)).await.unwrap();
        permit.withdraw().await;
    }
    let guard = by_name().peer_address(|_| None).build().unwrap();
    let nowhere = Attempt::new(None).with_username("ada");
    guard.admit(&nowhere).await.unwrap().withdraw().await;
}

#[tokio::test]
async fn an_operator_sees_lockouts_and_lifts_them() {
    let guard = builder()
        .failure_limit(1)
        .lockout_parameters(&[&[Parameter::Username, Parameter::IpAddress]])
        .build()
        .unwrap();
    let ada = Attempt::new("192.0.2.1".parse().ok()).with_username("ada");
    let eve = ada.clone().with_username("eve");
    for attempt in [&ada, &eve] {
        let report = guard.admit(attempt).await.unwrap().fail().await;
        assert!(report.refusal.unwrap().newly_locked);
        let (failures, refusal) = guard.peek(attempt).await.unwrap();
        assert!(failures == 1 && refusal.is_some());
    }
    let page: Page = guard.lockouts(Wanted::All, 0, 10).await.unwrap();
    assert_eq!(page.total, 2);
    let of_ada = Wanted::Search(Search {
        text: "ada".to_owned(),
        address: None,
    });
    assert_eq!(guard.lockouts(of_ada, 0, 10).await.unwrap().total, 1);
    let first: &Lockout = &page.lockouts[0];
    let key: ScopeKey = first.key;
    assert!(guard.unlock(key).await.unwrap());
    assert!(!guard.unlock(key).await.unwrap());
    assert_eq!(guard.lockouts(Wanted::All, 0, 10).await.unwrap().total, 1);
    for attempt in [&ada, &eve] {
        guard.lift(attempt).await.unwrap();
        guard.admit(attempt).await.unwrap().withdraw().await;
    }
    guard.log_out(&ada, "5e55").await.unwrap();
}

#[tokio::test]
async fn an_operator_bans_a_network_and_lifts_that() {
    let guard = builder().build().unwrap();
    let ban = Ban {
        target: Banned::network("192.0.2.0/24").unwrap(),
        reason: String::new(),
        author: "ops".to_owned(),
        since: Timestamp::EPOCH,
        until: Timestamp::NEVER,
    };
    guard.ban(ban.clone()).await.unwrap();
    assert_eq!(guard.bans().await.unwrap().first(), Some(&ban));
    let attempt = Attempt::new("192.0.2.1".parse().ok());
    let refusal = guard.admit(&attempt).await.unwrap_err();
    assert_eq!(refusal.reason, Reason::Banned);
    assert!(guard.unban(ban.target).await.unwrap());
    guard.admit(&attempt).await.unwrap().withdraw().await;
}

#[tokio::test]
async fn the_application_may_judge_some_otherwise() {
    let guard = builder().failure_limit(3).overrides(|attempt| Overrides {
        exempt: attempt.path == "/health",
        limit: (attempt.username.as_deref() == Some("root")).then_some(1),
        cool_off: Some(CoolOff::After(Duration::from_secs(5))),
        ..Overrides::default()
    });
    let guard = guard.build().unwrap();
    let mut probe = Attempt::new("192.0.2.1".parse().ok());
    probe.path = "/health".to_owned();
    for _ in 0..5 {
        let permit = guard.admit(&probe).await.unwrap();
        assert!(permit.is_exempt());
        assert!(permit.fail().await.refusal.is_none());
    }
    let root = Attempt::new("192.0.2.1".parse().ok()).with_username("root");
    let refusal = guard
        .admit(&root)
        .await
        .unwrap()
        .fail()
        .await
        .refusal
        .unwrap();
    assert_eq!(
        (refusal.limit, refusal.cool_off),
        (1, Some(Duration::from_secs(5)))
    );
}
