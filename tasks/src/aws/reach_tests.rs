use super::*;
use crate::testing::{MEMBER, ROLE_ID, Wire, assumed, role};

const CASE: &str = "0a1b2c3d4e5f";

async fn reach(wire: &Wire, account: &str) -> Result<Reach, Fault> {
    wire.aws_with_member().reach(account, CASE).await
}

#[tokio::test]
async fn what_is_asked_of_a_member_is_asked_with_its_credentials() {
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
        assert!(said.contains(part), "`{part}` is not said: {said}");
    }
}

#[tokio::test]
async fn what_is_no_region_is_not_called() {
    let home = reach(&Wire::default(), "123456789012").await.and_then(Reach::account).unwrap();
    for region in ["", "evil.example/#", "eu west 1"] {
        assert!(matches!(home.ec2(region), Err(Fault::InvalidInput(_))), "{region}");
    }
}

#[tokio::test]
async fn the_home_account_needs_no_session() {
    let wire = Wire::default().answers("GetRole", role(ROLE_ID, "/", &[]));
    let home = reach(&wire, "123456789012").await.and_then(Reach::account).unwrap();
    home.iam().get_role().role_name("web-frontend").send().await.unwrap();
    assert_eq!(wire.actions_with("k"), ["GetRole"]);
}

/// Who is out, and who says so.
async fn out(wire: &Wire, account: &str) -> (&'static str, String) {
    match reach(wire, account).await {
        Ok(Reach::Out(out)) => (out.guardrail(), out.words().to_owned()),
        Ok(Reach::In(account)) => panic!("it got into {}", account.id()),
        Err(fault) => panic!("{fault:?}"),
    }
}

#[tokio::test]
async fn who_is_no_member_is_not_even_asked() {
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
async fn a_member_that_does_not_let_it_in_is_for_people() {
    let wire = Wire::default().fails("AssumeRole", 403, "AccessDenied");
    let (guardrail, why) = out(&wire, MEMBER).await;
    assert_eq!(guardrail, "not-let-in");
    assert_eq!(
        why,
        "It is in the member account 333344445555, and `arn:aws:iam::333344445555:role/redress/redress-response` does not let the responder in: assuming the role: AWS answered 'AccessDenied': no."
    );
    assert!(!why.contains("an-external-id-of-tests"));
    let fault = reach(&wire, MEMBER).await.map(Reach::account);
    assert!(matches!(fault, Ok(Err(Fault::AccessDenied(_)))));
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
        assert!(matches!(fault, Some(Fault::Refused(_))), "{fault:?}: {answer}");
    }
}

#[tokio::test]
async fn what_passes_is_tried_again() {
    for (status, code) in [(400, "Throttling"), (503, "ServiceUnavailable")] {
        let fault = reach(&Wire::default().fails("AssumeRole", status, code), MEMBER).await.err();
        assert!(matches!(fault, Some(Fault::Throttled(_) | Fault::Unavailable(_))), "{fault:?}");
    }
}

#[tokio::test]
async fn settings_that_cannot_be_right_are_said() {
    let wire = Wire::default();
    let wrong = wire.aws_with("MEMBER_ACCOUNTS", "333344445555, 12").reach(MEMBER, CASE).await.err();
    assert_eq!(
        wrong,
        Some(Fault::InvalidInput(
            "`12` in the setting `MEMBER_ACCOUNTS` is not an account of twelve digits".to_owned()
        ))
    );
    let wrong = wire.aws_with("MEMBER_ACCOUNTS", MEMBER).reach(MEMBER, CASE).await.err();
    assert!(
        matches!(wrong, Some(Fault::InvalidInput(why)) if why.contains("`MEMBER_EXTERNAL_ID` must be set"))
    );
}

#[tokio::test]
async fn an_arn_says_its_account() {
    let wire = Wire::default();
    let arn = "arn:aws:iam::999988887777:role/odd path!/web";
    let out = wire.aws_with_member().reach_arn(arn, CASE).await;
    assert!(matches!(out, Ok(Reach::Out(Out::NotAMember(_)))));
    let wrong = wire.aws_with_member().reach_arn("web", CASE).await.err();
    assert!(matches!(wrong, Some(Fault::InvalidInput(_))));
}
