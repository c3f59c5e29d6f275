"""Makes AWS fail on purpose: the throttled call, the call that was done and whose answer was lost."""

from dataclasses import dataclass, fields
from typing import Any

from werkzeug.wrappers import Response

from local_aws.errors import error
from local_aws.request import Call
from local_aws.sessions import Caller

FOR_GOOD = -1


@dataclass
class Fault:
    """An error that calls of one action get, `before` they are done or `after`."""

    service: str
    action: str
    code: str
    when: str = "before"
    message: str = "This error was asked for through /_redress/faults."
    status: int = 400
    times: int = 1
    """How often from now on; `-1` is for good."""
    caller: str | None = None
    """Only for sessions of a role whose name ends with this."""

    def __post_init__(self) -> None:
        if self.when not in ("before", "after"):
            raise ValueError(f"a fault comes `before` or `after` the call, not `{self.when}`")

    def hits(self, call: Call, caller: Caller, when: str) -> bool:
        return (
            self.times != 0
            and (self.service, self.action, self.when) == (call.service, call.action, when)
            and (self.caller is None or (caller.session is not None and caller.name.endswith(self.caller)))
        )


class Faults:
    """The faults that are set. The first that hits is the one that counts."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def replace(self, faults: list[dict[str, Any]]) -> None:
        """Puts these faults in the place of all others. A word that no fault knows is a mistake of its test."""
        known = {field.name for field in fields(Fault)}
        for fault in faults:
            if unknown := fault.keys() - known:
                raise ValueError(f"a fault has no {sorted(unknown)}; it has {sorted(known)}")
            if missing := {"service", "action", "code"} - fault.keys():
                raise ValueError(f"a fault needs {sorted(missing)}")
        self._faults = [Fault(**fault) for fault in faults]

    def reset(self) -> None:
        self._faults = []

    def answer(self, call: Call, caller: Caller, when: str) -> Response | None:
        """The error that this call gets, or nothing."""
        for fault in self._faults:
            if fault.hits(call, caller, when):
                if fault.times != FOR_GOOD:
                    fault.times -= 1
                return error(call, fault.code, fault.message, fault.status)
        return None
