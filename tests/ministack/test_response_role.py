"""The response roles of a member account, and the roles of the tasks, as the templates have them (the snapshots of
`cdk/test/`, which a test compares with what is synthesised): who may assume it, and what they may do then.
"""

import functools
import json
import unittest
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from started import ACCOUNT, allow, allowed, document, mended, unique

SNAPSHOTS = Path(__file__).parents[2] / "cdk/test/snapshots"
MEMBER = "210987654321"
EXTERNAL_ID = "an-external-id-for-tests"
CASE = {"Key": "redress:case", "Value": "4f1b2c3d4e5f"}
NAME = "redress-response-act"
LOOKS = "redress-response"
# The key of an account's root is its number here.
ROOT_OF_MEMBER = {"AccessKeyId": MEMBER, "SecretAccessKey": "administrator", "SessionToken": "administrator"}


def roles(stack: str) -> dict[str, Any]:
    """The roles of a stack that have a name."""
    template = json.loads((SNAPSHOTS / f"whole-{stack}.json").read_text())
    found = (one["Properties"] for one in template["Resources"].values() if one["Type"] == "AWS::IAM::Role")
    return {role["RoleName"]: resolved(role) for role in found if "RoleName" in role}


def resolved(value: Any) -> Any:
    """A value with the partition filled in. Other references are not needed here."""
    if isinstance(value, list):
        return [resolved(one) for one in value]
    if isinstance(value, Mapping):
        if set(value) == {"Fn::Join"}:
            return value["Fn::Join"][0].join(resolved(value["Fn::Join"][1]))
        if set(value) & {"Ref", "Fn::GetAtt"}:
            return "aws" if value == {"Ref": "AWS::Partition"} else "arn:aws:s3:::something-else"
        return {name: resolved(one) for name, one in value.items()}
    return value


@functools.cache
def organisation() -> dict[str, dict[str, str]]:
    """Creates the roles of both accounts. Returns a session of each task, and of a person in the home account."""
    aws = mended()
    there = aws.client("iam", ROOT_OF_MEMBER)
    for name in (NAME, LOOKS):
        role = roles("RedressMember-210987654321-us-east-1")[name]
        trust = json.dumps(role["AssumeRolePolicyDocument"])
        there.create_role(RoleName=name, Path=role["Path"], AssumeRolePolicyDocument=trust)
        for policy in role["Policies"]:
            text = json.dumps(policy["PolicyDocument"])
            there.put_role_policy(RoleName=name, PolicyName=policy["PolicyName"], PolicyDocument=text)
    linked = "/aws-service-role/ecs.amazonaws.com/"
    for path, name in (("/", "web"), ("/redress/", "redress-local"), (linked, "linked")):
        there.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=document())
    home, sts = aws.client("iam"), aws.client("sts")
    # Somebody of the account's root has to be able to make a session: on AWS that is Lambda.
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    sessions = {}
    for task_name, task in roles_of_tasks().items():
        name = f"redress-{task_name}"
        made = home.create_role(RoleName=name, Path=task["Path"], AssumeRolePolicyDocument=document(trust))
        for policy in task["Policies"]:
            text = json.dumps(policy["PolicyDocument"])
            home.put_role_policy(RoleName=name, PolicyName=policy["PolicyName"], PolicyDocument=text)
        answer = sts.assume_role(RoleArn=made["Role"]["Arn"], RoleSessionName="test")
        sessions[task_name] = answer["Credentials"]
    home.create_role(RoleName="web", AssumeRolePolicyDocument=document(trust))
    sessions["a person"] = aws.session(allow("sts:*"), name=unique("administrator"))
    return sessions


def assume(who: str, role: str = NAME, **changed: Any) -> dict[str, str] | None:
    """A session of a response role, or nothing where it is refused."""
    asked = {
        "RoleArn": f"arn:aws:iam::{MEMBER}:role/redress/{role}",
        "RoleSessionName": "test",
        "ExternalId": EXTERNAL_ID,
        "Tags": [CASE],
        **changed,
    }
    sts = mended().client("sts", organisation()[who])
    try:
        answer = sts.assume_role(**{name: value for name, value in asked.items() if value is not None})
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        return None
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{MEMBER}:assumed-role/{role}/test"
    return answer["Credentials"]


def manifest() -> list[dict[str, Any]]:
    tasks: list[dict[str, Any]] = json.loads((SNAPSHOTS.parents[2] / "tasks/manifest.json").read_text())
    return tasks


def roles_of_tasks() -> dict[str, Any]:
    """The roles of the tasks in the home account: those of the base stack, and of the responses that have a snapshot."""
    stacks = (file.stem.removeprefix("whole-") for file in sorted(SNAPSHOTS.glob("whole-Redress*.json")))
    found = {name: role for stack in stacks if "Member" not in stack for name, role in roles(stack).items()}
    names = (task["name"] for task in manifest())
    return {name: found[f"redress-{name}"] for name in names if f"redress-{name}" in found}


def reaching(placeholder: str) -> set[str]:
    """The deployed tasks that look in member accounts, or those that act there."""
    reach = {one["name"] for one in manifest() if any(placeholder in grant["resources"] for grant in one["iam"])}
    return reach & roles_of_tasks().keys()


class Trust(unittest.TestCase):
    def test_only_tasks_that_look_or_act_there_may_assume_the_role_for_it(self) -> None:
        for name, placeholder in ((LOOKS, "${MemberRoles}"), (NAME, "${ActingMemberRoles}")):
            self.assertTrue(reaching(placeholder))
            self.assertEqual({who for who in organisation() if assume(who, name)}, reaching(placeholder))

    def test_not_without_the_external_id_and_the_case(self) -> None:
        more = [CASE, {"Key": "team", "Value": "web"}]
        for changed in (
            {"ExternalId": None},
            {"ExternalId": "another-external-id"},
            {"Tags": None},
            {"Tags": [{"Key": "redress:case", "Value": ""}]},
            {"Tags": [{"Key": "case", "Value": "4f1b2c3d4e5f"}]},
            {"Tags": more},
        ):
            with self.subTest(**changed):
                self.assertIsNone(assume("role-containment-change", **changed))

    def test_the_trust_policy_refuses_them_and_not_the_emulator(self) -> None:
        """A trust policy without conditions admits the same sessions, except those of tasks whose own role does not."""
        there = mended().client("iam", ROOT_OF_MEMBER)
        open_to_all = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
        }
        kept = there.get_role(RoleName=NAME)["Role"]["AssumeRolePolicyDocument"] if organisation() else {}
        there.update_assume_role_policy(RoleName=NAME, PolicyDocument=document(open_to_all))
        try:
            self.assertIsNotNone(assume("role-containment-change", ExternalId=None, Tags=None))
            self.assertIsNotNone(assume("a person"))
            self.assertIsNone(assume("notify"), "its own role does not let it ask")
        finally:
            there.update_assume_role_policy(RoleName=NAME, PolicyDocument=json.dumps(kept))


class Powers(unittest.TestCase):
    def setUp(self) -> None:
        self.session = assume("role-containment-change")
        self.iam = mended().client("iam", self.session)
        self.deny = {"PolicyName": "redress-contain-x", "PolicyDocument": document({**allow("*"), "Effect": "Deny"})}

    def test_the_role_of_the_tasks_that_look_changes_nothing(self) -> None:
        iam = mended().client("iam", assume("role-containment-look", LOOKS))
        self.assertTrue(allowed(iam.get_role, RoleName="web"))
        self.assertFalse(allowed(iam.put_role_policy, RoleName="web", **self.deny))
        self.assertFalse(allowed(iam.delete_role_policy, RoleName="web", PolicyName="redress-contain-x"))

    def test_it_is_in_the_member_and_nowhere_else(self) -> None:
        self.iam.put_role_policy(RoleName="web", **self.deny)
        self.assertEqual(self.iam.get_role(RoleName="web")["Role"]["Arn"], f"arn:aws:iam::{MEMBER}:role/web")
        there = mended().client("iam", ROOT_OF_MEMBER).list_role_policies(RoleName="web")["PolicyNames"]
        at_home = mended().client("iam").list_role_policies(RoleName="web")["PolicyNames"]
        self.assertEqual((there, at_home), (["redress-contain-x"], []))
        self.iam.delete_role_policy(RoleName="web", PolicyName="redress-contain-x")

    def test_it_never_touches_what_is_the_responders_or_a_services(self) -> None:
        for name in (NAME, LOOKS, "redress-local", "linked"):
            with self.subTest(role=name):
                self.assertTrue(allowed(self.iam.get_role, RoleName=name))
                for call, more in (
                    (self.iam.put_role_policy, self.deny),
                    (self.iam.delete_role_policy, {"PolicyName": "response"}),
                    (self.iam.update_assume_role_policy, {"PolicyDocument": document(allow("*"))}),
                    (self.iam.attach_role_policy, {"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
                ):
                    self.assertFalse(allowed(call, RoleName=name, **more))

    def test_it_may_do_what_the_manifest_says_and_no_more(self) -> None:
        ec2 = mended().client("ec2", self.session)
        self.assertFalse(allowed(ec2.describe_instances), "a task that acts looks at no instance")
        looking = mended().client("ec2", assume("role-containment-look", LOOKS))
        self.assertTrue(allowed(looking.describe_instances))
        self.assertFalse(allowed(ec2.stop_instances, InstanceIds=["i-0a1b2c3d4e5f60718"]))
        for call, parameters in (
            (self.iam.create_role, {"RoleName": "new", "AssumeRolePolicyDocument": document(allow("*"))}),
            (self.iam.delete_role, {"RoleName": "web"}),
            (self.iam.create_access_key, {"UserName": "dana"}),
            (self.iam.list_roles, {}),
        ):
            self.assertFalse(allowed(call, **parameters), call)
        # What belongs to the home account is none of its business, and of no use there.
        dynamodb = mended().client("dynamodb", self.session)
        self.assertFalse(allowed(dynamodb.get_item, TableName="cases", Key={"pk": {"S": "x"}, "sk": {"S": "x"}}))
        sns, topic = mended().client("sns", self.session), f"arn:aws:sns:us-east-1:{ACCOUNT}:t"
        self.assertFalse(allowed(sns.publish, TopicArn=topic, Message="x"))


if __name__ == "__main__":
    unittest.main()
