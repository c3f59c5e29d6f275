"""The command line: `python -m local_aws [--port N] [--account ID] [--log FILE]`.

Prints one line of JSON with the endpoint once it serves, and ends when its standard input does: whoever starts it
holds the other end of that pipe, so that it never outlives them, not even if they crash.
"""

import argparse
import json
import os
import re
import signal
import sys
import threading
from typing import TextIO

from moto.core import DEFAULT_ACCOUNT_ID

from local_aws.app import LocalAws
from local_aws.calls import Calls
from local_aws.server import HOST, Server


def main() -> None:
    options = _options()
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    # It is written until the process ends.
    log = open(options.log, "w", buffering=1) if options.log else _log_of_the_tests()  # noqa: SIM115
    server = Server(options.port, LocalAws(options.account, Calls(log)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"endpoint": f"http://{HOST}:{server.port}"}), flush=True)
    _wait_for_end_of_input()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local_aws", description="AWS on one machine, for Redress.")
    parser.add_argument("--port", type=int, default=0, help="0 (the default) takes any free port")
    parser.add_argument(
        "--account", type=_account, default=DEFAULT_ACCOUNT_ID, help="whose administrator an unknown access key is"
    )
    parser.add_argument("--log", metavar="FILE", help="writes a line of JSON per AWS call")
    return parser.parse_args()


def _log_of_the_tests() -> TextIO | None:
    """A file of its own in the folder that `REDRESS_CALLS` names: what was called is compared with the deployed roles."""
    folder = os.environ.get("REDRESS_CALLS")
    return open(f"{folder}/{os.getpid()}.jsonl", "a", buffering=1) if folder else None


def _account(text: str) -> str:
    if not re.fullmatch(r"\d{12}", text):
        raise argparse.ArgumentTypeError("an account id has twelve digits")
    return text


def _leave(_signal: int, _frame: object) -> None:
    sys.exit(0)


def _wait_for_end_of_input() -> None:
    # The plain system call: `sys.stdin` would hold a lock that the interpreter needs to end while a signal leaves.
    while os.read(0, 4096):
        pass


if __name__ == "__main__":
    main()
