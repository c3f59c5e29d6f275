"""Our own checks find the mistakes that they are there for, and nothing else."""

import io
import json
import tempfile
import unittest
from contextlib import redirect_stdout
from pathlib import Path
from unittest import mock

import calls
import definitions
import find_secrets
import roles

CASES = Path(__file__).with_name("cases")


class Definitions(unittest.TestCase):
    def test_every_case_says_what_it_should(self) -> None:
        cases = sorted(CASES.glob("*.json"))
        self.assertGreater(len(cases), 10)
        for file in cases:
            with self.subTest(case=file.stem):
                case = json.loads(file.read_text())
                self.assertEqual(set(case), {"definition", "says"})
                self.assertEqual(definitions.problems(case["definition"]), case["says"])


class Roles(unittest.TestCase):
    def test_what_cloudformation_fills_in_is_filled_in(self) -> None:
        template = {"Resources": {"Table": {"Type": "AWS::DynamoDB::GlobalTable"}}}
        value = {"Fn::Join": ["", [{"Fn::GetAtt": ["Table", "Arn"]}, "/index/", {"Ref": "AWS::Region"}]]}
        expected = "arn:aws:dynamodb:us-east-1:123456789012:table/it/index/us-east-1"
        self.assertEqual(roles.resolved(value, template), expected)

    def test_a_policy_that_cannot_be_looked_at_is_no_sound_policy(self) -> None:
        with self.assertRaises(ValueError):
            roles.resolved({"Fn::ImportValue": "x"}, {"Resources": {}})
        with self.assertRaises(ValueError):
            roles.resolved({"Ref": "It"}, {"Resources": {"It": {"Type": "AWS::Unknown::Kind"}}})

    def test_parliament_sees_a_mistake(self) -> None:
        statement = {"Effect": "Allow", "Action": "iam:GetRolls", "Resource": "*"}
        found = dict(roles.findings({"Version": "2012-10-17", "Statement": [statement]}))
        self.assertIn("UNKNOWN_ACTION", found)


class Calls(unittest.TestCase):
    def test_calls_are_told_by_role_and_action_and_refusals_are_none(self) -> None:
        lines = [
            {"caller": "redress-notify", "service": "sns", "action": "Publish", "allowed": True},
            {"caller": "redress-notify", "service": "sns", "action": "Subscribe", "allowed": False},
            {"caller": "administrator", "service": "iam", "action": "GetRole", "allowed": True},
            {"caller": "redress-open-case", "service": "dynamodb", "action": "GetItem", "allowed": True},
        ]
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "a.jsonl").write_text("\n".join(map(json.dumps, lines)))
            seen = set(calls.calls(Path(folder)))
        self.assertEqual(seen, {("redress-notify", "sns:Publish", ""), ("redress-open-case", "dynamodb:GetItem", "")})


    def told(self, lines: list[dict[str, object]]) -> tuple[str, int]:
        """What is said of these calls, where two tasks and a response role were synthesised."""
        def role(name: str, policy: str, *actions: str) -> dict[str, object]:
            statements = [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]
            policies = [{"PolicyName": policy, "PolicyDocument": {"Statement": statements}}]
            return {"Type": "AWS::IAM::Role", "Properties": {"RoleName": name, "Policies": policies}}

        resources = {
            "Look": role("redress-look", "task", "iam:GetRole", "iam:GetUser", "sts:AssumeRole", "sts:TagSession"),
            "Act": role("redress-act", "task", "iam:PutRolePolicy", "sts:AssumeRole", "sts:TagSession"),
            "There": role("redress-response", "response", "iam:GetRole", "iam:PutRolePolicy"),
        }
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "it.template.json").write_text(json.dumps({"Resources": resources}))
            (Path(folder) / "calls.jsonl").write_text("\n".join(map(json.dumps, lines)))
            command = ["calls.py", folder, folder, "--strict"]
            with mock.patch("sys.argv", command), redirect_stdout(io.StringIO()) as out, self.assertRaises(SystemExit) as end:
                calls.main()
        return out.getvalue(), int(end.exception.code or 0)

    def test_what_a_task_does_in_a_member_both_roles_must_allow(self) -> None:
        def call(caller: str, action: str, session: str = "") -> dict[str, object]:
            service, _, name = action.partition(":")
            return {"caller": caller, "session": session, "service": service, "action": name, "allowed": True}

        enough = [
            call("redress-look", "sts:AssumeRole"),
            call("redress-act", "sts:AssumeRole"),
            call("redress-look", "iam:GetUser"),
            call("redress-response", "iam:GetRole", "look"),
            call("redress-response", "iam:PutRolePolicy", "act"),
        ]
        self.assertEqual(self.told(enough)[1], 0, self.told(enough)[0])
        text, code = self.told([*enough, call("redress-response", "iam:PutRolePolicy", "look")])
        self.assertEqual((code, "redress-look calls iam:PutRolePolicy, which its role" in text), (1, True), text)
        text, code = self.told([*enough, call("redress-response", "iam:GetUser", "look")])
        self.assertIn("redress-look calls iam:GetUser in a member, which redress-response does not allow", text)
        self.assertEqual(code, 1)
        text, code = self.told(enough[:-1])
        self.assertIn("redress-response may call iam:PutRolePolicy, and no task does, anywhere", text)
        self.assertEqual(code, 1)


class Secrets(unittest.TestCase):
    def test_a_key_is_found_and_a_sample_is_none(self) -> None:
        # Put together here, so that this file has none in it.
        key, sample = "AKIA" + "QW7ZP4N2XK5T8RML", "AKIA" + "EXAMPLEKEYID0002"
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "settings.json"
            file.write_text(f'{{"a": "{key}"}}\n{{"b": "{sample}"}}\n')
            self.assertEqual([line.rpartition("/")[2] for line in find_secrets.secrets([file])], ["settings.json:1: AWS Access Key"])


if __name__ == "__main__":
    unittest.main()
