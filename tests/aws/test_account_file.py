"""The `account.json` of a response builds an account without any code about the response."""

import json
import unittest
from pathlib import Path
from typing import Any

from started import ROOT, Started, fresh

_RESPONSES = ROOT / "statemachines"
_ACCOUNT = "123456789012"


def _responses() -> list[Path]:
    """The responses that have such a file."""
    return sorted(file.parent for file in _RESPONSES.glob("*/account.json"))


def _events(response: Path) -> list[dict[str, Any]]:
    files = sorted(response.glob("events/*.json"))
    return [json.loads(file.read_text()) for file in files if not file.name.startswith("ignored-")]


def _principals(aws: Started, account: str) -> Any:
    described = aws.control("GET", f"account?account={account}")
    return {**described["roles"], **described["users"]}


class AccountFile(unittest.TestCase):
    def test_every_sample_event_is_seeded_by_the_file_alone(self) -> None:
        self.assertTrue(_responses())
        for response in _responses():
            for event in _events(response):
                aws = fresh()
                seeded = aws.control("POST", f"seed?response={response.name}", event)
                self.assertEqual(seeded["account"], event["account"])
                once = aws.control("GET", f"account?account={seeded['account']}")
                self.assertTrue(once["roles"] or once["users"] or once["policies"], response.name)
                aws.control("POST", f"seed?response={response.name}", event)
                self.assertEqual(aws.control("GET", f"account?account={seeded['account']}"), once, "a second time")
                aws = fresh()
                aws.control("POST", f"seed?response={response.name}", event)
                again = aws.control("GET", f"account?account={seeded['account']}")
                self.assertEqual(again, once, "with the same ids in another account")

    def test_a_call_about_others_than_the_file_names_is_true_as_well(self) -> None:
        aws = fresh()
        call = {"userName": "frank", "groupName": "administrators"}
        event = {
            "source": "aws.iam",
            "account": _ACCOUNT,
            "detail": {"eventSource": "iam.amazonaws.com", "eventName": "AddUserToGroup", "requestParameters": call},
        }
        aws.control("POST", "seed?response=iam-activity", event)
        event["detail"]["requestParameters"] = {
            "roleName": "worker",
            "policyArn": f"arn:aws:iam::{_ACCOUNT}:policy/deny",
        }
        aws.control("POST", "seed?response=iam-activity", event)
        account = aws.control("GET", "account")
        self.assertIn("frank", account["users"])
        self.assertEqual(
            account["groups"]["administrators"]["attached"], ["arn:aws:iam::aws:policy/AdministratorAccess"]
        )
        self.assertIn("worker", account["roles"])
        policy = account["policies"][f"arn:aws:iam::{_ACCOUNT}:policy/deny"]
        self.assertEqual(policy["versions"]["v1"]["Statement"][0]["Effect"], "Deny")

    def test_a_member_account_is_built_beside_the_responder(self) -> None:
        response = _responses()[0]
        event = json.loads(json.dumps(_events(response)[0]).replace(_ACCOUNT, "210987654321"))
        aws = fresh()
        seeded = aws.control("POST", f"seed?response={response.name}&account={_ACCOUNT}&region=us-east-1", event)
        self.assertEqual(seeded["account"], _ACCOUNT)
        self.assertFalse(_principals(aws, _ACCOUNT))
        self.assertTrue(_principals(aws, "210987654321"))

    def test_a_response_without_the_file_and_a_wrong_name_are_refused(self) -> None:
        aws = fresh()
        for name, why in (("no-such-response", "has no account.json"), ("../tests", "is not the name of a response")):
            status, answer = aws.try_control("POST", f"seed?response={name}", {})
            self.assertEqual(status, 400)
            self.assertIn(why, answer["error"])
