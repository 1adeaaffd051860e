//! Rule 4: nothing acknowledged is lost.

use axes_core::{Reason, Verdict};

use super::scene::attempt;
use super::{Backend, Scene};

/// 4. What a batch with a failure has written survives a crash once `execute` has returned.
pub fn what_was_written_survives_a_crash<B: Backend>(backend: &B) {
    let scene = Scene::new(backend.open());
    let ada = attempt("ada", "192.0.2.1");
    scene.fail(&ada);
    scene.fail(&ada);
    backend.crash(scene.store);

    let scene = Scene::new(backend.open());
    assert_eq!(scene.look(&ada), (2, false), "rule 4: the failures count");
    assert_eq!(scene.fail(&ada).failures, 3);
    backend.crash(scene.store);

    let scene = Scene::new(backend.open());
    let Verdict::Refuse(refusal) = scene.admit(&ada) else {
        unreachable!("rule 4: the lockout was forgotten");
    };
    assert_eq!(refusal.reason, Reason::LockedOut);
    assert!(
        !refusal.newly_locked,
        "rule 4: that it was told survives too"
    );
    assert_eq!(scene.reset(None, None), 1, "rule 4: the record survives");
}
