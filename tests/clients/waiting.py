"""Waiting for what executions come to."""

import time

PATIENCE = 30


def until(found):
    """What is found, as soon as there is something."""
    end = time.monotonic() + PATIENCE
    while not (it := found()):
        if time.monotonic() > end:
            raise TimeoutError("it never came")
        time.sleep(0.02)
    return it


def ended(states, arn):
    """An execution that has ended."""

    def execution():
        it = states.describe_execution(executionArn=arn)
        return it["status"] != "RUNNING" and it

    return until(execution)
