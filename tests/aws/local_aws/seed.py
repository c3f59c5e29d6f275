"""Builds an account in which an event is true: the finding, the role and the instances or the policy that it names, and
what the responder needs to answer it. What is there already is left as it is.
"""

from collections.abc import Mapping
from typing import Any

from moto.securityhub.models import securityhub_backends

from local_aws import asff, dangerous_policy, guardduty, leaked_role, policy_event
from local_aws.responder import Responder


def seed(
    raw_event: Mapping[str, Any], default_account: str, endpoint: str, home: Responder | None = None
) -> dict[str, Any]:
    """Builds the account of the event and tells where everything is. The responder and the findings are in the account
    and region of the event, or at home.
    """
    if policy_event.is_one(raw_event):
        about = policy_event.read(raw_event, default_account)
        told = _answerable(home or Responder(about.account, about.region), about.findings, endpoint)
        return told | {"findingArn": about.finding} | dangerous_policy.build(about)
    event = guardduty.read(raw_event, default_account)
    finding = asff.finding(event)
    told = _answerable(home or Responder(event.account, event.region), [finding], endpoint)
    role = leaked_role.build(event, event.role) if event.role else None
    return told | {"findingArn": finding["Id"], "role": role}


def _answerable(responder: Responder, findings: list[dict[str, Any]], endpoint: str) -> dict[str, Any]:
    """What every event needs to be answered: the responder's own, and its findings in Security Hub."""
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
