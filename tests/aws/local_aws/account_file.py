"""Builds what the `account.json` of a response describes: AWS calls by their names in boto3, made in order by the
administrator, and unique ids that events know. A response with such a file needs no code here.
"""

import functools
import json
import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import botocore.session
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from moto.iam.models import IAMBackend, iam_backends
from moto.utilities.utils import get_partition
from werkzeug.test import EnvironBuilder, run_wsgi_app

from local_aws import aws_policies, roles

_RESPONSES = Path(__file__).resolve().parents[3] / "statemachines"
_MEMBERS = {"calls", "ids", "settings"}
# How the unique ids of IAM begin.
_PREFIXES = {"role": "AROA", "user": "AIDA", "group": "AGPA", "policy": "ANPA"}
_POLICY_OF_AWS = re.compile(r"arn:[\w-]+:iam::aws:policy/(?:[\w-]+/)?([\w-]+)")


def read(response: str) -> dict[str, Any]:
    """The file of a response."""
    if not re.fullmatch(r"[\w-]+", response):
        raise ValueError(f"`{response}` is not the name of a response")
    try:
        text = (_RESPONSES / response / "account.json").read_text()
    except FileNotFoundError as missing:
        raise ValueError(f"the response `{response}` has no account.json") from missing
    account: dict[str, Any] = json.loads(text)
    if unknown := account.keys() - _MEMBERS:
        raise ValueError(f"the account.json of `{response}` has unknown members: {', '.join(sorted(unknown))}")
    return account


def required_boundaries() -> list[str]:
    """The names of the permissions boundaries that the tasks require in the accounts of all responses."""
    files = sorted(_RESPONSES.glob("*/account.json"))
    settings = (read(file.parent.name).get("settings", {}).get("REQUIRED_BOUNDARIES", "") for file in files)
    required = (one.partition("=")[2].strip() for setting in settings for one in setting.split(",") if "=" in one)
    return list(dict.fromkeys(required))


def build(file: Mapping[str, Any], account: str, region: str, application: Any) -> None:
    """Makes the calls on moto's application. Resources that exist are left as they are."""
    place = {"Account": account, "Region": region, "Partition": get_partition(region)}
    iam = iam_backends[account][place["Partition"]]
    before = _resources(iam).keys()
    client = functools.cache(lambda service: _client(service, account, region, application))
    for call in file.get("calls", []):
        parameters = _filled(call["parameters"], place)
        for name in _POLICY_OF_AWS.findall(json.dumps(parameters)):
            aws_policies.add(iam, region, name)
        _call(client(call["service"]), call, parameters)
    # moto draws random ids, and two accounts of the same event must be the same.
    made = {name: roles.made_up_id(_PREFIXES[name.partition("/")[0]], name) for name in _resources(iam).keys() - before}
    for resource, unique_id in {**made, **file.get("ids", {})}.items():
        _rename(iam, resource, unique_id)


def _filled(value: Any, place: Mapping[str, str]) -> Any:
    """A parameter with `${Account}`, `${Region}` and `${Partition}` filled in."""
    if isinstance(value, dict):
        return {name: _filled(member, place) for name, member in value.items()}
    if isinstance(value, list):
        return [_filled(item, place) for item in value]
    if isinstance(value, str):
        for name, text in place.items():
            value = value.replace(f"${{{name}}}", text)
    return value


def _call(client: Any, call: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
    name = f"{call['service']}.{call['operation']}"
    operation = getattr(client, call["operation"], None)
    if operation is None:
        raise ValueError(f"boto3 has no operation `{name}`")
    try:
        operation(**parameters)
    except ClientError as error:
        if not error.response["Error"]["Code"].endswith(("AlreadyExists", "AlreadyExistsException")):
            raise ValueError(f"`{name}` failed: {error}") from error
    except BotoCoreError as error:
        raise ValueError(f"`{name}`: {error}") from error


def _resources(iam: IAMBackend) -> dict[str, Any]:
    """Roles, users, groups and the account's own policies, as `role/name`."""
    own = [policy for arn, policy in iam.managed_policies.items() if not _POLICY_OF_AWS.match(arn)]
    kinds = {"role": iam.get_roles(), "user": iam.users.values(), "group": iam.groups.values(), "policy": own}
    return {f"{kind}/{one.name}": one for kind, found in kinds.items() for one in found}


def _rename(iam: IAMBackend, resource: str, unique_id: str) -> None:
    found = _resources(iam).get(resource)
    if found is None:
        raise ValueError(f"`ids` names `{resource}`, which none of the calls makes")
    if resource.startswith("role/"):
        roles.rename_id(iam, found, unique_id)
    else:
        found.id = unique_id


def _client(service: str, account: str, region: str, application: Any) -> Any:
    """A client whose requests go to the application in this process: the server answers one request at a time, so one
    over HTTP would wait for itself.
    """

    def send(request: AWSPreparedRequest, **_event: Any) -> AWSResponse:
        headers = {name: _text(value) for name, value in request.headers.items()}
        headers["X-Moto-Account-Id"] = account
        builder = EnvironBuilder(request.url, method=request.method, headers=headers, data=request.body or b"")
        body, status, answered = run_wsgi_app(application, builder.get_environ(), buffered=True)
        return AWSResponse(request.url, int(status.split()[0]), dict(answered), _Raw(b"".join(body)))

    config = Config(retries={"total_max_attempts": 1}, proxies={})
    keys = dict.fromkeys(("aws_access_key_id", "aws_secret_access_key"), "administrator")
    client = _session().create_client(service, region, endpoint_url="http://localhost", config=config, **keys)
    client.meta.events.register("before-send", send)
    return client


@functools.cache
def _session() -> botocore.session.Session:
    """One for all: each reads botocore's models again."""
    return botocore.session.get_session()


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


class _Raw(BytesIO):
    """A body as botocore reads it."""

    def stream(self, **_options: Any) -> Iterator[bytes]:
        while chunk := self.read():
            yield chunk
