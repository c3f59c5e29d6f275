use super::super::{Memory, Owner, Reversible, Standing, StepProfile, sentence};
use super::look::{READS_BOUNDARIES, READS_ROLES, READS_USERS};
use crate::aws::fault::Answer;
use crate::aws::reach::Account;
use crate::aws::{policy, principal};
use crate::runtime::permissions::{
    ACT_IN_MEMBERS, ANY_ROLE, ANY_USER, Condition, MEMBER_SETTINGS, REACH_MEMBERS, Statement,
};
use crate::steps::{MARKS_ITS_CHANGE, READS_THE_RECORD, REMEMBERS_WHAT_WAS_TAKEN_BACK, never};
use contract::kinds::permissions_boundary::{PutBoundary, Target, Was};
use contract::{Fault, Words};

/// The boundary that a call puts, or that it deletes, is one that the deployment requires. Nobody is freed of another one.
/// Source: IAM User Guide, "IAM and AWS STS condition context keys", `iam:PermissionsBoundary`.
const ONLY_REQUIRED: &[Condition] = &[Condition {
    operator: "ArnEquals",
    key: "iam:PermissionsBoundary",
    values: &["${RequiredBoundaries}"],
}];

pub(super) const CHANGE: StepProfile = StepProfile {
    summary: "Puts the required permissions boundary on the role or user and reads it back.",
    iam: &[
        Statement::allow(
            &["iam:PutRolePermissionsBoundary"],
            ANY_ROLE,
            "Puts a required boundary on a role.",
        )
        .when(ONLY_REQUIRED),
        Statement::allow(
            &["iam:PutUserPermissionsBoundary"],
            ANY_USER,
            "Puts a required boundary on a user.",
        )
        .when(ONLY_REQUIRED),
        READS_ROLES,
        READS_USERS,
        READS_THE_RECORD,
        MARKS_ITS_CHANGE,
        never(&["iam:PutRolePermissionsBoundary", "iam:PutUserPermissionsBoundary"]),
        ACT_IN_MEMBERS,
    ],
    environment: &["CASE_TABLE", "PROTECTED_ROLES"],
    settings: MEMBER_SETTINGS,
};

pub(super) const VERIFY: StepProfile = StepProfile {
    summary: "Reads the role or user again and reports whether the required boundary is in place.",
    iam: &[READS_ROLES, READS_USERS, REACH_MEMBERS],
    environment: &[],
    settings: MEMBER_SETTINGS,
};

pub(super) const RESTORE: StepProfile = StepProfile {
    summary: "Puts the recorded permissions boundary back, or deletes the one that was put, and verifies.",
    iam: &[
        Statement::allow(
            &["iam:PutRolePermissionsBoundary"],
            ANY_ROLE,
            "Puts a role's recorded boundary back, which can be any.",
        ),
        Statement::allow(
            &["iam:DeleteRolePermissionsBoundary"],
            ANY_ROLE,
            "Deletes the required boundary that was put on a role.",
        )
        .when(ONLY_REQUIRED),
        Statement::allow(
            &["iam:PutUserPermissionsBoundary"],
            ANY_USER,
            "Puts a user's recorded boundary back, which can be any.",
        ),
        Statement::allow(
            &["iam:DeleteUserPermissionsBoundary"],
            ANY_USER,
            "Deletes the required boundary that was put on a user.",
        )
        .when(ONLY_REQUIRED),
        READS_ROLES,
        READS_USERS,
        READS_BOUNDARIES,
        READS_THE_RECORD,
        REMEMBERS_WHAT_WAS_TAKEN_BACK,
        never(&[
            "iam:PutRolePermissionsBoundary",
            "iam:DeleteRolePermissionsBoundary",
            "iam:PutUserPermissionsBoundary",
            "iam:DeleteUserPermissionsBoundary",
        ]),
        ACT_IN_MEMBERS,
    ],
    environment: &["CASE_TABLE"],
    settings: MEMBER_SETTINGS,
};

/// A recorded change of a boundary.
pub(crate) struct Boundary<'a> {
    pub(super) change: &'a PutBoundary,
    pub(super) was: &'a Was,
}

impl Reversible for Boundary<'_> {
    fn owner(&self) -> Owner {
        Owner::Principal(self.change.principal.clone())
    }

    async fn standing(&self, account: &Account) -> Result<Standing, Fault> {
        let PutBoundary { principal: who, boundary, .. } = self.change;
        let (kind, name) = (who.kind.word(), &who.name);
        Ok(match principal::get(&account.iam(), who).await? {
            None => Standing::Gone(format!("There is no {kind} {name} any more.")),
            Some(live) if live.id != self.was.principal_id => Standing::Gone(format!(
                "The {kind} {name} is {} now, not {}.",
                live.id, self.was.principal_id
            )),
            Some(live) if live.boundary.as_ref() == Some(boundary) => Standing::AsChanged,
            Some(live) if live.boundary == self.was.boundary => Standing::AsRecorded,
            Some(live) => Standing::Otherwise(match live.boundary {
                Some(other) => format!("The permissions boundary of the {kind} {name} is {other} now."),
                None => format!("The {kind} {name} has no permissions boundary now."),
            }),
        })
    }

    async fn apply(&self, account: &Account) -> Result<Answer<()>, Fault> {
        principal::put_boundary(&account.iam(), &self.change.principal, &self.change.boundary).await
    }

    async fn applied(&self, _account: &Account) -> Result<String, Fault> {
        let PutBoundary { principal: who, boundary, .. } = self.change;
        Ok(format!("{boundary} was put on {} as its permissions boundary.", who.words()))
    }

    async fn cannot_put_back(&self, account: &Account) -> Result<Option<String>, Fault> {
        match (&self.was.boundary, &self.was.policy) {
            (Some(boundary), Some(was)) => policy::drift(&account.iam(), boundary, was).await,
            (Some(boundary), None) => {
                Ok(Some(format!("There was no policy {boundary} when it was recorded as the boundary.")))
            }
            (None, _) => Ok(None),
        }
    }

    async fn put_back(
        &self,
        account: &Account,
        _not_as_before: &mut Vec<String>,
    ) -> Result<Answer<bool>, Fault> {
        let (iam, who) = (&account.iam(), &self.change.principal);
        let answer = match &self.was.boundary {
            Some(boundary) => principal::put_boundary(iam, who, boundary).await?,
            None => principal::delete_boundary(iam, who).await?,
        };
        Ok(answer.map(|()| true))
    }

    fn memory(&self) -> Result<Option<Memory>, Fault> {
        Memory::new(&Target { principal: self.change.principal.clone() }, None).map(Some)
    }

    fn words(&self, _what: &str, _taken_at: &str) -> Words {
        let (who, kind, name) =
            (self.change.principal.words(), self.change.principal.kind.word(), &self.change.principal.name);
        let (undo, by_hand) = match &self.was.boundary {
            Some(boundary) => (
                format!("It makes {boundary} the permissions boundary of {who} again, and checks it."),
                format!(
                    "aws iam put-{kind}-permissions-boundary --{kind}-name {name} --permissions-boundary {boundary}"
                ),
            ),
            None => (
                format!("It removes the permissions boundary of {who} again, and checks that it is gone."),
                format!("aws iam delete-{kind}-permissions-boundary --{kind}-name {name}"),
            ),
        };
        Words {
            done: "bounded".to_owned(),
            changed: sentence(&format!("{who} has its required permissions boundary")),
            stays: sentence(&format!("{who} keeps its required permissions boundary")),
            undo,
            by_hand: vec![by_hand],
        }
    }
}
