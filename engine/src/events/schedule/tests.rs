//! When schedules are due, and what is no schedule: the cases are data, in `cases.json`.

use super::*;
use jiff::ToSpan;
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    #[serde(rename = "source")]
    _source: String,
    due: Vec<Due>,
    /// What is named in another order and more than once.
    same: Vec<(String, String)>,
    refused: Vec<String>,
}

/// From a time on, these are the next ones. Where there are fewer than asked for, there are no more.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Due {
    schedule: String,
    comment: String,
    from: Timestamp,
    then: Vec<Timestamp>,
    #[serde(default)]
    ends: bool,
}

fn cases() -> Cases {
    serde_json::from_str(include_str!("cases.json")).unwrap()
}

#[test]
fn schedules_are_due_when_eventbridge_says() {
    let cases = cases();
    assert!(cases.due.len() >= 25);
    for Due { schedule, comment, from, then, ends } in cases.due {
        let read = Schedule::read(&schedule).unwrap_or_else(|| panic!("{schedule} is one"));
        let mut now = from;
        for expected in &then {
            now = read.next(from, now).unwrap_or_else(|| panic!("{schedule} ends after {now}"));
            assert_eq!(now, *expected, "{schedule}: {comment}");
        }
        assert_eq!(read.next(from, now).is_none(), ends, "{schedule}: {comment}");
    }
}

#[test]
fn what_is_named_twice_is_held_once() {
    for (once, twice) in cases().same {
        let read = Schedule::read(&once);
        assert!(read.is_some(), "{once}");
        assert_eq!(Schedule::read(&twice), read, "{twice}");
    }
}

#[test]
fn what_is_no_schedule_is_refused() {
    let refused = cases().refused;
    assert!(refused.len() >= 25);
    for text in refused {
        assert_eq!(Schedule::read(&text), None, "{text}");
    }
}

proptest! {
    /// No text panics, and whatever is due is due later and stays due when time goes on to a moment before it.
    #[test]
    fn what_is_next_is_the_first(text in "(rate|cron)\\([0-9*?/,#LW A-Z-]{0,24}\\)", field in 0..5_usize, seconds in 0_i64..4_000_000_000) {
        let now = Timestamp::from_second(seconds).unwrap();
        let known = ["cron(0/7 3 ? * 2#2 *)", "cron(5 * L * ? *)", "cron(0 0 15W 2-8/3 ? *)", "rate(7 hours)", "cron(0 12 31 * ? *)"];
        for text in [text.as_str(), known[field]] {
            let Some(schedule) = Schedule::read(text) else { continue };
            let since = Timestamp::from_second(seconds / 2).unwrap();
            let Some(next) = schedule.next(since, now) else { continue };
            prop_assert!(next > now, "{text}");
            prop_assert_eq!(schedule.next(since, next - 1.millisecond()), Some(next), "{}", text);
        }
    }
}
