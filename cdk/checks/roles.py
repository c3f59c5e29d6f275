"""parliament over every role and policy of the templates, with examples for the values that CloudFormation fills in."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from parliament import analyze_policy_string

PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::URLSuffix": "amazonaws.com",
}
# An example of the ARN of each type of resource that documents refer to, or of the id, if the resource has no ARN of its own.
ARNS = {
    "AWS::ApiGatewayV2::Api": "a1b2c3d4e5",
    "AWS::CodeBuild::Project": "arn:aws:codebuild:us-east-1:123456789012:project/it",
    "AWS::DynamoDB::GlobalTable": "arn:aws:dynamodb:us-east-1:123456789012:table/it",
    "AWS::Events::EventBus": "arn:aws:events:us-east-1:123456789012:event-bus/it",
    "AWS::Events::Rule": "it",
    "AWS::IAM::Role": "arn:aws:iam::123456789012:role/it",
    "AWS::KMS::Key": "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000",
    "AWS::Lambda::Function": "arn:aws:lambda:us-east-1:123456789012:function:it",
    "AWS::Logs::LogGroup": "arn:aws:logs:us-east-1:123456789012:log-group:it:*",
    "AWS::S3::Bucket": "arn:aws:s3:::it",
    "AWS::SNS::Topic": "arn:aws:sns:us-east-1:123456789012:it",
    "AWS::SQS::Queue": "arn:aws:sqs:us-east-1:123456789012:it",
    "AWS::SSM::Parameter": "/it",
    "AWS::StepFunctions::StateMachine": "arn:aws:states:us-east-1:123456789012:stateMachine:it",
}


Exports = Mapping[str, Any]


def exports(templates: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The values that stacks export, by name."""
    found: dict[str, Any] = {}
    for template in templates:
        for output in template.get("Outputs", {}).values():
            if "Export" in output:
                found[output["Export"]["Name"]] = resolved(output["Value"], template, {})
    return found


def documents(template: Mapping[str, Any], exports: Exports) -> Iterator[tuple[str, dict[str, Any]]]:
    """The identity policies of a template, by the name of their role and policy, resolved."""
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::Role":
            for inline in properties.get("Policies", []):
                yield (
                    f"{properties.get('RoleName', name)}/{inline['PolicyName']}",
                    resolved(inline["PolicyDocument"], template, exports),
                )
        elif resource["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            yield name, resolved(properties["PolicyDocument"], template, exports)


def findings(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The findings of parliament: the rule, and the message."""
    for finding in analyze_policy_string(json.dumps(_with_plain_nulls(document))).findings:
        yield finding.issue, f"{finding.detail} {finding.location}"


def _with_plain_nulls(document: Mapping[str, Any]) -> dict[str, Any]:
    """IAM accepts a list as the value of `Null`, and parliament crashes at one: a list of one becomes its value."""
    copy = json.loads(json.dumps(document))
    for statement in copy["Statement"]:
        for key, value in statement.get("Condition", {}).get("Null", {}).items():
            if isinstance(value, list) and len(value) == 1:
                statement["Condition"]["Null"][key] = value[0]
    return copy


def resolved(value: Any, template: Mapping[str, Any], exports: Exports) -> Any:
    """A value with its intrinsic functions replaced by examples of their results."""
    if isinstance(value, list):
        return [resolved(part, template, exports) for part in value]
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1:
        [(function, argument)] = value.items()
        if function == "Ref":
            return PSEUDO.get(argument) or _arn(argument, template)
        if function == "Fn::GetAtt":
            return _arn(argument[0], template)
        if function == "Fn::Join":
            return argument[0].join(resolved(part, template, exports) for part in argument[1])
        if function == "Fn::ImportValue" and argument in exports:
            return exports[argument]
        if function in ("Fn::ImportValue", "Fn::Sub"):
            raise ValueError(f"a policy with `{function}` of `{argument}` cannot be checked")
    return {key: resolved(part, template, exports) for key, part in value.items()}


def _arn(name: str, template: Mapping[str, Any]) -> str:
    kind = template["Resources"][name]["Type"]
    if kind not in ARNS:
        raise ValueError(f"`ARNS` has no example for a {kind}: add one")
    return ARNS[kind]
