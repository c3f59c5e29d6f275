"""Generates policy documents: a seed gives the same ones each time."""

import random
from collections.abc import Iterator

ACTIONS = [
    "iam:PassRole", "iam:Pass*", "iam:CreateAccessKey", "iam:Create*", "iam:AttachRolePolicy", "iam:Attach*Policy",
    "iam:PutUserPolicy", "iam:Put*", "iam:SetDefaultPolicyVersion", "iam:UpdateAssumeRolePolicy", "iam:UpdateLoginProfile",
    "iam:*", "iam:Get*", "iam:List*", "sts:AssumeRole", "sts:*", "lambda:CreateFunction", "lambda:InvokeFunction",
    "lambda:UpdateFunctionCode", "lambda:AddPermission", "lambda:CreateEventSourceMapping", "lambda:*", "ec2:RunInstances",
    "ec2:Run*", "ec2:Describe*", "ec2:*", "glue:CreateJob", "glue:StartJobRun", "glue:UpdateDevEndpoint", "glue:*",
    "cloudformation:CreateStack", "cloudformation:*", "datapipeline:*", "ecs:RegisterTaskDefinition", "ecs:RunTask",
    "sagemaker:CreateNotebookInstance", "codebuild:CreateProject", "codebuild:StartBuild", "s3:GetObject", "s3:*",
    "dynamodb:PutItem", "logs:*", "cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet", "*",
]  # fmt: skip
RESOURCES = [
    "*", "*", "*", "*", "arn:aws:iam::123456789012:role/*", "arn:aws:iam::123456789012:user/*", "arn:aws:iam::*:*",
    "arn:aws:iam::123456789012:role/worker", "arn:aws:lambda:*:*:function:*", "arn:aws:s3:::assets/*",
]  # fmt: skip
CONDITIONS = [
    {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
    {"StringLike": {"aws:PrincipalArn": "*"}},
    {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    {"StringNotEquals": {"aws:RequestedRegion": "eu-central-1"}},
]


def documents(seed: int, number: int) -> Iterator[tuple[str, dict]]:
    dice = random.Random(seed)
    for index in range(number):
        statements = [statement(dice) for _ in range(dice.randint(1, 4))]
        one = len(statements) == 1 and dice.random() < 0.3
        yield f"generated-{index}", {"Version": "2012-10-17", "Statement": statements[0] if one else statements}


def statement(dice: random.Random) -> dict:
    actions = [spelled(dice, action) for action in dice.sample(ACTIONS[:-1], dice.randint(1, 5))]
    if dice.random() < 0.06:
        actions = ["*"]
    resources = dice.sample(RESOURCES, dice.choice([1, 1, 1, 2]))
    made = {"Effect": "Deny" if dice.random() < 0.2 else "Allow"}
    made["NotAction" if dice.random() < 0.08 else "Action"] = actions[0] if len(actions) == 1 else actions
    made["NotResource" if dice.random() < 0.04 else "Resource"] = resources[0] if len(resources) == 1 else resources
    if dice.random() < 0.2:
        made["Condition"] = dice.choice(CONDITIONS)
    return made


def spelled(dice: random.Random, action: str) -> str:
    """The action in other letters, which stand for the same."""
    how = dice.random()
    if how < 0.05:
        return action.lower()
    if how < 0.10 and "*" not in action:
        return action[:-1] + "?"
    return action
