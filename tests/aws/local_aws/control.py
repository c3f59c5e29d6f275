"""The endpoints under `/_redress/`, with which tests and `make run` build accounts and read their state."""

import json
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from moto.moto_api._internal.models import moto_api_backend
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from local_aws import account, response_role, task_roles
from local_aws.calls import Calls
from local_aws.faults import Faults
from local_aws.responder import Responder
from local_aws.security_hub import SecurityHub
from local_aws.seed import seed

PREFIX = "/_redress/"


class Forgetful(Protocol):
    """A part whose state a reset clears."""

    def reset(self) -> None: ...


class Control:
    """Answers the control endpoints. The page `tests/aws/README.md` lists them."""

    def __init__(
        self,
        default_account: str,
        hub: SecurityHub,
        parts: Iterable[Forgetful],
        faults: Faults,
        calls: Calls,
        moto: Any,
    ) -> None:
        self._default_account = default_account
        self._moto = moto
        self._hub = hub
        self._parts = parts
        self._faults = faults
        self._calls = calls
        self._endpoints: dict[tuple[str, str], Callable[[Request], Any]] = {
            ("POST", "seed"): self._seed,
            ("POST", "task-roles"): self._task_roles,
            ("POST", "members"): self._members,
            ("GET", "account"): self._account,
            ("POST", "faults"): self._set_faults,
            ("POST", "lag"): self._set_lag,
            ("GET", "calls"): self._list_calls,
            ("DELETE", "calls"): self._forget_calls,
            ("POST", "reset"): self._reset,
        }

    def answer(self, environ: dict[str, Any]) -> Response:
        request = Request(environ)
        endpoint = self._endpoints.get((request.method, request.path.removeprefix(PREFIX)))
        if endpoint is None:
            return _json({"error": f"there is no {request.method} {request.path}"}, 404)
        try:
            return _json(endpoint(request), 200)
        except (HTTPException, ValueError) as error:
            return _json({"error": str(error)}, 400)
        except KeyError as error:
            return _json({"error": f"{error} is missing from the request"}, 400)

    def _seed(self, request: Request) -> Any:
        event, endpoint = request.get_json(force=True), request.host_url.rstrip("/")
        home = self._responder(request) if "account" in request.args else None
        return seed(event, self._default_account, endpoint, home, request.args.get("response"), self._moto)

    def _task_roles(self, request: Request) -> Any:
        return task_roles.build(request.get_json(force=True), self._responder(request))

    def _members(self, request: Request) -> Any:
        member = request.get_json(force=True)
        home = self._responder(request)
        return response_role.build(member["account"], member["externalId"], member["tasks"], home)

    def _account(self, request: Request) -> Any:
        return account.describe(self._responder(request))

    def _set_faults(self, request: Request) -> Any:
        self._faults.replace(request.get_json(force=True))
        return {}

    def _set_lag(self, request: Request) -> Any:
        lag = request.get_json(force=True)
        self._hub.hide(lag["findingArn"], int(lag["lookUps"]))
        return {}

    def _list_calls(self, _request: Request) -> Any:
        return self._calls.all()

    def _forget_calls(self, _request: Request) -> Any:
        self._calls.reset()
        return {}

    def _reset(self, request: Request) -> Any:
        kept = task_roles.sessions_of_tasks() if "keep-sessions" in request.args else []
        moto_api_backend.reset()
        task_roles.give_back(kept)
        for part in self._parts:
            part.reset()
        return {}

    def _responder(self, request: Request) -> Responder:
        """The responder of the account and region that the query names."""
        return Responder(request.args.get("account", self._default_account), request.args.get("region", "us-east-1"))


def _json(value: Any, status: int) -> Response:
    body = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    return Response(body, status, content_type="application/json")
