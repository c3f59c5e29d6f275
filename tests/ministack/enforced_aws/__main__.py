"""The command line: `python -m enforced_aws --account ID --security-hub URL [--log FILE]`.

Prints one line of JSON with the endpoint once it serves, and ends when its standard input does: whoever starts it holds
the other end of that pipe, so that it never outlives them.
"""

import argparse
import asyncio
import json
import os
import socket
import sys
import tempfile
from typing import Any, TextIO

HOST = "127.0.0.1"
# The access key, the secret and the session token of the account's root.
ADMINISTRATOR = "administrator"


def main() -> None:
    options = _options()
    listener = socket.create_server((HOST, 0))
    endpoint = f"http://{HOST}:{listener.getsockname()[1]}"
    with tempfile.TemporaryDirectory() as scratch:
        _configure(options.account, endpoint, scratch)
        # It is written until the process ends.
        log = open(options.log, "w", buffering=1) if options.log else _log_of_the_tests()  # noqa: SIM115
        asyncio.run(_serve(listener, endpoint, _application(options, log)))
    # Executions that still wait for an answer have threads that would wait on.
    os._exit(0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m enforced_aws", description="AWS that enforces IAM, for Redress.")
    parser.add_argument("--account", required=True, help="the account that it plays")
    parser.add_argument("--security-hub", required=True, help="where calls of Security Hub go once they are allowed")
    parser.add_argument("--log", metavar="FILE", help="writes a line of JSON per decision")
    parser.add_argument("--plain", action="store_true", help="as ministack is, with none of the mends: for their tests")
    return parser.parse_args()


def _log_of_the_tests() -> TextIO | None:
    """A file of its own in the folder that `REDRESS_CALLS` names: what was called is compared with the deployed roles."""
    folder = os.environ.get("REDRESS_CALLS")
    return open(f"{folder}/{os.getpid()}.jsonl", "a", buffering=1) if folder else None


def _configure(account: str, endpoint: str, scratch: str) -> None:
    """ministack reads its settings from the environment while it is imported, and functions get it as theirs."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(
        AUTH="true",
        BIND_HOST=HOST,
        GATEWAY_PORT=endpoint.rpartition(":")[2],
        MINISTACK_ACCOUNT_ID=account,
        AWS_ACCESS_KEY_ID=ADMINISTRATOR,
        AWS_SECRET_ACCESS_KEY=ADMINISTRATOR,
        AWS_SESSION_TOKEN=ADMINISTRATOR,
        # Where a function finds AWS.
        AWS_ENDPOINT_URL=endpoint,
        LAMBDA_EXECUTOR="local",
        LOG_LEVEL="ERROR",
        TMPDIR=scratch,
        # It would look for containers that it left behind, and open ports for services that nobody here uses.
        DOCKER_HOST=f"unix://{scratch}/no-docker",
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
    )


def _application(options: argparse.Namespace, log: TextIO | None) -> Any:
    from ministack.app import app

    from enforced_aws import decisions, forwarding, iam_mends, request, workflow_mends
    from enforced_aws.control import Control

    elsewhere: dict[str, str] = {}
    if not options.plain:
        elsewhere["securityhub"] = options.security_hub
        iam_mends.mend()
        machines = workflow_mends.mend()
        forwarding.forward(elsewhere)
        request.tell_more(machines, elsewhere)
    return Control(app, decisions.record(log), elsewhere)


async def _serve(listener: socket.socket, endpoint: str, application: Any) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.errorlog = None
    config.loglevel = "ERROR"
    print(json.dumps({"endpoint": endpoint}), flush=True)
    await serve(application, config, shutdown_trigger=_end_of_input)


async def _end_of_input() -> None:
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)


if __name__ == "__main__":
    main()
