//! `answer-approval`: a decision, from `redress` or from the page.

use crate::approval::decide::{Wish, decide};
use crate::approval::people::Person;
use crate::approval::request;
use crate::aws::Aws;
use crate::serve::Run;
use contract::tasks::AnswerApproval;
use contract::tasks::answer_approval::{Error, Input, Output, PAGE};
use serde_json::Value;

impl Run for AnswerApproval {
    async fn run(input: Input, aws: &Aws) -> Result<Output, Error> {
        let person = Person::Said(input.by);
        let wish = Wish {
            approval_id: &input.approval_id,
            decision: input.decision,
            person: &person,
            reason: &input.reason,
        };
        decide(&wish, aws).await
    }

    async fn page(event: Value, invoked: &str, aws: &Aws) -> Result<Value, Error> {
        // Whoever may invoke the function could write such an event by hand, with anybody's name in it.
        if invoked.split(':').nth(7) == Some(PAGE) {
            request::answer(event, aws).await
        } else {
            let message = format!(
                "requests of an HTTP API come through the alias `{PAGE}` of the function, and this one does not"
            );
            Err(Error::NotAllowed(message))
        }
    }
}
