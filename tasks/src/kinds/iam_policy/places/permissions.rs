//! The permissions of the steps that use a place: each may do at every place what its step does, and nothing of another
//! step.

use super::super::super::StepProfile;
use crate::runtime::permissions::{
    ACT_IN_MEMBERS, ANY_GROUP, ANY_ROLE, ANY_USER, AWS_POLICY, MEMBER_SETTINGS, OWN_POLICY, REACH_MEMBERS,
    Statement,
};
use crate::steps::{MARKS_ITS_CHANGE, READS_THE_RECORD, REMEMBERS_WHAT_WAS_TAKEN_BACK, never};

pub(in super::super) const CHANGE: StepProfile = StepProfile {
    summary: "Makes the recorded change of a policy, if the policy is still what was recorded, and reads it back.",
    iam: &[
        Statement::allow(
            &["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeletePolicyVersion"],
            OWN_POLICY,
            "Makes a safe version the default, and deletes the oldest other one if IAM has no room for a sixth.",
        ),
        Statement::allow(
            &["iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyVersions"],
            OWN_POLICY,
            "Refuses a policy that is not what was recorded, and reads the change back.",
        ),
        Statement::allow(
            &[
                "iam:PutRolePolicy",
                "iam:DeleteRolePolicy",
                "iam:DetachRolePolicy",
                "iam:UpdateAssumeRolePolicy",
            ],
            ANY_ROLE,
            "Changes or deletes a role's inline policy, detaches a managed one, or changes who may assume the role.",
        ),
        Statement::allow(
            &["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"],
            ANY_ROLE,
            "Refuses a role that is not what was recorded, and reads the change back.",
        ),
        Statement::allow(
            &["iam:PutUserPolicy", "iam:DeleteUserPolicy", "iam:DetachUserPolicy"],
            ANY_USER,
            "Changes or deletes a user's inline policy, or detaches a managed one.",
        ),
        Statement::allow(
            &["iam:GetUser", "iam:GetUserPolicy", "iam:ListAttachedUserPolicies"],
            ANY_USER,
            "Refuses a user that is not what was recorded, and reads the change back.",
        ),
        Statement::allow(
            &["iam:PutGroupPolicy", "iam:DeleteGroupPolicy", "iam:DetachGroupPolicy"],
            ANY_GROUP,
            "Changes or deletes a group's inline policy, or detaches a managed one.",
        ),
        Statement::allow(
            &["iam:GetGroup", "iam:GetGroupPolicy", "iam:ListAttachedGroupPolicies"],
            ANY_GROUP,
            "Refuses a group that is not what was recorded, and reads the change back.",
        ),
        READS_THE_RECORD,
        MARKS_ITS_CHANGE,
        never(&[
            "iam:CreatePolicyVersion",
            "iam:SetDefaultPolicyVersion",
            "iam:DeletePolicyVersion",
            "iam:PutRolePolicy",
            "iam:DeleteRolePolicy",
            "iam:DetachRolePolicy",
            "iam:UpdateAssumeRolePolicy",
            "iam:PutUserPolicy",
            "iam:DeleteUserPolicy",
            "iam:DetachUserPolicy",
            "iam:PutGroupPolicy",
            "iam:DeleteGroupPolicy",
            "iam:DetachGroupPolicy",
        ]),
        ACT_IN_MEMBERS,
    ],
    environment: &["CASE_TABLE", "PROTECTED_ROLES"],
    settings: MEMBER_SETTINGS,
};

pub(in super::super) const VERIFY: StepProfile = StepProfile {
    summary: "Reads the policy again and reports whether the change holds.",
    iam: &[
        Statement::allow(
            &["iam:GetPolicy", "iam:GetPolicyVersion"],
            OWN_POLICY,
            "Reads the document of a managed policy.",
        ),
        Statement::allow(
            &["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"],
            ANY_ROLE,
            "Reads a role's trust policy, its inline policy, and what is attached to it.",
        ),
        Statement::allow(
            &["iam:GetUser", "iam:GetUserPolicy", "iam:ListAttachedUserPolicies"],
            ANY_USER,
            "Reads a user's inline policy, and what is attached to it.",
        ),
        Statement::allow(
            &["iam:GetGroup", "iam:GetGroupPolicy", "iam:ListAttachedGroupPolicies"],
            ANY_GROUP,
            "Reads a group's inline policy, and what is attached to it.",
        ),
        REACH_MEMBERS,
    ],
    environment: &[],
    settings: MEMBER_SETTINGS,
};

pub(in super::super) const RESTORE: StepProfile = StepProfile {
    summary: "Puts the policy back as it was recorded, if it is still what the change made of it, and verifies.",
    iam: &[
        Statement::allow(
            &["iam:SetDefaultPolicyVersion", "iam:DeletePolicyVersion", "iam:CreatePolicyVersion"],
            OWN_POLICY,
            "Makes the recorded version the default again, deletes the one that was created, and creates the one that made room.",
        ),
        Statement::allow(
            &["iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyVersions", "iam:ListEntitiesForPolicy"],
            OWN_POLICY,
            "Refuses on drift, reads back what it restored, and reports what else changed meanwhile.",
        ),
        Statement::allow(
            &["iam:GetPolicy", "iam:GetPolicyVersion"],
            AWS_POLICY,
            "Attaches a policy of AWS again only if it is still what was recorded.",
        ),
        Statement::allow(
            &["iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"],
            ANY_ROLE,
            "Puts a role's inline or trust policy back, or attaches the managed one again.",
        ),
        Statement::allow(
            &["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"],
            ANY_ROLE,
            "Refuses on drift, and reads back what it restored.",
        ),
        Statement::allow(
            &["iam:PutUserPolicy", "iam:AttachUserPolicy"],
            ANY_USER,
            "Puts a user's inline policy back, or attaches the managed one again.",
        ),
        Statement::allow(
            &["iam:GetUser", "iam:GetUserPolicy", "iam:ListAttachedUserPolicies"],
            ANY_USER,
            "Refuses on drift, and reads back what it restored.",
        ),
        Statement::allow(
            &["iam:PutGroupPolicy", "iam:AttachGroupPolicy"],
            ANY_GROUP,
            "Puts a group's inline policy back, or attaches the managed one again.",
        ),
        Statement::allow(
            &["iam:GetGroup", "iam:GetGroupPolicy", "iam:ListAttachedGroupPolicies"],
            ANY_GROUP,
            "Refuses on drift, and reads back what it restored.",
        ),
        READS_THE_RECORD,
        REMEMBERS_WHAT_WAS_TAKEN_BACK,
        never(&[
            "iam:SetDefaultPolicyVersion",
            "iam:DeletePolicyVersion",
            "iam:CreatePolicyVersion",
            "iam:PutRolePolicy",
            "iam:AttachRolePolicy",
            "iam:UpdateAssumeRolePolicy",
            "iam:PutUserPolicy",
            "iam:AttachUserPolicy",
            "iam:PutGroupPolicy",
            "iam:AttachGroupPolicy",
        ]),
        ACT_IN_MEMBERS,
    ],
    environment: &["CASE_TABLE"],
    settings: MEMBER_SETTINGS,
};
