//! Times on the wire, and in results.

use super::model::{Member, Shape};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde_json::Value;

/// How a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Seconds since 1970, as a number.
    Unix,
    Iso,
    /// That of HTTP headers.
    Http,
}

impl Format {
    pub(super) fn of(member: &Member, shape: &Shape, otherwise: Self) -> Self {
        match member.timestamp.as_deref().or(shape.timestamp.as_deref()) {
            Some("unixTimestamp") => Self::Unix,
            Some("iso8601") => Self::Iso,
            Some("rfc822") => Self::Http,
            _ => otherwise,
        }
    }

    /// The time as text. Seconds have a point only where they need one.
    pub(super) fn write(self, at: Timestamp) -> String {
        let milliseconds = at.as_millisecond();
        match self {
            Self::Unix if milliseconds % 1000 == 0 => (milliseconds / 1000).to_string(),
            Self::Unix => (milliseconds as f64 / 1000.0).to_string(),
            Self::Iso if milliseconds % 1000 == 0 => format!("{at:.0}"),
            Self::Iso => format!("{at:.3}"),
            Self::Http => at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(),
        }
    }
}

/// Reads a time of an answer, in whatever form a service gives it.
pub(super) fn read(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Number(seconds) => milliseconds(seconds.as_f64()?),
        Value::String(text) => read_text(text),
        _ => None,
    }
}

/// Reads a time from text.
pub(super) fn read_text(text: &str) -> Option<Timestamp> {
    let zoned = || text.parse().ok();
    let unzoned = || format!("{text}Z").parse().ok();
    let http = || rfc2822::parse(text).ok().map(|zoned| zoned.timestamp());
    let unix = || milliseconds(text.parse().ok()?);
    zoned().or_else(http).or_else(unix).or_else(unzoned)
}

fn milliseconds(seconds: f64) -> Option<Timestamp> {
    Timestamp::from_millisecond((seconds * 1000.0).round() as i64).ok()
}
