"""Policy documents decide as IAM does, and what cannot be evaluated here fails closed."""

import unittest
from typing import Any

from local_aws.conditions import hold
from local_aws.policies import Decision, decide

_ROLE = "arn:aws:iam::123456789012:role/redress/redress-notify"


def _decide(*statements: dict[str, Any], action: str = "iam:GetRole", resource: str = _ROLE, **body: Any) -> Decision:
    documents = [{"Version": "2012-10-17", "Statement": [statement]} for statement in statements]
    return decide(documents, action, resource, body)


def _allow(action: Any = "iam:GetRole", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def _deny(action: Any = "iam:GetRole", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


class Policies(unittest.TestCase):
    def test_nothing_is_allowed_by_itself_and_a_deny_wins(self) -> None:
        self.assertIs(_decide(), Decision.NOT_ALLOWED)
        self.assertIs(_decide(_allow()), Decision.ALLOWED)
        self.assertIs(_decide(_allow(), _deny("*")), Decision.DENIED)
        self.assertIs(_decide(_deny(), _allow()), Decision.DENIED)

    def test_a_statement_may_stand_alone(self) -> None:
        self.assertIs(decide([{"Statement": _allow()}], "iam:GetRole", _ROLE, {}), Decision.ALLOWED)

    def test_actions_have_wildcards_and_no_case(self) -> None:
        for pattern in ("*", "iam:*", "IAM:get*", "iam:Get?ole", ["s3:*", "iam:GetRole"]):
            self.assertIs(_decide(_allow(pattern)), Decision.ALLOWED, pattern)
        for pattern in ("s3:*", "iam:Get", "iam:Get?", "iam.GetRole", []):
            self.assertIs(_decide(_allow(pattern)), Decision.NOT_ALLOWED, pattern)

    def test_not_action_is_everything_else(self) -> None:
        statement = {"Effect": "Allow", "NotAction": ["iam:Put*"], "Resource": "*"}
        self.assertIs(_decide(statement), Decision.ALLOWED)
        self.assertIs(_decide(statement, action="iam:PutRolePolicy"), Decision.NOT_ALLOWED)

    def test_resources_have_wildcards_and_case(self) -> None:
        for pattern in ("*", _ROLE, "arn:aws:iam::123456789012:role/redress/*", "arn:aws:iam::*:role/*-notif?"):
            self.assertIs(_decide(_allow(resource=pattern)), Decision.ALLOWED, pattern)
        for pattern in ("arn:aws:iam::123456789012:role/redress", _ROLE.upper(), []):
            self.assertIs(_decide(_allow(resource=pattern)), Decision.NOT_ALLOWED, pattern)

    def test_not_resource_is_everything_else(self) -> None:
        statement = {"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:iam::123456789012:role/web-*"}
        self.assertIs(_decide(_allow(), statement), Decision.DENIED)
        web = "arn:aws:iam::123456789012:role/web-frontend"
        self.assertIs(_decide(_allow(), statement, resource=web), Decision.ALLOWED)

    def test_an_unknown_resource_is_matched_by_a_bare_star_only(self) -> None:
        self.assertIs(_decide(_allow(), resource="*"), Decision.ALLOWED)
        self.assertIs(_decide(_allow(resource="arn:*"), resource="*"), Decision.NOT_ALLOWED)
        self.assertIs(_decide(_allow(), _deny(resource="arn:*"), resource="*"), Decision.ALLOWED)


class Conditions(unittest.TestCase):
    STATUS = "securityhub:ASFFSyntaxPath/Workflow.Status"

    def _hold(self, operator: str, *values: str, **body: Any) -> bool | None:
        return hold({operator: {self.STATUS: list(values)}}, body)

    def test_null_asks_whether_a_field_is_written(self) -> None:
        self.assertIs(self._hold("Null", "false", Workflow={"Status": "NOTIFIED"}), True)
        self.assertIs(self._hold("Null", "false", Note={}), False)
        self.assertIs(self._hold("Null", "true", Note={}), True)
        self.assertIs(hold({"Null": {self.STATUS: True}}, {}), True)

    def test_string_equals_looks_at_the_value(self) -> None:
        status = {"Workflow": {"Status": "RESOLVED"}}
        self.assertIs(self._hold("StringEquals", "NEW", "RESOLVED", **status), True)
        self.assertIs(self._hold("StringEquals", "NEW", **status), False)
        self.assertIs(self._hold("StringEquals", "NEW"), False)
        self.assertIs(self._hold("StringNotEquals", "NEW", **status), True)
        self.assertIs(self._hold("StringNotEquals", "RESOLVED", **status), False)
        self.assertIs(self._hold("StringNotEquals", "RESOLVED"), True)

    def test_leading_keys_are_those_of_the_record(self) -> None:
        condition = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["sent#*", "breaker"]}}
        for key, expected in (("sent#4f1b", True), ("breaker", True), ("question#4f1b", False), ("xsent#", False)):
            self.assertIs(hold(condition, {"Key": {"pk": {"S": key}}}), expected, key)
            self.assertIs(hold(condition, {"Item": {"pk": {"S": key}, "doc": {"S": "sent#"}}}), expected, key)
        self.assertIs(hold(condition, {}), True)
        self.assertIs(hold({**condition, "Null": {"dynamodb:LeadingKeys": "false"}}, {}), False)
        self.assertIsNone(hold({"StringEquals": {"dynamodb:LeadingKeys": ["breaker"]}}, {}))

    def test_all_of_them_have_to_hold(self) -> None:
        both = {"Null": {self.STATUS: "false"}, "StringEquals": {self.STATUS: "NEW"}}
        self.assertIs(hold(both, {"Workflow": {"Status": "NEW"}}), True)
        self.assertIs(hold(both, {"Workflow": {"Status": "NOTIFIED"}}), False)
        self.assertIs(hold({}, {}), True)

    def test_what_is_not_known_is_neither_true_nor_false(self) -> None:
        unknown = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
        self.assertIsNone(hold(unknown, {}))
        self.assertIsNone(hold({"StringLike": {self.STATUS: "N*"}}, {}))
        self.assertIs(hold({**unknown, "Null": {self.STATUS: "false"}}, {}), False)

    def test_a_statement_fails_closed(self) -> None:
        unknown = {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}
        self.assertIs(_decide(_allow(**unknown)), Decision.NOT_ALLOWED)
        self.assertIs(_decide(_allow(), _deny(**unknown)), Decision.DENIED)
