"""IAM's report of last accesses: of what sessions of this machine did, and of nothing else."""

import unittest

from started import event, failure, fresh

_POLICY = "arn:aws:iam::123456789012:policy/report-access"


def _report(iam, arn: str) -> dict:
    job = iam.generate_service_last_accessed_details(Arn=arn)["JobId"]
    report = iam.get_service_last_accessed_details(JobId=job)
    assert report["JobStatus"] == "COMPLETED"
    return {one["ServiceNamespace"]: one.get("LastAuthenticated") for one in report["ServicesLastAccessed"]}


class LastAccessed(unittest.TestCase):
    def test_what_a_session_used_is_reported_for_its_policy_and_its_role(self) -> None:
        aws = fresh()
        role = aws.control("POST", "seed", event("create-policy-version", "iam-policy-remediation"))["role"]
        iam = aws.as_administrator("iam")
        iam.list_users()
        self.assertEqual(set(_report(iam, _POLICY).values()), {None})
        aws.as_session("s3", role["session"]).list_buckets()
        for arn in (_POLICY, role["arn"]):
            report = _report(iam, arn)
            self.assertEqual([service for service, at in report.items() if at], ["s3"])
            self.assertIn("ec2", report)

    def test_what_is_not_there_has_no_report(self) -> None:
        iam = fresh().as_administrator("iam")
        code, _, _ = failure(iam.generate_service_last_accessed_details, Arn="arn:aws:iam::123456789012:role/nobody")
        self.assertEqual(code, "NoSuchEntity")
        code, _, _ = failure(iam.get_service_last_accessed_details, JobId="0" * 36)
        self.assertEqual(code, "NoSuchEntity")
