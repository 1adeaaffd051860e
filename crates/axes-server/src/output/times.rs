//! Times and lengths of time, as people and programs read them.

use std::time::Duration;

use axes_core::Timestamp;
use jiff::tz::TimeZone;

/// How times are told to people: in their zone, and how far away.
#[derive(Clone, Debug)]
pub(crate) struct Times {
    zone: TimeZone,
    now: Timestamp,
}

impl Times {
    pub(crate) fn new(zone: TimeZone, now: Timestamp) -> Self {
        Self { zone, now }
    }

    /// `2026-01-31 16:20`.
    pub(crate) fn minutes(&self, time: Timestamp) -> String {
        self.format(time, "%Y-%m-%d %H:%M")
    }

    /// `2026-01-31 16:20:05`.
    pub(crate) fn seconds(&self, time: Timestamp) -> String {
        self.format(time, "%Y-%m-%d %H:%M:%S")
    }

    /// `2026-01-31 16:20 (in 12 min)`.
    pub(crate) fn relative(&self, time: Timestamp) -> String {
        format!("{} ({})", self.minutes(time), self.away(time))
    }

    /// The same of an end that may never come.
    pub(crate) fn end(&self, time: Option<Timestamp>) -> String {
        time.map_or_else(
            || "until it is lifted".to_owned(),
            |time| self.relative(time),
        )
    }

    /// `in 12 min`, `3 h ago`, `now`.
    pub(crate) fn away(&self, time: Timestamp) -> String {
        if let Some(left) = time.left(self.now)
            && !left.is_zero()
        {
            return format!("in {}", rounded(left));
        }
        match self.now.left(time) {
            Some(ago) if ago >= Duration::from_secs(1) => format!("{} ago", rounded(ago)),
            _ => "now".to_owned(),
        }
    }

    /// `times are in Europe/Berlin, UTC+01:00`.
    pub(crate) fn zone(&self) -> String {
        let offset = self.format(self.now, "%:z");
        let name = self.zone.iana_name().unwrap_or("UTC");
        match name {
            "UTC" | "Etc/UTC" => "times are in UTC".to_owned(),
            name => format!("times are in {name}, UTC{offset}"),
        }
    }

    fn format(&self, time: Timestamp, format: &str) -> String {
        let moment = moment(time).to_zoned_datetime(self.zone.clone());
        moment.strftime(format).to_string()
    }
}

/// `2026-01-31T16:20:05.123Z`.
pub(crate) fn rfc3339(time: Timestamp) -> String {
    moment(time).to_string()
}

/// The length of a time that a person chose: `15 min`, `1 h 30 min`.
pub(crate) fn length(duration: Duration) -> String {
    let total = duration.as_millis();
    let units = [
        (86_400_000, "d"),
        (3_600_000, "h"),
        (60_000, "min"),
        (1000, "s"),
        (1, "ms"),
    ];
    let mut left = total;
    let mut words = Vec::new();
    for (size, name) in units {
        let number = left.checked_div(size).unwrap_or(0);
        left = left.checked_rem(size).unwrap_or(0);
        if number > 0 {
            words.push(format!("{number} {name}"));
        }
    }
    if words.is_empty() {
        "0 s".to_owned()
    } else {
        words.join(" ")
    }
}

/// In the largest unit of which there are at least two.
fn rounded(duration: Duration) -> String {
    let seconds = duration.as_millis().div_ceil(1000);
    let (size, name) = match seconds {
        0..120 => (1, "s"),
        120..7200 => (60, "min"),
        7200..172_800 => (3600, "h"),
        _ => (86_400, "d"),
    };
    let half = size / 2;
    let number = seconds.saturating_add(half).checked_div(size).unwrap_or(0);
    format!("{number} {name}")
}

fn moment(time: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(time.as_millis()).unwrap_or(jiff::Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_767_225_600_000_i64.saturating_add(seconds.saturating_mul(1000)))
    }

    #[test]
    fn people_read_their_own_time_and_how_far_away_it_is() {
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        let times = Times::new(zone, at(0));
        assert_eq!(times.minutes(at(0)), "2026-01-01 01:00");
        for (seconds, away) in [
            (0, "now"),
            (45, "in 45 s"),
            (720, "in 12 min"),
            (7200, "in 2 h"),
            (400_000, "in 5 d"),
            (-3, "3 s ago"),
            (-5400, "90 min ago"),
            (-90_000, "25 h ago"),
        ] {
            assert_eq!(times.away(at(seconds)), away, "{seconds}");
        }
        assert_eq!(times.end(None), "until it is lifted");
    }

    #[test]
    fn programs_read_rfc_3339() {
        assert_eq!(rfc3339(at(5)), "2026-01-01T00:00:05Z");
        assert_eq!(
            rfc3339(Timestamp::from_millis(1)),
            "1970-01-01T00:00:00.001Z"
        );
    }

    #[test]
    fn lengths_are_told_whole() {
        for (seconds, words) in [
            (0, "0 s"),
            (900, "15 min"),
            (5400, "1 h 30 min"),
            (90_061, "1 d 1 h 1 min 1 s"),
        ] {
            assert_eq!(length(Duration::from_secs(seconds)), words);
        }
    }
}
