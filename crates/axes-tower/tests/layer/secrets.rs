//! What is logged, and what never is.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use axes_testkit::FaultyStore;
use axes_tower::{Guard, MemoryStore};
use axum::http::Request;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::client::{exchange, log_in};
use crate::site::{Site, builder};

/// Keeps all lines.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            let _ = write!(self.0, "{value:?}");
        }
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "axes"
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut line = Line(format!("{} ", event.metadata().level()));
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

impl Lines {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[tokio::test]
async fn log_lines_tell_what_happened_and_to_nobody_whom() {
    let lines = Lines::default();
    let _here = tracing::subscriber::set_default(lines.clone());
    let store = Arc::new(FaultyStore::new(MemoryStore::default()));
    let guard = Guard::builder(Arc::clone(&store)).failure_limit(2);
    let site = Site::guarded_by(guard.build().unwrap()).await;
    for password in ["right", "hunter2", "hunter2", "hunter2"] {
        exchange(site.address, log_in("ada-lovelace", password)).await;
    }
    store.set_down(true);
    exchange(site.address, log_in("ada-lovelace", "hunter2")).await;
    let told = lines.take();
    let begins = [
        "INFO Successful login by {username: \"***",
        "WARN New login failure (1 of 2) by {",
        "WARN Repeated login failure (2 of 2) by {",
        "WARN Locked out until a reset: {",
        "WARN Refused (locked out): {",
        "ERROR could not execute a batch",
        "WARN Refused (store unavailable): {",
    ];
    assert_eq!(told.len(), begins.len(), "{told:#?}");
    for (line, begin) in told.iter().zip(begins) {
        assert!(line.starts_with(begin), "{line} is not {begin}");
    }
    let all = told.join("\n") + &format!("{:?}", site.guard);
    for secret in ["lovelace", "hunter2", "127.0.0.1"] {
        assert!(!all.contains(secret), "{secret} is in\n{all}");
    }
}

#[tokio::test]
async fn what_a_site_does_not_hide_is_shown_and_forges_no_line() {
    let lines = Lines::default();
    let _here = tracing::subscriber::set_default(lines.clone());
    let guard = builder().sensitive(["ip_address"]).build().unwrap();
    let site = Site::guarded_by(guard).await;
    exchange(site.address, log_in("ada%0AERROR+all+is+lost", "wrong")).await;
    let told = lines.take();
    let shown = r#"username: "ada\nERROR all is lost""#;
    assert!(told.len() == 1 && told[0].contains(shown), "{told:?}");
}

#[test]
fn what_is_stored_of_a_form_holds_no_password() {
    let guard = builder().build().unwrap();
    let request = Request::post("/login?token=t0p&next=/a").body(());
    let parts = request.unwrap().into_parts().0;
    let attempt = guard.attempt(&parts);
    assert_eq!(
        attempt.get_data,
        format!("token={}\nnext=/a", axes_core::MASK)
    );
    assert_eq!(attempt.path, "/login");
}
