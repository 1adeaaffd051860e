//! What a host rules itself: honoured, without loosening what it says nothing about.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use axes_core::{Attempt, Engine, Outcome, Overrides, Policy, Reason, Rulings, Timestamp, Verdict};
use axes_stores::{Driver, MemoryStore};
use axes_testkit::FakeClock;

struct Site {
    engine: Engine,
    store: MemoryStore,
    clock: FakeClock,
}

impl Site {
    fn new(policy: Policy) -> Self {
        Self {
            engine: Engine::new(policy),
            store: MemoryStore::default(),
            clock: FakeClock::at(Timestamp::from_millis(1_000_000)),
        }
    }

    fn driver(&self) -> Driver<'_, &MemoryStore, &FakeClock> {
        Driver {
            engine: &self.engine,
            store: &self.store,
            clock: &self.clock,
            fail_open: false,
        }
    }

    fn admit(&self, rulings: Rulings) -> Verdict {
        self.driver().admit(&visitor(), &ruled(rulings), 7).decided
    }

    fn reason(&self, rulings: Rulings) -> Option<Reason> {
        match self.admit(rulings) {
            Verdict::Admit(permit) => {
                self.driver()
                    .settle(&permit, Outcome::Withdrawn, &visitor());
                None
            }
            Verdict::Refuse(refusal) => Some(refusal.reason),
        }
    }

    fn fail(&self, times: u32) {
        for _ in 0..times {
            let permit = self.admit(Rulings::default()).permit().unwrap();
            self.driver().settle(&permit, Outcome::Failure, &visitor());
        }
    }

    fn failures(&self) -> u32 {
        self.driver()
            .peek(&visitor(), &Overrides::default())
            .decided
            .0
    }
}

fn visitor() -> Attempt {
    Attempt::new("192.0.2.1".parse().ok())
}

fn ruled(rulings: Rulings) -> Overrides {
    Overrides {
        rulings,
        ..Overrides::default()
    }
}

fn limit(limit: u32) -> Policy {
    Policy {
        limit,
        ..Policy::default()
    }
}

const NOTHING: Rulings = Rulings {
    exempt: None,
    denied: None,
    locked_out: None,
    failures: None,
    allowed: None,
};

#[test]
fn a_ruling_on_a_lockout_stands_above_the_tallies() {
    let site = Site::new(limit(2));
    let locked_out = |ruling| Rulings {
        locked_out: Some(ruling),
        ..NOTHING
    };
    assert_eq!(site.reason(locked_out(true)), Some(Reason::LockedOut));
    site.fail(2);
    assert_eq!(site.reason(NOTHING), Some(Reason::LockedOut));
    assert_eq!(site.reason(locked_out(false)), None);
}

#[test]
fn failures_that_the_host_counts_are_measured_by_the_limit() {
    let site = Site::new(limit(2));
    let failures = |number| Rulings {
        failures: Some(number),
        ..NOTHING
    };
    assert_eq!(site.reason(failures(1)), None);
    let Verdict::Refuse(refusal) = site.admit(failures(2)) else {
        panic!("admitted")
    };
    assert_eq!(
        (refusal.reason, refusal.failures, refusal.limit),
        (Reason::LockedOut, 2, 2)
    );
}

#[test]
fn the_last_word_forbids_what_the_tallies_admit_and_keeps_no_permit() {
    let site = Site::new(limit(1));
    let never = Rulings {
        allowed: Some(false),
        ..NOTHING
    };
    for _ in 0..3 {
        assert_eq!(site.reason(never), Some(Reason::NotAllowed));
    }
    assert_eq!(site.reason(NOTHING), None);
    site.fail(1);
    // Who is locked out anyway is told so.
    assert_eq!(site.reason(never), Some(Reason::LockedOut));
}

#[test]
fn the_last_word_allows_what_everything_else_refuses() {
    let denied = axes_core::Networks::parse(["192.0.2.1"]).unwrap();
    let site = Site::new(Policy {
        denylist: denied.into(),
        ..limit(1)
    });
    assert_eq!(site.reason(NOTHING), Some(Reason::Denylisted));
    let always = Rulings {
        allowed: Some(true),
        locked_out: Some(true),
        ..NOTHING
    };
    assert_eq!(site.reason(always), None);
    let permit = site.admit(always).permit().unwrap();
    site.driver().settle(&permit, Outcome::Failure, &visitor());
    assert_eq!(
        site.failures(),
        1,
        "what is let through is counted all the same"
    );
    assert_eq!(site.reason(always), None);
}

#[test]
fn exemption_and_denial_can_be_ruled_both_ways() {
    let listed = axes_core::Networks::parse(["192.0.2.0/24"]).unwrap();
    let site = Site::new(Policy {
        allowlist: listed.into(),
        never_lock_out_allowlist: true,
        ..limit(1)
    });
    let exempt = |ruling| Rulings {
        exempt: Some(ruling),
        ..NOTHING
    };
    let is_exempt = |rulings| site.admit(rulings).permit().unwrap().is_exempt();
    assert!(is_exempt(NOTHING) && is_exempt(exempt(true)) && !is_exempt(exempt(false)));
    let denied = Rulings {
        denied: Some(true),
        ..NOTHING
    };
    assert_eq!(site.reason(denied), Some(Reason::Denylisted));
}

#[test]
fn saying_that_nobody_is_locked_out_yet_leaves_the_limit_exact() {
    let site = Site::new(Policy {
        max_wait: std::time::Duration::ZERO,
        ..limit(2)
    });
    let not_yet = Rulings {
        locked_out: Some(false),
        failures: Some(0),
        ..NOTHING
    };
    let held = [site.admit(not_yet), site.admit(not_yet)];
    assert!(
        held.iter()
            .all(|verdict| matches!(verdict, Verdict::Admit(_)))
    );
    assert_eq!(site.reason(not_yet), Some(Reason::Busy));
}

#[test]
fn a_look_is_ruled_as_an_attempt_is() {
    let site = Site::new(limit(1));
    let look = |rulings| {
        let (_, refusal) = site.driver().peek(&visitor(), &ruled(rulings)).decided;
        refusal.map(|refusal| refusal.reason)
    };
    let allowed = |word| Rulings {
        allowed: Some(word),
        ..NOTHING
    };
    assert_eq!(look(allowed(false)), Some(Reason::NotAllowed));
    site.fail(1);
    assert_eq!(look(NOTHING), Some(Reason::LockedOut));
    assert_eq!(look(allowed(true)), None);
    assert_eq!(look(allowed(false)), Some(Reason::LockedOut));
}

#[test]
fn a_host_lets_in_whom_a_ban_refuses_only_by_its_last_word() {
    let site = Site::new(limit(1));
    let ban = axes_core::Ban {
        target: axes_core::Banned::network("192.0.2.0/24").unwrap(),
        reason: String::new(),
        author: String::new(),
        since: Timestamp::EPOCH,
        until: Timestamp::NEVER,
    };
    axes_stores::Bans::ban(&site.store, &ban).unwrap();
    assert_eq!(site.reason(NOTHING), Some(Reason::Banned));
    let ruled = |change: &dyn Fn(&mut Rulings)| {
        let mut rulings = NOTHING;
        change(&mut rulings);
        site.reason(rulings)
    };
    // Neither a list nor a count has anything to do with it.
    assert_eq!(ruled(&|it| it.denied = Some(false)), Some(Reason::Banned));
    assert_eq!(
        ruled(&|it| it.locked_out = Some(false)),
        Some(Reason::Banned)
    );
    assert_eq!(ruled(&|it| it.failures = Some(0)), Some(Reason::Banned));
    assert_eq!(ruled(&|it| it.exempt = Some(true)), None);
    assert_eq!(ruled(&|it| it.allowed = Some(true)), None);
    let looked = site.driver().peek(&visitor(), &Overrides::default());
    assert_eq!(looked.decided.1.map(|it| it.reason), Some(Reason::Banned));
}
