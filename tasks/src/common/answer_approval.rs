//! `answer-approval`: records a decision that an HTTP API passes on, from the page or from `redress`.

use crate::approvals::page_request;
use crate::aws::Aws;
use crate::runtime::permissions::{
    BOUND_TO_A_QUESTION, CASE_TABLE, IDENTITY_CENTER_ROLES, Statement, TOKEN_KEY, TOKEN_KEY_SETTING, keys,
};
use crate::runtime::{Run, Setting};
use contract::tasks::AnswerApproval;
use contract::tasks::answer_approval::{Error, Output, PAGE};
use serde_json::Value;

impl Run for AnswerApproval {
    const SUMMARY: &'static str =
        "Records who decided what and why, once, and answers the workflow's task token.";
    const IAM: &'static [Statement] = &[
        Statement::allow(
            &["dynamodb:GetItem", "dynamodb:PutItem"],
            CASE_TABLE,
            "Reads the question and records the decision with a conditional put, so that the first one counts.",
        )
        .when(keys!("question#*", "approval#*")),
        Statement::allow(
            &["dynamodb:GetItem"],
            CASE_TABLE,
            "Reads which case is to be taken back, and who caused its events by now: none of them may decide.",
        )
        .when(keys!("finding#*")),
        Statement::allow(&["kms:Decrypt"], TOKEN_KEY, "Decrypts the task token of the question that is answered.")
            .when(BOUND_TO_A_QUESTION),
        Statement::allow(
            &["iam:GetRole"],
            IDENTITY_CENTER_ROLES,
            "Tells a role of Identity Center, which names sessions after its users, from another role with such a name.",
        ),
        Statement::allow(
            &["states:SendTaskSuccess", "states:SendTaskFailure"],
            &["${StateMachines}"],
            "Passes the decision on to the execution that waits for it.",
        ),
        Statement::allow(
            &["states:StartExecution"],
            &["${StateMachines}"],
            "Starts the run that offers an undo after its window, of the state machine that is on record with the case.",
        ),
    ];
    const ENVIRONMENT: &'static [&'static str] = &["CASE_TABLE"];
    const SETTINGS: &'static [Setting] = &[
        TOKEN_KEY_SETTING,
        Setting {
            name: "IDENTITY_CLAIM",
            default: "sub",
            meaning: "The claim of the JWT that names a person. With `email`, an e-mail that the issuer has not verified is refused.",
        },
        Setting {
            name: "SESSION_CLAIM",
            default: "",
            meaning: "The claim of the JWT that is the person's user name in Identity Center, so that the same person counts once on the page and on the command line. Empty: nobody knows, and one answer of each counts as one person's.",
        },
    ];

    async fn run(_input: Value, _aws: &Aws) -> Result<Output, Error> {
        let why = "an invocation proves nobody's identity, so it decides nothing: answer on the page or with `redress`, which both send an authenticated request to the API";
        Err(Error::NotAllowed { why: why.to_owned() })
    }

    async fn page(event: Value, invoked: &str, aws: &Aws) -> Result<Value, Error> {
        // Everybody who may invoke the function could write such an event by hand, with any name in it.
        if invoked.split(':').nth(7) == Some(PAGE) {
            page_request::answer(event, aws).await
        } else {
            let why = format!(
                "requests of an HTTP API come through the alias `{PAGE}` of the function, and this one does not"
            );
            Err(Error::NotAllowed { why })
        }
    }
}
