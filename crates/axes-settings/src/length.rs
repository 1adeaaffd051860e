//! Lengths of time as people write them: `90s`, `15m`, `1h30m`, `7d`.

use std::time::Duration;

/// The units, from the longest, with their seconds.
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)];

/// A length of time: whole numbers of days, hours, minutes and seconds, each at most once and in this
/// order, as in `1h30m`; spaces between them are fine. `None` where `text` is anything else.
#[must_use]
pub fn parse_length(text: &str) -> Option<Duration> {
    let mut units = UNITS.iter();
    let mut total: u64 = 0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|char: char| !char.is_ascii_digit())?;
        let (digits, after) = rest.split_at(end);
        let mut letters = after.chars();
        let letter = letters.next()?;
        let (_, seconds) = units.find(|(unit, _)| *unit == letter)?;
        let part = digits.parse::<u64>().ok()?.checked_mul(*seconds)?;
        total = total.checked_add(part)?;
        rest = letters.as_str().trim_start();
    }
    Some(Duration::from_secs(total))
}

/// `length` as [`parse_length`] reads it; parts of a second are left out.
#[must_use]
pub fn write_length(length: Duration) -> String {
    let mut rest = length.as_secs();
    let mut text = String::new();
    for (unit, seconds) in UNITS {
        let count = rest.checked_div(seconds).unwrap_or_default();
        rest = rest.checked_rem(seconds).unwrap_or_default();
        if count > 0 {
            text.push_str(&count.to_string());
            text.push(unit);
        }
    }
    if text.is_empty() {
        text.push_str("0s");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_come_once_and_from_the_longest() {
        for (text, seconds) in [
            ("90s", Some(90)),
            ("15m", Some(900)),
            ("1h30m", Some(5400)),
            (" 1h 30m ", Some(5400)),
            ("7d", Some(604_800)),
            ("1d1h1m1s", Some(90_061)),
            ("0s", Some(0)),
            ("", None),
            ("15", None),
            ("m", None),
            ("30m1h", None),
            ("1h1h", None),
            ("1.5h", None),
            ("-1h", None),
            ("1H", None),
            ("1ö", None),
            ("1h,30m", None),
            ("99999999999999999999s", None),
            ("999999999999999999d", None),
        ] {
            let read = parse_length(text).map(|length| length.as_secs());
            assert_eq!(read, seconds, "{text:?}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for (seconds, text) in [
            (0, "0s"),
            (60, "1m"),
            (61, "1m1s"),
            (5400, "1h30m"),
            (86_400, "1d"),
            (90_061, "1d1h1m1s"),
        ] {
            let length = Duration::from_secs(seconds);
            assert_eq!(write_length(length), text);
            assert_eq!(parse_length(text), Some(length));
        }
        assert_eq!(
            parse_length(&write_length(Duration::MAX)).map(|it| it.as_secs()),
            Some(u64::MAX)
        );
    }
}
