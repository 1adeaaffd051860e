//! Logging in and out.

use axes_tower::SessionKey;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::{Extension, Form};
use serde::Deserialize;
use tower_sessions::Session;

use crate::error::Error;
use crate::page;
use crate::site::Shared;

/// What the session knows of its user.
const USERNAME: &str = "username";

#[derive(Deserialize)]
pub(crate) struct Credentials {
    username: String,
    password: String,
}

/// Who is in.
pub(crate) async fn who(session: &Session) -> Result<Option<String>, Error> {
    Ok(session.get(USERNAME).await?)
}

/// The login page.
pub(crate) async fn form(session: Session) -> Result<Response, Error> {
    if who(&session).await?.is_some() {
        return Ok(Redirect::to("/").into_response());
    }
    Ok(Html(page::login(None)).into_response())
}

/// Checks a password. Axes has admitted it before it comes here, and sees by the response what came of
/// it: a redirect to another page is a success, everything else is not.
pub(crate) async fn log_in(
    session: Session,
    State(shared): State<Shared>,
    Form(credentials): Form<Credentials>,
) -> Result<Response, Error> {
    let Credentials { username, password } = credentials;
    let Some(user) = shared.users.authenticate(username, password).await? else {
        // The same words whether there is such a user or not, and no count of tries left.
        let page = Html(page::login(Some(
            "That username and password do not match.",
        )));
        return Ok((StatusCode::UNAUTHORIZED, page).into_response());
    };
    // Nobody who knew the session's key before knows it now.
    session.cycle_id().await?;
    session.insert(USERNAME, user).await?;
    session.save().await?;
    Ok((Extension(SessionKey(key(&session))), Redirect::to("/")).into_response())
}

/// Ends the session.
pub(crate) async fn log_out(
    session: Session,
    State(shared): State<Shared>,
    parts: Parts,
) -> Result<Redirect, Error> {
    if let Some(username) = who(&session).await? {
        let attempt = shared.guard.attempt(&parts).with_username(&username);
        shared.guard.log_out(&attempt, &key(&session)).await?;
    }
    session.flush().await?;
    Ok(Redirect::to("/login"))
}

fn key(session: &Session) -> String {
    session.id().map(|id| id.to_string()).unwrap_or_default()
}
