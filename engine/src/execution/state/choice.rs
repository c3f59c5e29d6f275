use super::complete;
use crate::asl::Transition;
use crate::asl::state::Choice;
use crate::asl::state::choice::{Condition, Rule};
use crate::asl::state::condition::{
    Comparison, Kind as CompareKind, Operand, Operator, Quality, Test, timestamp,
};
use crate::execution::Failure;
use crate::execution::evaluate::Evaluated;
use crate::execution::paths::Paths;
use crate::execution::thread::ThreadId;
use crate::execution::turn::{Flow, Turn};
use serde_json::Value;
use std::cmp::Ordering;

pub(in crate::execution) fn execute(turn: &mut Turn, id: ThreadId, choice: &Choice) -> Flow {
    match choose(turn, id, choice) {
        Err(bad) => Flow::Fail(turn.evaluation_failed(id, &bad)),
        Ok(Some(rule)) => complete(turn, id, &rule.outcome, None, Transition::Next(rule.next)),
        Ok(None) => match choice.default {
            Some(default) => complete(turn, id, &choice.outcome, None, Transition::Next(default)),
            None => Flow::Fail(no_choice(turn, id)),
        },
    }
}

/// The first rule that applies.
fn choose<'c>(turn: &Turn, id: ThreadId, choice: &'c Choice) -> Evaluated<Option<&'c Rule>> {
    let mut scope = turn.evaluation(id)?;
    for (n, rule) in choice.rules.iter().enumerate() {
        let applies = match &rule.condition {
            Condition::Fixed(fixed) => *fixed,
            Condition::Test(test) => scope.paths(|paths| holds(paths, test))?,
            Condition::Expr(expr) => scope.boolean(expr, &format!("Choices[{n}]/Condition"))?,
        };
        if applies {
            return Ok(Some(rule));
        }
    }
    Ok(None)
}

/// Whether a condition of JSONPath is true.
fn holds(paths: &mut Paths, test: &Test) -> Evaluated<bool> {
    match test {
        Test::And(tests) => {
            for test in tests {
                if !holds(paths, test)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Test::Or(tests) => {
            for test in tests {
                if holds(paths, test)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Test::Not(test) => holds(paths, test).map(|holds| !holds),
        Test::Compare(comparison) => compare(paths, comparison),
    }
}

/// A variable of another type than the operator's compares as false.
fn compare(paths: &mut Paths, comparison: &Comparison) -> Evaluated<bool> {
    if let Operator::Is(Quality::Present, expected) = comparison.operator {
        return Ok(paths.optional(&comparison.variable).is_some() == expected);
    }
    let variable = paths.setting(&comparison.variable, nowhere)?;
    Ok(match &comparison.operator {
        Operator::Is(quality, expected) => quality.holds(&variable) == *expected,
        Operator::Matches(pattern) => variable.as_str().is_some_and(|text| matches(text, pattern)),
        Operator::Boolean(operand) => {
            let operand = self::operand(paths, operand)?;
            operand.is_boolean() && variable == operand
        }
        Operator::Ordered(kind, order, operand) => {
            let operand = self::operand(paths, operand)?;
            ordering(*kind, &variable, &operand).is_some_and(|found| order.takes(found))
        }
    })
}

fn operand(paths: &mut Paths, operand: &Operand) -> Evaluated<Value> {
    match operand {
        Operand::Fixed(value) => Ok(value.clone()),
        Operand::At(source) => paths.setting(source, nowhere),
    }
}

fn nowhere(path: &str) -> String {
    format!("Invalid path '{path}': The choice state's condition path references an invalid value.")
}

fn ordering(kind: CompareKind, left: &Value, right: &Value) -> Option<Ordering> {
    match kind {
        CompareKind::String => Some(left.as_str()?.cmp(right.as_str()?)),
        CompareKind::Numeric => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
        },
        CompareKind::Timestamp => Some(timestamp(left)?.cmp(&timestamp(right)?)),
    }
}

/// `*` stands for any characters, also none; a `\\` before a character takes its meaning from it.
fn matches(text: &str, pattern: &str) -> bool {
    let mut parts = vec![String::new()];
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        let letter = match letter {
            '*' => {
                parts.push(String::new());
                continue;
            }
            '\\' => letters.next().unwrap_or('\\'),
            letter => letter,
        };
        if let Some(part) = parts.last_mut() {
            part.push(letter);
        }
    }
    let Some((last, before)) = parts.split_last() else { return text.is_empty() };
    let Some((first, middle)) = before.split_first() else { return text == last };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
    for part in middle {
        let Some((_, after)) = rest.split_once(part.as_str()) else { return false };
        rest = after;
    }
    rest.ends_with(last.as_str())
}

fn no_choice(turn: &Turn, id: ThreadId) -> Failure {
    let (name, entered) = turn.visit(id).map_or(("", 0), |visit| (visit.name(), visit.entered.get()));
    let cause = format!(
        "Failed to transition out of the state '{name}' (entered at the event id #{entered}). The state does not point to a next state."
    );
    // The error's name in the guide is `States.NoChoiceMatched`; the service was seen to give this one.
    Failure::new("States.Runtime", cause)
}
