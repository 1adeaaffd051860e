//! What can be found, by ids that stay the same.

/// Each id with what it says. Those that Django's checks have too say the same there.
pub(crate) const IDS: &[(&str, &str)] = &[
    ("axes.E001", "a value of a setting is wrong"),
    (
        "axes.E010",
        "there is no such setting; which one is probably meant",
    ),
    ("axes.W006", "nothing that is counted has the address in it"),
    (
        "axes.W007",
        "tiers stand for a limit or a cool-off that is set too",
    ),
    ("axes.E101", "the store does not answer, or is not there"),
    ("axes.E102", "the store lacks tables of Axes"),
    (
        "axes.W101",
        "almost all failures come from one private address: a proxy that nobody told of",
    ),
    ("axes.W102", "Axes is switched off"),
    (
        "axes.W103",
        "failures are counted, and nobody is locked out",
    ),
    (
        "axes.W104",
        "the failure limit is so high that common passwords are guessed",
    ),
    (
        "axes.W105",
        "attempts are let through while the store does not answer",
    ),
    ("axes.W106", "GET requests are never refused"),
    (
        "axes.E107",
        "only addresses on the allowlist may log in, and there are none",
    ),
    ("axes.W108", "the allowlist has no effect"),
    (
        "axes.W109",
        "forwarding headers are believed whoever sends them",
    ),
    ("axes.W110", "the store is the memory of one process"),
    (
        "axes.W111",
        "attempts are recorded in the future: clocks differ",
    ),
    ("axes.I101", "nothing is configured, so the defaults judge"),
    (
        "axes.I102",
        "there is no cool-off: lockouts last until somebody lifts them",
    ),
    (
        "axes.W200",
        "Redis: something else that its settings put at risk",
    ),
    ("axes.E201", "Redis could not write to its disk"),
    ("axes.E202", "Redis is a replica"),
    (
        "axes.W203",
        "Redis deletes lockouts when its memory is full",
    ),
    ("axes.W204", "Redis writes down nothing as it happens"),
    (
        "axes.W205",
        "Redis has replicas that may not know what was counted last",
    ),
    ("axes.W206", "Redis is older than what is known to work"),
    ("axes.I207", "Redis reports before the disk has it"),
    ("axes.I208", "Redis does not tell when the disk has it"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_id_that_is_found_is_listed_and_no_other() {
        let code = [
            include_str!("../check.rs"),
            include_str!("configured.rs"),
            include_str!("stored.rs"),
        ];
        let quoted = code.iter().flat_map(|text| text.split('"'));
        let found: BTreeSet<&str> = quoted
            .filter(|word| word.starts_with("axes.") && word.len() == 9)
            .collect();
        let listed: BTreeSet<&str> = IDS.iter().map(|(id, _)| *id).collect();
        assert_eq!(found, listed);
        assert_eq!(IDS.len(), listed.len());
    }
}
