//! Time as AWS writes it. The engine counts in milliseconds, as its histories do.

use jiff::Timestamp;

/// Reads an RFC 3339 timestamp with an upper-case `T` and `Z` or an offset, the only form that the language takes.
pub(crate) fn parse_timestamp(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let separated = bytes.get(10) == Some(&b'T');
    let zoned =
        bytes.last() == Some(&b'Z') || bytes.iter().rev().take(6).any(|byte| matches!(byte, b'+' | b'-'));
    if separated && zoned { text.parse().ok() } else { None }
}

/// `2026-11-22T08:15:00.123Z`.
pub(crate) fn iso(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// The same time without what is finer than a millisecond.
pub(crate) fn to_millisecond(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

/// `2026-11-22T08:15:00Z`.
pub(crate) fn seconds_iso(at: Timestamp) -> String {
    format!("{at:.0}")
}

/// Milliseconds since 1970.
pub(crate) fn to_milliseconds(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// The time that was stored as milliseconds since 1970.
pub(crate) fn from_milliseconds(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::MAX)
}

/// So many milliseconds later, or the last time that there is.
pub fn after(at: Timestamp, milliseconds: u64) -> Timestamp {
    let milliseconds = i64::try_from(milliseconds).unwrap_or(i64::MAX);
    at.as_millisecond()
        .checked_add(milliseconds)
        .and_then(|at| Timestamp::from_millisecond(at).ok())
        .unwrap_or(Timestamp::MAX)
}

/// Seconds since 1970 with three decimals, as the JSON protocols of AWS write a time.
pub(crate) fn seconds(at: Timestamp) -> serde_json::Value {
    serde_json::Value::from(at.as_millisecond() as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_written_as_aws_writes_them() {
        let at = Timestamp::from_millisecond(1_795_335_300_120).unwrap();
        assert_eq!(iso(at), "2026-11-22T08:15:00.120Z");
    }

    #[test]
    fn only_the_form_of_the_language_is_read() {
        for good in ["2016-03-14T01:59:00Z", "2016-03-14T01:59:00.123Z", "2016-03-14T01:59:00+02:00"] {
            assert!(parse_timestamp(good).is_some(), "{good}");
        }
        for bad in
            ["2016-03-14 01:59:00Z", "2016-03-14T01:59:00", "2016-03-14", "noon", "", "2016-13-14T01:59:00Z"]
        {
            assert!(parse_timestamp(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn the_far_future_does_not_overflow() {
        assert_eq!(after(Timestamp::MAX, u64::MAX), Timestamp::MAX);
    }
}
