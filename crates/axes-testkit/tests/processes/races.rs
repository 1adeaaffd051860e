//! Many at once.

use crate::place::Place;
use crate::racer::{Racer, Rules, count, race};

/// 200 wrong passwords at once, by four processes of eight threads.
pub(crate) fn exactly_as_many_passwords_are_checked_as_the_limit_allows(place: &dyn Place) {
    for (round, scopes) in ["username", "username,ip_address"].iter().enumerate() {
        let rules = Rules {
            scopes,
            ..Rules::default()
        };
        let login = format!("fail ada-{round} 192.0.2.{round}\n");
        let said = race(place, rules, &vec![login; 200]);
        assert_eq!(count(&said, "error"), 0, "{scopes}: {said:?}");
        assert_eq!(count(&said, "checked"), 3, "{scopes}: {said:?}");
        assert_eq!(count(&said, "refused"), 197, "{scopes}: {said:?}");
    }
}

/// 50 right passwords at once from one address.
pub(crate) fn nobody_with_a_right_password_is_kept_out(place: &dyn Place) {
    let rules = Rules {
        scopes: "ip_address",
        ..Rules::default()
    };
    let logins: Vec<String> = (0..50)
        .map(|number| format!("succeed user-{number} 192.0.2.1\n"))
        .collect();
    let said = race(place, rules, &logins);
    assert_eq!(count(&said, "checked"), 50, "{said:?}");
    assert_eq!(count(&said, "reported"), 50, "{said:?}");
}

pub(crate) fn a_reset_is_obeyed_at_once_by_every_process(place: &dyn Place) {
    let mut racers = [0, 1].map(|_| Racer::start(place, Rules::default()));
    for _ in 0..3 {
        let log_in = |racer: &mut Racer| {
            racer.tell("fail ada 192.0.2.1\n");
            racer.next().expect("it goes on")
        };
        for _ in 0..3 {
            assert_eq!(log_in(&mut racers[0]), "checked ada");
            assert_eq!(racers[0].next().as_deref(), Some("reported ada"));
        }
        for racer in &mut racers {
            assert!(log_in(racer).starts_with("refused ada LockedOut"));
        }
        place.reset("ada");
        assert_eq!(log_in(&mut racers[1]), "checked ada");
        assert_eq!(racers[1].next().as_deref(), Some("reported ada"));
        assert_eq!(place.failures("ada"), 1);
        place.reset("ada");
    }
}
