use super::*;
use crate::testing::{MEMBER, ROLE_ID, Wire, assumed, role};

const CASE: &str = "0a1b2c3d4e5f";

async fn reach(wire: &Wire, account: &str) -> Result<Reach, Fault> {
    wire.aws_with_member().reach(account, CASE).await
}

#[tokio::test]
async fn calls_to_a_member_are_signed_with_its_credentials() {
    let wire = Wire::default()
        .answers("AssumeRole", assumed(MEMBER))
        .answers("GetRole", role(ROLE_ID, "/", &[]))
        .answers("DescribeInstances", "<DescribeInstancesResponse/>");
    let account = reach(&wire, MEMBER).await.and_then(Reach::account).unwrap();
    assert_eq!(account.id(), MEMBER);
    account.iam().get_role().role_name("web-frontend").send().await.unwrap();
    account.ec2("eu-west-3").unwrap().describe_instances().send().await.unwrap();
    assert_eq!(wire.actions_with("k"), ["AssumeRole"]);
    assert_eq!(wire.actions_with("MEMBER"), ["GetRole", "DescribeInstances"]);
    let said = wire.bodies("AssumeRole").join(" ");
    for part in [
        "RoleArn=arn:aws:iam::333344445555:role/redress/redress-response",
        "RoleSessionName=a-task",
        "ExternalId=an-external-id-of-tests",
        "Tags.member.1.Key=redress:case",
        "Tags.member.1.Value=0a1b2c3d4e5f",
        "DurationSeconds=900",
    ] {
        assert!(said.contains(part), "`{part}` is missing: {said}");
    }
}

/// Only a task that changes something asks for the role that may.
#[tokio::test]
async fn a_task_that_acts_has_another_role_than_one_that_looks() {
    for (acts, role) in [(false, "redress-response"), (true, "redress-response-act")] {
        for (answered, fits) in [("redress-response", !acts), ("redress-response-act", acts)] {
            let session = assumed(MEMBER).replace("redress-response", answered);
            let wire = Wire::default().answers("AssumeRole", session);
            let aws = wire.aws_with_member();
            let aws = aws.at(aws.here.clone(), "a-task", acts);
            let reached = aws.reach(MEMBER, CASE).await;
            assert_eq!(reached.is_ok(), fits, "{role}: {answered}: {reached:?}");
            let said = wire.bodies("AssumeRole").join(" ");
            assert!(said.contains(&format!("RoleArn=arn:aws:iam::{MEMBER}:role/redress/{role}&")), "{said}");
        }
    }
}

#[tokio::test]
async fn only_a_region_becomes_part_of_a_host_name() {
    let home = reach(&Wire::default(), "123456789012").await.and_then(Reach::account).unwrap();
    for region in ["", "evil.example/#", "eu west 1"] {
        assert!(matches!(home.ec2(region), Err(Fault::InvalidInput { .. })), "{region}");
    }
}

#[tokio::test]
async fn the_home_account_needs_no_session() {
    let wire = Wire::default().answers("GetRole", role(ROLE_ID, "/", &[]));
    let home = reach(&wire, "123456789012").await.and_then(Reach::account).unwrap();
    home.iam().get_role().role_name("web-frontend").send().await.unwrap();
    assert_eq!(wire.actions_with("k"), ["GetRole"]);
}

/// The guardrail and the reason.
async fn out(wire: &Wire, account: &str) -> (&'static str, String) {
    match reach(wire, account).await {
        Ok(Reach::Out(out)) => (out.guardrail(), out.words().to_owned()),
        Ok(Reach::In(account)) => panic!("it got into {}", account.id()),
        Err(fault) => panic!("{fault:?}"),
    }
}

#[tokio::test]
async fn an_account_that_is_not_a_member_is_never_called() {
    let wire = Wire::default();
    let (guardrail, why) = out(&wire, "999988887777").await;
    assert_eq!(guardrail, "another-account");
    assert_eq!(
        why,
        "It is in the account 999988887777, and this responder acts in 123456789012 and its members only."
    );
    assert_eq!(wire.actions(), [""; 0]);
}

#[tokio::test]
async fn a_member_whose_role_cannot_be_assumed_is_for_people() {
    let wire = Wire::default().fails("AssumeRole", 403, "AccessDenied");
    let (guardrail, why) = out(&wire, MEMBER).await;
    assert_eq!(guardrail, "not-let-in");
    assert_eq!(
        why,
        "It is in the member account 333344445555, and the responder cannot assume `arn:aws:iam::333344445555:role/redress/redress-response`: assuming the role: AWS answered 'AccessDenied': no."
    );
    assert!(!why.contains("an-external-id-of-tests"));
    let fault = reach(&wire, MEMBER).await.map(Reach::account);
    assert!(matches!(fault, Ok(Err(Fault::AccessDenied { .. }))));
}

#[tokio::test]
async fn a_session_of_another_account_is_not_used() {
    for answer in [
        assumed("123456789012"),
        assumed(MEMBER).replace("redress-response", "redress-other"),
        assumed(MEMBER).replace("arn:aws:sts", "arn:aws-cn:sts"),
        "<AssumeRoleResponse><AssumeRoleResult/></AssumeRoleResponse>".to_owned(),
        assumed(MEMBER).replace("Credentials>", "Nothing>"),
    ] {
        let wire = Wire::default().answers("AssumeRole", answer.clone());
        let fault = reach(&wire, MEMBER).await.err();
        assert!(matches!(fault, Some(Fault::Refused { .. })), "{fault:?}: {answer}");
    }
}

#[tokio::test]
async fn a_transient_fault_of_sts_is_an_error() {
    for (status, code) in [(400, "Throttling"), (503, "ServiceUnavailable")] {
        let fault = reach(&Wire::default().fails("AssumeRole", status, code), MEMBER).await.err();
        assert!(matches!(fault, Some(Fault::Throttled { .. } | Fault::Unavailable { .. })), "{fault:?}");
    }
}

#[tokio::test]
async fn wrong_settings_are_named() {
    let wire = Wire::default();
    let wrong = wire.aws_with("MEMBER_ACCOUNTS", "333344445555, 12").reach(MEMBER, CASE).await.err();
    let why = "contains `12`, which is not an account of twelve digits";
    assert_eq!(wrong, Some(Fault::misconfigured("MEMBER_ACCOUNTS", why)));
    let wrong = wire.aws_with("MEMBER_ACCOUNTS", MEMBER).reach(MEMBER, CASE).await.err();
    let why = "must be set if `MEMBER_ACCOUNTS` names accounts";
    assert_eq!(wrong, Some(Fault::misconfigured("MEMBER_EXTERNAL_ID", why)));
}
