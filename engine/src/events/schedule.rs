//! Schedules of rules: `rate(5 minutes)` and `cron(0 10 ? * MON-FRI *)`, in UTC.
//!
//! Source: EventBridge user guide, "Setting a schedule pattern for scheduled rules"; what is refused was recorded from AWS.

mod cron;

use cron::Cron;
use jiff::Timestamp;

/// When a rule tells its targets by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// Every so many milliseconds from the time on that the rule was put.
    Rate(i64),
    /// At the minutes that an expression names.
    Cron(Cron),
}

impl Schedule {
    /// Reads `rate(VALUE UNIT)` or `cron(MINUTES HOURS DAY-OF-MONTH MONTH DAY-OF-WEEK YEAR)`.
    pub fn read(text: &str) -> Option<Self> {
        let inside = |name: &str| text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
        if let Some(fields) = inside("cron") {
            return Cron::read(fields).map(Self::Cron);
        }
        let (value, unit) = inside("rate")?.split_once(' ')?;
        let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
        let value: i64 = value.parse().ok().filter(|value| is_number && *value > 0)?;
        // One minute, and two minutes: AWS takes nothing else.
        let unit = if value == 1 { unit } else { unit.strip_suffix('s')? };
        let minutes = match unit {
            "minute" => 1,
            "hour" => 60,
            "day" => 24 * 60,
            _ => return None,
        };
        value.checked_mul(minutes * 60_000).map(Self::Rate)
    }

    /// The first time after `now`. A rate counts from `since`, which is not after `now`.
    pub fn next(&self, since: Timestamp, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Cron(cron) => cron.next(now),
            Self::Rate(every) => {
                let (since, now) = (since.as_millisecond(), now.as_millisecond());
                let times = (now.saturating_sub(since).max(0) / every).checked_add(1)?;
                Timestamp::from_millisecond(since.checked_add(every.checked_mul(times)?)?).ok()
            }
        }
    }
}

#[cfg(test)]
mod tests;
