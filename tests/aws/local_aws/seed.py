"""Builds an account in which an event is true: the finding, the role and the instances that it names, and what the
responder needs to answer it. What is there already is left as it is.
"""

from collections.abc import Mapping
from typing import Any

from moto.securityhub.models import securityhub_backends

from local_aws import asff, guardduty, leaked_role
from local_aws.responder import Responder


def seed(raw_event: Mapping[str, Any], default_account: str, endpoint: str) -> dict[str, Any]:
    """Builds the account of the event and tells where everything is."""
    event = guardduty.read(raw_event, default_account)
    responder = Responder(event.account, event.region)
    responder.build()
    finding = asff.finding(event)
    hub = securityhub_backends[event.account][event.region]
    hub.enable_security_hub()
    if all(known.id != finding["Id"] for known in hub.findings):
        hub.batch_import_findings([finding])
    return {
        "account": event.account,
        "region": event.region,
        "table": responder.table,
        "topicArn": responder.topic_arn,
        "queueUrl": responder.queue_url(endpoint),
        "findingArn": finding["Id"],
        "role": leaked_role.build(event, event.role) if event.role else None,
    }
