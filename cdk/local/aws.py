"""AWS on one machine, to deploy to: ministack with IAM enforced, and moto for what it lacks.

ministack has CloudFormation, Lambda (the tasks run as processes), Step Functions, EventBridge, DynamoDB, SNS and IAM. It
has no Security Hub: the tasks reach that one service in `tests/aws`, through the SDK's setting for endpoints.
"""

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import botocore.session
from botocore.config import Config

REPOSITORY = Path(__file__).resolve().parents[2]
ACCOUNT = "123456789012"
REGION = "us-east-1"


class LocalAws:
    """Both emulators, until `close`."""

    def __init__(self, folder: Path, package: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.calls_file = folder / "calls.jsonl"
        self._processes: list[subprocess.Popen[bytes]] = []
        self.hub = self._start_moto()
        self.endpoint = self._start_ministack()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))},
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "CDK_DEFAULT_ACCOUNT": ACCOUNT,
            "CDK_DEFAULT_REGION": REGION,
            "REDRESS_CONFIG": str(REPOSITORY / "cdk/local/config.ts"),
            "REDRESS_LOCAL": "1",
            "REDRESS_PACKAGE": str(package),
        }

    def client(self, service: str, session: Mapping[str, str] | None = None) -> Any:
        """A client of a service: the administrator's, or that of a session."""
        keys = session or {"AccessKeyId": "test", "SecretAccessKey": "test"}
        return botocore.session.get_session().create_client(
            service,
            region_name=REGION,
            endpoint_url=self.hub if service == "securityhub" else self.endpoint,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys.get("SessionToken"),
            config=Config(retries={"total_max_attempts": 1}),
        )

    def deploy(self, *stacks: str) -> None:
        """`cdk bootstrap` and `cdk deploy`, of templates that are made once."""
        made = str(self.folder / "cdk.out")
        self.cdk("synth", "--quiet", "--output", made)
        self.cdk("bootstrap", f"aws://{ACCOUNT}/{REGION}", "--app", made)
        self.cdk("deploy", *stacks, "--app", made, "--require-approval", "never", "--concurrency", "2")

    def cdk(self, *arguments: str) -> None:
        """Runs the CDK command line against these emulators; what it says goes to a file, and is shown if it fails."""
        log = self.folder / "cdk.log"
        with log.open("ab") as out:
            command = [str(REPOSITORY / "cdk/node_modules/.bin/cdk"), *arguments]
            ended = subprocess.run(command, cwd=REPOSITORY / "cdk", env=self.environment, stdout=out, stderr=out)
        if ended.returncode != 0:
            raise RuntimeError(f"`cdk {' '.join(arguments)}` failed:\n{log.read_text()[-4000:]}")

    def calls(self) -> list[dict[str, Any]]:
        """The calls of sessions so far, with whether the role allowed them; those to Security Hub are moto's."""
        calls = [json.loads(line) for line in self.calls_file.read_text().splitlines()]
        with urllib.request.urlopen(f"{self.hub}/_redress/calls") as answer:
            hub = json.load(answer)
        return calls + [
            {"caller": "", "action": f"{call['service']}:{call['action']}", "allowed": True}
            for call in hub
            if call["service"] == "securityhub"
        ]

    def seed_hub(self, event: Mapping[str, Any]) -> None:
        """Security Hub knows the finding of an event."""
        request = urllib.request.Request(f"{self.hub}/_redress/seed", json.dumps(event).encode(), method="POST")
        urllib.request.urlopen(request).read()

    def close(self) -> None:
        """Ends both, by ending their input."""
        for process in self._processes:
            if process.stdin:
                process.stdin.close()
            process.wait()
            if process.stdout:
                process.stdout.close()

    def _start_moto(self) -> str:
        process = subprocess.Popen(
            [str(REPOSITORY / "target/venv/bin/python"), "-m", "local_aws", "--account", ACCOUNT],
            cwd=REPOSITORY / "tests/aws",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._processes.append(process)
        assert process.stdout
        return str(json.loads(process.stdout.readline())["endpoint"])

    def _start_ministack(self) -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        endpoint = f"http://127.0.0.1:{port}"
        temporary = self.folder / "tmp"
        temporary.mkdir(exist_ok=True)
        settings = {
            "AUTH": "true",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ENDPOINT_URL_SECURITYHUB": self.hub,
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "LAMBDA_EXECUTOR": "local",
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "MINISTACK_REGION": REGION,
            "PATH": os.environ["PATH"],
            "TMPDIR": str(temporary),
        }
        server = Path(__file__).with_name("ministack_server.py")
        command = [str(REPOSITORY / "target/cdk/ministack/bin/python"), str(server), "--calls", str(self.calls_file)]
        with (self.folder / "ministack.log").open("wb") as log:
            process = subprocess.Popen(command, env=settings, stdin=subprocess.PIPE, stdout=log, stderr=log)
        self._processes.append(process)
        deadline = time.monotonic() + 30
        while True:
            try:
                urllib.request.urlopen(f"{endpoint}/_ministack/health").read()
                return endpoint
            except OSError as why:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"ministack did not start: {(self.folder / 'ministack.log').read_text()[-2000:]}") from why
                time.sleep(0.1)
