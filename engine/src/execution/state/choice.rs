use super::complete;
use crate::asl::Transition;
use crate::asl::state::Choice;
use crate::asl::state::choice::{Condition, Rule};
use crate::execution::Failure;
use crate::execution::evaluate::Evaluated;
use crate::execution::thread::ThreadId;
use crate::execution::turn::{Flow, Turn};

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
    let mut scope = turn.evaluation(id, None);
    for (n, rule) in choice.rules.iter().enumerate() {
        let applies = match &rule.condition {
            Condition::Fixed(fixed) => *fixed,
            Condition::Expr(expr) => scope.boolean(expr, &format!("Choices[{n}]/Condition"))?,
        };
        if applies {
            return Ok(Some(rule));
        }
    }
    Ok(None)
}

fn no_choice(turn: &Turn, id: ThreadId) -> Failure {
    let (name, entered) = turn.visit(id).map_or(("", 0), |visit| (visit.name(), visit.entered.get()));
    let cause = format!(
        "Failed to transition out of the state '{name}' (entered at the event id #{entered}). The state does not point to a next state."
    );
    Failure::new("States.NoChoiceMatched", cause)
}
