"""`make deploy` and `make smoke` as people run them, against the emulators."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from aws import ACCOUNT, REGION, REPOSITORY, LocalAws

# Without the check of templates against CloudFormation's schemas: `cdk deploy` checks the same templates anyway.
QUICK = {"CDK_VALIDATION": "false"}


@dataclass(frozen=True)
class Said:
    """The exit code and the output of a script, and the stacks that exist afterwards."""

    code: int
    text: str
    stacks: list[str]


def attempts(aws: LocalAws) -> dict[str, Said]:
    """Deploys, after attempts that must be refused."""
    elsewhere = aws.folder / "elsewhere.mts"
    local = (REPOSITORY / "cdk/local/config.ts").as_uri()
    home = '{ account: "210987654321", region: "us-east-1" }'
    elsewhere.write_text(
        f'import {{ config as local }} from "{local}";\nexport const config = {{ ...local, home: {home} }};\n'
    )
    said = {
        "wrong credentials": deploy(aws, AWS_ACCESS_KEY_ID="AKIANOBODYKNOWSTHIS0"),
        "not packaged": deploy(aws, YES="1", REDRESS_PACKAGE=str(aws.folder / "nothing")),
        "another account": deploy(aws, YES="1", REDRESS_CONFIG=str(elsewhere)),
        "not prepared": deploy(aws, YES="1"),
    }
    aws.cdk("bootstrap", f"aws://{ACCOUNT}/{REGION}", "--output", str(aws.folder / "cdk.out"))
    said["no"] = deploy(aws, answer="no\n", YES="no")
    said["yes"] = deploy(aws, answer="yes\n")
    return said


def deploy(aws: LocalAws, answer: str = "", **settings: str) -> Said:
    """`make deploy`, with an answer to its question."""
    return run(aws, ["cdk/scripts/deploy.sh"], answer, QUICK | settings)


def smoke(aws: LocalAws, **settings: str) -> Said:
    """`make smoke`."""
    return run(aws, ["target/venv/bin/python", "cdk/scripts/smoke.py"], "", settings)


def run(aws: LocalAws, command: list[str], answer: str, settings: Mapping[str, str]) -> Said:
    ended = subprocess.run(
        command,
        cwd=REPOSITORY,
        env={**aws.environment, **settings},
        input=answer,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    stacks = aws.client("cloudformation").describe_stacks()["Stacks"]
    return Said(ended.returncode, ended.stdout, sorted(stack["StackName"] for stack in stacks))
