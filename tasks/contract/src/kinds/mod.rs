//! One file per kind: its target, its change, and what it records. To add a kind, write its file and add it to the
//! modules and to one of the two lists below. The manifest, the executable and the tests find it there.

pub mod finding_only;
pub mod iam_activity;
pub mod iam_policy;
pub mod permissions_boundary;
pub mod role_containment;

pub use finding_only::FindingOnly;
pub use iam_activity::IamActivity;
pub use iam_policy::IamPolicy;
pub use permissions_boundary::PermissionsBoundary;
pub use role_containment::RoleContainment;

/// Calls a macro with every kind that can change its target.
#[macro_export]
macro_rules! for_each_changing_kind {
    ($call:ident) => {
        $call! { RoleContainment IamPolicy PermissionsBoundary }
    };
}

/// Calls a macro with every kind that only looks.
#[macro_export]
macro_rules! for_each_looking_kind {
    ($call:ident) => {
        $call! { FindingOnly IamActivity }
    };
}
