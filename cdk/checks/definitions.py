"""Rules that linters of state machines lack. `cases/` has an example of each mistake."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

# The integrations that Redress uses. To use another one, add it here, and grant it in `cdk/lib/workflow.ts`.
INTEGRATIONS = {
    "arn:aws:states:::lambda:invoke",
    "arn:aws:states:::lambda:invoke.waitForTaskToken",
    # The check of the rules, in `cdk/lib/rule-check.ts`.
    "arn:aws:states:::aws-sdk:eventbridge:describeRule",
    "arn:aws:states:::aws-sdk:eventbridge:listTargetsByRule",
    "arn:aws:states:::aws-sdk:eventbridge:testEventPattern",
    # The probe, in `cdk/lib/probe-definition.ts`.
    "arn:aws:states:::aws-sdk:guardduty:createSampleFindings",
    "arn:aws:states:::aws-sdk:guardduty:listDetectors",
    "arn:aws:states:::aws-sdk:iam:updateAssumeRolePolicy",
    "arn:aws:states:::aws-sdk:sfn:describeExecution",
    "arn:aws:states:::aws-sdk:sfn:listExecutions",
}
TOKEN = "$states.context.Task.Token"
State = Mapping[str, Any]


def problems(definition: State) -> list[str]:
    """Every problem, each with the name of its state."""
    found = [] if isinstance(definition.get("TimeoutSeconds"), int) else ["the state machine has no TimeoutSeconds"]
    return found + list(_scope(definition, frozenset()))


def _scope(machine: State, outer: frozenset[str]) -> Iterator[str]:
    """A state machine, or a branch, which sees the variables around it."""
    states: Mapping[str, State] = machine["States"]
    variables = outer | {name for state in states.values() for name in _assigned(state)}
    for name, state in states.items():
        for problem in _state(state, variables):
            yield f"`{name}` {problem}"
        inner = [*state.get("Branches", []), *([state["ItemProcessor"]] if "ItemProcessor" in state else [])]
        for branch in inner:
            yield from _scope(branch, frozenset(variables))


def _assigned(state: State) -> set[str]:
    handlers = [*state.get("Catch", []), *state.get("Choices", [])]
    return {name for part in (state, *handlers) for name in part.get("Assign", {})}


def _state(state: State, variables: frozenset[str]) -> Iterator[str]:
    if state["Type"] == "Task":
        yield from _task(state)
    own = {key: value for key, value in state.items() if key not in ("Branches", "ItemProcessor", "Comment")}
    unknown = {name for text in _texts(own) for name in _references(text)} - variables
    for name in sorted(unknown):
        yield f"uses ${name}, which no state assigns"


def _task(state: State) -> Iterator[str]:
    resource = state.get("Resource", "")
    if resource not in INTEGRATIONS:
        yield f"calls {resource}, which is not an integration that Redress uses"
    for field in ("TimeoutSeconds", "Retry", "Catch"):
        if not state.get(field):
            yield f"has no {field}"
    waits = resource.endswith(".waitForTaskToken")
    passes = any(TOKEN in text for text in _texts(state.get("Arguments", {})))
    if waits and not passes:
        yield "waits for a task token that it passes to nobody"
    if passes and not waits:
        yield "passes a task token that it does not wait for"
    heartbeat, timeout = state.get("HeartbeatSeconds"), state.get("TimeoutSeconds")
    if isinstance(heartbeat, int) and isinstance(timeout, int) and heartbeat >= timeout:
        yield f"has a heartbeat of {heartbeat} s, and times out after {timeout} s, before a missing one is noticed"


def _references(expression: str) -> set[str]:
    """The free variables of a JSONata expression."""
    if not expression.startswith("{%"):
        return set()
    plain = re.sub(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", "''", expression)
    bound = set(re.findall(r"\$(\w+)\s*:=", plain))
    for parameters in re.findall(r"function\s*\(([^)]*)\)", plain):
        bound |= set(re.findall(r"\$(\w+)", parameters))
    return set(re.findall(r"\$([A-Za-z_]\w*)(?!\w*\s*\()", plain)) - bound - {"states"}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
