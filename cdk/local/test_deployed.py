"""The base stack and those of all responses, deployed by `make deploy` to emulators that enforce IAM, with the real tasks."""

import json
import tempfile
import unittest
from pathlib import Path
from typing import Any, ClassVar

import account
import binaries
import by_script
import gifts
from aws import ACCOUNT, REPOSITORY, LocalAws
from responses import of_kind, responses
from runs import send, wait

EXECUTABLE = REPOSITORY / "target/debug/tasks"
# Kept outside of the temporary folder: `checks/calls.py` compares it with the roles after all tests.
CALLS = REPOSITORY / "target/calls"


class Deployed(unittest.TestCase):
    aws: ClassVar[LocalAws]
    attempts: ClassVar[dict[str, by_script.Said]]

    @classmethod
    def setUpClass(cls) -> None:
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        package = binaries.pack(folder / "package", EXECUTABLE)
        cls.aws = LocalAws(folder, package)
        cls.addClassCleanup(cls.aws.close)
        cls.attempts = by_script.attempts(cls.aws)
        if cls.attempts["yes"].code != 0:
            raise RuntimeError(f"`make deploy` failed:\n{cls.attempts['yes'].text[-4000:]}")

    @classmethod
    def tearDownClass(cls) -> None:
        CALLS.mkdir(parents=True, exist_ok=True)
        (CALLS / "deployed.jsonl").write_text("".join(json.dumps(call) + "\n" for call in cls.aws.calls()))

    def test_a_finding_goes_through_the_deployed_rule_to_containment_and_back(self) -> None:
        leaked = account.leaked_role(self.aws, "web-frontend")
        self.aws.seed_hub(leaked["event"])
        self.assertTrue(account.allows(self.aws, leaked["session"]))
        run = send(self.aws, leaked["event"], leaked["response"].name)
        question = wait("the undo on offer", lambda: run.question("Undo"))
        self.assertFalse(
            account.allows(self.aws, leaked["session"]), "the session is denied while the role is contained"
        )
        self.assertTrue(question["told"])
        run.answer("Undo", "undo", "it was the nightly export")
        self.assertEqual(run.output()["status"], "Restored")
        self.assertTrue(account.allows(self.aws, leaked["session"]), "the session works again")
        self.assertIn("Make the change", run.path())
        self.nothing_was_refused()

    def test_every_excessive_grant_is_removed_and_granted_again(self) -> None:
        given = gifts.gifts(self.aws)
        response = of_kind("iam-policy").name
        runs = [(gift, send(self.aws, gift.event, response)) for gift in given]
        for gift, run in runs:
            wait(f"the undo of {gift.name}", lambda run=run: run.question("Undo"))
            with self.subTest(gift=gift.name):
                self.assertNotEqual(self.left(gift), gift.given, "it is removed")
        for _, run in runs:
            run.answer("Undo", "undo", "it is needed today")
        for gift, run in runs:
            with self.subTest(gift=gift.name):
                self.assertEqual(run.output()["status"], "Restored")
                self.assertEqual(gift.look(), gift.given, "it is granted again")
        self.nothing_was_refused()

    def test_every_response_with_an_account_changes_it_and_takes_the_change_back(self) -> None:
        described = [response for response in responses() if response.account and response.changes]
        runs = [
            (response, send(self.aws, account.described(self.aws, response), response.name)) for response in described
        ]
        for response, run in runs:
            with self.subTest(response=response.name):
                self.assertIn("Undo", run.agree("it is a test"), run.describe())
                self.assertEqual(run.output()["status"], "Restored")
        self.nothing_was_refused()

    def test_a_finding_that_no_response_answers_is_handed_to_people(self) -> None:
        response = of_kind("finding-only")
        event = response.event()
        self.aws.seed_hub(event)
        run = send(self.aws, event, response.name)
        self.assertEqual(run.output()["status"], "HandedOver")
        self.nothing_was_refused()

    def test_the_canary_completes_a_plan_and_is_counted(self) -> None:
        scheduler = self.aws.client("scheduler")
        [schedule] = scheduler.list_schedules()["Schedules"]
        target = scheduler.get_schedule(Name=schedule["Name"])["Target"]
        detail = target["Input"].replace("<aws.scheduler.execution-id>", "0123456789abcdef")
        event = {
            "source": target["EventBridgeParameters"]["Source"],
            "detail-type": target["EventBridgeParameters"]["DetailType"],
            "detail": json.loads(detail.replace("<aws.scheduler.scheduled-time>", "2026-01-01T12:00:00Z")),
        }
        run = send(self.aws, event, "redress-canary")
        self.assertEqual(run.output()["status"], "Planned")
        self.assertNotIn("Make the change", run.path())
        # The emulator counts no lines of logs. The metric filter counts those about this state: cdk/test/canary.test.ts.
        self.assertEqual(run.path()[-1], "Planned")
        self.nothing_was_refused()

    def test_make_deploy_changes_nothing_before_all_checks_pass_and_the_answer_is_yes(self) -> None:
        expected = {
            "wrong credentials": (1, "These credentials do not work:", []),
            "not packaged": (1, "tasks.zip` does not exist: `make package` builds it", []),
            "another account": (
                1,
                "`Redress` is deployed to 210987654321, and these credentials are those of 123456789012",
                [],
            ),
            "not prepared": (1, "123456789012 is not prepared for CDK in us-east-1.", []),
            "no": (1, "Nothing was changed.", ["CDKToolkit"]),
            "yes": (
                0,
                "It is deployed. Look at",
                sorted(["CDKToolkit", "Redress", *(response.stack for response in responses())]),
            ),
        }
        self.assertEqual(list(self.attempts), list(expected))
        for name, (code, text, stacks) in expected.items():
            said = self.attempts[name]
            with self.subTest(attempt=name):
                self.assertIn(text, said.text)
                self.assertEqual((said.code, said.stacks), (code, stacks))
        for name in ["no", "yes"]:
            self.assertIn("IAM Statement Changes", self.attempts[name].text, "the changes are shown")

    def test_make_smoke_waits_for_the_plan_of_its_own_finding_and_fails_without_a_canary(self) -> None:
        came = by_script.smoke(self.aws)
        self.assertIn("The canary completed a plan after", came.text)
        self.assertEqual(came.code, 0)
        none = by_script.smoke(self.aws, PREFIX="other-")
        self.assertIn("there is no role `other-redress-canary`", none.text)
        self.assertEqual(none.code, 1)

    def test_a_session_of_a_task_has_the_permissions_of_its_role_and_no_others(self) -> None:
        victim = account.leaked_role(self.aws, "another-victim")
        containing = f"{of_kind('role-containment').name}-change"
        for function, own in [("notify", False), (containing, True)]:
            with self.subTest(function=function):
                session = self.session_of(function)
                change = {"PolicyName": "x", "PolicyDocument": json.dumps(account.DANGEROUS)}
                self.assertEqual(self.may(session, RoleName=victim["name"], **change), own)
                self.assertFalse(self.may(session, RoleName=f"redress-{containing}", **change), "the responder itself")

    def may(self, session: dict[str, str], **change: Any) -> bool:
        iam = self.aws.client("iam", session)
        try:
            iam.put_role_policy(**change)
        except iam.exceptions.ClientError as refusal:
            self.assertIn(refusal.response["Error"]["Code"], ["AccessDenied", "AccessDeniedException"])
            return False
        return True

    def session_of(self, function: str) -> dict[str, str]:
        """A session of a function's role, which trusts Lambda. For this test it trusts the account as well."""
        iam, name = self.aws.client("iam"), f"redress-{function}"
        role = iam.get_role(RoleName=name)["Role"]
        trust = role["AssumeRolePolicyDocument"]
        trust["Statement"].append(
            {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
        )
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
        return self.aws.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="test")["Credentials"]

    def left(self, gift: gifts.Gift) -> Any:
        """The rest of a grant. None if it is gone."""
        try:
            return gift.look()
        except self.aws.client("iam").exceptions.NoSuchEntityException:
            return None

    def nothing_was_refused(self) -> None:
        refused = [call for call in self.aws.calls() if not call["allowed"]]
        self.assertEqual(refused, [], "a role lacks a permission of its task")


if __name__ == "__main__":
    unittest.main()
