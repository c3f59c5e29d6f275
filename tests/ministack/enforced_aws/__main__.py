"""The command line: `python -m enforced_aws --account ID --administrator KEY --security-hub URL`.

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

HOST = "127.0.0.1"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m enforced_aws")
    parser.add_argument("--account", required=True, help="the account that it plays")
    parser.add_argument("--administrator", required=True, help="access key, secret and session token of the account's root")
    parser.add_argument("--security-hub", required=True, help="where calls of Security Hub go once they are allowed")
    options = parser.parse_args()
    listener = socket.create_server((HOST, 0))
    with tempfile.TemporaryDirectory() as scratch:
        _configure(options.account, options.administrator, listener.getsockname()[1], scratch)
        asyncio.run(_serve(listener, options.security_hub))


def _configure(account: str, administrator: str, port: int, scratch: str) -> None:
    """ministack reads its settings from the environment while it is imported."""
    os.environ.update(
        AUTH="true",
        BIND_HOST=HOST,
        GATEWAY_PORT=str(port),
        MINISTACK_ACCOUNT_ID=account,
        AWS_ACCESS_KEY_ID=administrator,
        AWS_SECRET_ACCESS_KEY=administrator,
        AWS_SESSION_TOKEN=administrator,
        LOG_LEVEL="ERROR",
        TMPDIR=scratch,
        # It would look for containers that it left behind, and open ports for services that nobody here uses.
        DOCKER_HOST=f"unix://{scratch}/no-docker",
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
    )


async def _serve(listener: socket.socket, security_hub: str) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app

    from enforced_aws import decisions, gaps
    from enforced_aws.control import Control

    elsewhere = gaps.fill(security_hub)
    log = decisions.record()
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.errorlog = None
    config.loglevel = "ERROR"
    print(json.dumps({"endpoint": f"http://{HOST}:{os.environ['GATEWAY_PORT']}"}), flush=True)
    await serve(Control(app, log, elsewhere), config, shutdown_trigger=_end_of_input)


async def _end_of_input() -> None:
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)


if __name__ == "__main__":
    main()
