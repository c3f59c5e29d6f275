//! What differs from kind to kind: one folder per kind, and the traits through which the steps use it.
//!
//! To add a kind, write its contract (`contract::kinds`), add it to one of the lists there, and implement
//! `LookingKind` for it in a folder here; a kind that changes its target implements `ChangingKind` as well, and
//! `Reversible` for its recorded change. Steps, dispatch, manifest and tests find it through the list.

mod finding_only;
pub(crate) mod guardrails;
mod iam_activity;
pub(crate) mod iam_policy;
mod permissions_boundary;
mod registry;
mod reversible;
pub(crate) mod role_containment;

pub(crate) use registry::{Registered, names, registered};
pub(crate) use reversible::{Memory, Owner, Reversible, Standing};

use crate::aws::Aws;
use crate::aws::reach::Account;
use crate::events::Event;
use crate::runtime::Setting;
use crate::runtime::permissions::Statement;
use contract::steps::look::PlannedChange;
use contract::steps::record;
use contract::{Changing, Context, Fault, Finding, IamPrincipal, Looked, Plan, Target};
use guardrails::{Spoken, Tried};

/// What the function of a step needs, declared beside the code of the step.
pub(crate) struct StepProfile {
    /// What the step does, in one sentence.
    pub(crate) summary: &'static str,
    /// The statements of its role.
    pub(crate) iam: &'static [Statement],
    /// The environment variables without which it does not start.
    pub(crate) environment: &'static [&'static str],
    /// The environment variables that have a default.
    pub(crate) settings: &'static [Setting],
}

/// A kind that looks at its target.
pub(crate) trait LookingKind: PlannedChange + Sized {
    const LOOK: StepProfile;
    /// Whether the target is the same in every region, as those of IAM are. Its case then ignores the region of the
    /// finding.
    const IS_GLOBAL: bool;

    /// Reads the target out of an event of any source. What the kind does not understand is `Target::Other`.
    fn target(event: &Event<'_>) -> Target<Self::Target>;

    /// The target as a noun phrase.
    fn what(target: &Self::Target) -> String;

    /// What the change would be about, unique within the account: findings about one subject are answered by one change.
    /// IAM does not tell names apart by their case.
    fn subject(target: &Self::Target) -> Result<String, Fault> {
        let json = serde_json::to_string(target)
            .map_err(|error| Fault::internal("writing the target as JSON", error))?;
        Ok(json.to_lowercase())
    }

    /// The role, user or group that it is about, if it is about one. Cases about one principal mention each other.
    fn principal(_target: &Self::Target) -> Option<IamPrincipal> {
        None
    }

    /// The danger that the finding reports, in one sentence.
    fn found(finding: &Finding<Self::Target>) -> String;

    /// Reads the live target and plans a change. Changes nothing.
    async fn look(
        subject: &Subject<'_, Self>,
        target: &Self::Target,
    ) -> Result<Looked<Self::Target, Self::Planned>, Fault>;

    /// Reads the tables that the kind's judgement needs. Called once at start.
    fn prepare() -> Result<(), Fault> {
        Ok(())
    }
}

/// A kind that can change its target and take the change back.
pub(crate) trait ChangingKind: LookingKind + Changing {
    const CHECK_GUARDRAILS: StepProfile;
    const RECORD: StepProfile;
    const CHANGE: StepProfile;
    const VERIFY: StepProfile;
    const RESTORE: StepProfile;
    /// Whether the change must not wait for a case table that cannot be reached: somebody is using what it takes away. Such
    /// a change can be checked without its record, by `check_unrecorded`.
    const MUST_NOT_WAIT: bool = false;
    /// A recorded change with what an undo needs.
    type Reversible<'a>: Reversible;

    /// The guardrails that speak against a change of the live target.
    async fn guardrails(
        subject: &Subject<'_, Self>,
        target: &Self::Target,
        account: &Account,
    ) -> Result<Vec<Spoken>, Fault>;

    /// Reads everything of the live target that an undo needs. Works the change out again and refuses another one.
    async fn record(
        subject: &Subject<'_, Self>,
        target: &Self::Target,
        change: &Self::Change,
        account: &Account,
    ) -> Result<Self::Was, record::Error>;

    /// Checks a change against the live target alone, because its record cannot be read: refuses any other change than the
    /// one of the case, and a target that is protected.
    async fn check_unrecorded(
        _case_id: &str,
        _change: &Self::Change,
        _was: &Self::Was,
        _account: &Account,
        _aws: &Aws,
    ) -> Result<(), Fault> {
        Err(Fault::invalid_input("a change of this kind needs its record in the case table"))
    }

    /// Whether a record is of this target, as far as the target itself tells.
    fn is_of(_target: &Self::Target, _was: &Self::Was) -> bool {
        true
    }

    /// Whether two changes of one case are the same, so that the one on record is made.
    fn is_same(recorded: &Self::Change, planned: &Self::Change) -> bool {
        recorded == planned
    }

    /// The recorded change. A change and a record that do not belong together are an error.
    fn reversible<'a>(
        case_id: &'a str,
        change: &'a Self::Change,
        was: &'a Self::Was,
    ) -> Result<Self::Reversible<'a>, Fault>;
}

/// The finding that a step works on.
pub(crate) struct Subject<'a, K: LookingKind> {
    pub(crate) case_id: &'a str,
    pub(crate) finding: &'a Finding<K::Target>,
    pub(crate) aws: &'a Aws,
    /// How far the case table has been tried, for guardrails that read it.
    pub(crate) tried: Tried,
}

impl<K: LookingKind> Subject<'_, K> {
    /// The result of a look that leaves the finding to people.
    pub(crate) fn for_people(&self, why: impl Into<String>) -> Looked<K::Target, K::Planned> {
        self.looked(Plan::ForPeople { why: why.into() })
    }

    /// The result of a look without context.
    pub(crate) fn looked(&self, plan: Plan<K::Planned>) -> Looked<K::Target, K::Planned> {
        Looked {
            found: K::found(self.finding),
            dangers: vec![],
            past: vec![],
            target: self.finding.target.clone(),
            context: Context::default(),
            plan,
        }
    }
}

/// A target that the kind can look at.
pub(crate) fn resource<K: LookingKind>(resource: K::Target) -> Target<K::Target> {
    Target::Resource { what: K::what(&resource), resource }
}

/// A clause as a sentence.
pub(crate) fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if clause.ends_with(['.', '!', '?', '\u{2026}']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
