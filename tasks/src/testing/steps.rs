//! The steps of any kind over a wire, as a workflow calls them.

use super::{CASE, Wire, finding_about};
use crate::aws::Aws;
use crate::kinds::{ChangingKind, LookingKind, resource};
use crate::runtime::Run;
use contract::steps::change::Error as NotChanged;
use contract::steps::check_guardrails::{Error as NotChecked, Follows, Input as CheckInput, Ruling, Verdict};
use contract::steps::look::Input as LookInput;
use contract::steps::record::{Error as NotRecorded, Input as RecordInput};
use contract::steps::restore::Error as NotRestored;
use contract::steps::verify::Hold;
use contract::steps::{Change, CheckGuardrails, Look, OnRecord, Record, Restore, Verify};
use contract::{Changed, Changing, Fault, Finding, Looked, Plan, Recorded, Restored, Source};

/// The record of a kind.
pub(crate) type RecordOf<K> = Recorded<<K as Changing>::Change, <K as Changing>::Was>;

/// The steps of a kind over a wire.
pub(crate) struct Steps<'a> {
    pub(crate) wire: &'a Wire,
    pub(crate) settings: &'a [(&'static str, &'a str)],
}

impl<'a> Steps<'a> {
    /// With the settings of an installation without member accounts.
    pub(crate) fn over(wire: &'a Wire) -> Self {
        Self { wire, settings: &[] }
    }

    fn aws(&self) -> Aws {
        self.wire.aws_set(self.settings)
    }

    pub(crate) async fn look<K: LookingKind>(
        &self,
        finding: Finding<K::Target>,
    ) -> Result<Looked<K::Target, K::Planned>, Fault> {
        let input = LookInput { case_id: CASE.to_owned(), finding };
        Look::<K>::run(input, &self.aws()).await.map_err(|contract::steps::look::Error::Fault(fault)| fault)
    }

    pub(crate) async fn check<K: ChangingKind>(
        &self,
        finding: Finding<K::Target>,
        follows: Follows,
    ) -> Result<Verdict, NotChecked> {
        let (last_try, unopened) = (false, false);
        let input = CheckInput { case_id: CASE.to_owned(), finding, follows, last_try, unopened };
        CheckGuardrails::<K>::run(input, &self.aws()).await
    }

    pub(crate) async fn record<K: ChangingKind>(
        &self,
        finding: Finding<K::Target>,
        change: K::Change,
    ) -> Result<RecordOf<K>, NotRecorded> {
        let input = RecordInput { case_id: CASE.to_owned(), finding, change, unrecorded: false };
        Record::<K>::run(input, &self.aws()).await
    }

    /// Records a change as a workflow does that could not reach the case table before.
    pub(crate) async fn record_without_the_table<K: ChangingKind>(
        &self,
        finding: Finding<K::Target>,
        change: K::Change,
    ) -> Result<RecordOf<K>, NotRecorded> {
        let input = RecordInput { case_id: CASE.to_owned(), finding, change, unrecorded: true };
        Record::<K>::run(input, &self.aws()).await
    }

    /// Records the change that a look plans.
    pub(crate) async fn record_planned<K: ChangingKind<Planned = <K as Changing>::Change>>(
        &self,
        finding: Finding<K::Target>,
    ) -> Result<RecordOf<K>, NotRecorded> {
        let looked = self.look::<K>(finding.clone()).await.unwrap();
        let Plan::Change(proposal) = looked.plan else { panic!("no change is planned: {looked:?}") };
        self.record::<K>(finding, proposal.change).await
    }

    pub(crate) async fn change<K: ChangingKind>(
        &self,
        recorded: &RecordOf<K>,
    ) -> Result<Changed, NotChanged> {
        Change::<K>::run(on_record::<K>(recorded), &self.aws()).await
    }

    /// Makes the change once more, after somebody reverted it.
    pub(crate) async fn change_again<K: ChangingKind>(
        &self,
        recorded: &RecordOf<K>,
    ) -> Result<Changed, NotChanged> {
        Change::<K>::run(OnRecord { again: true, asked_by: None, ..on_record::<K>(recorded) }, &self.aws())
            .await
    }

    /// Makes the change without anybody having approved it.
    pub(crate) async fn change_unapproved<K: ChangingKind>(
        &self,
        recorded: &RecordOf<K>,
    ) -> Result<Changed, NotChanged> {
        let input = OnRecord { asked_by: None, ..on_record::<K>(recorded) };
        Change::<K>::run(input, &self.aws()).await
    }

    /// Makes the change as a workflow does whose record is in the run alone.
    pub(crate) async fn change_without_the_table<K: ChangingKind>(
        &self,
        recorded: &RecordOf<K>,
    ) -> Result<Changed, NotChanged> {
        let input = OnRecord { unrecorded: true, ..on_record::<K>(recorded) };
        Change::<K>::run(input, &self.aws()).await
    }

    pub(crate) async fn verify<K: ChangingKind>(&self, recorded: &RecordOf<K>) -> Hold {
        Verify::<K>::run(on_record::<K>(recorded), &self.aws()).await.unwrap().state
    }

    pub(crate) async fn restore<K: ChangingKind>(
        &self,
        recorded: &RecordOf<K>,
    ) -> Result<Restored, NotRestored> {
        Restore::<K>::run(on_record::<K>(recorded), &self.aws()).await
    }

    /// Restores without anybody having asked for it.
    pub(crate) async fn tidy<K: ChangingKind>(
        &self,
        recorded: &RecordOf<K>,
    ) -> Result<Restored, NotRestored> {
        let input = OnRecord { asked_by: None, ..on_record::<K>(recorded) };
        Restore::<K>::run(input, &self.aws()).await
    }
}

fn on_record<K: ChangingKind>(recorded: &RecordOf<K>) -> OnRecord<RecordOf<K>> {
    OnRecord {
        case_id: CASE.to_owned(),
        recorded: recorded.clone(),
        asked_by: Some("grace@example.com".to_owned()),
        again: false,
        unrecorded: false,
    }
}

/// A finding of CloudTrail about this target.
pub(crate) fn about<K: LookingKind>(target: &K::Target) -> Finding<K::Target> {
    Finding { source: Source::CloudTrail, ..finding_about(resource::<K>(target.clone())) }
}

/// Compares a verdict with a decision and the names of the guardrails that spoke.
#[track_caller]
pub(crate) fn assert_verdict(verdict: &Verdict, decision: Ruling, guardrails: &[&str]) {
    let spoken: Vec<&str> = verdict.reasons.iter().map(|reason| reason.guardrail.as_str()).collect();
    assert_eq!((verdict.decision, spoken.as_slice()), (decision, guardrails), "{:?}", verdict.reasons);
}
