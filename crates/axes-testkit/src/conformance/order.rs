//! Rules 1 and 3: what batches are.

use std::sync::Arc;

use axes_core::{Fail, GiveBack, OnLocked, Op, Reply, Slot, Taken, Tally, Terms, Timestamp};
use axes_stores::{Clock, Store};

use super::scene::{attempt, parts, peek, take, terms};
use super::{Backend, Scene};

/// 1. Ops are executed in their order, and there is one reply for each.
pub fn ops_run_in_order_with_one_reply_each<B: Backend>(backend: &B) {
    let scene = Scene::new(backend.open());
    let ada = parts("ada");
    let terms = terms(3, 60);
    let now = scene.clock.now();
    let attempt = attempt("ada", "192.0.2.1");
    let record = attempt.record(scene.engine.parts(&attempt), now);
    let fail = |nonce| {
        Op::Fail(Fail {
            key: ada.key(),
            parts: ada.clone(),
            slot: None,
            terms: Arc::clone(&terms),
            nonce,
            seen: None,
        })
    };
    let give_back = GiveBack {
        key: ada.key(),
        slot: Slot {
            epoch: 1,
            until: Timestamp::EPOCH,
        },
        terms: Arc::clone(&terms),
        seen: None,
    };
    let replies = scene.run(vec![
        peek(&ada),
        Op::Record {
            record: record.clone(),
            refused: false,
            terms: Arc::clone(&terms),
        },
        fail(1),
        peek(&ada),
        Op::LogFailure {
            record: record.clone(),
            refused: false,
            keep: Some(10),
        },
        Op::GiveBack(give_back),
        fail(2),
        Op::LogAccess {
            record,
            session_hash: "5e55".to_owned(),
        },
        peek(&ada),
        peek(&parts("bob")),
    ]);
    let failures = |tally: &Tally| Some(tally.failures);
    let told: Vec<Option<u32>> = replies
        .iter()
        .map(|reply| match reply {
            Reply::Seen(tally) | Reply::Counted { tally, .. } => failures(tally),
            Reply::Done => None,
            other => unreachable!("nothing here is answered by {other:?}"),
        })
        .collect();
    let (none, some) = (None, Some);
    assert_eq!(
        told,
        [
            some(0),
            none,
            some(1),
            some(1),
            none,
            none,
            some(2),
            none,
            some(2),
            some(0)
        ],
        "rule 1: the replies come in the order of the ops"
    );
    assert!(scene.run(vec![]).is_empty(), "rule 1: no ops, no replies");
}

/// 3. After a take that got no permit, the rest of the batch is skipped.
pub fn a_refused_take_skips_the_rest<B: Backend>(backend: &B) {
    let scene = Scene::new(backend.open());
    let [ada, bob, eve] = ["ada", "bob", "eve"].map(parts);
    let terms = terms(1, 60);
    let granted = |replies: &[Reply]| {
        let taken = |reply: &Reply| match reply {
            Reply::Taken { taken, .. } => Some(*taken),
            Reply::Skipped => None,
            other => unreachable!("a take is not answered by {other:?}"),
        };
        replies.iter().map(taken).collect::<Vec<_>>()
    };
    let first = granted(&scene.run(vec![take(&bob, &terms)]));
    assert!(matches!(first[..], [Some(Taken::Granted(_))]));

    let who = attempt("eve", "192.0.2.1");
    let record = Op::Record {
        record: who.record(scene.engine.parts(&who), scene.clock.now()),
        refused: false,
        terms: Arc::clone(&terms),
    };
    let takes = vec![
        take(&ada, &terms),
        take(&bob, &terms),
        take(&eve, &terms),
        record,
    ];
    let told = granted(&scene.run(takes));
    assert!(
        matches!(
            told[..],
            [Some(Taken::Granted(_)), Some(Taken::Busy), None, None]
        ),
        "rule 3: skipped after busy: {told:?}"
    );
    assert_eq!(
        scene.tally(&ada).in_flight(),
        1,
        "rule 3: what came before holds"
    );
    assert!(
        scene.tally(&eve).is_blank(),
        "rule 3: what is skipped is not done"
    );
    assert_eq!(scene.reset(Some("eve"), None), 0, "rule 3: nor recorded");

    scene.fail_unasked(&attempt("bob", "192.0.2.1"), 1);
    let told = granted(&scene.run(vec![take(&bob, &terms), take(&eve, &terms)]));
    let locked_out = Some(Taken::LockedOut { newly: true });
    assert_eq!(told, [locked_out, None], "rule 3: skipped after a lockout");
    a_refusal_is_recorded(&scene, &terms);
}

/// Also where it is not the first, which stores may count and record as one.
fn a_refusal_is_recorded<S: Store>(scene: &Scene<S>, terms: &Arc<Terms>) {
    let who = attempt("bob", "192.0.2.9");
    let record = Op::Record {
        record: who.record(scene.engine.parts(&who), scene.clock.now()),
        refused: true,
        terms: Arc::clone(terms),
    };
    let counted = |username: &str| {
        let Op::Take(take) = take(&parts(username), terms) else {
            unreachable!("a take is a take");
        };
        let on_locked = OnLocked::Count(Arc::from([record.clone()]));
        Op::Take(axes_core::Take { on_locked, ..take })
    };
    scene.run(vec![counted("zoe")]);
    let recorded = |why: &str, number: u64| {
        let removed = scene.reset(Some("bob"), Some("192.0.2.9"));
        assert_eq!(removed, number, "rule 3: {why}");
    };
    recorded("what is granted is not recorded as refused", 0);
    let before = scene.tally(&parts("bob")).failures;
    for _ in 0..3 {
        scene.run(vec![counted("bob")]);
    }
    let after = scene.tally(&parts("bob")).failures;
    assert_eq!(
        after,
        before + 3,
        "rule 3: refusals count where they ought to"
    );
    recorded("what is refused is recorded", 1);
}
