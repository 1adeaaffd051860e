//! An axum application whose logins are guarded.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use axes_core::Timestamp;
use axes_tower::{Guard, GuardBuilder, LoginRule, MemoryStore};
use axum::Router;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use serde::Deserialize;

/// A running application.
pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    pub(crate) guard: Guard,
    /// How many passwords were checked.
    checked: Arc<AtomicUsize>,
}

#[derive(Deserialize)]
struct Login {
    password: String,
}

/// Checks a password, and takes its time.
async fn check(State(checked): State<Arc<AtomicUsize>>, Form(login): Form<Login>) -> Response {
    checked.fetch_add(1, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(2)).await;
    match login.password.as_str() {
        "right" => Redirect::to("/home").into_response(),
        "breaks" => panic!("the handler breaks"),
        "fails" => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        _ => (StatusCode::UNAUTHORIZED, "wrong").into_response(),
    }
}

impl Site {
    /// A site that `guard` guards with its default rule.
    pub(crate) async fn guarded_by(guard: Guard) -> Self {
        let checked = Arc::<AtomicUsize>::default();
        let app = Router::new()
            .route("/login", post(check).get(|| async { "the form" }))
            .with_state(Arc::clone(&checked))
            .layer(guard.layer(LoginRule::form("/login", "username")));
        Self {
            address: serve(app).await,
            guard,
            checked,
        }
    }

    /// A site with a failure limit, in memory.
    pub(crate) async fn with_limit(limit: u32) -> Self {
        let guard = builder().failure_limit(limit).build().unwrap();
        Self::guarded_by(guard).await
    }

    /// How many passwords were checked so far.
    pub(crate) fn checked(&self) -> usize {
        self.checked.load(Ordering::SeqCst)
    }
}

/// A guard in memory that forgets after an hour.
pub(crate) fn builder() -> GuardBuilder {
    Guard::builder(MemoryStore::default()).cool_off(Duration::from_secs(3600))
}

/// Serves `app` as long as the runtime of the test lasts.
pub(crate) async fn serve(app: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

/// The system's time, and as much more as a test says.
#[derive(Clone, Default)]
pub(crate) struct Later(Arc<AtomicI64>);

impl Later {
    pub(crate) fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
        let more = self.0.load(Ordering::SeqCst);
        Timestamp::from_millis(more).plus(since)
    }

    pub(crate) fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap();
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}
