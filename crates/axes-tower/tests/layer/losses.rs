//! Nobody gets a try for free by breaking something.

use std::sync::Arc;
use std::time::Duration;

use axes_stores::Store as _;
use axes_testkit::FaultyStore;
use axes_tower::{Attempt, Guard, LoginRule, MemoryStore, Reason};
use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::client::{exchange, log_in};
use crate::site::{Later, Site, builder, serve};

const LEASE: Duration = Duration::from_secs(60);

fn attempt() -> Attempt {
    Attempt::new("127.0.0.1".parse().ok())
}

/// A guard with a limit of 1, and its clock.
fn strict() -> (Guard, Later) {
    let later = Later::default();
    let clock = later.clone();
    let guard = builder()
        .failure_limit(1)
        .count_refused(false)
        .lease(LEASE)
        .max_wait(Duration::from_millis(20))
        .time(move || clock.now());
    (guard.build().unwrap(), later)
}

/// Nothing is counted yet, but a permit is out; when its lease is over, it is a failure.
async fn counts_when_the_lease_is_over(guard: &Guard, later: &Later) {
    let busy = guard.admit(&attempt()).await.unwrap_err();
    assert_eq!(busy.reason, Reason::Busy);
    later.advance(2 * LEASE);
    let refused = guard.admit(&attempt()).await.unwrap_err();
    assert_eq!((refused.reason, refused.failures), (Reason::LockedOut, 1));
}

/// Tells when it is dropped.
struct Dropped(mpsc::UnboundedSender<&'static str>);

impl Drop for Dropped {
    fn drop(&mut self) {
        let _ = self.0.send("dropped");
    }
}

#[tokio::test]
async fn a_client_that_leaves_while_its_password_is_checked_has_used_up_its_try() {
    let (guard, later) = strict();
    let (tell, mut told) = mpsc::unbounded_channel();
    let forever = move || {
        let dropped = Dropped(tell.clone());
        async move {
            let _ = dropped.0.send("begun");
            std::future::pending::<StatusCode>().await
        }
    };
    let app = Router::new()
        .route("/login", post(forever))
        .layer(guard.layer(LoginRule::form("/login", "username")));
    let address = serve(app).await;
    let mut client = TcpStream::connect(address).await.unwrap();
    client
        .write_all(log_in("ada", "guess").as_bytes())
        .await
        .unwrap();
    assert_eq!(told.recv().await, Some("begun"));
    drop(client);
    assert_eq!(told.recv().await, Some("dropped"));
    counts_when_the_lease_is_over(&guard, &later).await;
}

#[tokio::test]
async fn a_client_that_leaves_while_it_waits_leaves_nothing_behind() {
    let guard = builder().failure_limit(1).build().unwrap();
    let permit = guard.admit(&attempt()).await.unwrap();
    let second = attempt();
    let waiting = guard.admit(&second);
    let gave_up = tokio::time::timeout(Duration::from_millis(20), waiting).await;
    assert!(gave_up.is_err(), "it did not wait");
    permit.succeed().await;
    // Alone again: the budget is whole.
    let permit = guard.admit(&attempt()).await.unwrap();
    assert_eq!(permit.fail().await.failures, 1);
}

#[tokio::test]
async fn a_handler_that_panics_has_used_up_a_try() {
    let (guard, later) = strict();
    let site = Site::guarded_by(guard.clone()).await;
    let mut client = TcpStream::connect(site.address).await.unwrap();
    client
        .write_all(log_in("ada", "breaks").as_bytes())
        .await
        .unwrap();
    let mut rest = Vec::new();
    let _ = tokio::io::AsyncReadExt::read_to_end(&mut client, &mut rest).await;
    assert_eq!(rest, b"");
    counts_when_the_lease_is_over(&guard, &later).await;
}

#[tokio::test]
async fn nobody_knows_what_a_server_error_means() {
    let (guard, later) = strict();
    let site = Site::guarded_by(guard.clone()).await;
    assert_eq!(
        exchange(site.address, log_in("ada", "fails")).await.status,
        500
    );
    counts_when_the_lease_is_over(&guard, &later).await;
}

#[tokio::test]
async fn a_permit_that_is_dropped_counts_when_its_lease_is_over() {
    let (guard, later) = strict();
    drop(guard.admit(&attempt()).await.unwrap());
    counts_when_the_lease_is_over(&guard, &later).await;
}

#[tokio::test]
async fn whoever_waits_too_long_is_told_to_try_again_in_a_second() {
    let (guard, _later) = strict();
    let site = Site::guarded_by(guard.clone()).await;
    let permit = guard.admit(&attempt()).await.unwrap();
    let answer = exchange(site.address, log_in("ada", "right")).await;
    assert_eq!(
        (answer.status, answer.header("retry-after")),
        (429, Some("1"))
    );
    assert_eq!(answer.json()["reason"], "busy");
    permit.succeed().await;
    assert_eq!(
        exchange(site.address, log_in("ada", "right")).await.status,
        303
    );
}

/// A site on a store that fails from now on, and whether it lets everybody through then.
async fn on_a_broken_store(fail_open: bool) -> (Site, Arc<FaultyStore<MemoryStore>>) {
    let store = Arc::new(FaultyStore::new(MemoryStore::default()));
    assert!(!store.blocks());
    let guard = Guard::builder(Arc::clone(&store)).fail_open(fail_open);
    (Site::guarded_by(guard.build().unwrap()).await, store)
}

#[tokio::test]
async fn while_the_store_fails_everybody_is_refused() {
    let (site, store) = on_a_broken_store(false).await;
    store.set_down(true);
    for password in ["right", "wrong"] {
        let answer = exchange(site.address, log_in("ada", password)).await;
        assert_eq!(
            (answer.status, answer.header("retry-after")),
            (503, Some("1"))
        );
        assert_eq!(answer.json()["reason"], "store_unavailable");
    }
    assert_eq!(site.checked(), 0);
    store.set_down(false);
    assert_eq!(
        exchange(site.address, log_in("ada", "right")).await.status,
        303
    );
}

#[tokio::test]
async fn a_failure_that_the_store_cannot_take_is_not_told_as_one() {
    let (site, store) = on_a_broken_store(false).await;
    store.fail_at(1, axes_testkit::When::Before);
    assert_eq!(
        exchange(site.address, log_in("ada", "wrong")).await.status,
        503
    );
    assert_eq!(site.checked(), 1);
}

#[tokio::test]
async fn a_site_may_let_everybody_through_instead() {
    let (site, store) = on_a_broken_store(true).await;
    store.set_down(true);
    for (password, status) in [("right", 303), ("wrong", 401)] {
        assert_eq!(
            exchange(site.address, log_in("ada", password)).await.status,
            status
        );
    }
}
