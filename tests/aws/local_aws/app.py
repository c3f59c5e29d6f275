"""The WSGI application: what happens to a request on its way to moto and back."""

import contextlib
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator
from typing import Any

from werkzeug.wrappers import Response

from local_aws import control, request
from local_aws.automation import Automations
from local_aws.calls import Calls
from local_aws.control import Control
from local_aws.errors import access_denied, error
from local_aws.faults import Faults
from local_aws.iam_quotas import IamQuotas
from local_aws.last_accessed import LastAccessed
from local_aws.moto_application import MotoApplication
from local_aws.request import Call
from local_aws.security_hub import SecurityHub
from local_aws.sessions import Caller, caller_of, denial

# A header that tells moto the account. Otherwise it looks for the access key in all accounts of all partitions, and
# takes one that it does not find for a key of the one default account that is written into its code.
_ACCOUNT = "HTTP_X_MOTO_ACCOUNT_ID"


class LocalAws:
    """AWS for one machine."""

    def __init__(self, default_account: str, calls: Calls) -> None:
        self._default_account = default_account
        self._calls = calls
        self._faults = Faults()
        self._hub = SecurityHub()
        self._accessed = LastAccessed()
        self._automations = Automations()
        # Calls that are answered here instead of by moto.
        self._parts = (self._hub, self._accessed, self._automations, IamQuotas())
        self._moto = MotoApplication()
        parts = (*self._parts, self._faults, calls)
        self._control = Control(default_account, self._hub, parts, self._faults, calls, self._moto)
        # moto checks a condition and then writes, with nothing to keep another thread out in between.
        self._one_at_a_time = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ.setdefault(_ACCOUNT, self._default_account)
        with self._one_at_a_time:
            if environ["PATH_INFO"].startswith(control.PREFIX):
                response = self._control.answer(environ)
            elif call := request.read(environ):
                response = self._answer(call, environ)
            else:
                response = Response.from_app(self._moto, environ, buffered=True)
        return response(environ, start_response)

    def _answer(self, call: Call, environ: dict[str, Any]) -> Response:
        caller = caller_of(call.access_key, default_account=environ[_ACCOUNT])
        environ[_ACCOUNT] = caller.account
        # IAM first, so that a fault never hides that a permission is missing.
        why = denial(call, caller)
        response = access_denied(call, why) if why else self._result(call, caller, environ)
        self._calls.record(call, caller, why is None, response.status_code)
        return response

    def _result(self, call: Call, caller: Caller, environ: dict[str, Any]) -> Response:
        if fault := self._faults.answer(call, caller, "before"):
            return fault
        own = next((response for part in self._parts if (response := part.answer(call, caller.account))), None)
        response = own or self._call_moto(call, environ)
        self._accessed.note(call, caller)
        return self._faults.answer(call, caller, "after") or response

    def _call_moto(self, call: Call, environ: dict[str, Any]) -> Response:
        try:
            with self._stepping_aside() if _waits(call) else contextlib.nullcontext():
                return Response.from_app(self._moto, environ, buffered=True)
        except NotImplementedError as missing:
            # Not one of the statuses that SDKs retry: it would be missing again.
            return error(call, "NotImplemented", f"moto lacks this: {missing}", 501)
        except Exception as failure:  # noqa: BLE001
            traceback.print_exc(file=sys.stderr)
            return error(call, "InternalFailure", f"moto failed: {failure!r}", 500)

    @contextlib.contextmanager
    def _stepping_aside(self) -> Iterator[None]:
        """Lets other calls go on meanwhile, and waits for the turn again afterwards."""
        self._one_at_a_time.release()
        try:
            yield
        finally:
            self._one_at_a_time.acquire()


def _waits(call: Call) -> bool:
    """Whether it may be a long poll, which ends when another call sends what it waits for."""
    return (call.service, call.action) == ("sqs", "ReceiveMessage")
