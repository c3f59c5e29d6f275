"""Waiting for executions."""

import time

PATIENCE = 30


def ended(states, arn):
    """An execution that has ended."""
    until = time.monotonic() + PATIENCE
    while (execution := states.describe_execution(executionArn=arn))["status"] == "RUNNING":
        if time.monotonic() > until:
            raise TimeoutError(f"{arn} still runs")
        time.sleep(0.02)
    return execution
