//! `plan-remediation`: looks, judges, and changes nothing.

use crate::aws::reach::Reach;
use crate::aws::{Aws, last_used};
use crate::names::{IamArn, directory};
use crate::remediation::look::{Looked, look};
use crate::remediation::{judge, known};
use crate::serve::Run;
use contract::tasks::PlanRemediation;
use contract::tasks::plan_remediation::{Error, Input};
use contract::{BlastRadius, Fault, Outcome, Plan, RESPONSE_ROLE, Subject};

impl Run for PlanRemediation {
    async fn run(input: Input, aws: &Aws) -> Result<Plan, Error> {
        let finding = &input.finding;
        let subject = finding.subject.as_ref().ok_or_else(|| {
            Fault::InvalidInput("the finding is not about a policy, so there is nothing to plan".to_owned())
        })?;
        let account = match aws.reach(&finding.account, &input.case_id).await? {
            Reach::In(account) => account,
            Reach::Out(out) => return Ok(without_change(Outcome::People, out.words().to_owned())),
        };
        let iam = account.iam();
        Ok(match look(&iam, subject).await? {
            Looked::There(mut live) => {
                let mut plan = judge::judge(&live, finding.source, &known(&account, aws)?);
                if let Some(reason) = whose_trust(subject, &live.used_by) {
                    plan = without_change(Outcome::People, reason);
                }
                // Who reads no plan does not wait for what only people read.
                if plan.change.is_some() {
                    last_used::add(&iam, &live.used_by, &last_used::PAUSES, &mut live.blast).await;
                    plan.blast = live.blast;
                }
                plan
            }
            Looked::Gone(reason) => without_change(Outcome::Safe, reason),
            Looked::ForPeople(reason) => without_change(Outcome::People, reason),
        })
    }
}

/// Somebody changed who may become the responder. It never does that itself, and what is done with its roles afterwards is
/// taken for its own doing: so people look, however harmless the policy seems.
fn whose_trust(subject: &Subject, arn: &str) -> Option<String> {
    let (Subject::Trust { .. }, Some(role)) = (subject, IamArn::read(arn)) else { return None };
    let is_own = role.path == directory(RESPONSE_ROLE);
    is_own.then(|| {
        let (path, name) = (role.path, role.name);
        format!("`{path}{name}` is a role of the responder itself, and somebody changed who may assume it.")
    })
}

fn without_change(outcome: Outcome, reason: String) -> Plan {
    Plan {
        outcome,
        reason,
        dangers: vec![],
        change: None,
        effect: String::new(),
        diff: String::new(),
        blast: BlastRadius::default(),
    }
}
