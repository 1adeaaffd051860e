//! The page for people who are refused.

use std::time::Duration;

use axes_core::{Reason, Refusal};

/// What the heading of a refusal says.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "there will be other reasons that are nobody's business"
)]
pub(crate) const fn title(reason: Reason) -> &'static str {
    match reason {
        Reason::LockedOut => "Too many failed logins",
        Reason::Busy => "Too many logins at once",
        Reason::StoreUnavailable => "Logging in is not possible at the moment",
        _ => "Logging in is not allowed",
    }
}

/// What can be done about it.
pub(crate) fn advice(refusal: &Refusal) -> String {
    let left = refusal.retry_after.map(in_words);
    match (refusal.reason, left) {
        (Reason::LockedOut, Some(left)) => format!("Please try again in {left}."),
        (Reason::LockedOut, None) => "Please contact an administrator.".to_owned(),
        (Reason::Busy, _) => "Please try again in a moment.".to_owned(),
        (Reason::StoreUnavailable, _) => "Please try again later.".to_owned(),
        (_, _) => "If you think that is wrong, please contact an administrator.".to_owned(),
    }
}

/// A length of time as people say it, never shorter than it is.
pub(crate) fn in_words(time: Duration) -> String {
    let seconds = whole_seconds(time);
    let minutes = seconds.div_ceil(60);
    let hours = minutes.div_ceil(60);
    match (seconds, minutes, hours) {
        (0..=90, ..) => count(seconds, "second"),
        (_, 0..=90, _) => count(minutes, "minute"),
        (.., 0..=48) => count(hours, "hour"),
        _ => count(hours.div_ceil(24), "day"),
    }
}

/// How many seconds it takes until `time` is over.
pub(crate) fn whole_seconds(time: Duration) -> u128 {
    time.as_millis().div_ceil(1000)
}

fn count(number: u128, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// The whole page.
pub(crate) fn page(refusal: &Refusal) -> String {
    let (title, advice) = (title(refusal.reason), advice(refusal));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <style>\n:root {{ color-scheme: light dark }}\n\
         body {{ font: 1.1rem/1.5 system-ui, sans-serif; margin: 20vh auto; max-width: 26rem; \
         padding: 0 1.5rem }}\nh1 {{ font-size: 1.5rem }}\n</style>\n\
         <main role=\"alert\">\n<h1>{title}</h1>\n<p>{advice}</p>\n</main>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_never_told_too_short() {
        for (millis, words) in [
            (1, "1 second"),
            (1_001, "2 seconds"),
            (90_000, "90 seconds"),
            (90_001, "2 minutes"),
            (5_400_000, "90 minutes"),
            (5_400_001, "2 hours"),
            (172_800_001, "3 days"),
        ] {
            assert_eq!(in_words(Duration::from_millis(millis)), words);
        }
    }

    #[test]
    fn a_lockout_without_an_end_names_who_can_help() {
        let refusal = Refusal::of(Reason::LockedOut, None);
        assert!(page(&refusal).contains("contact an administrator"));
    }
}
