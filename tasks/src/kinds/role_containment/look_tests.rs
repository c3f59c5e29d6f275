use super::*;
use crate::testing::{ROLE_ID, Wire, finding, role};
use contract::TaskError;

fn instances(ids: &[(&str, &str)]) -> String {
    let items: String = ids
        .iter()
        .map(|(id, profile)| {
            format!(
                "<item><instanceId>{id}</instanceId><instanceState><code>16</code><name>running</name></instanceState>\
                 <iamInstanceProfile><arn>{profile}</arn><id>AIPAX</id></iamInstanceProfile>\
                 <tagSet><item><key>Environment</key><value>production</value></item><item><key>Owner</key><value>ada@example.com</value></item></tagSet></item>"
            )
        })
        .collect();
    format!(
        "<DescribeInstancesResponse><reservationSet><item><instancesSet>{items}</instancesSet></item></reservationSet></DescribeInstancesResponse>"
    )
}

fn profile(role: &str) -> String {
    format!(
        "<GetInstanceProfileResponse><GetInstanceProfileResult><InstanceProfile>{}</InstanceProfile></GetInstanceProfileResult></GetInstanceProfileResponse>",
        profile_body(role)
    )
}

fn profile_body(role: &str) -> String {
    format!(
        "<Path>/apps/</Path><InstanceProfileName>web-profile</InstanceProfileName><InstanceProfileId>AIPAX</InstanceProfileId>\
         <Arn>arn:aws:iam::123456789012:instance-profile/apps/web-profile</Arn><CreateDate>2025-06-01T08:00:00Z</CreateDate>\
         <Roles><member><Path>/</Path><RoleName>{role}</RoleName><RoleId>x</RoleId><Arn>a</Arn><CreateDate>2025-06-01T08:00:00Z</CreateDate></member></Roles>"
    )
}

fn profiles(role: &str) -> String {
    format!(
        "<ListInstanceProfilesForRoleResponse><ListInstanceProfilesForRoleResult><IsTruncated>false</IsTruncated><InstanceProfiles><member>{}</member></InstanceProfiles></ListInstanceProfilesForRoleResult></ListInstanceProfilesForRoleResponse>",
        profile_body(role)
    )
}

async fn enrich(wire: &Wire) -> Result<Context, Error> {
    EnrichFinding::run(Input { case_id: "case".to_owned(), finding: finding() }, &wire.aws()).await
}

const PROFILE: &str = "arn:aws:iam::123456789012:instance-profile/apps/web-profile";

#[tokio::test]
async fn everything_that_people_ask_first_is_found() {
    let wire = Wire::default()
        .answers("GetRole", role(ROLE_ID, "/", &[("team", "storefront")]))
        .answers("DescribeInstances", instances(&[("i-0a1b2c3d4e5f60718", PROFILE)]))
        .answers(
            "DescribeInstances",
            instances(&[("i-0c", PROFILE), ("i-0a1b2c3d4e5f60718", PROFILE), ("i-0b", PROFILE)]),
        )
        .answers("GetInstanceProfile", profile("web-frontend"))
        .answers("ListInstanceProfilesForRole", profiles("web-frontend"));
    let context = enrich(&wire).await.unwrap();
    assert!(matches!(&context.role, RoleFacts::Verified { tags, .. } if tags["team"] == "storefront"));
    assert_eq!(context.environment.as_deref(), Some("production"));
    assert_eq!(context.owner.as_deref(), Some("ada@example.com"));
    assert_eq!(
        context.profile,
        Some(ProfileFacts {
            arn: PROFILE.to_owned(),
            role_name: Some("web-frontend".to_owned()),
            same_role: true
        })
    );
    assert_eq!(
        (context.other_instances.as_slice(), context.other_instance_count),
        (["i-0b".to_owned(), "i-0c".to_owned()].as_slice(), 2)
    );
    assert!(context.remarks.is_empty());
    // The profile's name is the last part of its ARN, which carries a path.
    assert!(wire.bodies("GetInstanceProfile")[0].contains("InstanceProfileName=web-profile"));
}

#[tokio::test]
async fn what_is_gone_is_context_and_no_failure() {
    let wire = Wire::default().fails("GetRole", 404, "NoSuchEntity").fails(
        "DescribeInstances",
        400,
        "InvalidInstanceID.NotFound",
    );
    let context = enrich(&wire).await.unwrap();
    assert_eq!(
        (&context.role, &context.instance),
        (&RoleFacts::Missing, &InstanceFacts::Gone { id: "i-0a1b2c3d4e5f60718".to_owned() })
    );
    assert_eq!(context.remarks.len(), 2);
}

#[tokio::test]
async fn a_role_that_was_made_again_and_a_profile_with_another_role_are_said_to_be_so() {
    let wire = Wire::default()
        .answers("GetRole", role("AROAEXAMPLEANOTHER001", "/", &[]))
        .answers("DescribeInstances", instances(&[("i-0a1b2c3d4e5f60718", PROFILE)]))
        .answers("GetInstanceProfile", profile("somebody-else"));
    let context = enrich(&wire).await.unwrap();
    assert!(matches!(context.role, RoleFacts::AnotherRole { .. }));
    assert!(!context.profile.unwrap().same_role);
    assert_eq!(context.remarks.len(), 2, "{:?}", context.remarks);
    assert_eq!(context.other_instance_count, 0);
}

#[tokio::test]
async fn a_principal_that_is_no_role_needs_no_call_but_for_its_instance() {
    let mut finding = finding();
    finding.principal =
        Principal::Other { user_type: "Root".to_owned(), name: "Root".to_owned(), reason: "r".to_owned() };
    finding.instance_id = None;
    let wire = Wire::default();
    let context =
        EnrichFinding::run(Input { case_id: "case".to_owned(), finding }, &wire.aws()).await.unwrap();
    assert_eq!((context.role, context.instance), (RoleFacts::NotARole, InstanceFacts::NotNamed));
    assert!(wire.actions().is_empty());
}

#[tokio::test]
async fn faults_have_names() {
    for (action, status, code, name) in [
        ("GetRole", 400, "Throttling", "Throttled"),
        ("GetRole", 403, "AccessDenied", "AccessDenied"),
        ("DescribeInstances", 503, "RequestLimitExceeded", "Throttled"),
        ("DescribeInstances", 403, "UnauthorizedOperation", "AccessDenied"),
        ("DescribeInstances", 500, "InternalError", "Unavailable"),
    ] {
        let wire = Wire::default();
        let wire = if action == "GetRole" { wire } else { wire.answers("GetRole", role(ROLE_ID, "/", &[])) };
        assert_eq!(
            enrich(&wire.fails(action, status, code)).await.unwrap_err().name(),
            name,
            "{action} {code}"
        );
    }
}
