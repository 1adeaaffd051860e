//! The application: which page is where, and what stands in front of it.

use axes_tower::{Guard, LoginRule};
use axum::http::header;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Router, middleware};
use tower_sessions::{MemoryStore, Session, SessionManagerLayer};

use crate::config::Config;
use crate::error::Error;
use crate::users::Users;
use crate::{guard, login, origin, page};

/// What handlers share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) users: Users,
    pub(crate) guard: Guard,
}

/// The application, with everything opened that it needs.
pub(crate) async fn open(config: &Config) -> Result<Router, Error> {
    let users = Users::open(&config.database).await?;
    let guard = guard::build(config).await?;
    // Cookies go over http here, because this runs on your machine. Leave that line out on the web.
    let sessions = SessionManagerLayer::new(MemoryStore::default())
        .with_secure(false)
        .with_name("session");
    Ok(Router::new()
        .route("/", get(home))
        .route("/login", get(login::form).post(login::log_in))
        .route("/logout", post(login::log_out))
        .route("/style.css", get(style))
        .with_state(Shared {
            users,
            guard: guard.clone(),
        })
        .layer(sessions)
        .layer(guard.layer(LoginRule::form("/login", "username")))
        // Outside of the guard: nobody else's page may use up a visitor's tries.
        .layer(middleware::from_fn(origin::same_site)))
}

/// The page for those who are in.
async fn home(session: Session) -> Result<Response, Error> {
    Ok(match login::who(&session).await? {
        Some(username) => Html(page::home(&username)).into_response(),
        None => Redirect::to("/login").into_response(),
    })
}

async fn style() -> impl IntoResponse {
    let css = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
    (css, include_str!("pages/style.css"))
}
