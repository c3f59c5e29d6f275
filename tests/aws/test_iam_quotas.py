"""The quotas of a role, and what denies everything to it besides an inline policy."""

import json
import unittest

from started import event, failure, fresh

_DENY_ALL = "arn:aws:iam::aws:policy/AWSDenyAll"
_NAME = "web-frontend"


def _policy(size: int) -> str:
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Sid": "x" * size, "Effect": "Allow", "Action": "*", "Resource": "*"}]}
    )


class IamQuotas(unittest.TestCase):
    def test_inline_policies_have_10_240_characters_together(self) -> None:
        aws = fresh()
        aws.control("POST", "seed", event("outside", "credential-exfiltration"))
        iam = aws.as_administrator("iam")
        put = {"RoleName": _NAME, "PolicyName": "a", "PolicyDocument": _policy(9_000)}
        iam.put_role_policy(**put)
        iam.put_role_policy(**put)
        code, _, _ = failure(iam.put_role_policy, **(put | {"PolicyName": "b", "PolicyDocument": _policy(1_500)}))
        self.assertEqual(code, "LimitExceeded")

    def test_the_denial_of_aws_is_attached_within_the_quota_and_ends_the_session(self) -> None:
        aws = fresh()
        role = aws.control("POST", "seed", event("outside", "credential-exfiltration"))["role"]
        iam, session = aws.as_administrator("iam"), aws.as_session("s3", role["session"])
        session.list_buckets()
        iam.attach_role_policy(RoleName=_NAME, PolicyArn=_DENY_ALL)
        self.assertEqual(failure(session.list_buckets)[0], "AccessDenied")
        iam.detach_role_policy(RoleName=_NAME, PolicyArn=_DENY_ALL)
        session.list_buckets()
        iam.put_role_permissions_boundary(RoleName=_NAME, PermissionsBoundary=_DENY_ALL)
        self.assertEqual(failure(session.list_buckets)[0], "AccessDenied")
        iam.delete_role_permissions_boundary(RoleName=_NAME)
        session.list_buckets()
        attached = len(iam.list_attached_role_policies(RoleName=_NAME)["AttachedPolicies"])
        for n in range(10 - attached):
            arn = iam.create_policy(PolicyName=f"p{n}", PolicyDocument=_policy(1))["Policy"]["Arn"]
            iam.attach_role_policy(RoleName=_NAME, PolicyArn=arn)
        code, _, _ = failure(iam.attach_role_policy, RoleName=_NAME, PolicyArn=_DENY_ALL)
        self.assertEqual(code, "LimitExceeded")
