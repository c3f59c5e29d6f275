//! A policy through all steps, over an account in memory. The laws in `testing` hold for generated accounts as well.

use super::*;
use crate::testing::accounts::{ADMIN, DANGEROUS, ONLY_DANGEROUS, POLICY, PRINCIPALS, SAFE, account, who};
use crate::testing::iam::FailsAt;
use crate::testing::steps::{RecordOf, Steps, about};
use crate::testing::{MEMBER, Wire, assumed};
use contract::steps::change::Error as NotChanged;
use contract::steps::restore::Error as NotRestored;
use contract::steps::verify::Hold;
use contract::{Changed, Fact, Plan, PrincipalKind, Proposal, Restored, TaskError};

/// Every target of the fixed account.
pub(super) fn targets() -> Vec<Target> {
    let mut targets =
        vec![Target::Managed { arn: POLICY.to_owned() }, Target::Trust { role: "web".to_owned() }];
    for (kind, ..) in PRINCIPALS {
        let inline = |policy: &str| Target::Inline { principal: who(kind), policy: policy.to_owned() };
        targets.extend([inline("some"), inline("all")]);
        targets.push(Target::Attached { principal: who(kind), policy_arn: ADMIN.to_owned() });
    }
    targets
}

async fn look(wire: &Wire, target: &Target) -> Looked<Target, Change> {
    Steps::over(wire).look::<IamPolicy>(about::<IamPolicy>(target)).await.unwrap()
}

async fn proposal(wire: &Wire, target: &Target) -> Proposal<Change> {
    match look(wire, target).await.plan {
        Plan::Change(proposal) => *proposal,
        other => panic!("{target:?}: {other:?}"),
    }
}

async fn record(wire: &Wire, target: &Target) -> RecordOf<IamPolicy> {
    Steps::over(wire).record_planned::<IamPolicy>(about::<IamPolicy>(target)).await.unwrap()
}

async fn change(wire: &Wire, recorded: &RecordOf<IamPolicy>) -> Result<Changed, NotChanged> {
    Steps::over(wire).change::<IamPolicy>(recorded).await
}

async fn verify(wire: &Wire, recorded: &RecordOf<IamPolicy>) -> Hold {
    Steps::over(wire).verify::<IamPolicy>(recorded).await
}

async fn restore(wire: &Wire, recorded: &RecordOf<IamPolicy>) -> Result<Restored, NotRestored> {
    Steps::over(wire).restore::<IamPolicy>(recorded).await
}

#[tokio::test]
async fn a_policy_in_every_place_is_put_right_and_taken_back_exactly() {
    for target in targets() {
        let wire = Wire::of(account(3));
        let was = wire.account();
        let recorded = record(&wire, &target).await;
        assert_eq!(wire.account(), was, "looking changes nothing: {target:?}");
        change(&wire, &recorded).await.unwrap();
        assert_eq!(verify(&wire, &recorded).await, Hold::Holds, "{target:?}");
        assert!(matches!(look(&wire, &target).await.plan, Plan::Nothing { .. }), "{target:?}");
        let restored = restore(&wire, &recorded).await.unwrap();
        assert_eq!(restored, Restored { restored: true, ..Restored::default() }, "{target:?}");
        assert_eq!(wire.account().without_numbers(), was.without_numbers(), "{target:?}");
        assert_eq!(verify(&wire, &recorded).await, Hold::PutBack);
    }
}

#[tokio::test]
async fn people_see_the_danger_and_who_would_notice_the_change() {
    let wire = Wire::of(account(3));
    wire.change(|account| account.holder("User", "web").boundary = Some(POLICY.to_owned()));
    let target = Target::Managed { arn: POLICY.to_owned() };
    let looked = look(&wire, &target).await;
    assert_eq!(looked.found, "The policy teams/deploy may be dangerous.");
    assert!(looked.dangers[0].starts_with("Critical: "), "{:?}", looked.dangers);
    let proposal = proposal(&wire, &target).await;
    assert_eq!(proposal.question, "Shall the policy teams/deploy be changed?");
    let expected = [
        Fact::new("Who has it", "the role web, the user web, the group web"),
        Fact::new("Boundary of", "1 role(s) or user(s)"),
        Fact::new(
            "Note",
            "It is a permissions boundary as well: the principals that it bounds lose what is removed.",
        ),
    ];
    assert_eq!(proposal.hits, expected);
    let wire = wire.answers(
        "GetServiceLastAccessedDetails",
        "<GetServiceLastAccessedDetailsResponse><GetServiceLastAccessedDetailsResult><JobStatus>COMPLETED</JobStatus><JobCreationDate>2026-01-01T11:59:00Z</JobCreationDate><JobCompletionDate>2026-01-01T11:59:02Z</JobCompletionDate><ServicesLastAccessed><member><ServiceName>S3</ServiceName><ServiceNamespace>s3</ServiceNamespace><LastAuthenticated>2025-12-31T23:59:59Z</LastAuthenticated></member></ServicesLastAccessed></GetServiceLastAccessedDetailsResult></GetServiceLastAccessedDetailsResponse>",
    );
    let inline = Target::Inline { principal: who(PrincipalKind::Role), policy: "some".to_owned() };
    let expected = [
        Fact::new("Who has it", "the role web"),
        Fact::new("Used lately", "s3 at 2025-12-31T23:59:59Z"),
        Fact::new("Note", "The role was not used in the last 400 days, as far as IAM reports."),
    ];
    assert_eq!(self::proposal(&wire, &inline).await.hits, expected);
}

#[tokio::test]
async fn the_words_of_a_change() {
    let recorded = record(&Wire::of(account(5)), &Target::Managed { arn: POLICY.to_owned() }).await;
    assert_eq!(recorded.what, "the policy teams/deploy");
    assert_eq!(recorded.words.done, "put right");
    assert_eq!(recorded.words.changed, "The policy teams/deploy is not dangerous any more.");
    assert_eq!(recorded.words.stays, "The policy teams/deploy stays as it was changed.");
    assert_eq!(
        recorded.words.undo,
        "It puts back what was there at 2026-01-01T12:00:00Z, and nothing else, and checks it."
    );
    let commands = &recorded.words.by_hand;
    assert_eq!(
        commands[1],
        format!("aws iam set-default-policy-version --policy-arn {POLICY} --version-id v5")
    );
    assert!(commands[3].starts_with(&format!("aws iam create-policy-version --policy-arn {POLICY} ")));
    for (target, command) in [
        (Target::Trust { role: "web".to_owned() }, "aws iam update-assume-role-policy --role-name web "),
        (
            Target::Inline { principal: who(PrincipalKind::User), policy: "all".to_owned() },
            "aws iam put-user-policy --user-name web --policy-name all --policy-document '",
        ),
        (
            Target::Attached { principal: who(PrincipalKind::Group), policy_arn: ADMIN.to_owned() },
            "aws iam attach-group-policy --group-name web --policy-arn arn:aws:iam::aws:policy/AdministratorAccess",
        ),
    ] {
        let by_hand = record(&Wire::of(account(3)), &target).await.words.by_hand;
        assert!(matches!(&by_hand[..], [only] if only.starts_with(command)), "{by_hand:?}");
    }
}

/// AWS Config names a policy by its unique id.
#[tokio::test]
async fn a_policy_id_is_resolved_by_the_look() {
    let by_id = |id: &str| Target::ManagedId { policy_id: id.to_owned() };
    let wire = Wire::of(account(1));
    let looked = look(&wire, &by_id("ANPAEXAMPLE0000000001")).await;
    let managed = Target::Managed { arn: POLICY.to_owned() };
    assert_eq!(looked.target, super::super::resource::<IamPolicy>(managed));
    assert!(matches!(looked.plan, Plan::Change(_)));
    let looked = look(&wire, &by_id("ANPAEXAMPLE0000000009")).await;
    assert!(matches!(looked.target, contract::Target::Other { .. }), "no policy has this id");
    assert!(matches!(looked.plan, Plan::ForPeople { .. }));
    // An account that is no member is not read.
    let of_member =
        Finding { account: MEMBER.to_owned(), ..about::<IamPolicy>(&by_id("ANPAEXAMPLE0000000001")) };
    let calls = wire.actions().len();
    let looked = Steps::over(&wire).look::<IamPolicy>(of_member.clone()).await.unwrap();
    assert!(matches!(looked.plan, Plan::ForPeople { .. }));
    assert_eq!(wire.actions().len(), calls);
    // The account in memory holds policies of the home account, so none of them is the member's.
    let wire = wire.answers("AssumeRole", assumed(MEMBER));
    let steps = Steps { wire: &wire, settings: crate::testing::WITH_MEMBER };
    let looked = steps.look::<IamPolicy>(of_member).await.unwrap();
    assert_eq!(wire.actions_with("MEMBER"), ["ListPolicies"]);
    assert!(matches!(looked.target, contract::Target::Other { .. }));
    wire.fails_at(Some(FailsAt { call: 0, after: false }));
    let finding = about::<IamPolicy>(&by_id("ANPAEXAMPLE0000000001"));
    assert_eq!(
        Steps::over(&wire).look::<IamPolicy>(finding.clone()).await.unwrap_err().name(),
        "Unavailable"
    );
    // Only a look resolves it.
    let wire = Wire::of(account(1));
    let change = proposal(&wire, &Target::Managed { arn: POLICY.to_owned() }).await.change;
    let error = Steps::over(&wire).record::<IamPolicy>(finding, change).await.unwrap_err();
    assert_eq!(error.name(), "InvalidInput");
}

/// Identity Center provisions a permission set, or a service keeps its own role: nobody else could change either.
#[tokio::test]
async fn what_only_a_service_of_aws_can_change_is_no_alarm() {
    for (path, word) in [
        ("/aws-reserved/sso.amazonaws.com/eu-west-1/", "its permission set"),
        ("/aws-service-role/batch.amazonaws.com/", "a service of AWS"),
        ("/teams/aws-reserved/sso.amazonaws.com/", ""),
    ] {
        let wire = Wire::of(account(3));
        wire.change(|account| account.holder("Role", "web").path = path.to_owned());
        for target in [
            Target::Attached { principal: who(PrincipalKind::Role), policy_arn: ADMIN.to_owned() },
            Target::Inline { principal: who(PrincipalKind::Role), policy: "all".to_owned() },
            Target::Trust { role: "web".to_owned() },
        ] {
            let plan = look(&wire, &target).await.plan;
            match plan {
                Plan::Nothing { why } if !word.is_empty() => assert!(why.contains(word), "{why}"),
                plan => assert!(word.is_empty() && matches!(plan, Plan::Change(_)), "{path}: {plan:?}"),
            }
        }
    }
}

#[tokio::test]
async fn known_accounts_may_be_empty_and_must_be_well_formed() {
    let wire = Wire::of(account(3));
    let target = Target::Trust { role: "web".to_owned() };
    let look = async |known: &str| {
        let steps = Steps { wire: &wire, settings: &[("KNOWN_ACCOUNTS", known)] };
        steps.look::<IamPolicy>(about::<IamPolicy>(&target)).await
    };
    assert!(matches!(look("").await.unwrap().plan, Plan::Change(_)));
    assert!(matches!(look("999988887777").await.unwrap().plan, Plan::Nothing { .. }));
    let fault = look("999988887777, everybody").await.unwrap_err();
    assert_eq!(fault.name(), "Misconfigured");
    assert!(fault.to_string().contains("`KNOWN_ACCOUNTS` contains `everybody`"), "{fault}");
}

#[tokio::test]
async fn people_hear_of_a_mild_danger() {
    let wire = Wire::of(account(3));
    wire.change(|account| {
        let reads = SAFE.replace("arn:aws:s3:::assets/*", "*");
        account.holder("Role", "web").inline.insert("some".to_owned(), reads);
    });
    let target = Target::Inline { principal: who(PrincipalKind::Role), policy: "some".to_owned() };
    assert!(matches!(look(&wire, &target).await.plan, Plan::ForPeople { .. }));
}

#[tokio::test]
async fn owners_and_networks_that_are_known_must_be_well_formed() {
    let wire = Wire::of(account(3));
    let target = Target::Trust { role: "web".to_owned() };
    let look = async |name, value: &str| {
        let steps = Steps { wire: &wire, settings: &[(name, value)] };
        steps.look::<IamPolicy>(about::<IamPolicy>(&target)).await.map(drop)
    };
    let (owners, networks) = ("KNOWN_OIDC_OWNERS", "KNOWN_NETWORKS");
    assert_eq!(look(owners, "token.actions.githubusercontent.com/octo-org, gitlab.com/acme").await, Ok(()));
    assert_eq!(look(networks, "203.0.113.0/24, 2001:db8::/32").await, Ok(()));
    assert_eq!(look(networks, "vpc-0a1b2c3d, vpce-0123456789abcdef0").await, Ok(()));
    for (name, wrong) in [
        (owners, "octo-org"),
        (owners, "github.com/octo-org"),
        (owners, "gitlab.com/"),
        (networks, "203.0.113.0/33"),
        (networks, "office"),
        (networks, "vpc-office"),
        (networks, "vpce-*"),
    ] {
        let fault = look(name, wrong).await.unwrap_err();
        assert!(fault.to_string().contains(&format!("`{name}` contains `{wrong}`")), "{fault}");
    }
}

/// Whoever writes a policy of the principal that has it, or another version of one that it has, writes its permissions.
#[tokio::test]
async fn the_live_principals_and_their_policies_are_known() {
    let wire = Wire::of(account(3));
    let role = "arn:aws:iam::123456789012:role/teams/web";
    let document = |action: &str, resource: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}]}}"#
        )
    };
    for (action, resource) in [("iam:PutRolePolicy", role), ("iam:CreatePolicyVersion", POLICY)] {
        wire.change(|account| {
            let web = account.holder("Role", "web");
            web.path = "/teams/".to_owned();
            web.inline.insert("some".to_owned(), document(action, resource));
            let policy = account.policies.get_mut(POLICY).unwrap();
            policy.versions.insert(policy.default, document(action, resource));
        });
        let inline = Target::Inline { principal: who(PrincipalKind::Role), policy: "some".to_owned() };
        for target in [inline, Target::Managed { arn: POLICY.to_owned() }] {
            assert!(matches!(look(&wire, &target).await.plan, Plan::Change(_)), "{action} {target:?}");
        }
    }
}

#[tokio::test]
async fn of_five_versions_the_oldest_makes_room_and_comes_back_under_another_number() {
    let target = Target::Managed { arn: POLICY.to_owned() };
    let wire = Wire::of(account(5));
    let was = wire.account();
    let planned = proposal(&wire, &target).await;
    assert!(planned.effect.contains("so v1 is recorded and deleted"), "{}", planned.effect);
    let recorded = record(&wire, &target).await;
    let changed = change(&wire, &recorded).await.unwrap();
    assert!(changed.what.starts_with("The version v6 of "), "{}", changed.what);
    assert!(changed.what.contains("The version v1 was deleted to make room"), "{}", changed.what);
    for _ in 0..2 {
        let restored = restore(&wire, &recorded).await.unwrap();
        assert_eq!(restored.not_as_before.len(), 1);
        assert!(
            restored.not_as_before[0].contains("v1") && restored.not_as_before[0].contains("version v7 now")
        );
        assert!(restored.changed_meanwhile.is_empty(), "{restored:?}");
        assert_eq!(wire.account().without_numbers(), was.without_numbers());
        assert_eq!(wire.account().policies[POLICY].default, 5);
    }
}

#[tokio::test]
async fn a_reverted_change_is_made_again_without_another_version() {
    let target = Target::Managed { arn: POLICY.to_owned() };
    let wire = Wire::of(account(5));
    let recorded = record(&wire, &target).await;
    change(&wire, &recorded).await.unwrap();
    let changed = wire.account();
    wire.change(|account| account.policies.get_mut(POLICY).unwrap().default = 5);
    assert_eq!(verify(&wire, &recorded).await, Hold::PutBack);
    change(&wire, &recorded).await.unwrap();
    assert_eq!(wire.account(), changed);
}

#[tokio::test]
async fn only_the_change_that_the_analysis_asks_for_is_recorded() {
    let target = Target::Managed { arn: POLICY.to_owned() };
    let wire = Wire::of(account(3));
    let was = wire.account();
    let forged = Change::NewVersion { arn: POLICY.to_owned(), document: ONLY_DANGEROUS.to_owned() };
    let finding = about::<IamPolicy>(&target);
    let error = Steps::over(&wire).record::<IamPolicy>(finding.clone(), forged.clone()).await.unwrap_err();
    assert_eq!(error.name(), "TargetChanged");
    let recorded = record(&wire, &target).await;
    let forged = RecordOf::<IamPolicy> { change: forged, ..recorded.clone() };
    assert_eq!(change(&wire, &forged).await.unwrap_err().name(), "InvalidInput");
    assert_eq!(restore(&wire, &forged).await.unwrap_err().name(), "InvalidInput");
    assert_eq!(wire.account(), was);
    // The first record stays, also after the change.
    change(&wire, &recorded).await.unwrap();
    let again = Steps::over(&wire).record::<IamPolicy>(finding.clone(), recorded.change.clone()).await;
    assert_eq!(again, Ok(recorded));
    let error = Steps::over(&wire).record::<IamPolicy>(finding, forged.change).await.unwrap_err();
    assert!(error.to_string().contains("another change was recorded"), "{error}");
}

#[tokio::test]
async fn a_policy_that_somebody_filled_up_cannot_be_changed() {
    let target = Target::Managed { arn: POLICY.to_owned() };
    let wire = Wire::of(account(3));
    let recorded = record(&wire, &target).await;
    wire.change(|account| {
        let policy = account.policies.get_mut(POLICY).unwrap();
        for number in 4..=5 {
            policy.versions.insert(number, SAFE.replace("assets", &format!("late-{number}")));
        }
        policy.last = 5;
    });
    let full = wire.account();
    let error = change(&wire, &recorded).await.unwrap_err();
    assert_eq!(error.name(), "CannotBeChanged");
    assert!(error.to_string().contains("LimitExceeded"), "{error}");
    assert_eq!(wire.account(), full);
}

#[tokio::test]
async fn an_undo_reports_other_changes_and_creates_a_deleted_version_again() {
    let target = Target::Managed { arn: POLICY.to_owned() };
    let wire = Wire::of(account(3));
    let recorded = record(&wire, &target).await;
    change(&wire, &recorded).await.unwrap();
    wire.change(|account| {
        account.policies.get_mut(POLICY).unwrap().versions.remove(&3);
        let role = account.holders.get_mut(&("Role".to_owned(), "web".to_owned())).unwrap();
        role.attached.remove(POLICY);
    });
    let restored = restore(&wire, &recorded).await.unwrap();
    assert_eq!(restored.changed_meanwhile, ["It was detached from the role web."]);
    assert!(restored.not_as_before[0].contains("The version v3 was deleted meanwhile"), "{restored:?}");
    let policy = wire.account().policies[POLICY].clone();
    assert_eq!(policy.versions[&policy.default], DANGEROUS);
    assert!(!restore(&wire, &recorded).await.unwrap().restored);
}
