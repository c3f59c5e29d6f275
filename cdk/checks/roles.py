"""parliament over every role and policy of the templates, with what CloudFormation would fill in filled in."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from parliament import analyze_policy_string

PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::URLSuffix": "amazonaws.com",
}
# The form of an ARN, for what the documents refer to.
ARNS = {
    "AWS::CodeBuild::Project": "arn:aws:codebuild:us-east-1:123456789012:project/it",
    "AWS::DynamoDB::GlobalTable": "arn:aws:dynamodb:us-east-1:123456789012:table/it",
    "AWS::Events::EventBus": "arn:aws:events:us-east-1:123456789012:event-bus/it",
    "AWS::IAM::Role": "arn:aws:iam::123456789012:role/it",
    "AWS::KMS::Key": "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000",
    "AWS::Lambda::Function": "arn:aws:lambda:us-east-1:123456789012:function:it",
    "AWS::Logs::LogGroup": "arn:aws:logs:us-east-1:123456789012:log-group:it:*",
    "AWS::S3::Bucket": "arn:aws:s3:::it",
    "AWS::SNS::Topic": "arn:aws:sns:us-east-1:123456789012:it",
    "AWS::SQS::Queue": "arn:aws:sqs:us-east-1:123456789012:it",
    "AWS::StepFunctions::StateMachine": "arn:aws:states:us-east-1:123456789012:stateMachine:it",
}


def documents(template: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The identity policies of a template, by the name of their role and policy, resolved."""
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::Role":
            for inline in properties.get("Policies", []):
                yield f"{properties.get('RoleName', name)}/{inline['PolicyName']}", resolved(inline["PolicyDocument"], template)
        elif resource["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            yield name, resolved(properties["PolicyDocument"], template)


def findings(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What parliament says: the rule, and the rest."""
    for finding in analyze_policy_string(json.dumps(_with_plain_nulls(document))).findings:
        yield finding.issue, f"{finding.detail} {finding.location}"


def _with_plain_nulls(document: Mapping[str, Any]) -> dict[str, Any]:
    """parliament ends at a `Null` whose value is a list, which IAM takes; a list of one is that one."""
    copy = json.loads(json.dumps(document))
    for statement in copy["Statement"]:
        for key, value in statement.get("Condition", {}).get("Null", {}).items():
            if isinstance(value, list) and len(value) == 1:
                statement["Condition"]["Null"][key] = value[0]
    return copy


def resolved(value: Any, template: Mapping[str, Any]) -> Any:
    """A value with its intrinsic functions replaced by what they might give."""
    if isinstance(value, list):
        return [resolved(part, template) for part in value]
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1:
        [(function, argument)] = value.items()
        if function == "Ref":
            return PSEUDO.get(argument) or _arn(argument, template)
        if function == "Fn::GetAtt":
            return _arn(argument[0], template)
        if function == "Fn::Join":
            return argument[0].join(resolved(part, template) for part in argument[1])
        if function in ("Fn::ImportValue", "Fn::Sub"):
            raise ValueError(f"a policy with `{function}` cannot be looked at")
    return {key: resolved(part, template) for key, part in value.items()}


def _arn(name: str, template: Mapping[str, Any]) -> str:
    kind = template["Resources"][name]["Type"]
    if kind not in ARNS:
        raise ValueError(f"the form of the ARN of a {kind} is not in `ARNS`")
    return ARNS[kind]
