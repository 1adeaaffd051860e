//! Rules 5, 6 and 7: what is forgotten, and what is not.

use std::sync::Arc;
use std::time::Duration;

use axes_core::{Outcome, Parameter, Scope};
use axes_stores::Store;

use super::scene::{attempt, scope, success};
use super::{Backend, Scene};

/// 5. After a reset has returned, nothing selected is refused or counted.
pub fn what_is_reset_is_refused_nowhere<B: Backend>(backend: &B) {
    everywhere(backend);
    only_what_is_selected(&Scene::new(backend.open()));
    refused_attempts_too(&Scene::new(backend.open()));
    however_long_ago(&Scene::new(backend.open()));
    permits_in_flight(&Scene::new(backend.open()));
    permits_of_others(&Scene::new(backend.open()));
}

/// A reset by one process holds for all.
fn everywhere<B: Backend>(backend: &B) {
    let (here, there) = (Scene::new(backend.open()), Scene::new(backend.open()));
    let ada = attempt("ada", "192.0.2.1");
    here.fail_unasked(&ada, 3);
    assert_eq!(
        there.look(&ada),
        (3, true),
        "rule 5: what one counts, all see"
    );
    assert_eq!(there.reset(None, None), 1);
    assert_eq!(
        here.look(&ada),
        (0, false),
        "rule 5: what one resets, all forget"
    );
    assert_eq!(
        here.reset(None, None),
        0,
        "rule 5: there is nothing left to reset"
    );
}

fn only_what_is_selected<S: Store>(scene: &Scene<S>) {
    let [ada, bob, far] = [
        attempt("ada", "192.0.2.1"),
        attempt("bob", "192.0.2.1"),
        attempt("ada", "2001:db8::1"),
    ];
    let failures = |scene: &Scene<S>| [&ada, &bob, &far].map(|who| scene.look(who).0);
    let begin = || {
        scene.reset(None, None);
        scene.fail(&ada);
        scene.fail(&bob);
        scene.fail(&far);
        assert_eq!(failures(scene), [2, 2, 2]);
    };
    begin();
    // What the address still counts is Bob's.
    assert_eq!(scene.reset(Some(" ADA"), None), 2, "rule 5: by username");
    assert_eq!(failures(scene), [1, 1, 0], "rule 5: by username");
    begin();
    assert_eq!(
        scene.reset(None, Some("192.0.2.1")),
        2,
        "rule 5: by address"
    );
    assert_eq!(failures(scene), [1, 0, 1], "rule 5: by address");
    begin();
    assert_eq!(
        scene.reset(None, Some("2001:db8::9")),
        1,
        "rule 5: by network"
    );
    assert_eq!(failures(scene), [2, 2, 1], "rule 5: by network");
    begin();
    assert_eq!(
        scene.reset(Some("ada"), Some("192.0.2.1")),
        1,
        "rule 5: by both"
    );
    assert_eq!(failures(scene), [1, 1, 1], "rule 5: by both");
    assert_eq!(scene.reset(Some("eve"), None), 0, "rule 5: nobody");
    assert_eq!(failures(scene), [1, 1, 1], "rule 5: nobody");
    scene.reset(None, None);
}

/// Attempts that were refused during a lockout count where they were refused. They are forgotten
/// with the rest, or a reset of the one who hammers would leave the address locked out.
fn refused_attempts_too<S: Store>(scene: &Scene<S>) {
    let [ada, bob] = ["ada", "bob"].map(|name| attempt(name, "192.0.2.1"));
    scene.fail(&bob);
    scene.fail(&ada);
    scene.fail(&ada);
    for _ in 0..5 {
        assert!(scene.admit(&ada).permit().is_none());
    }
    scene.reset(Some("ada"), None);
    assert_eq!(
        scene.look(&ada),
        (1, false),
        "rule 5: refused attempts are forgotten too"
    );
    scene.reset(None, None);
}

/// An address remembers a failure for as long as others there go on failing.
fn however_long_ago<S: Store>(scene: &Scene<S>) {
    let [ada, bob] = ["ada", "bob"].map(|name| attempt(name, "192.0.2.1"));
    scene.fail(&ada);
    scene.clock.advance(Duration::from_mins(50));
    scene.fail(&bob);
    scene.clock.advance(Duration::from_mins(20));
    assert_eq!(scene.look(&bob), (2, false));
    scene.reset(Some("ada"), None);
    assert_eq!(
        scene.look(&bob),
        (1, false),
        "rule 5: old failures are forgotten too"
    );
    scene.reset(None, None);
}

/// What was taken before a reset gives nothing back after it, and its failure counts anew.
fn permits_in_flight<S: Store>(scene: &Scene<S>) {
    let ada = attempt("ada", "192.0.2.1");
    let [right, wrong] = [scene.begin(&ada), scene.begin(&ada)];
    scene.reset(None, None);
    let open = [scene.begin(&ada), scene.begin(&ada), scene.begin(&ada)];
    scene.settle(&right, success(), &ada);
    let report = scene.settle(&wrong, Outcome::Failure, &ada);
    assert_eq!(
        report.failures, 1,
        "rule 5: a failure after the reset counts"
    );
    for permit in &open {
        scene.settle(permit, Outcome::Withdrawn, &ada);
    }
    assert_eq!(scene.look(&ada), (1, false));
    scene.reset(None, None);

    // The permit that began the tally is no exception.
    let first = scene.begin(&ada);
    scene.reset(None, None);
    let report = scene.settle(&first, Outcome::Failure, &ada);
    assert_eq!(
        report.failures, 1,
        "rule 5: a failure after the reset counts"
    );
    scene.reset(None, None);
}

/// What others have in flight stays in flight, or their address would get more than its limit.
fn permits_of_others<S: Store>(scene: &Scene<S>) {
    let from_there = |name: &str| attempt(name, "192.0.2.1");
    scene.fail(&from_there("bob"));
    let open = ["ada", "eve"].map(|name| (from_there(name), scene.begin(&from_there(name))));
    scene.reset(Some("bob"), None);
    scene.begin(&from_there("cy"));
    assert!(
        scene.admit(&from_there("dan")).permit().is_none(),
        "rule 5: the permits of others stay taken"
    );
    for (who, permit) in &open {
        scene.settle(permit, Outcome::Withdrawn, who);
    }
    scene.begin(&from_there("dan"));
    scene.reset(None, None);
}

/// 6. Repeating an attempt does not make the records grow.
pub fn repetition_does_not_make_records_grow<B: Backend>(backend: &B) {
    let scene = Scene::new(backend.open());
    let mut ada = attempt("ada", "192.0.2.1");
    for round in 0..30 {
        ada.post_data = format!("round={round}");
        scene.fail_unasked(&ada, 1);
    }
    assert_eq!(scene.look(&ada), (30, true));
    assert!(scene.admit(&ada).permit().is_none());
    scene.fail_unasked(&attempt("Ada", "192.0.2.1"), 1);
    // One for each way to write the username, or one for all where a database takes them for equal.
    let removed = scene.reset(None, None);
    assert!(
        (1..=2).contains(&removed),
        "rule 6: one record for all that look alike, not {removed}"
    );
}

/// 7. A success forgets the failures of that username from that network and no others.
pub fn a_success_forgets_only_what_it_proves<B: Backend>(backend: &B) {
    let scene = Scene::with(backend.open(), |policy| policy.reset_on_success = true);
    let [ada, bob, far] = [
        attempt("ada", "192.0.2.1"),
        attempt("bob", "192.0.2.1"),
        attempt("ada", "192.0.2.9"),
    ];
    for who in [&ada, &bob, &far] {
        scene.fail(who);
    }
    scene.succeed(&attempt("ADA", "192.0.2.1"));
    let failures = [&ada, &bob, &far].map(|who| scene.look(who).0);
    assert_eq!(
        failures,
        [1, 1, 1],
        "rule 7: only Ada's own failure is forgotten"
    );
    assert_eq!(
        scene.reset(Some("ada"), Some("192.0.2.1")),
        0,
        "rule 7: and its record"
    );
    scene.reset(None, None);

    // A success that has nothing to prove changes nothing.
    scene.fail(&bob);
    scene.succeed(&ada);
    assert_eq!(
        scene.look(&bob),
        (1, false),
        "rule 7: nobody washes an address clean"
    );
    scene.reset(None, None);
    by_user_agent(backend);
}

/// Failures by another user agent never were in the tally of this one.
fn by_user_agent<B: Backend>(backend: &B) {
    use Parameter::{IpAddress, UserAgent};
    let scene = Scene::with(backend.open(), |policy| {
        policy.reset_on_success = true;
        policy.scopes = Arc::from([scope(&[IpAddress, UserAgent]), Scope::USERNAME]);
    });
    let by = |name: &str, agent: &str| attempt(name, "192.0.2.1").with_user_agent(agent);
    scene.fail(&by("ada", "curl"));
    scene.fail(&by("ada", "curl"));
    scene.fail(&by("bob", "firefox"));
    scene.succeed(&by("ada", "firefox"));
    let seen = scene.look(&by("nobody", "firefox"));
    assert_eq!(seen, (1, false), "rule 7: Bob's failure stays");
    assert_eq!(
        scene.look(&by("ada", "lynx")),
        (0, false),
        "rule 7: Ada's are forgotten"
    );
}
