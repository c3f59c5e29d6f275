"""ministack, with what it lacks to run Redress: `python ministack_server.py --calls FILE`.

- `PutEvents` takes sources that begin with `aws.`, which AWS refuses: otherwise nobody could try a finding.
- `dynamodb:LeadingKeys` is known, without which the conditions of the tasks' statements would refuse everything.
- A policy that wants TLS is content: on AWS these calls have it, and here they have not.
- A call of IAM about a group, or about an ARN, is compared with that.
- A role is told by its path, as on AWS: `/redress/` is what the responder may not change.
- IAM has `SetDefaultPolicyVersion`.
- A Parallel has its `Arguments`, its `Output` and its `Assign`.
- A question that stands for a time that an expression says ends then.
- A task token tells its state machine, which is what AWS compares `states:SendTask…` with.
- Each call of a session is written to a file as a line of JSON, with whether its role allows it.

It ends with its standard input, so that it never outlives whoever started it.
"""

import argparse
import json
import os
import sys
import threading
from collections.abc import Callable
from typing import Any, TextIO

from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id
from ministack.services import eventbridge, iam, stepfunctions


def main() -> None:
    parser = argparse.ArgumentParser(description="ministack, for Redress.")
    parser.add_argument("--calls", required=True, help="takes a line of JSON for each call of a session")
    options = parser.parse_args()
    eventbridge._put_events = _taking_aws_sources(eventbridge._put_events)
    iam_actions.dynamodb_service_context = _with_leading_keys(iam_actions.dynamodb_service_context)
    machines: dict[str, str] = {}
    stepfunctions._invoke_with_callback = _remembering_tokens(stepfunctions._invoke_with_callback, machines)
    iam._IAM_HANDLERS["SetDefaultPolicyVersion"] = _set_default_policy_version
    stepfunctions._run_parallel_branches = _with_results(stepfunctions._run_parallel_branches)
    iam_actions.extract_resource_arn = _knowing_tokens(iam_actions.extract_resource_arn, machines)
    pin = app.pin_request_origin
    app.pin_request_origin = lambda source_ip, secure_transport: pin(source_ip, True)
    iam_evaluator.enforce = _recording(iam_evaluator.enforce, open(options.calls, "w", buffering=1))
    threading.Thread(target=_end_with_input, daemon=True).start()
    sys.argv = sys.argv[:1]
    app.main()


def _taking_aws_sources(put_events: Callable[..., Any]) -> Callable[..., Any]:
    return lambda data, allow_aws_source=True: put_events(data, allow_aws_source=allow_aws_source)


def _with_leading_keys(context_of: Callable[[bytes], dict[str, Any]]) -> Callable[[bytes], dict[str, Any]]:
    def context(body: bytes) -> dict[str, Any]:
        known = context_of(body)
        request = json.loads(body or b"{}")
        # The case table is reached with these two calls alone, and its partition key is `pk`.
        key = request.get("Key") or request.get("Item") or {}
        if value := key.get("pk", {}).get("S"):
            known["dynamodb:LeadingKeys"] = [value]
        return known

    return context


def _recording(enforce: Callable[..., Any], calls: TextIO) -> Callable[..., Any]:
    def enforced(
        access_key_id: str, action: str, service: str, region: str, resource_arn: str = "*", **more: Any
    ) -> Any:
        if service == "iam":
            resource_arn = _with_its_path(resource_arn)
        refusal = enforce(access_key_id, action, service, region, resource_arn, **more)
        if access_key_id.startswith("ASIA"):
            principal = iam_evaluator.resolve_principal(access_key_id, get_account_id())
            caller = getattr(principal, "arn", "")
            record = {"caller": caller, "action": action, "allowed": refusal is None}
            calls.write(json.dumps(record) + "\n")
        return refusal

    return enforced


def _remembering_tokens(invoke: Callable[..., Any], machines: dict[str, str]) -> Callable[..., Any]:
    """Our questions carry the execution that asks them, and its ARN names the state machine. They also carry how long
    they stand, which ministack does not evaluate where a definition writes it as an expression.
    """

    def invoked(resource: str, arguments: Any, token: str, state: Any) -> Any:
        execution = arguments.get("Payload", {}).get("execution", "")
        seconds = arguments.get("Payload", {}).get("seconds")
        if isinstance(state.get("TimeoutSeconds"), str):
            state = {**state, "TimeoutSeconds": seconds}
        machines[token] = execution.rpartition(":")[0].replace(":execution:", ":stateMachine:")
        return invoke(resource, arguments, token, state)

    return invoked


def _with_results(run_branches: Callable[..., Any]) -> Callable[..., Any]:
    """ministack has the branches of a Parallel in JSONata, and neither its `Arguments`, its `Output` nor its `Assign`."""

    def run(state: Any, given: Any, execution: Any, context: Any) -> Any:
        arguments = stepfunctions._apply_jsonata_arguments(state, given, context)
        results, following = run_branches(state, arguments, execution, context)
        output = stepfunctions._apply_jsonata_output(state, given, context, result=results, default=results)
        stepfunctions._apply_state_assign(state, given, context, result=results)
        return output, following

    return run


def _set_default_policy_version(parameters: Any) -> Any:
    """The one action of IAM that the tasks call and ministack lacks."""
    policy = iam._policies.get(iam._p(parameters, "PolicyArn"))
    chosen = policy and policy["Versions"].get(iam._p(parameters, "VersionId"))
    if not policy or not chosen:
        return iam._error(404, "NoSuchEntity", "There is no such policy, or no such version of it.", ns="iam")
    for version in policy["Versions"].values():
        version["IsDefaultVersion"] = version is chosen
    policy["DefaultVersionId"] = iam._p(parameters, "VersionId")
    return iam._xml(200, "SetDefaultPolicyVersionResponse", "", ns="iam")


def _knowing_tokens(resource_of: Callable[..., str], machines: dict[str, str]) -> Callable[..., str]:
    def resource(service: str, method: str, path: str, headers: Any, body: bytes, *more: Any) -> str:
        if service == "states" and (token := json.loads(body or b"{}").get("taskToken")):
            return machines.get(token, "*")
        if service == "iam" and (name := iam_actions._query_param(more[0], "GroupName")):
            return f"arn:aws:iam::{get_account_id()}:group/{name}"
        if service == "iam" and (arn := iam_actions._query_param(more[0], "Arn")):
            return arn
        return resource_of(service, method, path, headers, body, *more)

    return resource


def _with_its_path(resource: str) -> str:
    """A call names a role, a user or a group without its path; its ARN has it."""
    for kind, known in (("role", iam._roles), ("user", iam._users), ("group", iam._groups)):
        before, separator, name = resource.partition(f":{kind}/")
        if separator and name in known:
            return f"{before}{separator.rstrip('/')}{known[name]['Path']}{name}"
    return resource


def _end_with_input() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
