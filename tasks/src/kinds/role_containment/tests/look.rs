use super::*;
use crate::testing::{role, role_policies};
use contract::{Plan, Proposal};

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

async fn look_at(wire: &Wire) -> Result<Looked<Target, Contain>, Fault> {
    Steps::over(wire).look::<RoleContainment>(finding()).await
}

fn fact<'a>(looked: &'a Looked<Target, Contain>, name: &str) -> Option<&'a str> {
    looked.context.facts.iter().find(|fact| fact.name == name).map(|fact| fact.value.as_str())
}

fn notes(looked: &Looked<Target, Contain>) -> Vec<&str> {
    let notes = looked.context.facts.iter().filter(|fact| fact.name == "Note");
    notes.map(|fact| fact.value.as_str()).collect()
}

fn proposal(looked: &Looked<Target, Contain>) -> &Proposal<Contain> {
    match &looked.plan {
        Plan::Change(proposal) => proposal,
        other => panic!("{other:?}"),
    }
}

const PROFILE: &str = "arn:aws:iam::123456789012:instance-profile/apps/web-profile";

fn sound() -> Wire {
    Wire::default()
        .answers("GetRole", role(ROLE_ID, "/", &[("team", "storefront")]))
        .answers("GetInstanceProfile", profile("web-frontend"))
        .answers("ListInstanceProfilesForRole", profiles("web-frontend"))
        .answers("ListRolePolicies", role_policies(&[]))
}

#[tokio::test]
async fn everything_that_people_ask_first_is_found() {
    let wire = sound().answers("DescribeInstances", instances(&[("i-0a1b2c3d4e5f60718", PROFILE)])).answers(
        "DescribeInstances",
        instances(&[("i-0c", PROFILE), ("i-0a1b2c3d4e5f60718", PROFILE), ("i-0b", PROFILE)]),
    );
    let looked = look_at(&wire).await.unwrap();
    assert_eq!(looked.found, "The credentials of the role web-frontend were used where they should not be.");
    assert_eq!(looked.context.environment.as_deref(), Some("production"));
    assert_eq!(looked.context.owner.as_deref(), Some("ada@example.com"), "the instance's tags count first");
    let arn = "arn:aws:iam::123456789012:role/web-frontend";
    assert_eq!(fact(&looked, "Role"), Some(format!("{arn}, created 2025-06-01T08:00:00Z").as_str()));
    assert_eq!(fact(&looked, "Instance"), Some("i-0a1b2c3d4e5f60718, running"));
    assert_eq!(fact(&looked, "Also used by"), Some("2 other instances: i-0b, i-0c"));
    assert!(notes(&looked).is_empty());
    let fields: Vec<(&str, &str)> =
        looked.context.fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let expected = [
        ("redress:environment", "production"),
        ("redress:other-instances", "2"),
        ("redress:owner", "ada@example.com"),
        ("redress:role", "web-frontend"),
        ("redress:role-arn", arn),
    ];
    assert_eq!(fields, expected);
    let proposal = proposal(&looked);
    assert_eq!(proposal.change, contain());
    assert_eq!(proposal.question, "Shall everything be denied to the role web-frontend?");
    assert!(
        proposal.effect.ends_with("and so would the 2 other instances that use it."),
        "{}",
        proposal.effect
    );
    // The profile's name is the last part of its ARN, which has a path.
    assert!(wire.bodies("GetInstanceProfile")[0].contains("InstanceProfileName=web-profile"));
}

#[tokio::test]
async fn a_role_that_is_the_only_user_of_its_profile_stops_alone() {
    let wire = sound().answers("DescribeInstances", instances(&[("i-0a1b2c3d4e5f60718", PROFILE)]));
    let looked = look_at(&wire).await.unwrap();
    assert!(proposal(&looked).effect.ends_with("All its sessions would stop working."));
    assert_eq!(fact(&looked, "Also used by"), None);
    assert_eq!(looked.context.fields["redress:other-instances"], "0");
}

#[tokio::test]
async fn a_missing_role_or_instance_is_context_and_no_failure() {
    let wire = Wire::default().fails("GetRole", 404, "NoSuchEntity").fails(
        "DescribeInstances",
        400,
        "InvalidInstanceID.NotFound",
    );
    let looked = look_at(&wire).await.unwrap();
    let gone = "There is no role web-frontend any more.";
    assert_eq!(looked.plan, Plan::ForPeople { why: gone.to_owned() });
    assert_eq!(fact(&looked, "Instance"), Some("i-0a1b2c3d4e5f60718, gone"));
    let unknown = "EC2 does not know the instance i-0a1b2c3d4e5f60718 any more.";
    assert_eq!(notes(&looked), [gone, unknown]);
    assert_eq!(looked.context.fields["redress:remarks"], format!("{gone} {unknown}"));
    let wire = sound().fails("DescribeInstances", 400, "InvalidInstanceID.NotFound");
    let looked = look_at(&wire).await;
    assert!(looked.is_ok_and(|looked| matches!(looked.plan, Plan::Change(_))));
}

#[tokio::test]
async fn a_role_that_was_created_again_and_a_profile_with_another_role_are_remarks() {
    let wire = Wire::default()
        .answers("GetRole", role("AROAEXAMPLEANOTHER001", "/", &[]))
        .answers("DescribeInstances", instances(&[("i-0a1b2c3d4e5f60718", PROFILE)]))
        .answers("GetInstanceProfile", profile("somebody-else"));
    let looked = look_at(&wire).await.unwrap();
    assert!(matches!(&looked.plan, Plan::ForPeople { why } if why.contains("AROAEXAMPLEANOTHER001")));
    let notes = notes(&looked);
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[1].contains("carries somebody-else now"), "{notes:?}");
    assert!(!wire.actions().contains(&"ListInstanceProfilesForRole".to_owned()));
}

#[tokio::test]
async fn a_target_that_is_not_a_role_needs_no_call() {
    let (what, why) = ("the root user".to_owned(), "the root user cannot be denied by a policy".to_owned());
    let wire = Wire::default();
    let finding = finding_about(contract::Target::Other { what, why });
    let looked = Steps::over(&wire).look::<RoleContainment>(finding).await.unwrap();
    assert_eq!(
        looked.plan,
        Plan::ForPeople { why: "The root user cannot be denied by a policy.".to_owned() }
    );
    assert_eq!(looked.found, "The credentials of the root user were used where they should not be.");
    assert!(wire.actions().is_empty());
}

#[tokio::test]
async fn a_role_that_cannot_be_read_is_an_error() {
    for (status, code, name) in [(400, "Throttling", "Throttled"), (403, "AccessDenied", "AccessDenied")] {
        let wire = Wire::default().fails("GetRole", status, code);
        assert_eq!(look_at(&wire).await.unwrap_err().name(), name, "{code}");
    }
}

/// A look is no gate before a containment.
#[tokio::test]
async fn context_that_cannot_be_read_is_a_remark() {
    for (status, code, name) in [
        (503, "RequestLimitExceeded", "Throttled"),
        (403, "UnauthorizedOperation", "AccessDenied"),
        (500, "InternalError", "Unavailable"),
    ] {
        let looked = look_at(&sound().fails("DescribeInstances", status, code)).await.unwrap();
        assert_eq!(proposal(&looked).change, contain());
        let notes = notes(&looked);
        assert!(
            notes.len() == 2 && notes.iter().all(|note| note.contains(name) && note.contains(code)),
            "{notes:?}"
        );
        assert!(
            proposal(&looked).effect.contains("could not be read"),
            "it does not seem that nobody else is hit"
        );
        assert!(!looked.context.fields.contains_key("redress:other-instances"));
    }
    let wire = Wire::default()
        .answers("GetRole", role(ROLE_ID, "/", &[]))
        .answers("GetInstanceProfile", profile("web-frontend"))
        .answers("DescribeInstances", instances(&[("i-0a1b2c3d4e5f60718", PROFILE)]))
        .fails("ListInstanceProfilesForRole", 403, "AccessDenied")
        .answers("ListRolePolicies", role_policies(&[]));
    let looked = look_at(&wire).await.unwrap();
    assert_eq!(proposal(&looked).change, contain());
    assert!(notes(&looked)[0].starts_with("The other instances of the role could not be read: AccessDenied"));
}

/// EC2 does not answer: the role is contained without its context, which the message says.
#[tokio::test]
async fn a_containment_does_not_wait_for_its_context() {
    for action in ["DescribeInstances", "ListInstanceProfilesForRole"] {
        let wire = Wire::default()
            .answers("GetRole", role(ROLE_ID, "/", &[]))
            .fails("DescribeInstances", 403, "UnauthorizedOperation")
            .answers("ListRolePolicies", role_policies(&[]))
            .hangs(action);
        let mut aws = wire.aws();
        aws.patience = std::time::Duration::from_millis(1);
        let input = contract::steps::look::Input { case_id: CASE.to_owned(), finding: finding() };
        let looked = <contract::steps::Look<RoleContainment> as crate::runtime::Run>::run(input, &aws).await;
        let looked = looked.unwrap();
        let Plan::Change(proposal) = &looked.plan else { panic!("{action}: {:?}", looked.plan) };
        assert!(proposal.effect.contains("could not be read"), "{}", proposal.effect);
        let notes: Vec<&str> = looked.context.facts.iter().map(|fact| fact.value.as_str()).collect();
        assert!(notes.iter().any(|note| note.contains("did not answer in time")), "{action}: {notes:?}");
    }
}

#[tokio::test]
async fn people_read_tags_that_ask_for_an_exception() {
    let tags = [("redress:exempt-until", "2030-01-01"), ("team", "storefront"), ("terraform", "yes")];
    let wire = Wire::default()
        .answers("GetRole", role(ROLE_ID, "/", &tags))
        .answers("DescribeInstances", instances(&[]))
        .answers("GetInstanceProfile", profile("web-frontend"))
        .answers("ListInstanceProfilesForRole", profiles("web-frontend"))
        .answers("ListRolePolicies", role_policies(&[]));
    let looked = look_at(&wire).await.unwrap();
    let tags = looked.context.facts.iter().filter(|fact| fact.name == "Tag");
    assert_eq!(
        tags.map(|fact| fact.value.as_str()).collect::<Vec<_>>(),
        [
            "redress:exempt-until = 2030-01-01 (it decides nothing: whoever may tag the resource can set it)",
            "terraform = yes (it decides nothing: whoever may tag the resource can set it)",
        ]
    );
}
