"""A member account: the response role there lets the right tasks in, and lets them do what the manifest says."""

import json
import unittest
from typing import Any

from started import event, failure, fresh, manifest

HOME = "123456789012"
MEMBER = "210987654321"
EXTERNAL_ID = "an-external-id-of-tests"


class Members(unittest.TestCase):
    def setUp(self) -> None:
        self.aws = fresh()
        self.seeded = self.aws.control("POST", "seed", event())
        member = event()
        member["account"] = member["detail"]["accountId"] = MEMBER
        self.there = self.aws.control("POST", f"seed?account={HOME}", member)
        body = {"account": MEMBER, "externalId": EXTERNAL_ID, "tasks": manifest()}
        self.roles = self.aws.control("POST", f"members?account={HOME}", body)
        self.role = self.roles["redress-response-act"]
        self.sessions = self.aws.control("POST", "task-roles", manifest())

    def ask(self, task: str = "role-containment-change", **changed: Any) -> dict[str, Any]:
        tags = [{"Key": "redress:case", "Value": "4f1b2c3d4e5f"}]
        asked = {"RoleArn": self.role, "RoleSessionName": task, "ExternalId": EXTERNAL_ID, "Tags": tags} | changed
        return {name: value for name, value in asked.items() if value is not None}

    def test_the_task_of_a_member_is_in_the_member(self) -> None:
        sts = self.aws.as_session("sts", self.sessions["role-containment-change"])
        answer = sts.assume_role(**self.ask())
        arn = f"arn:aws:sts::{MEMBER}:assumed-role/redress-response-act/role-containment-change"
        self.assertEqual(answer["AssumedRoleUser"]["Arn"], arn)
        iam = self.aws.as_session("iam", answer["Credentials"])
        name = self.there["role"]["name"]
        self.assertEqual(iam.get_role(RoleName=name)["Role"]["Arn"], f"arn:aws:iam::{MEMBER}:role/{name}")
        statement = {"Effect": "Deny", "Action": "*", "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        policy = {"PolicyName": "redress", "PolicyDocument": document}
        iam.put_role_policy(RoleName=name, **policy)
        home = self.aws.control("GET", f"account?account={HOME}")["roles"][name]["inline"]
        self.assertNotIn("redress", home)
        self.assertIn("redress", self.aws.control("GET", f"account?account={MEMBER}")["roles"][name]["inline"])
        code, message, _ = failure(iam.put_role_policy, RoleName="redress-response", **policy)
        self.assertEqual((code, "explicit deny" in message), ("AccessDenied", True))
        self.assertEqual(failure(iam.list_roles)[0], "AccessDenied")
        called = [call for call in self.aws.control("GET", "calls") if call["caller"] == "redress-response-act"]
        self.assertEqual({call["session"] for call in called}, {"role-containment-change"})

    def test_the_role_lets_nobody_else_in(self) -> None:
        unused = [{"Key": "redress:case", "Value": ""}]
        more = [{"Key": "redress:case", "Value": "x"}, {"Key": "team", "Value": "x"}]
        for task, changed in (
            ("role-containment-change", {"ExternalId": "another-external-id"}),
            ("role-containment-change", {"ExternalId": None}),
            ("role-containment-change", {"Tags": None}),
            ("role-containment-change", {"Tags": unused}),
            ("role-containment-change", {"Tags": more}),
            ("role-containment-change", {"RoleArn": "arn:aws:iam::333344445555:role/redress/redress-response-act"}),
            ("role-containment-change", {"RoleArn": self.roles["redress-response"]}),
            ("role-containment-look", {}),
            ("role-containment-record", {}),
            ("notify", {}),
        ):
            with self.subTest(task, **changed):
                sts = self.aws.as_session("sts", self.sessions[task])
                self.assertEqual(failure(sts.assume_role, **self.ask(task, **changed))[0], "AccessDenied")
        # The leaked role of the home account is none of the tasks.
        sts = self.aws.as_session("sts", self.seeded["role"]["session"])
        self.assertEqual(failure(sts.assume_role, **self.ask())[0], "AccessDenied")

    def test_the_role_of_the_tasks_that_look_changes_nothing(self) -> None:
        sts = self.aws.as_session("sts", self.sessions["role-containment-look"])
        asked = self.ask("role-containment-look", RoleArn=self.roles["redress-response"])
        iam = self.aws.as_session("iam", sts.assume_role(**asked)["Credentials"])
        name = self.there["role"]["name"]
        self.assertEqual(iam.get_role(RoleName=name)["Role"]["RoleName"], name)
        policy = {"PolicyName": "redress", "PolicyDocument": json.dumps({"Version": "2012-10-17", "Statement": []})}
        self.assertEqual(failure(iam.put_role_policy, RoleName=name, **policy)[0], "AccessDenied")

    def test_findings_of_a_member_are_in_the_home_account(self) -> None:
        self.assertIn(self.there["findingArn"], self.aws.control("GET", f"account?account={HOME}")["findings"])
        self.assertEqual(self.aws.control("GET", f"account?account={MEMBER}")["findings"], {})


if __name__ == "__main__":
    unittest.main()
