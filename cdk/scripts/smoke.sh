#!/bin/sh
# Sends a finding of the canary through the deployed bus, and waits for its plan: nothing is changed. Exit 0: it came.
set -eu
cd "$(dirname "$0")/../.."
aws=target/venv/bin/aws
seconds=${SECONDS_TO_WAIT:-300}
account=$($aws sts get-caller-identity --output text --query Account)
region=${REDRESS_REGION:-${AWS_REGION:-${AWS_DEFAULT_REGION:-us-east-1}}}
partition=$($aws sts get-caller-identity --output text --query Arn | cut -d : -f 2)
machine=arn:$partition:states:$region:$account:stateMachine:redress-canary
id=smoke-$(date +%s)-$$

role=$($aws iam list-roles --path-prefix /redress-canary/ --output text --query 'Roles[0].[RoleName,RoleId]')
[ "$role" != None ] || { echo 'There is no canary: `canary` in cdk/config.ts switches it on' >&2; exit 1; }
# shellcheck disable=SC2086
set -- $role
entry=$(python3 -c '
import json, sys
account, region, partition, finding, name, role = sys.argv[1:]
key = {"userType": "AssumedRole", "userName": name, "principalId": f"{role}:i-0123456789abcdef0"}
detail = {
    "schemaVersion": "2.0", "accountId": account, "region": region, "partition": partition, "id": finding,
    "arn": f"arn:{partition}:guardduty:{region}:{account}:detector/canary/finding/{finding}",
    "type": "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS", "title": "The canary of Redress",
    "severity": 1, "resource": {"resourceType": "AccessKey", "accessKeyDetails": key},
    "service": {"serviceName": "guardduty", "archived": False, "count": 1},
}
print(json.dumps([{"Source": "redress.canary", "DetailType": "GuardDuty Finding", "Detail": json.dumps(detail)}]))
' "$account" "$region" "$partition" "$id" "$1" "$2")
started=$(date +%s)
before=$($aws stepfunctions list-executions --state-machine-arn "$machine" --query 'length(executions)' --output text)
$aws events put-events --entries "$entry" --output text --query FailedEntryCount | grep -qx 0
while :; do
    latest=$($aws stepfunctions list-executions --state-machine-arn "$machine" --max-items 1 \
        --query 'executions[0].[status,executionArn]' --output text | head -n 1)
    count=$($aws stepfunctions list-executions --state-machine-arn "$machine" --query 'length(executions)' --output text)
    # shellcheck disable=SC2086
    set -- $latest
    if [ "$count" -gt "$before" ]; then
        case $1 in
        SUCCEEDED)
            $aws stepfunctions describe-execution --execution-arn "$2" --query output --output text | grep -q Planned
            echo "The canary came back with a plan after $(($(date +%s) - started)) s."
            exit 0
            ;;
        FAILED | TIMED_OUT | ABORTED) echo "The canary's run $2 ended as $1" >&2; exit 1 ;;
        esac
    fi
    if [ $(($(date +%s) - started)) -gt "$seconds" ]; then
        echo "No plan came back from the canary within $seconds s: look at the runs of redress-canary" >&2
        exit 1
    fi
    sleep 5
done
