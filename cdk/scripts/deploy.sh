#!/bin/sh
# Deploys to AWS with the credentials of this shell: checks them, shows what would change, asks, deploys, and says where to
# look. YES=1 does not ask, for a pipeline that has asked already. STACKS names stacks [default: all of the home account].
set -eu
cd "$(dirname "$0")/.."

cdk=node_modules/.bin/cdk
if ! identity=$(../target/venv/bin/aws sts get-caller-identity --output text --query '[Account,Arn]' 2>&1); then
    echo "These credentials do not work:" >&2
    echo "    $identity" >&2
    echo 'Sign in (`aws sso login`), or set AWS_PROFILE; AWS_REGION says where.' >&2
    exit 1
fi
# shellcheck disable=SC2086
set -- $identity
account=$1
export CDK_DEFAULT_ACCOUNT=${REDRESS_ACCOUNT:-$account}
export CDK_DEFAULT_REGION=${REDRESS_REGION:-${AWS_REGION:-${AWS_DEFAULT_REGION:-us-east-1}}}
if [ "$CDK_DEFAULT_ACCOUNT" != "$account" ]; then
    echo "These credentials are those of $account, and it is to be deployed to $CDK_DEFAULT_ACCOUNT" >&2
    exit 1
fi
echo "Deploying to $account in $CDK_DEFAULT_REGION as $2"

made=cdk.out/deploy
$cdk synth --quiet --output "$made"
stacks=${STACKS:-$($cdk list --app "$made" | grep -v '^RedressMember-' | grep -v '^RedressPipeline$' | tr '\n' ' ')}
# shellcheck disable=SC2086
$cdk diff --app "$made" $stacks
if [ -z "${YES:-}" ]; then
    printf 'Deploy %s? Only "yes" does. ' "$stacks"
    read -r answer
    [ "$answer" = yes ] || { echo 'Nothing was changed.'; exit 1; }
fi
# shellcheck disable=SC2086
$cdk deploy --app "$made" --require-approval never --outputs-file "$made/outputs.json" $stacks

console=https://$CDK_DEFAULT_REGION.console.aws.amazon.com
cat <<EOF

It is deployed. Look at
  runs        $console/states/home?region=$CDK_DEFAULT_REGION#/statemachines
  dashboard   $console/cloudwatch/home?region=$CDK_DEFAULT_REGION#dashboards/dashboard/Redress
  messages    the topic \`redress\`; whoever subscribed by e-mail must confirm it once
  outputs     cdk/$made/outputs.json
  smoke test  make smoke
EOF
