//! Times that people type.

use axes_core::Timestamp;
use jiff::{Span, civil};

use crate::{Failure, Host};

/// A time in the past: `2h`, `7 days`, `2026-01-31`, `2026-01-31 16:20` (both local), or RFC 3339.
pub(crate) fn past(flag: &str, typed: &str, host: &Host<'_>) -> Result<Timestamp, Failure> {
    let read = span(typed).and_then(|span| {
        let now = moment(host)?;
        millis(now.checked_sub(span).ok()?.timestamp())
    });
    read.or_else(|| point(typed, host)).ok_or_else(|| {
        Failure::Usage(format!(
            "{flag} {typed:?} is no time: use how long ago, such as \"2h\" or \"7 days\", or a time, such \
             as \"2026-01-31 16:20\""
        ))
    })
}

fn point(typed: &str, host: &Host<'_>) -> Option<Timestamp> {
    if let Ok(moment) = typed.parse::<jiff::Timestamp>() {
        return millis(moment);
    }
    let civil = typed.trim().parse::<civil::DateTime>().ok()?;
    millis(civil.to_zoned_datetime(host.zone.clone()).ok()?.timestamp())
}

/// A length of time, without a sign: whether it is past or future says the flag.
fn span(typed: &str) -> Option<Span> {
    let span: Span = typed.trim().parse().ok()?;
    let bare = typed
        .trim_start()
        .starts_with(|first: char| first.is_ascii_digit());
    (bare && !span.is_negative()).then_some(span)
}

fn moment(host: &Host<'_>) -> Option<jiff::ZonedDateTime> {
    let now = jiff::Timestamp::from_millisecond(host.now().as_millis()).ok()?;
    Some(now.to_zoned_datetime(host.zone.clone()))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it ends chains of what may be missing"
)]
fn millis(moment: jiff::Timestamp) -> Option<Timestamp> {
    Some(Timestamp::from_millis(moment.as_millisecond()))
}
