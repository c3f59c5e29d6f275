//! Points in time, as policies and requests write them.

/// The seconds since 1970 of a date such as `2026-01-31T12:00:00Z` or `2026-01-31T14:00:00+02:00`, or of a number.
pub(super) fn date(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<i64>() {
        return Some(seconds);
    }
    if let Ok(seconds) = text.parse::<f64>() {
        #[expect(clippy::cast_possible_truncation, reason = "a cast saturates")]
        return Some(seconds.floor() as i64);
    }
    let (day, time) = text.split_once(['T', 't', ' ']).unwrap_or((text, ""));
    let mut fields = day.splitn(3, '-').map(str::parse::<i64>);
    let year = fields.next()?.ok()?;
    let month = fields.next().unwrap_or(Ok(1)).ok()?;
    let day = fields.next().unwrap_or(Ok(1)).ok()?;
    let (time, offset) = match time.find(['Z', 'z', '+', '-']) {
        Some(at) => (time.get(..at)?, offset(time.get(at..)?)?),
        None => (time, 0),
    };
    let mut clock = time.splitn(3, ':');
    let mut unit = || {
        let digits: String = clock.next().unwrap_or("0").chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<i64>().unwrap_or(0)
    };
    let (hours, minutes, seconds) = (unit(), unit(), unit());
    let is_date = (-10_000..=100_000).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !is_date || hours > 24 || minutes > 60 || seconds > 60 {
        return None;
    }
    // Days since 1970 in the proleptic Gregorian calendar.
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let of_era = shifted.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some(days * 86_400 + hours * 3_600 + minutes * 60 + seconds - offset)
}

/// The date of so many seconds since 1970, as requests have it.
pub(super) fn written(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // The reverse of what `date` does.
    let shifted = days.saturating_add(719_468);
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let of_year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * of_year + of_year / 4 - of_year / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = of_year + era * 400 + i64::from(month <= 2);
    let (hours, minutes, seconds) = (rest / 3_600, rest % 3_600 / 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}Z")
}

/// The seconds by which a local time is ahead of UTC: of `Z`, `+02:00`, `-0530` or `+01`.
fn offset(text: &str) -> Option<i64> {
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return Some(0),
    };
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let hours: i64 = digits.get(..2)?.parse().ok()?;
    let minutes: i64 = digits.get(2..4).map_or(Ok(0), str::parse).ok()?;
    Some(sign * (hours * 3_600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_have_offsets_and_can_be_written() {
        for (text, expected) in [
            ("2026-12-01T06:00:00-12:00", "2026-12-01T18:00:00Z"),
            ("2026-12-01T06:00:00+0530", "2026-12-01T00:30:00Z"),
            ("2026-12-01T06:00:00.25Z", "2026-12-01T06:00:00Z"),
            ("2024-02-29", "2024-02-29T00:00:00Z"),
            ("1970-01-01T00:00Z", "1970-01-01T00:00:00Z"),
            ("1764547200", "2025-12-01T00:00:00Z"),
            ("1764547200.9", "2025-12-01T00:00:00Z"),
        ] {
            assert_eq!(date(text).map(written).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "tomorrow", "2026-13-01", "2026-12-01T99:00:00Z", "99999999999999999-01-01"] {
            assert_eq!(date(text), None, "{text}");
        }
    }
}
