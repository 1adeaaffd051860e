//! A login application guarded by Axes: a page behind a login, on SQLite, with argon2 and sessions.
//!
//! The README beside it says what to try.

mod config;
mod error;
mod guard;
mod login;
mod origin;
mod page;
mod passwords;
mod site;
mod users;

use std::net::SocketAddr;
use std::process::ExitCode;

use config::Config;
use error::Error;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().init();
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), Error> {
    let config = Config::from_environment()?;
    let site = site::open(&config).await?;
    let listener = TcpListener::bind(("127.0.0.1", config.port)).await;
    let listener = listener.map_err(|error| Error::Listen(config.port, error))?;
    tracing::info!("listening on http://{}", listener.local_addr()?);
    // Axes counts by address, so it has to know who connects.
    let service = site.into_make_service_with_connect_info::<SocketAddr>();
    let interrupted = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    axum::serve(listener, service)
        .with_graceful_shutdown(interrupted)
        .await?;
    Ok(())
}
