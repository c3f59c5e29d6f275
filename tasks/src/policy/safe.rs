//! The smallest change of a policy that removes its dangers. It never grants anything.

use super::actions;
use super::analyse::{Danger, Grant};
use super::document::{Cut, Document};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What becomes of a document when its dangers are taken out.
#[derive(Debug, Clone, PartialEq)]
pub enum Remedy {
    /// There was nothing to take out.
    Unchanged,
    /// This is left.
    Changed(Document),
    /// No statement is left, and IAM refuses a policy without one: detach it or delete it. A role cannot be without a
    /// trust policy: give it [`trusts_nobody`].
    Nothing,
}

/// The smallest change of the document that removes these dangers. It only takes away: actions and principals are
/// struck out as they are written, a wildcard as a whole, and a statement goes with its last one. To an allowing
/// `NotAction`, which grants less the more it names, the needed actions are added.
pub fn without(document: &Document, dangers: &[Danger]) -> Remedy {
    let mut plan = Plan::default();
    let (together, alone): (Vec<&Danger>, Vec<&Danger>) =
        dangers.iter().partition(|danger| danger.needs.len() > 1);
    for danger in alone {
        for grant in &danger.grants {
            plan.strike(grant, danger.needs.first());
        }
    }
    loop {
        let open: Vec<&Danger> = together.iter().filter(|danger| !plan.breaks(danger)).copied().collect();
        let Some(action) = cheapest(&open, &plan) else { break };
        for danger in open.iter().filter(|danger| danger.needs.contains(&action)) {
            for grant in granting(danger, &action) {
                plan.strike(grant, Some(&action));
            }
        }
    }
    plan.carry_out(document)
}

/// A trust policy that lets in nobody, for a role of whose trust policy nothing is left.
pub fn trusts_nobody() -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{ "Sid": "TrustsNobody", "Effect": "Deny", "Principal": { "AWS": "*" }, "Action": "sts:AssumeRole" }],
    })
}

/// The action that breaks most of the combinations for the least that is lost.
fn cheapest(open: &[&Danger], plan: &Plan) -> Option<String> {
    let actions: BTreeSet<&String> = open.iter().flat_map(|danger| &danger.needs).collect();
    let weighed = actions.into_iter().map(|action| {
        let broken: Vec<&&Danger> = open.iter().filter(|danger| danger.needs.contains(action)).collect();
        let struck: BTreeMap<&str, &Grant> = broken
            .iter()
            .flat_map(|danger| granting(danger, action))
            .filter(|grant| !plan.has(grant, action))
            .map(|grant| (grant.pointer.as_str(), grant))
            .collect();
        let lost: usize = struck.values().map(|grant| weight(grant)).sum();
        // The dearest hundredth for each combination, so that whole numbers do.
        (lost * 100 / broken.len().max(1), !action.starts_with("iam:"), action)
    });
    weighed.min().map(|(_, _, action)| action.clone())
}

/// How much is lost with what is written: the number of known actions.
fn weight(grant: &Grant) -> usize {
    if excepts(grant) { 1 } else { actions::matching(&grant.written).len().max(1) }
}

fn granting<'a>(danger: &'a Danger, action: &str) -> impl Iterator<Item = &'a Grant> {
    danger.grants.iter().filter(move |grant| grant.actions.iter().any(|one| one == action))
}

/// Whether the grant says every action that it stands for.
fn names_all(grant: &Grant) -> bool {
    let is_whole = |action: &String| actions::find(action).is_some();
    grant.more == 0 && !grant.actions.is_empty() && grant.actions.iter().all(is_whole)
}

/// Whether the grant is a statement that allows everything but what it names.
fn excepts(grant: &Grant) -> bool {
    grant.pointer.ends_with("/NotAction")
}

#[derive(Default)]
struct Plan {
    cuts: BTreeMap<usize, Cut>,
}

impl Plan {
    fn strike(&mut self, grant: &Grant, needed: Option<&String>) {
        let cut = self.cuts.entry(grant.statement).or_default();
        match needed {
            Some(action) if excepts(grant) => cut.except(action),
            // Each of the actions is enough for the danger.
            None if excepts(grant) && names_all(grant) => {
                grant.actions.iter().for_each(|action| cut.except(action));
            }
            _ if excepts(grant) || grant.pointer.ends_with("/NotPrincipal") => cut.whole = true,
            _ => cut.struck.push(grant.pointer.clone()),
        }
    }

    fn has(&self, grant: &Grant, action: &String) -> bool {
        self.cuts.get(&grant.statement).is_some_and(|cut| {
            cut.whole
                || cut.struck.contains(&grant.pointer)
                || (excepts(grant) && cut.excepted.contains(action))
        })
    }

    /// Whether one of the needed actions is no longer granted by anything.
    fn breaks(&self, danger: &Danger) -> bool {
        danger.needs.iter().any(|action| granting(danger, action).all(|grant| self.has(grant, action)))
    }

    fn carry_out(self, document: &Document) -> Remedy {
        let left = document.cut(&self.cuts);
        match left {
            None => Remedy::Nothing,
            Some(left) if left == *document => Remedy::Unchanged,
            Some(left) => Remedy::Changed(left),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Known, Severity, Witness, identity};

    fn document(statement: Value) -> Document {
        Document::from_value(json!({ "Version": "2012-10-17", "Statement": [statement] })).unwrap()
    }

    #[test]
    fn of_an_allowing_not_action_one_more_is_excepted() {
        let before = document(json!({ "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" }));
        let (one, together) = ("escalation-send-command", "escalation-launch-template");
        let dangers = identity(&before, &Known::default()).unwrap();
        let chosen: Vec<Danger> =
            dangers.into_iter().filter(|danger| [one, together].contains(&&*danger.kind)).collect();
        assert_eq!(
            chosen.iter().map(|danger| danger.severity).collect::<Vec<_>>(),
            [Severity::High, Severity::Medium]
        );
        let expected = json!({
            "Effect": "Allow",
            "NotAction": ["iam:*", "ssm:SendCommand", "ec2:CreateLaunchTemplateVersion"],
            "Resource": "*",
        });
        assert_eq!(without(&before, &chosen), Remedy::Changed(document(expected)));
    }

    #[test]
    fn of_an_allowing_not_action_each_action_that_is_enough_alone_is_excepted() {
        let before = document(json!({ "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" }));
        let dangers = identity(&before, &Known::default()).unwrap();
        let chosen: Vec<Danger> =
            dangers.into_iter().filter(|danger| danger.kind == "assume-any-role").collect();
        assert_eq!(chosen.len(), 1);
        let expected =
            json!({ "Effect": "Allow", "NotAction": ["iam:*", "sts:AssumeRole"], "Resource": "*" });
        assert_eq!(without(&before, &chosen), Remedy::Changed(document(expected)));
    }

    #[test]
    fn what_goes_anyway_costs_nothing_more() {
        let actions = json!(["ec2:*", "ec2:RunInstances", "iam:P*"]);
        let before = document(json!({ "Effect": "Allow", "Action": actions, "Resource": "*" }));
        let grant = |at: usize, written: &str, action: &str| Grant {
            statement: 0,
            pointer: format!("/Statement/0/Action/{at}"),
            written: written.to_owned(),
            actions: vec![action.to_owned()],
            more: 0,
        };
        let danger = |kind: &str, needs: &[&str], grants: Vec<Grant>| Danger {
            severity: Severity::High,
            kind: kind.to_owned(),
            grants,
            needs: needs.iter().map(|action| (*action).to_owned()).collect(),
            why: String::new(),
            witness: Witness { principal: String::new(), requests: vec![] },
        };
        let (run, pass) = ("ec2:RunInstances", "iam:PassRole");
        let dangers = [
            danger("alone", &[], vec![grant(0, "ec2:*", run)]),
            danger(
                "together",
                &[run, pass],
                vec![grant(0, "ec2:*", run), grant(1, run, run), grant(2, "iam:P*", pass)],
            ),
        ];
        let left = json!({ "Effect": "Allow", "Action": ["iam:P*"], "Resource": "*" });
        assert_eq!(without(&before, &dangers), Remedy::Changed(document(left)));
    }
}
