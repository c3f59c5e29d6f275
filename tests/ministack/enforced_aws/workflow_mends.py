"""Patches for Step Functions and EventBridge of ministack 1.5.33, so that it runs the responses as they are deployed."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ministack.services import eventbridge, stepfunctions

_TIMES = ("TimeoutSeconds", "HeartbeatSeconds")
# The state machine whose task this thread runs.
_machine: ContextVar[str] = ContextVar("machine", default="*")


def mend() -> dict[str, str]:
    """Mends them, and returns the state machine of each task token: a table that grows while it runs."""
    machines: dict[str, str] = {}
    eventbridge._put_events = _taking_aws_sources(eventbridge._put_events)
    stepfunctions._execute_task = _with_times(stepfunctions._execute_task)
    stepfunctions._invoke_with_callback = _remembering(stepfunctions._invoke_with_callback, machines)
    stepfunctions._run_parallel_branches = _with_fields(stepfunctions._run_parallel_branches)
    stepfunctions._execute_choice = _with_output(stepfunctions._execute_choice)
    return machines


def _taking_aws_sources(put_events: Callable[..., Any]) -> Callable[..., Any]:
    """`PutEvents` takes sources that begin with `aws.`, which AWS refuses too: otherwise nobody could try a finding."""
    return lambda data, allow_aws_source=True: put_events(data, allow_aws_source=allow_aws_source)


def _with_times(execute_task: Callable[..., Any]) -> Callable[..., Any]:
    """A Task's times may be expressions."""

    def execute(state: Any, given: Any, execution: Any, context: Any) -> Any:
        times = {
            name: stepfunctions._apply_jsonata_template(state[name], given, context)
            for name in _TIMES
            if isinstance(state.get(name), str)
        }
        _machine.set(context["StateMachine"]["Id"])
        return execute_task({**state, **times}, given, execution, context)

    return execute


def _remembering(invoke: Callable[..., Any], machines: dict[str, str]) -> Callable[..., Any]:
    def invoked(resource: str, arguments: Any, token: str, state: Any) -> Any:
        machines[token] = _machine.get()
        return invoke(resource, arguments, token, state)

    return invoked


def _with_fields(run_branches: Callable[..., Any]) -> Callable[..., Any]:
    """A Parallel in JSONata has its `Arguments`, its `Output` and its `Assign`."""

    def run(state: Any, given: Any, execution: Any, context: Any) -> Any:
        arguments = stepfunctions._apply_jsonata_arguments(state, given, context)
        results, following = run_branches(state, arguments, execution, context)
        output = stepfunctions._apply_jsonata_output(state, given, context, result=results, default=results)
        stepfunctions._apply_state_assign(state, given, context, result=results)
        return output, following

    return run


def _with_output(execute_choice: Callable[..., Any]) -> Callable[..., Any]:
    """The `Output` of a Choice in JSONata applies if no rule does."""

    def execute(state: Any, given: Any, context: Any = None) -> Any:
        is_jsonata = stepfunctions._state_query_language(state, context) == "JSONata"
        rules = state.get("Choices", [])
        is_default = is_jsonata and not any(
            stepfunctions._evaluate_jsonata_choice_rule(rule, given, context) for rule in rules
        )
        output, following = execute_choice(state, given, context)
        if is_default:
            output = stepfunctions._apply_jsonata_output(state, given, context, default=given)
        return output, following

    return execute
