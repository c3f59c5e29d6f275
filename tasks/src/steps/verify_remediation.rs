//! `verify-remediation`: IAM takes seconds to spread a change, and somebody, or some pipeline, can put it back in them.

use crate::aws::Aws;
use crate::remediation::kind::{Kind, Undoable};
use crate::remediation::reach;
use crate::remediation::standing::Standing;
use crate::serve::Run;
use contract::tasks::VerifyRemediation;
use contract::tasks::verify_remediation::{Error, Hold, Input, Output};

impl Run for VerifyRemediation {
    async fn run(input: Input, aws: &Aws) -> Result<Output, Error> {
        let what = input.before.subject.words();
        let account = reach(&input.before, &input.case_id, aws).await?;
        let (state, detail) = match Kind::of(&input.before)?.standing(&account.iam()).await? {
            Standing::AsChanged => (Hold::Holds, format!("The change holds: {what}.")),
            Standing::AsRecorded => (Hold::PutBack, format!("Somebody has put back what was there: {what}.")),
            Standing::Otherwise(how) => (Hold::Drifted, how),
            Standing::Gone(how) => (Hold::Gone, how),
        };
        Ok(Output { state, detail })
    }
}
