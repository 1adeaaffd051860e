//! What is killed.

use std::collections::BTreeMap;

use crate::place::Place;
use crate::racer::{Racer, Rules, count, race};

pub(crate) fn a_check_whose_process_is_killed_uses_up_its_try(place: &dyn Place) {
    let rules = Rules {
        lease: 2000,
        ..Rules::default()
    };
    let mut killed = Racer::start(place, rules);
    killed.tell("hold ada 192.0.2.1\n");
    assert_eq!(killed.next().as_deref(), Some("checked ada"));
    killed.kill();
    // They wait for its lease: the password may have been right.
    let said = race(place, rules, &vec!["fail ada 192.0.2.1\n".to_owned(); 20]);
    assert_eq!(count(&said, "checked"), 2, "{said:?}");
    assert_eq!(count(&said, "refused ada LockedOut"), 18, "{said:?}");
}

/// Processes are killed in the middle of a burst, and then the store is.
pub(crate) fn what_was_reported_survives_when_its_process_is_killed(place: &dyn Place) {
    let mut reported = BTreeMap::<String, u32>::new();
    for round in 0..3 {
        let mut racers = [0, 1].map(|_| {
            Racer::start(
                place,
                Rules {
                    limit: 1000,
                    ..Rules::default()
                },
            )
        });
        for (number, racer) in racers.iter_mut().enumerate() {
            let login = |name| format!("fail user-{number}-{name} 192.0.2.1\n");
            racer.tell(&(0..400).map(|count| login(count % 40)).collect::<String>());
        }
        for racer in &mut racers {
            let mut heard = 0;
            while heard < 50 * (round + 1) {
                let said = racer.next().expect("it goes on");
                heard += note(&mut reported, &said);
            }
            racer.kill();
            // What it had said before that nobody had read yet.
            while let Some(said) = racer.next() {
                note(&mut reported, &said);
            }
        }
        place.crash();
        for (username, times) in &reported {
            let failures = place.failures(username);
            assert!(
                failures >= *times,
                "{username}: {times} reported, {failures} there"
            );
        }
    }
    assert!(reported.values().sum::<u32>() >= 600);
}

/// Counts who was `reported`, if somebody was.
fn note(reported: &mut BTreeMap<String, u32>, said: &str) -> u32 {
    assert!(!said.starts_with("error"), "{said}");
    let Some(username) = said.strip_prefix("reported ") else {
        return 0;
    };
    *reported.entry(username.to_owned()).or_default() += 1;
    1
}

pub(crate) fn a_store_that_crashes_in_a_burst_lets_nobody_guess_more(place: &dyn Place) {
    let rules = Rules {
        lease: 2000,
        limit: 10,
        ..Rules::default()
    };
    let mut racers: Vec<Racer> = (0..4).map(|_| Racer::start(place, rules)).collect();
    // Nobody is refused before somebody was checked.
    racers[0].tell(&"fail ada 192.0.2.1\n".repeat(50));
    assert_eq!(racers[0].next().as_deref(), Some("checked ada"));
    for racer in &mut racers[1..] {
        racer.tell(&"fail ada 192.0.2.1\n".repeat(50));
    }
    place.crash();
    for racer in &mut racers {
        racer.tell(&"fail ada 192.0.2.1\n".repeat(50));
    }
    let said: Vec<String> = racers.into_iter().flat_map(Racer::finish).collect();
    let checked = count(&said, "checked") + 1;
    assert!(checked <= 10, "{checked} checked");
    assert!(count(&said, "refused ada LockedOut") > 0, "{said:?}");
}
