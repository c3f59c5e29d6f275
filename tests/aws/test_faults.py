"""AWS fails on purpose, in a way that every SDK reads, exactly as often and for exactly those that it was told."""

import unittest
from typing import Any

from started import event, failure, fresh

_ROLE = {"RoleName": "web-frontend"}


class Faults(unittest.TestCase):
    def setUp(self) -> None:
        self.aws = fresh()
        self.aws.control("POST", "seed", event())
        self.iam = self.aws.as_administrator("iam")

    def _set(self, *faults: dict[str, Any]) -> None:
        self.aws.control("POST", "faults", list(faults))

    def test_an_error_is_read_by_the_sdk_of_every_protocol(self) -> None:
        fault = {"code": "Throttling", "message": "Rate <exceeded> & more", "status": 429}
        for service, action, call in (
            ("iam", "ListRoles", "list_roles"),
            ("ec2", "DescribeInstances", "describe_instances"),
            ("sns", "ListTopics", "list_topics"),
            ("sqs", "ListQueues", "list_queues"),
            ("dynamodb", "ListTables", "list_tables"),
            ("securityhub", "GetFindings", "get_findings"),
            ("s3", "ListBuckets", "list_buckets"),
        ):
            with self.subTest(service):
                self._set({"service": service, "action": action, **fault})
                client = self.aws.as_administrator(service)
                self.assertEqual(failure(getattr(client, call)), ("Throttling", "Rate <exceeded> & more", 429))
                getattr(client, call)()

    def test_before_means_that_nothing_was_done(self) -> None:
        self._set({"service": "iam", "action": "DeleteRolePolicy", "code": "Throttling"})
        self.assertEqual(failure(self.iam.delete_role_policy, **_ROLE, PolicyName="read-assets")[0], "Throttling")
        self.assertEqual(self.iam.list_role_policies(**_ROLE)["PolicyNames"], ["read-assets"])

    def test_after_means_that_it_was_done_and_the_answer_was_lost(self) -> None:
        lost = {"service": "iam", "action": "DeleteRolePolicy", "code": "ServiceFailure", "status": 500}
        self._set({**lost, "when": "after"})
        answer = failure(self.iam.delete_role_policy, **_ROLE, PolicyName="read-assets")
        self.assertEqual((answer[0], answer[2]), ("ServiceFailure", 500))
        self.assertEqual(self.iam.list_role_policies(**_ROLE)["PolicyNames"], [])

    def test_it_comes_so_many_times_or_for_good(self) -> None:
        self._set({"service": "iam", "action": "GetRole", "code": "Throttling", "times": 2})
        for _ in range(2):
            self.assertEqual(failure(self.iam.get_role, **_ROLE)[0], "Throttling")
        self.iam.get_role(**_ROLE)
        self._set({"service": "iam", "action": "GetRole", "code": "Throttling", "times": -1})
        for _ in range(5):
            self.assertEqual(failure(self.iam.get_role, **_ROLE)[0], "Throttling")
        self._set()
        self.iam.get_role(**_ROLE)

    def test_it_may_be_for_one_caller_only(self) -> None:
        grant = {"effect": "Allow", "actions": ["iam:GetRole"], "resources": ["*"]}
        tasks = [{"name": name, "iam": [grant]} for name in ("role-containment-change", "role-containment-restore")]
        sessions = self.aws.control("POST", "task-roles", tasks)
        self._set({"service": "iam", "action": "GetRole", "code": "Throttling", "caller": "role-containment-change"})
        self.iam.get_role(**_ROLE)
        self.aws.as_session("iam", sessions["role-containment-restore"]).get_role(**_ROLE)
        contain = self.aws.as_session("iam", sessions["role-containment-change"])
        self.assertEqual(failure(contain.get_role, **_ROLE)[0], "Throttling")
        contain.get_role(**_ROLE)

    def test_a_missing_permission_is_never_hidden_and_uses_up_nothing(self) -> None:
        session = self.aws.control("POST", "seed", event())["role"]["session"]
        self._set({"service": "iam", "action": "GetRole", "code": "Throttling"})
        self.assertEqual(failure(self.aws.as_session("iam", session).get_role, **_ROLE)[0], "AccessDenied")
        self.assertEqual(failure(self.iam.get_role, **_ROLE)[0], "Throttling")

    def test_a_word_that_no_fault_knows_is_refused(self) -> None:
        for fault, why in (
            ({"service": "iam", "action": "GetRole", "code": "Throttling", "time": 1}, "['time']"),
            ({"service": "iam", "action": "GetRole"}, "['code']"),
            ({"service": "iam", "action": "GetRole", "code": "Throttling", "when": "during"}, "during"),
        ):
            status, answer = self.aws.try_control("POST", "faults", [fault])
            self.assertEqual(status, 400)
            self.assertIn(why, answer["error"])
