"""Builds an account in which an event is true: the finding, its role with instances or its policy, and the resources of
the responder. Resources that exist are left as they are.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from moto.securityhub.models import securityhub_backends

from local_aws import account_file, activity, asff, dangerous_policy, guardduty, leaked_role, policy_event
from local_aws.responder import Responder


def seed(
    raw_event: Mapping[str, Any],
    default_account: str,
    endpoint: str,
    home: Responder | None = None,
    response: str | None = None,
    moto: Any = None,
) -> dict[str, Any]:
    """Builds the account of an event and returns where everything is. The responder and the findings are in the account
    and region of the event, or at home. If a response is named, its `account.json` says what the account holds.
    """
    if response:
        return _from_file(raw_event, default_account, endpoint, home, account_file.read(response), moto)
    if sent := guardduty.from_security_hub(raw_event):
        # The role is in the account of the finding, and the responder where Security Hub collects findings.
        home = home or Responder(str(raw_event.get("account") or default_account), sent.region)
        told = _answerable(home, raw_event["detail"]["findings"], endpoint)
        role = leaked_role.build(sent, sent.role) if sent.role else None
        is_here = home.account == sent.account
        return told | {"findingArn": sent.finding_arn, "role": role if is_here else None}
    if policy_event.is_one(raw_event):
        try:
            about = policy_event.read(raw_event, default_account)
        except ValueError:
            if raw_event.get("source") != "aws.securityhub":
                raise
            # A finding about another resource: Security Hub has it, and the account holds nothing.
            return _from_file(raw_event, default_account, endpoint, home, {}, moto)
        told = _answerable(home or Responder(about.account, about.region), about.findings, endpoint)
        return told | {"findingArn": about.finding} | dangerous_policy.build(about)
    event = guardduty.read(raw_event, default_account)
    finding = asff.finding(event)
    told = _answerable(home or Responder(event.account, event.region), [finding], endpoint)
    role = leaked_role.build(event, event.role) if event.role else None
    return told | {"findingArn": finding["Id"], "role": role}


def _from_file(
    raw_event: Mapping[str, Any],
    default_account: str,
    endpoint: str,
    home: Responder | None,
    file: Mapping[str, Any],
    moto: Any,
) -> dict[str, Any]:
    """Builds the account of any event whose response has an `account.json`."""
    detail = raw_event.get("detail") or {}
    findings: list[Mapping[str, Any]] = []
    if raw_event.get("source") == "aws.guardduty":
        findings = [asff.finding(guardduty.read(raw_event, default_account))]
    elif raw_event.get("source") == "aws.securityhub":
        findings = asff.of_security_hub(detail)
    account = detail.get("recipientAccountId") or detail.get("accountId") or raw_event.get("account")
    account, region = str(account or default_account), str(raw_event.get("region") or "us-east-1")
    told = _answerable(home or Responder(account, region), findings, endpoint)
    account_file.build(file, account, region, moto)
    activity.build(raw_event, account, region)
    finding = findings[0]["Id"] if findings else detail.get("eventID") or raw_event.get("id") or ""
    return told | {"findingArn": finding, "role": None}


def _answerable(responder: Responder, findings: Sequence[Mapping[str, Any]], endpoint: str) -> dict[str, Any]:
    """Builds what every response needs: the resources of the responder, and the findings in Security Hub."""
    responder.build()
    hub = securityhub_backends[responder.account][responder.region]
    hub.enable_security_hub()
    known = {one.id for one in hub.findings}
    hub.batch_import_findings([finding for finding in findings if finding["Id"] not in known])
    return {
        "account": responder.account,
        "region": responder.region,
        "table": responder.table,
        "topicArn": responder.topic_arn,
        "escalationTopicArn": responder.escalation_topic_arn,
        "tokenKeyArn": responder.token_key_arn,
        "queueUrl": responder.queue_url(endpoint),
    }
