"""Seeding builds an account in which an event about a policy is true."""

import json
import unittest
from typing import Any

from started import event, failure, fresh

_WORKFLOW = "iam-policy-remediation"
_REPORT_ACCESS = "arn:aws:iam::123456789012:policy/report-access"


def _event(name: str) -> dict[str, Any]:
    return event(name, _WORKFLOW)


def _asked(seen: dict[str, Any]) -> dict[str, Any]:
    """The document of a call that CloudTrail recorded."""
    return json.loads(seen["detail"]["requestParameters"]["policyDocument"])


class SeedPolicies(unittest.TestCase):
    def setUp(self) -> None:
        self.aws = fresh()

    def _seed(self, seen: dict[str, Any]) -> tuple[Any, Any]:
        return self.aws.control("POST", "seed", seen), self.aws.control("GET", "account")

    def test_it_tells_where_everything_is(self) -> None:
        seen = _event("create-policy-version")
        seeded, _ = self._seed(seen)
        role = seeded.pop("role")
        expected = {
            "account": "123456789012",
            "region": "us-east-1",
            "table": "redress-cases",
            "topicArn": "arn:aws:sns:us-east-1:123456789012:redress-security",
            "escalationTopicArn": "arn:aws:sns:us-east-1:123456789012:redress-escalation",
            "tokenKeyArn": "arn:aws:kms:us-east-1:123456789012:key/7e0c0de0-0000-4000-8000-000000000001",
            "queueUrl": f"{self.aws.endpoint}/123456789012/redress-inbox",
            "findingArn": seen["detail"]["eventID"],
            "policy": _REPORT_ACCESS,
        }
        self.assertEqual(seeded, expected)
        self.assertEqual((role["name"], role["instances"]), ("report-builder", []))
        self.assertEqual(role["arn"], "arn:aws:iam::123456789012:role/report-builder")

    def test_a_new_version_is_the_default_and_the_one_before_is_harmless(self) -> None:
        seen = _event("create-policy-version")
        seeded, account = self._seed(seen)
        policy = account["policies"][_REPORT_ACCESS]
        self.assertEqual((policy["default"], list(policy["versions"])), ("v2", ["v1", "v2"]))
        self.assertEqual(policy["versions"]["v2"], _asked(seen))
        self.assertNotEqual(policy["versions"]["v1"], _asked(seen))
        for kind, name in (("roles", "report-builder"), ("users", "dana"), ("groups", "reporters")):
            self.assertEqual(account[kind][name]["attached"], [_REPORT_ACCESS])
        iam = self.aws.as_administrator("iam")
        self.assertEqual(iam.get_policy(PolicyArn=_REPORT_ACCESS)["Policy"]["AttachmentCount"], 3)
        attached = iam.list_entities_for_policy(PolicyArn=_REPORT_ACCESS)
        names = [attached[f"Policy{kind}s"][0][f"{kind}Name"] for kind in ("Role", "User", "Group")]
        self.assertEqual(names, ["report-builder", "dana", "reporters"])
        # The session may do everything as long as that version is the default.
        s3 = self.aws.as_session("s3", seeded["role"]["session"])
        s3.list_buckets()
        iam.set_default_policy_version(PolicyArn=_REPORT_ACCESS, VersionId="v1")
        self.assertEqual(failure(s3.list_buckets)[0], "AccessDenied")

    def test_a_policy_that_was_set_back_has_as_many_versions_as_iam_keeps(self) -> None:
        _, account = self._seed(_event("set-default-policy-version"))
        policy = account["policies"][_REPORT_ACCESS]
        self.assertEqual((policy["default"], len(policy["versions"])), ("v3", 5))
        self.assertEqual(policy["versions"]["v3"]["Statement"][0]["Action"], "*")
        iam = self.aws.as_administrator("iam")
        one_more = {"PolicyArn": _REPORT_ACCESS, "PolicyDocument": json.dumps(policy["versions"]["v1"])}
        self.assertEqual(failure(iam.create_policy_version, **one_more)[0], "LimitExceeded")

    def test_a_new_policy_has_its_path_its_id_and_one_version(self) -> None:
        seen = _event("create-policy")
        seeded, account = self._seed(seen)
        self.assertEqual(seeded["policy"], "arn:aws:iam::123456789012:policy/teams/deploy-everything")
        policy = account["policies"][seeded["policy"]]
        expected = {"id": "ANPAEXAMPLEDEPLOY0001", "default": "v1", "versions": {"v1": _asked(seen)}}
        self.assertEqual(policy, expected)

    def test_inline_policies_attachments_and_trust_are_as_the_call_made_them(self) -> None:
        _, account = self._seed(_event("put-role-policy"))
        inline = account["roles"]["report-builder"]["inline"]
        self.assertEqual(inline, {"everything": _asked(_event("put-role-policy"))})
        administrator = "arn:aws:iam::aws:policy/AdministratorAccess"
        seeded, account = self._seed(_event("attach-user-policy"))
        self.assertEqual(account["users"]["mallory"]["attached"], [administrator])
        self.assertEqual((seeded["role"], seeded["policy"], account["policies"]), (None, None, {}))
        aws = fresh()
        aws.control("POST", "seed", _event("update-assume-role-policy"))
        role = aws.as_administrator("iam").get_role(RoleName="report-builder")["Role"]
        self.assertEqual(role["AssumeRolePolicyDocument"], _asked(_event("update-assume-role-policy")))

    def test_users_and_groups_have_them_too(self) -> None:
        for kind in ("User", "Group"):
            seen = _event("put-role-policy")
            asked = seen["detail"]["requestParameters"]
            seen["detail"]["eventName"] = f"Put{kind}Policy"
            asked[f"{kind.lower()}Name"] = asked.pop("roleName")
            _, account = self._seed(seen)
            self.assertEqual(list(account[f"{kind.lower()}s"]["report-builder"]["inline"]), ["everything"])

    def test_a_policy_that_is_attached_is_made(self) -> None:
        seen = _event("attach-user-policy")
        seen["detail"]["requestParameters"]["policyArn"] = _REPORT_ACCESS
        _, account = self._seed(seen)
        self.assertEqual(account["users"]["mallory"]["attached"], [_REPORT_ACCESS])
        self.assertEqual(account["policies"][_REPORT_ACCESS]["default"], "v1")

    def test_config_knows_things_by_their_unique_ids(self) -> None:
        seeded, account = self._seed(_event("config-admin-access"))
        self.assertEqual(account["policies"][seeded["policy"]]["id"], "ANPAEXAMPLEREPORTS001")
        for prefix, kind in (("AROA", "roles"), ("AIDA", "users"), ("AGPA", "groups")):
            id_ = f"{prefix}EXAMPLE0000000001"
            seen = _event("config-admin-access")
            seen["detail"]["resourceId"] = id_
            aws = fresh()
            aws.control("POST", "seed", seen)
            [one] = aws.control("GET", "account")[kind].values()
            self.assertEqual((one["id"], list(one["inline"])), (id_, ["everything"]))

    def test_access_analyzer_sees_a_stranger_in_the_trust_policy(self) -> None:
        self._seed(_event("access-analyzer-external"))
        role = self.aws.as_administrator("iam").get_role(RoleName="report-builder")["Role"]
        principals = [statement["Principal"] for statement in role["AssumeRolePolicyDocument"]["Statement"]]
        self.assertEqual(principals, [{"Service": "lambda.amazonaws.com"}, {"AWS": "999988887777"}])

    def test_a_finding_of_security_hub_waits_there(self) -> None:
        seen = _event("security-hub-failed")
        seeded, account = self._seed(seen)
        self.assertEqual(seeded["policy"], _REPORT_ACCESS)
        self.assertEqual(seeded["findingArn"], seen["detail"]["findings"][0]["Id"])
        self.assertEqual(account["findings"][seeded["findingArn"]]["workflow"], "NEW")

    def test_what_is_there_is_left_as_it_is(self) -> None:
        names = ("create-policy-version", "put-role-policy", "attach-user-policy", "update-assume-role-policy")
        for name in (*names, "security-hub-failed"):
            with self.subTest(name):
                self.aws = fresh()
                _, before = self._seed(_event(name))
                iam = self.aws.as_administrator("iam")
                if _REPORT_ACCESS in before["policies"]:
                    iam.set_default_policy_version(PolicyArn=_REPORT_ACCESS, VersionId="v1")
                before = self.aws.control("GET", "account")
                _, after = self._seed(_event(name))
                self.assertEqual(after, before)

    def test_every_event_of_the_workflow_can_be_made_true(self) -> None:
        names = [
            "access-analyzer-external",
            "attach-user-policy",
            "by-cloudformation",
            "config-admin-access",
            "create-policy",
            "create-policy-version",
            "create-policy-version-safe",
            "put-role-policy",
            "security-hub-failed",
            "set-default-policy-version",
            "update-assume-role-policy",
        ]
        for name in names:
            with self.subTest(name):
                fresh().control("POST", "seed", _event(name))

    def test_a_finding_about_another_resource_is_in_security_hub_and_nothing_else(self) -> None:
        seen = _event("security-hub-failed")
        seen["detail"]["findings"][0]["Resources"][0]["Type"] = "AwsS3Bucket"
        seeded, account = self._seed(seen)
        self.assertEqual(seeded["findingArn"], seen["detail"]["findings"][0]["Id"])
        self.assertIn(seeded["findingArn"], account["findings"])
        self.assertEqual((account["roles"], account["policies"]), ({}, {}))

    def test_an_event_that_names_no_policy_is_refused(self) -> None:
        wrong = _event("create-policy-version")
        wrong["detail"]["requestParameters"]["policyArn"] = "arn:aws:iam::123456789012:role/x"
        sixth = _event("set-default-policy-version")
        sixth["detail"]["requestParameters"]["versionId"] = "v6"
        for seen, why in (
            (_event("ignored-denied"), "no requestParameters"),
            (_event("ignored-other-call"), "`CreateUser` changes no policy"),
            (wrong, "role/x` is no policy"),
            (sixth, "`v6` is none of the first five"),
        ):
            status, answer = self.aws.try_control("POST", "seed", seen)
            self.assertEqual(status, 400)
            self.assertIn(why, answer["error"])
