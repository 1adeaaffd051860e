//! What happens to bans while others enter, lift and list them.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use axes_core::{Attempt, Ban, Banned, Reason, Timestamp, Verdict};
use axes_stores::{Bans, Entries, Entry, KeyedStore, StoreError};
use axes_testkit::conformance::Scene;

use crate::map::{Compares, Map};

/// A cache that lets others come before one of its questions.
struct Interrupted<'a> {
    map: &'a Map,
    left: Cell<usize>,
    others: RefCell<Option<Box<dyn FnOnce() + 'a>>>,
}

impl Interrupted<'_> {
    fn ask(&self) {
        if self.left.get() == 0 {
            if let Some(others) = self.others.take() {
                others();
            }
        } else {
            self.left.set(self.left.get() - 1);
        }
    }
}

impl Entries for &Interrupted<'_> {
    type Token = <Map as Entries>::Token;

    fn get(&self, keys: &[String]) -> Result<Vec<Option<Entry<Self::Token>>>, StoreError> {
        self.ask();
        self.map.get(keys)
    }

    fn put(
        &self,
        key: &str,
        value: &str,
        expected: Option<&Self::Token>,
        keep: Option<Duration>,
    ) -> Result<bool, StoreError> {
        self.ask();
        self.map.put(key, value, expected, keep)
    }
}

const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

fn ban() -> Ban {
    Ban {
        target: Banned::network("192.0.2.0/24").expect("a network"),
        reason: String::new(),
        author: String::new(),
        since: NOW,
        until: Timestamp::NEVER,
    }
}

/// Whether the ban is told, after making sure that whoever it meets is refused if and only if it is.
fn holds(map: &Map) -> bool {
    let scene = Scene::new(KeyedStore::new(map.clone()));
    let told = scene.store.bans(NOW).expect("the cache answers");
    let ada = Attempt::new(Some([192, 0, 2, 1].into()));
    let refused = match scene.admit(&ada) {
        Verdict::Refuse(refusal) => refusal.reason == Reason::Banned,
        Verdict::Admit(_) => false,
    };
    assert_eq!(told.len(), usize::from(refused), "told and refused");
    refused
}

/// Does `work` on a cache, with what `others` do before its first question, then anew before its second,
/// and so on; returns whether the ban holds afterwards.
fn at_every_moment(
    begin: impl Fn(&Map),
    work: impl Fn(&dyn Bans),
    others: impl Fn(&dyn Bans),
) -> Vec<bool> {
    let mut held = Vec::new();
    for compares in [Compares::Values, Compares::Writes] {
        for moment in 0.. {
            let map = Map::new(compares);
            begin(&map);
            let interrupted = Interrupted {
                map: &map,
                left: Cell::new(moment),
                others: RefCell::new(Some(Box::new(|| others(&KeyedStore::new(map.clone()))))),
            };
            work(&KeyedStore::new(&interrupted));
            if interrupted.others.take().is_some() {
                break;
            }
            held.push(holds(&map));
        }
    }
    assert!(held.len() >= 2, "there are moments in between");
    held
}

/// It was entered before, lifted, and what was left of it has expired: only the index knows of it.
fn known_of(map: &Map) {
    lifted(map);
    map.evict(|key| key.starts_with("axes:ban:"));
}

/// It was entered before, and lifted just now.
fn lifted(map: &Map) {
    let store = KeyedStore::new(map.clone());
    store.ban(&ban()).expect("the cache answers");
    assert!(store.unban(&ban().target).expect("the cache answers"));
}

fn enter(store: &dyn Bans) {
    store.ban(&ban()).expect("the cache answers");
}

fn list(store: &dyn Bans) {
    store.bans(NOW).expect("the cache answers");
}

fn lift(store: &dyn Bans) {
    store.unban(&ban().target).expect("the cache answers");
}

#[test]
fn a_ban_that_is_entered_while_others_list_is_told() {
    for begin in [known_of, lifted, |_: &Map| {}] {
        let held = at_every_moment(begin, enter, list);
        assert!(held.iter().all(|held| *held), "{held:?}");
    }
    for begin in [known_of, lifted] {
        let held = at_every_moment(begin, list, enter);
        assert!(held.iter().all(|held| *held), "{held:?}");
    }
}

#[test]
fn whoever_is_last_decides_and_what_is_told_is_what_holds() {
    let entered = |map: &Map| enter(&KeyedStore::new(map.clone()));
    // Both happen at the same time: either may be last, but nothing in between may come of it.
    for begin in [known_of, lifted, entered] {
        at_every_moment(begin, enter, lift);
        at_every_moment(begin, lift, enter);
    }
    let held = at_every_moment(entered, lift, lift);
    assert!(!held.iter().any(|held| *held), "{held:?}");
}

#[test]
fn what_is_gone_is_removed_from_the_index() {
    let map = Map::new(Compares::Writes);
    known_of(&map);
    let names = || {
        let entries = map.lock();
        let indexes = entries
            .iter()
            .filter(|(key, _)| key.starts_with("axes:index:bans"));
        indexes
            .filter(|(_, (text, _))| text.contains("network:"))
            .count()
    };
    assert_eq!(names(), 1);
    assert!(!holds(&map));
    assert_eq!(names(), 0);
}
