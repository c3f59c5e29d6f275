"""IAM's report of which services were used when, which moto lacks: of what the sessions of this machine really did.

As on AWS a report is asked for and fetched later. It names every service that the policy, or the principal's policies,
let somebody use, with the time of the last use, where there was one. AWS takes seconds to make one; here it is ready
when it is asked for.
"""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4
from xml.sax.saxutils import escape

from moto.iam.models import IAMBackend, iam_backends
from moto.utilities.utils import get_partition
from werkzeug.wrappers import Response

from local_aws.errors import error
from local_aws.request import Call
from local_aws.sessions import Caller

# The services of a policy that allows everything: AWS lists all of them.
_SOME = ("dynamodb", "ec2", "iam", "kms", "lambda", "logs", "s3", "secretsmanager", "sns", "sqs", "sts")


class LastAccessed:
    """Remembers what sessions used, and reports it."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._used: dict[tuple[str, str, str], datetime] = {}
        self._reports: dict[str, tuple[datetime, list[tuple[str, datetime | None]]]] = {}

    def reset(self) -> None:
        self._used.clear()
        self._reports.clear()

    def note(self, call: Call, caller: Caller) -> None:
        """A session of a role used a service."""
        if caller.session:
            self._used[caller.account, caller.name, call.service] = self._now()

    def answer(self, call: Call, account: str) -> Response | None:
        """The answer to a call, or nothing if it is one for moto."""
        if call.service != "iam":
            return None
        if call.action == "GenerateServiceLastAccessedDetails":
            return self._generate(call, account)
        if call.action == "GetServiceLastAccessedDetails":
            return self._get(call)
        return None

    def _generate(self, call: Call, account: str) -> Response:
        iam = iam_backends[account][get_partition(call.region)]
        arn = call.parameters.get("Arn", "")
        found = _documents(iam, arn)
        if found is None:
            return error(call, "NoSuchEntity", f"There is no {arn}.", 404)
        roles, documents = found
        services = sorted({service for document in documents for service in _services(document)})
        job = str(uuid4())
        self._reports[job] = (self._now(), [(service, self._last(account, roles, service)) for service in services])
        return _answer(call, f"<JobId>{job}</JobId>")

    def _last(self, account: str, roles: Iterable[str], service: str) -> datetime | None:
        used = [self._used.get((account, role, service)) for role in roles]
        return max((at for at in used if at), default=None)

    def _get(self, call: Call) -> Response:
        report = self._reports.get(call.parameters.get("JobId", ""))
        if report is None:
            return error(call, "NoSuchEntity", "There is no such job.", 404)
        made, services = report
        members = "".join(_member(service, at) for service, at in services)
        at = f"<JobCreationDate>{_time(made)}</JobCreationDate><JobCompletionDate>{_time(made)}</JobCompletionDate>"
        lists = f"<ServicesLastAccessed>{members}</ServicesLastAccessed><IsTruncated>false</IsTruncated>"
        return _answer(call, f"<JobStatus>COMPLETED</JobStatus>{at}{lists}")


def _documents(iam: IAMBackend, arn: str) -> tuple[list[str], list[Any]] | None:
    """The roles whose use counts, and the policies that say what may be used."""
    if policy := iam.managed_policies.get(arn):
        return [role.name for role in iam.get_roles() if arn in role.managed_policies], _default(policy)
    holders = [*iam.get_roles(), *iam.users.values(), *iam.groups.values()]
    holder = next((one for one in holders if one.arn == arn), None)
    if holder is None:
        return None
    inline = getattr(holder, "policies", {})
    documents = list(inline.values()) + [
        text for policy in holder.managed_policies.values() for text in _default(policy)
    ]
    return ([holder.name] if ":role/" in arn else []), documents


def _default(policy: Any) -> list[str]:
    return [version.document for version in policy.versions if version.is_default]


def _services(document: Any) -> set[str]:
    """The services of the actions that a document allows. Of what `NotAction` leaves over, nobody made a list."""
    document = json.loads(document) if isinstance(document, str) else document
    allowed = [one for one in _list(document["Statement"]) if one["Effect"] == "Allow"]
    actions = [action for one in allowed for action in _list(one.get("Action", "*"))]
    return {service for action in actions for service in _named(action.partition(":")[0])}


def _named(service: str) -> Iterable[str]:
    return _SOME if "*" in service else (service.lower(),)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _member(service: str, at: datetime | None) -> str:
    used = f"<LastAuthenticated>{_time(at)}</LastAuthenticated>" if at else ""
    name = escape(service)
    count = f"<TotalAuthenticatedEntities>{1 if at else 0}</TotalAuthenticatedEntities>"
    return f"<member><ServiceName>{name}</ServiceName><ServiceNamespace>{name}</ServiceNamespace>{used}{count}</member>"


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _answer(call: Call, result: str) -> Response:
    inner = f"<{call.action}Result>{result}</{call.action}Result>"
    meta = f"<ResponseMetadata><RequestId>{uuid4()}</RequestId></ResponseMetadata>"
    namespace = "https://iam.amazonaws.com/doc/2010-05-08/"
    body = f'<{call.action}Response xmlns="{namespace}">{inner}{meta}</{call.action}Response>'
    return Response(body, content_type="text/xml")
