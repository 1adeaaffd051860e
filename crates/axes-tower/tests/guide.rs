//! The guide's code is the code below, which compiles; some of it runs.

use axes_tower::{
    Attempt, Guard, GuardBuilder, LoginOutcome, MemoryStore, Overrides, PeerAddress, Refusal,
};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::{Extension, Router};

/// Lines of the guide that are told rather than done.
const TOLD: &[&str] = &[""];

#[test]
fn the_code_of_the_guide_is_the_code_of_this_file() {
    let here = include_str!("guide.rs");
    let guide = include_str!("../../../docs/guide/axum.md");
    let lines = |text: &'static str| text.lines().map(str::trim);
    let code: Vec<&str> = guide.split("```rust\n").skip(1).collect();
    assert!(code.len() >= 7, "most of the guide's code is missing");
    for block in code {
        for line in lines(block).take_while(|line| *line != "```") {
            let is_here = TOLD.contains(&line) || lines(here).any(|ours| ours == line);
            assert!(is_here, "nothing tests this line of the guide: {line}");
        }
    }
}

#[rustfmt::skip]
#[tokio::test]
async fn a_guard_in_a_file() -> Result<(), Box<dyn std::error::Error>> {
    use std::net::SocketAddr;
    use std::time::Duration;

use axes_tower::{Guard, LoginRule, OpenOptions, migrate, open};

    let folder = tempfile::tempdir()?;
    std::env::set_current_dir(folder.path())?;
    let app: Router = Router::new();

let options = OpenOptions::default();
migrate("sqlite:axes.sqlite3", &options)?; // creates the tables where they are missing
let guard = Guard::builder(open("sqlite:axes.sqlite3", &options)?)
    .failure_limit(5)
    .cool_off(Duration::from_mins(15))
    .build()?;
let app = app.layer(guard.layer(LoginRule::form("/login", "username")));
let service = app.into_make_service_with_connect_info::<SocketAddr>();

    drop(service);
    let attempt = Attempt::new("192.0.2.1".parse().ok());
    assert_eq!(guard.admit(&attempt).await.unwrap().fail().await.failures, 1);
    Ok(())
}

#[rustfmt::skip]
#[test]
fn a_rule_of_ones_own() {
    use axes_tower::{LoginRule, Outcomes, Username};
    use axum::http::{Method, StatusCode};
    let rule =
LoginRule::new("/session")
    .method(Method::PUT)
    .when(|parts| parts.headers.contains_key("x-login"))
    .username(Username::in_parts(|parts| Some(parts.uri.query()?.to_owned())))
    .outcome(Outcomes::success_on([StatusCode::CREATED]))
    ;
    assert!(format!("{rule:?}").contains("/session"));
}

#[rustfmt::skip]
#[test]
fn what_a_handler_says() {
    fn failure(page: String) -> impl IntoResponse {
(Extension(LoginOutcome::Failure), Html(page)) // 200, and still a failure
    }
    fn withdrawn() -> impl IntoResponse {
(Extension(LoginOutcome::Withdrawn), Redirect::to("/code")) // nothing is counted
    }
    let told = |response: Response| response.extensions().get::<LoginOutcome>().copied();
    assert_eq!(told(failure(String::new()).into_response()), Some(LoginOutcome::Failure));
    assert_eq!(told(withdrawn().into_response()), Some(LoginOutcome::Withdrawn));
}

fn judge(_attempt: &Attempt) -> Overrides {
    Overrides::default()
}

fn builder() -> GuardBuilder {
    Guard::builder(MemoryStore::default())
}

#[rustfmt::skip]
#[expect(clippy::redundant_closure, reason = "it shows what the closure gets")]
#[test]
fn what_is_counted() {
    use std::time::Duration;
use axes_tower::Parameter::{IpAddress, UserAgent, Username};
    let builder = builder();
    let builder =
builder.lockout_parameters(&[&[Username], &[IpAddress, UserAgent]])  // by account, or by both together
    .tiers([(3, Duration::from_mins(1)), (6, Duration::from_hours(1))])
    .count_refused(false)      // tries during a lockout change nothing
    .reset_on_success(true)    // a success forgets that user's own failures from that network
    .allow(["10.0.0.0/8"])     // never locked out
    .deny(["203.0.113.0/24"])  // always refused
    .overrides(|attempt| judge(attempt))  // another limit or an exemption for this one
    ;
    let builder =
builder.trusted_proxies(["10.0.0.0/8"])  // X-Forwarded-For, from these peers only
    ;
    assert_eq!(builder.build().unwrap().policy().scopes.len(), 2);
}

#[rustfmt::skip]
#[expect(clippy::redundant_closure, reason = "it shows what the closure gets")]
#[test]
fn what_people_see() {
    use axes_tower::Refusals;
    use axum::body::Bytes;
    use axum::http::{HeaderValue, Response};
    fn my_page(refusal: &Refusal) -> String {
        refusal.reason.name().to_owned()
    }
    let builder = builder();
    let builder =
builder.refusals(Refusals::negotiated().with_page(|refusal| my_page(refusal)))
    ;
    let builder =
builder.refusals(Refusals::redirect(HeaderValue::from_static("/locked")))
    ;
    let builder =
builder.refusals(Refusals::by(|_parts, _refusal| Response::new(Bytes::from("no"))))
    ;
    assert!(builder.build().is_ok());
}

#[rustfmt::skip]
#[tokio::test]
async fn a_permit_in_hand() {
    use axum::http::request::Parts;
    use axum::http::{Request, StatusCode};
    async fn handler(guard: Guard, parts: Parts, username: String) -> Response {
let attempt = guard.attempt(&parts).with_username(&username);
let permit = match guard.admit(&attempt).await {
    Ok(permit) => permit,
    Err(refusal) => return guard.respond(&parts, &refusal).into_response(),
};
        permit.succeed().await;
        StatusCode::NO_CONTENT.into_response()
    }
    let (mut parts, ()) = Request::new(()).into_parts();
    parts.extensions.insert(PeerAddress("192.0.2.1".parse().unwrap()));
    let guard = builder().build().unwrap();
    let response = handler(guard, parts, "ada".to_owned()).await;
    assert_eq!(response.status(), 204);
}
