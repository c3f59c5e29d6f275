//! Machines of many states and variables.

use crate::asl::{Rule, StateMachine};
use serde_json::{Map, Value, json};

/// What is found in a machine: the places.
fn found(states: Map<String, Value>) -> Vec<String> {
    let machine = json!({ "QueryLanguage": "JSONata", "StartAt": "S0", "States": states });
    let (_, problems) = StateMachine::check(&machine.to_string());
    let rules = problems.iter().filter(|problem| problem.rule != Rule::UndefinedVariable);
    assert_eq!(rules.count(), 0, "{problems:?}");
    problems.into_iter().filter_map(|problem| problem.place).collect()
}

/// States that each assign a variable of their own. The last one reads the first of them, and one that there is not.
fn chain(count: usize) -> Map<String, Value> {
    let states = (0..count).map(|n| {
        let state =
            json!({ "Type": "Pass", "Assign": { (format!("v{n}")): n }, "Next": format!("S{}", n + 1) });
        (format!("S{n}"), state)
    });
    let last = json!({ "Type": "Pass", "Output": ["{% $v0 %}", "{% $v %}"], "End": true });
    states.chain([(format!("S{count}"), last)]).collect()
}

#[test]
fn a_long_chain_of_assignments_is_looked_at() {
    assert_eq!(found(chain(3_000)), ["/States/S3000/Output[1]"]);
}

#[test]
fn of_more_states_and_variables_than_are_held_nothing_is_said() {
    assert!(found(chain(4_100)).is_empty());
}

#[test]
fn ways_that_part_and_meet_again_a_thousand_times_are_each_looked_at() {
    let mut states = Map::new();
    for n in 0..1_000 {
        let (left, right, next) = (format!("L{n}"), format!("R{n}"), format!("S{}", n + 1));
        let rule = json!({ "Condition": "{% $states.input.left %}", "Next": left });
        let choice = json!({ "Type": "Choice", "Choices": [rule], "Default": right });
        let pass =
            |name: &str| json!({ "Type": "Pass", "Assign": { (format!("v{name}")): 1 }, "Next": next });
        states.extend([
            (format!("S{n}"), choice),
            (left.clone(), pass(&left)),
            (right.clone(), pass(&right)),
        ]);
    }
    let read = ["{% $vL0 %}", "{% $vR0 %}", "{% $vL999 %}", "{% $vL1000 %}"];
    states.insert("S1000".to_owned(), json!({ "Type": "Pass", "Output": read, "End": true }));
    assert_eq!(found(states), ["/States/S1000/Output[3]"]);
}
