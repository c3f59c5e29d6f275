"""The checks find the mistakes in their cases, and nothing else."""

import contextlib
import io
import json
import tempfile
import unittest
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import calls
import definitions
import find_secrets
import roles

CASES = Path(__file__).with_name("cases")


class Definitions(unittest.TestCase):
    def test_every_case_has_its_problems(self) -> None:
        cases = sorted(CASES.glob("*.json"))
        self.assertGreater(len(cases), 10)
        for file in cases:
            with self.subTest(case=file.stem):
                case = json.loads(file.read_text())
                self.assertEqual(set(case), {"definition", "says"})
                self.assertEqual(definitions.problems(case["definition"]), case["says"])


class Roles(unittest.TestCase):
    def test_references_are_replaced_by_examples(self) -> None:
        template = {"Resources": {"Table": {"Type": "AWS::DynamoDB::GlobalTable"}}}
        value = {"Fn::Join": ["", [{"Fn::GetAtt": ["Table", "Arn"]}, "/index/", {"Ref": "AWS::Region"}]]}
        expected = "arn:aws:dynamodb:us-east-1:123456789012:table/it/index/us-east-1"
        self.assertEqual(roles.resolved(value, template, {}), expected)

    def test_the_export_of_another_stack_is_that_stacks_value(self) -> None:
        arn = {"Fn::GetAtt": ["Table", "Arn"]}
        base = {
            "Resources": {"Table": {"Type": "AWS::DynamoDB::GlobalTable"}},
            "Outputs": {"A": {"Value": arn, "Export": {"Name": "Base:Table"}}, "B": {"Value": "not exported"}},
        }
        exports = roles.exports([base, {"Resources": {}}])
        resolved = roles.resolved({"Fn::ImportValue": "Base:Table"}, {"Resources": {}}, exports)
        self.assertEqual(resolved, "arn:aws:dynamodb:us-east-1:123456789012:table/it")

    def test_a_policy_that_cannot_be_checked_is_an_error(self) -> None:
        with self.assertRaises(ValueError):
            roles.resolved({"Fn::ImportValue": "x"}, {"Resources": {}}, {})
        with self.assertRaises(ValueError):
            roles.resolved({"Ref": "It"}, {"Resources": {"It": {"Type": "AWS::Unknown::Kind"}}}, {})

    def test_parliament_sees_a_mistake(self) -> None:
        statement = {"Effect": "Allow", "Action": "iam:GetRolls", "Resource": "*"}
        found = dict(roles.findings({"Version": "2012-10-17", "Statement": [statement]}))
        self.assertIn("UNKNOWN_ACTION", found)


class Calls(unittest.TestCase):
    def test_each_difference_fails(self) -> None:
        cases = sorted((CASES / "calls").glob("*.json"))
        self.assertGreater(len(cases), 15)
        for file in cases:
            with self.subTest(case=file.stem), tempfile.TemporaryDirectory() as folder:
                case = json.loads(file.read_text())
                self.assertEqual(set(case) | {"tasks"}, {"granted", "tasks", "calls", "says"})
                templates, recorded = Path(folder) / "templates", Path(folder) / "calls"
                templates.mkdir()
                recorded.mkdir()
                (templates / "Redress.template.json").write_text(
                    json.dumps(_template(case["granted"], tasks=case.get("tasks", {})))
                )
                # The calls of the end-to-end tests and of the deployed run are in different files.
                for number, lines in enumerate([case["calls"][:1], case["calls"][1:]]):
                    (recorded / f"{number}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
                code, said = _run(templates, recorded)
                self.assertEqual(said[:-1], case["says"])
                self.assertEqual(code, bool(case["says"]))

    def test_without_calls_or_templates_it_fails(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            template = Path(folder) / "Redress.template.json"
            template.write_text(json.dumps(_template({"redress-notify": []})))
            self.assertEqual(
                _run(Path(folder), Path(folder))[0], f"`{folder}` has no calls of tasks: `make test` records them"
            )
            template.unlink()
            self.assertIn("has no roles of tasks", _run(Path(folder), Path(folder))[0])

    def test_a_call_without_a_compared_member_is_an_error(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "a.jsonl").write_text('{"caller": "redress-notify", "session": "notify", "action": "x"}\n')
            with self.assertRaises(SystemExit) as ended:
                list(calls.read_calls(Path(folder)))
        self.assertEqual(ended.exception.code, f"{folder}/a.jsonl:1: a call has no `service`, `allowed`")

    def test_only_the_policy_of_a_task_grants_actions(self) -> None:
        more = {"Effect": "Deny", "Action": ["iam:DeleteRole"], "Resource": "*"}
        template = _template({"redress-notify": ["sns:Publish"]}, more, tasks={"redress-notify": "notify"})
        role = template["Resources"]["Role0"]["Properties"]
        log = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}],
        }
        role["Policies"].append({"PolicyName": "log", "PolicyDocument": log})
        other = _template({"redress-notify": ["sns:Publish", "sns:Subscribe"]})
        granted = calls.granted([template, other])
        self.assertEqual(granted.roles, {"redress-notify": {"sns:Publish", "sns:Subscribe"}})
        self.assertEqual(granted.tasks, {"redress-notify": "notify"})


def _template(granted: dict[str, list[str]], *more: Any, tasks: Mapping[str, str] = {}) -> dict[str, Any]:
    """A template with these roles. Those of tasks have a function, whose handler is in `tasks` [default: the role's name]."""

    def role(name: str, actions: list[str]) -> dict[str, Any]:
        statements = [{"Effect": "Allow", "Action": actions, "Resource": "*"}, *more]
        document = {"Version": "2012-10-17", "Statement": statements}
        policy = calls.RESPONSE_POLICY if name in calls.RESPONSE_ROLES else calls.TASK_POLICY
        properties = {"RoleName": name, "Policies": [{"PolicyName": policy, "PolicyDocument": document}]}
        return {"Type": "AWS::IAM::Role", "Properties": properties}

    def function(name: str, n: int) -> dict[str, Any]:
        properties = {
            "Handler": tasks.get(name, name.removeprefix("redress-")),
            "Role": {"Fn::GetAtt": [f"Role{n}", "Arn"]},
        }
        return {"Type": "AWS::Lambda::Function", "Properties": properties}

    roles_ = {f"Role{n}": role(*one) for n, one in enumerate(granted.items())}
    functions = {
        f"Function{n}": function(name, n) for n, name in enumerate(granted) if name not in calls.RESPONSE_ROLES
    }
    return {"Resources": roles_ | functions}


def _run(templates: Path, recorded: Path) -> tuple[Any, list[str]]:
    """The exit code of `calls.py`, and the lines that it prints."""
    said = io.StringIO()
    with mock.patch("sys.argv", ["calls.py", str(templates), str(recorded)]), contextlib.redirect_stdout(said):
        try:
            calls.main()
        except SystemExit as ended:
            return ended.code, said.getvalue().splitlines()
    raise AssertionError("it always exits with a code")


class Secrets(unittest.TestCase):
    def test_a_key_is_found_and_a_sample_is_not(self) -> None:
        # Joined here, so that this file has no key in it.
        key, sample = "AKIA" + "QW7ZP4N2XK5T8RML", "AKIA" + "EXAMPLEKEYID0002"
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "settings.json"
            file.write_text(f'{{"a": "{key}"}}\n{{"b": "{sample}"}}\n')
            self.assertEqual(
                [line.rpartition("/")[2] for line in find_secrets.secrets([file])], ["settings.json:1: AWS Access Key"]
            )


if __name__ == "__main__":
    unittest.main()
