//! What is forgotten does not stay in a store for good.

use std::sync::Arc;
use std::time::Duration;

use axes_core::Timestamp;
use axes_stores::{AnyStore, Archive as _, OpenOptions, Past, migrate, open};
use axes_testkit::FaultyStore;
use axes_tower::{Attempt, CoolOff, Guard, GuardBuilder, Overrides};
use tempfile::TempDir;

use crate::site::Later;

const HOUR: Duration = Duration::from_secs(3600);

/// A guard on a store in a file, and its clock.
struct Kept {
    guard: Guard,
    store: Arc<FaultyStore<AnyStore>>,
    later: Later,
    _folder: TempDir,
}

impl Kept {
    fn by(set_up: impl FnOnce(GuardBuilder) -> GuardBuilder) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}/axes.sqlite3", folder.path().display());
        let options = OpenOptions::default();
        migrate(&url, &options).unwrap();
        let store = Arc::new(FaultyStore::new(open(&url, &options).unwrap()));
        let later = Later::default();
        let clock = later.clone();
        let guard = Guard::builder(Arc::clone(&store)).time(move || clock.now());
        Self {
            guard: set_up(guard).build().unwrap(),
            store,
            later,
            _folder: folder,
        }
    }

    /// Fails once by this name, and sees to it that a purge that has begun is done.
    async fn fail(&self, username: &str) {
        let attempt = Attempt::new("192.0.2.1".parse().ok()).with_username(username);
        let _ = self.guard.admit(&attempt).await.unwrap().fail().await;
        // There is one thread for all that blocks.
        tokio::task::spawn_blocking(|| ()).await.unwrap();
    }

    fn records(&self) -> usize {
        let recorded = self.store.inner();
        let now = Timestamp::EPOCH;
        let recorded = recorded.recorded(&Past::default(), None, 100, now);
        recorded.unwrap().items.len()
    }
}

fn on_one_thread(test: impl Future<Output = ()>) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().max_blocking_threads(1).build();
    runtime.unwrap().block_on(test);
}

#[test]
fn records_go_when_they_are_forgotten_and_not_before() {
    on_one_thread(async {
        let kept = Kept::by(|guard| guard.failure_limit(100).cool_off(HOUR));
        for username in ["ada", "eve", "joe"] {
            kept.fail(username).await;
        }
        assert_eq!((kept.records(), kept.store.purges()), (3, 0));
        kept.later.advance(HOUR / 2);
        kept.fail("amy").await;
        assert_eq!((kept.records(), kept.store.purges()), (4, 1));
        kept.later.advance(HOUR * 2 / 3);
        kept.fail("bob").await;
        assert_eq!(kept.records(), 2, "amy and bob count");
        let purges = kept.store.purges();
        kept.fail("bob").await;
        assert_eq!(kept.store.purges(), purges, "once a minute is enough");
    });
}

#[test]
fn nothing_goes_that_is_never_forgotten_or_perhaps_later() {
    on_one_thread(async {
        let never = Kept::by(|guard| guard.failure_limit(100));
        let by_name = |attempt: &Attempt| Overrides {
            cool_off: (attempt.username.as_deref() == Some("ada"))
                .then_some(CoolOff::After(2 * HOUR)),
            ..Overrides::default()
        };
        let varies = Kept::by(|guard| guard.failure_limit(100).cool_off(HOUR).overrides(by_name));
        for kept in [never, varies] {
            for username in ["ada", "eve", "joe"] {
                kept.fail(username).await;
                kept.later.advance(HOUR * 2 / 3);
            }
            assert_eq!((kept.records(), kept.store.purges()), (3, 0));
        }
    });
}

#[test]
fn a_purge_that_fails_is_tried_again_and_harms_nobody() {
    on_one_thread(async {
        let kept = Kept::by(|guard| guard.failure_limit(100).cool_off(HOUR));
        kept.fail("ada").await;
        kept.later.advance(2 * HOUR);
        let attempt = Attempt::new("192.0.2.1".parse().ok());
        kept.store.fail_purges(true);
        let report = kept.guard.admit(&attempt).await.unwrap().fail().await;
        assert!(report.refusal.is_none());
        kept.fail("eve").await;
        assert_eq!(kept.store.purges(), 1);
        kept.store.fail_purges(false);
        kept.later.advance(HOUR / 2);
        kept.fail("eve").await;
        assert_eq!(kept.records(), 2, "eve's, and the one without a name");
    });
}
