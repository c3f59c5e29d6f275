"""AWS on one machine, for deployments: ministack with IAM enforced, and moto for Security Hub.

ministack has CloudFormation, Lambda (the tasks run as processes), Step Functions, EventBridge, DynamoDB, SNS and IAM. It
has no Security Hub: once IAM has allowed a call of that service, it is forwarded to `tests/aws`.
"""

import json
import os
import subprocess
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import botocore.session
from botocore.config import Config

REPOSITORY = Path(__file__).resolve().parents[2]
ACCOUNT = "123456789012"
REGION = "us-east-1"
# The account's root in both emulators.
ADMINISTRATOR = dict.fromkeys(("AccessKeyId", "SecretAccessKey", "SessionToken"), "administrator")


class LocalAws:
    """Both emulators, until `close`."""

    def __init__(self, folder: Path, package: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.calls_file = folder / "calls.jsonl"
        self._processes: list[subprocess.Popen[bytes]] = []
        self.hub = self._start("venv", "tests/aws", "local_aws")
        self.endpoint = self._start(
            "ministack", "tests/ministack", "enforced_aws", "--security-hub", self.hub, "--log", str(self.calls_file)
        )
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))},
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": ADMINISTRATOR["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": ADMINISTRATOR["SecretAccessKey"],
            "AWS_SESSION_TOKEN": ADMINISTRATOR["SessionToken"],
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "CDK_DEFAULT_ACCOUNT": ACCOUNT,
            "CDK_DEFAULT_REGION": REGION,
            "REDRESS_CONFIG": str(REPOSITORY / "cdk/local/config.ts"),
            "REDRESS_LOCAL": "1",
            "REDRESS_PACKAGE": str(package),
        }

    def client(self, service: str, session: Mapping[str, str] = ADMINISTRATOR) -> Any:
        """A client of a service, for the administrator or for a session."""
        return botocore.session.get_session().create_client(
            service,
            region_name=REGION,
            endpoint_url=self.endpoint,
            aws_access_key_id=session["AccessKeyId"],
            aws_secret_access_key=session["SecretAccessKey"],
            aws_session_token=session["SessionToken"],
            config=Config(retries={"total_max_attempts": 1}),
        )

    def deploy(self, *stacks: str) -> None:
        """`cdk bootstrap` and `cdk deploy`, of templates that are synthesised once."""
        made = str(self.folder / "cdk.out")
        self.cdk("synth", "--quiet", "--output", made)
        self.cdk("bootstrap", f"aws://{ACCOUNT}/{REGION}", "--app", made)
        self.cdk("deploy", *stacks, "--app", made, "--require-approval", "never", "--concurrency", "2")

    def cdk(self, *arguments: str) -> None:
        """Runs the CDK command line against these emulators. Its output is in a file, and is shown if it fails."""
        log = self.folder / "cdk.log"
        with log.open("ab") as out:
            command = [str(REPOSITORY / "cdk/node_modules/.bin/cdk"), *arguments]
            ended = subprocess.run(command, cwd=REPOSITORY / "cdk", env=self.environment, stdout=out, stderr=out)
        if ended.returncode != 0:
            raise RuntimeError(f"`cdk {' '.join(arguments)}` failed:\n{log.read_text()[-4000:]}")

    def calls(self) -> list[dict[str, Any]]:
        """The calls of the deployed functions so far, with the decisions of IAM."""
        calls = (json.loads(line) for line in self.calls_file.read_text().splitlines())
        return [call for call in calls if call["caller"] == f"redress-{call['session']}"]

    def seed_hub(self, event: Mapping[str, Any]) -> None:
        """Adds the finding of an event to Security Hub."""
        request = urllib.request.Request(f"{self.hub}/_redress/seed", json.dumps(event).encode(), method="POST")
        urllib.request.urlopen(request).read()

    def close(self) -> None:
        """Ends both, by closing their input."""
        for process in self._processes:
            if process.stdin:
                process.stdin.close()
            process.wait()
            if process.stdout:
                process.stdout.close()

    def _start(self, environment: str, folder: str, module: str, *options: str) -> str:
        """Starts an emulator, and returns its URL. Functions inherit its environment, so it gets none of this process's."""
        command = [str(REPOSITORY / f"target/{environment}/bin/python"), "-m", module, "--account", ACCOUNT, *options]
        with (self.folder / f"{module}.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=REPOSITORY / folder,
                env={"PATH": os.environ["PATH"]},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self._processes.append(process)
        assert process.stdout
        if line := process.stdout.readline():
            return str(json.loads(line)["endpoint"])
        raise RuntimeError(f"`{module}` did not start: {(self.folder / f'{module}.log').read_text()[-2000:]}")
