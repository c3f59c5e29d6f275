use super::breaker;
use crate::aws::Aws;
use crate::aws::reach::Reach;
use crate::kinds::guardrails::{Spoken, Tried, Without, ask_first, from_template, hand_over};
use crate::kinds::{ChangingKind, Subject};
use crate::runtime::permissions::Statement;
use crate::runtime::{Run, Setting};
use crate::text;
use contract::steps::CheckGuardrails;
use contract::steps::check_guardrails::{Error, Follows, Input, Ruling, Verdict};
use contract::{Fault, Target};

impl<K: ChangingKind> Run for CheckGuardrails<K> {
    const SUMMARY: &'static str = K::CHECK_GUARDRAILS.summary;
    const IAM: &'static [Statement] = K::CHECK_GUARDRAILS.iam;
    const ENVIRONMENT: &'static [&'static str] = K::CHECK_GUARDRAILS.environment;
    const SETTINGS: &'static [Setting] = K::CHECK_GUARDRAILS.settings;

    async fn run(input: Input<K::Target>, aws: &Aws) -> Result<Verdict, Error> {
        let tried = Tried { last_try: input.last_try, unopened: input.unopened };
        let subject = Subject { case_id: &input.case_id, finding: &input.finding, aws, tried };
        let mut spoken = of_target::<K>(&subject).await?;
        // The breaker counts only changes that follow. A case that is handed over changes nothing, and a case that a
        // person is asked about counts once it is approved.
        let count = match input.follows {
            Follows::Never => false,
            Follows::IfClear => spoken.is_empty(),
            Follows::Approved => true,
        };
        if let Target::Resource { resource, .. } = &input.finding.target
            && spoken.iter().all(|(ruling, _)| *ruling < Ruling::HandOver)
        {
            let subject = K::subject(resource)?;
            spoken.extend(breaker_of::<K>(&subject, &input.finding.account, count, tried, aws).await?);
        }
        let decision = spoken.iter().map(|(ruling, _)| *ruling).max().unwrap_or(Ruling::Proceed);
        Ok(Verdict { decision, reasons: spoken.into_iter().map(|(_, reason)| reason).collect() })
    }
}

/// The breaker. A change that must not wait is not counted if the case table cannot be reached, whatever was tried.
async fn breaker_of<K: ChangingKind>(
    subject: &str,
    account: &str,
    count: bool,
    tried: Tried,
    aws: &Aws,
) -> Result<Option<Spoken>, Error> {
    let fault = match breaker::check(K::NAME, subject, account, count, aws).await {
        Err(Error::Fault(fault)) if K::MUST_NOT_WAIT => fault,
        result => return result,
    };
    match tried.without(&fault) {
        Without::Fails => Err(fault.into()),
        Without::GoesOn => {
            tracing::warn!(guardrail = "breaker", %fault, "the change is not counted");
            Ok(None)
        }
        Without::Asks => {
            tracing::warn!(guardrail = "breaker", %fault, "the changes of the last hour cannot be read");
            let message = format!(
                "How many changes of the kind {} were made within the hour cannot be read from the case table.",
                K::NAME
            );
            Ok(Some(ask_first("breaker", message)))
        }
    }
}

/// The guardrails that read the live target. What cannot be read cannot be allowed.
async fn of_target<K: ChangingKind>(subject: &Subject<'_, K>) -> Result<Vec<Spoken>, Fault> {
    let finding = subject.finding;
    let target = match &finding.target {
        Target::Resource { resource, .. } => resource,
        Target::Other { why, .. } => {
            let message = format!("There is nothing that could be changed: {}.", text::line(why, 500));
            return Ok(vec![hand_over("nothing-to-change", message)]);
        }
    };
    let account = match subject.aws.reach(&finding.account, subject.case_id).await? {
        Reach::In(account) => account,
        Reach::Out(out) => return Ok(vec![hand_over(out.guardrail(), out.words().to_owned())]),
    };
    let mut spoken = K::guardrails(subject, target, &account).await?;
    let known = spoken.iter().any(|(_, reason)| reason.guardrail == "template");
    if let Some(template) = finding.managed_by.as_deref().filter(|_| !known) {
        spoken.push(from_template(&text::line(template, 64)));
    }
    Ok(spoken)
}
