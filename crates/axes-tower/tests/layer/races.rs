//! The limit is exact, and whoever knows the password gets in, however many come at once.

use std::sync::Arc;
use std::time::Duration;

use axes_stores::{OpenOptions, migrate, open};
use axes_tower::{Guard, GuardBuilder, MemoryStore};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::client::{exchange, log_in};
use crate::site::Site;

/// A store in a file, which blocks.
fn in_a_file() -> (GuardBuilder, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/axes.sqlite3", folder.path().display());
    let options = OpenOptions {
        timeout: Duration::from_secs(60),
        ..OpenOptions::default()
    };
    migrate(&url, &options).unwrap();
    (Guard::builder(open(&url, &options).unwrap()), folder)
}

/// The statuses of as many answers, each to a request of its own, all at once.
async fn all_at_once(site: Arc<Site>, count: usize, password: &'static str) -> Vec<u16> {
    let mut clients = JoinSet::new();
    for number in 0..count {
        let site = Arc::clone(&site);
        let request = log_in(&format!("user{number}"), password);
        clients.spawn(async move { exchange(site.address, request).await.status });
    }
    clients.join_all().await
}

async fn race(guard: GuardBuilder) {
    let patient = guard.failure_limit(3).max_wait(Duration::from_secs(120));
    let site = Arc::new(Site::guarded_by(patient.build().unwrap()).await);

    let right = all_at_once(Arc::clone(&site), 50, "right").await;
    assert_eq!(right, [303; 50]);
    assert_eq!(site.checked(), 50);

    let wrong = all_at_once(Arc::clone(&site), 200, "wrong").await;
    assert_eq!(
        site.checked(),
        53,
        "three are checked, no more and no fewer"
    );
    let told = |status| wrong.iter().filter(|told| **told == status).count();
    assert_eq!((told(401), told(429)), (2, 198));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_limit_is_exact_in_memory() {
    for _ in 0..5 {
        race(Guard::builder(MemoryStore::default())).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_limit_is_exact_in_a_file() {
    let (guard, _folder) = in_a_file();
    race(guard).await;
}
