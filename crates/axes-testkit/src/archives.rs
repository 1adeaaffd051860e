//! What operators read of the past, on any store: the rules of [`axes_stores::Archive`].

use std::time::Duration;

use axes_core::{Attempt, Outcome, Selector, Timestamp};
use axes_stores::{Archive, Clock, Cursor, Happened, Logged, Past, Recorded, Slice, Store};

use crate::conformance::Scene;

/// Checks that records are read whole, slice by slice, and by username, address and time.
///
/// # Panics
/// When they are not.
pub fn check_recorded<S: Store + Archive>(store: S) {
    let scene = lived(store);
    let now = scene.clock.now();
    let read = |past: &Past, most| all(most, |from| scene.store.recorded(past, from, most, now));
    let everything = read(&Past::default(), 1000);
    assert_eq!(everything.len(), 12);
    let failures: u32 = everything.iter().map(|it| it.failures).sum();
    assert_eq!(failures, 14);
    for most in [1, 2, 5, 12] {
        assert_eq!(read(&Past::default(), most), everything, "slices of {most}");
    }
    let of = |who| {
        let past = Past { who, since: None };
        let found = read(&past, 5);
        let same = |it: &&Recorded| past.who.username.as_deref() == Some(&name(it));
        if past.who.username.is_some() {
            assert_eq!(found.iter().filter(same).count(), found.len());
        }
        found.iter().map(|it| it.failures).sum::<u32>()
    };
    assert_eq!(of(Selector::new(Some(" ADA "), None, 64)), 3);
    assert_eq!(of(Selector::new(None, "192.0.2.3".parse().ok(), 64)), 1);
    let both = Selector::new(Some("ada"), "192.0.2.3".parse().ok(), 64);
    assert_eq!(of(both), 0);
    let late = read(&since(now.minus(Duration::from_mins(4))), 2);
    assert!(
        late.len() == 4
            && late
                .iter()
                .all(|it| it.time >= now.minus(Duration::from_mins(4)))
    );
}

/// Checks that the audit log is read as it happened, the last first, slice by slice, and by username,
/// address and time.
///
/// # Panics
/// When it is not.
pub fn check_logged<S: Store + Archive>(store: S) {
    let scene = lived(store);
    let now = scene.clock.now();
    let read = |past: &Past, most| all(most, |from| scene.store.logged(past, from, most));
    let everything = read(&Past::default(), 1000);
    assert_eq!(everything.len(), 17);
    assert!(everything.is_sorted_by_key(|line| std::cmp::Reverse(line.time)));
    for most in [1, 2, 5, 17] {
        assert_eq!(read(&Past::default(), most), everything, "slices of {most}");
    }
    let happened = |matches: &dyn Fn(&Happened) -> bool| {
        everything.iter().filter(|line| matches(&line.what)).count()
    };
    assert_eq!(happened(&|it| matches!(it, Happened::Success { .. })), 3);
    let out = |it: &Happened| {
        matches!(
            it,
            Happened::Success {
                logged_out: Some(_)
            }
        )
    };
    assert_eq!(happened(&out), 1);
    let refused = |it: &Happened| matches!(it, Happened::Failure { locked_out: true });
    assert_eq!(happened(&refused), 1);
    let of = |who| read(&Past { who, since: None }, 2).len();
    assert_eq!(of(Selector::new(Some(" ADA "), None, 64)), 3);
    assert_eq!(of(Selector::new(None, "192.0.2.3".parse().ok(), 64)), 1);
    let late = read(&since(now.minus(Duration::from_mins(4))), 2);
    let expected = everything
        .iter()
        .take_while(|line| line.time >= now.minus(Duration::from_mins(4)));
    assert_eq!(late, expected.cloned().collect::<Vec<Logged>>());
}

/// Twelve users who fail once a minute, the first of them three times, and three who log in.
fn lived<S: Store>(store: S) -> Scene<S> {
    let scene = Scene::with(store, |policy| {
        policy.limit = 3;
        policy.logs.failures = true;
    });
    let user = |number: u32| {
        let name = if number == 1 {
            "Ada".to_owned()
        } else {
            format!("user{number}")
        };
        let address = format!("192.0.2.{number}");
        Attempt::new(address.parse().ok())
            .with_username(&name)
            .with_user_agent("curl")
    };
    let passes = |time| scene.clock.advance(time);
    scene.fail(&user(1));
    scene.fail(&user(1));
    scene.fail(&user(1));
    for number in 2..=12 {
        passes(Duration::from_mins(1));
        scene.fail(&user(number));
        if number % 4 == 0 {
            passes(Duration::from_secs(1));
            let permit = scene.begin(&user(number + 100));
            let session_hash = format!("{number:064}");
            let outcome = Outcome::Success { session_hash };
            scene.settle(&permit, outcome, &user(number + 100));
        }
    }
    let out = scene
        .engine
        .log_out(&user(108), &format!("{:064}", 8), scene.clock.now());
    scene.run(out.ops().to_vec());
    scene
}

fn name(recorded: &Recorded) -> String {
    axes_core::normalize_username(recorded.username.as_deref().unwrap_or_default())
        .unwrap_or_default()
}

fn since(time: Timestamp) -> Past {
    Past {
        since: Some(time),
        ..Past::default()
    }
}

/// What all slices hold together. None holds more than `most`.
fn all<T, E: std::fmt::Debug>(
    most: u32,
    mut slice: impl FnMut(Option<&Cursor>) -> Result<Slice<T>, E>,
) -> Vec<T> {
    let mut items = Vec::new();
    let mut from = None;
    for _ in 0..1000 {
        let Slice { items: more, next } = slice(from.as_ref()).expect("the store answers");
        assert!(more.len() <= usize::try_from(most).unwrap_or(usize::MAX));
        items.extend(more);
        from = next;
        if from.is_none() {
            return items;
        }
    }
    panic!("there is no last slice");
}
