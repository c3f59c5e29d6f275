//! The six fields of a cron expression.

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// The last year that an expression may name.
const LAST_YEAR: i16 = 2199;

/// A cron expression of EventBridge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    minutes: Vec<i16>,
    hours: Vec<i16>,
    day: Day,
    months: Vec<i16>,
    years: Vec<i16>,
}

/// On which days. One of the two fields says it, and the other is `?`.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Day {
    OfMonth(Vec<OfMonth>),
    OfWeek(Vec<OfWeek>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum OfMonth {
    Day(i16),
    /// `L`
    Last,
    /// `15W`: the weekday that is nearest to a day, in the same month.
    NearestWeekday(i16),
    /// `LW`
    LastWeekday,
}

/// Days of the week are 1 to 7, from Sunday on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum OfWeek {
    Day(i16),
    /// `6L`: the last Friday of a month.
    Last(i16),
    /// `3#2`: the second Tuesday of a month.
    Nth(i16, i16),
}

/// What numbers a field takes, and the names that stand for some of them.
struct Range {
    least: i16,
    most: i16,
    names: &'static [&'static str],
}

impl Range {
    const fn of(least: i16, most: i16) -> Self {
        Self { least, most, names: &[] }
    }

    fn number(&self, text: &str) -> Option<i16> {
        if let Some(at) = self.names.iter().position(|name| name.eq_ignore_ascii_case(text)) {
            return Some(i16::try_from(at).ok()? + 1);
        }
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|number| is_number && (self.least..=self.most).contains(number))
    }

    /// One part of a field: `*`, `5`, `1-5`, `22-2`, `0/15`, `*/15` or `1-30/5`.
    fn part(&self, text: &str) -> Option<Vec<i16>> {
        let (range, step) = match text.split_once('/') {
            Some((range, step)) => {
                let step = Range::of(1, self.most.max(1)).number(step)?;
                (range, Some(usize::try_from(step).ok()?))
            }
            None => (text, None),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (self.least, self.most),
            Some((from, to)) => (self.number(from)?, self.number(to)?),
            None if step.is_some() => (self.number(range)?, self.most),
            None => (self.number(range)?, self.number(range)?),
        };
        let all: Vec<i16> = if from <= to {
            (from..=to).collect()
        } else {
            (from..=self.most).chain(self.least..=to).collect()
        };
        Some(all.into_iter().step_by(step.unwrap_or(1)).collect())
    }

    /// A whole field.
    fn field(&self, text: &str) -> Option<Vec<i16>> {
        concat(text, |part| self.part(part))
    }
}

const MONTH: Range = Range { least: 1, most: 12, names: &MONTHS };
const DAY_OF_WEEK: Range = Range { least: 1, most: 7, names: &DAYS };
const DAY_OF_MONTH: Range = Range::of(1, 31);

impl Cron {
    /// Reads what stands between the brackets.
    pub(super) fn read(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let [minutes, hours, of_month, months, of_week, years] = fields.as_slice() else { return None };
        let day = match (*of_month, *of_week) {
            ("?", "?") => return None,
            ("?", days) => Day::OfWeek(concat(days, of_week_part)?),
            (days, "?") => Day::OfMonth(concat(days, of_month_part)?),
            _ => return None,
        };
        Some(Self {
            minutes: Range::of(0, 59).field(minutes)?,
            hours: Range::of(0, 23).field(hours)?,
            day,
            months: MONTH.field(months)?,
            years: Range::of(1970, LAST_YEAR).field(years)?,
        })
    }

    /// The first minute after a time, if there is one.
    pub(super) fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let begin = now.to_zoned(TimeZone::UTC).datetime();
        let first = |values: &[i16], least: i16| values.iter().copied().find(|value| *value >= least);
        let mut date = begin.date();
        loop {
            if !self.years.contains(&date.year()) {
                date = Date::new(first(&self.years, date.year() + 1)?, 1, 1).ok()?;
                continue;
            }
            if !self.months.contains(&i16::from(date.month())) {
                date = date.last_of_month().tomorrow().ok()?;
                continue;
            }
            if self.takes(date) {
                let today = date == begin.date();
                let hours = self.hours.iter().filter(|hour| !today || **hour >= i16::from(begin.hour()));
                let found = hours.copied().find_map(|hour| {
                    let is_now = today && hour == i16::from(begin.hour());
                    let least = if is_now { i16::from(begin.minute()) + 1 } else { 0 };
                    Some((hour, first(&self.minutes, least)?))
                });
                if let Some((hour, minute)) = found {
                    let at = date.at(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0);
                    return Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp());
                }
            }
            date = date.tomorrow().ok()?;
        }
    }

    fn takes(&self, date: Date) -> bool {
        let last = i16::from(date.days_in_month());
        let day = i16::from(date.day());
        match &self.day {
            Day::OfMonth(days) => days.iter().any(|of| match *of {
                OfMonth::Day(wanted) => day == wanted,
                OfMonth::Last => day == last,
                OfMonth::NearestWeekday(wanted) => nearest_weekday(date, wanted) == Some(day),
                OfMonth::LastWeekday => last_weekday(date) == day,
            }),
            Day::OfWeek(days) => {
                let of_week = i16::from(date.weekday().to_sunday_one_offset());
                days.iter().any(|of| match *of {
                    OfWeek::Day(wanted) => of_week == wanted,
                    OfWeek::Last(wanted) => of_week == wanted && day + 7 > last,
                    OfWeek::Nth(wanted, nth) => of_week == wanted && (day - 1) / 7 + 1 == nth,
                })
            }
        }
    }
}

/// What the parts of a field name, sorted and each once.
fn concat<T: Ord>(field: &str, part: impl Fn(&str) -> Option<Vec<T>>) -> Option<Vec<T>> {
    let parts: Option<Vec<Vec<T>>> = field.split(',').map(part).collect();
    let mut all: Vec<T> = parts?.into_iter().flatten().collect();
    all.sort_unstable();
    all.dedup();
    Some(all)
}

fn of_month_part(text: &str) -> Option<Vec<OfMonth>> {
    Some(match text {
        "L" => vec![OfMonth::Last],
        "LW" => vec![OfMonth::LastWeekday],
        text => match text.strip_suffix('W') {
            Some(day) => vec![OfMonth::NearestWeekday(DAY_OF_MONTH.number(day)?)],
            None => DAY_OF_MONTH.part(text)?.into_iter().map(OfMonth::Day).collect(),
        },
    })
}

fn of_week_part(text: &str) -> Option<Vec<OfWeek>> {
    if text == "L" {
        // By itself it is the last day of a week.
        return Some(vec![OfWeek::Day(7)]);
    }
    if let Some((day, nth)) = text.split_once('#') {
        return Some(vec![OfWeek::Nth(DAY_OF_WEEK.number(day)?, Range::of(1, 5).number(nth)?)]);
    }
    if let Some(day) = text.strip_suffix('L').and_then(|day| DAY_OF_WEEK.number(day)) {
        return Some(vec![OfWeek::Last(day)]);
    }
    Some(DAY_OF_WEEK.part(text)?.into_iter().map(OfWeek::Day).collect())
}

/// The weekday of the date's month that is nearest to a day of it. A month that has no such day has none.
fn nearest_weekday(date: Date, day: i16) -> Option<i16> {
    let last = i16::from(date.days_in_month());
    if day > last {
        return None;
    }
    let wanted = Date::new(date.year(), date.month(), i8::try_from(day).ok()?).ok()?;
    Some(match wanted.weekday() {
        Weekday::Saturday if day == 1 => 3,
        Weekday::Saturday => day - 1,
        Weekday::Sunday if day == last => day - 2,
        Weekday::Sunday => day + 1,
        _ => day,
    })
}

fn last_weekday(date: Date) -> i16 {
    let last = date.last_of_month();
    let weekend = match last.weekday() {
        Weekday::Saturday => 1,
        Weekday::Sunday => 2,
        _ => 0,
    };
    i16::from(last.day()) - weekend
}
