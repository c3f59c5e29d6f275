#!/bin/sh
# Deploys to AWS with the credentials of this shell: checks them, shows what would change, asks, deploys, and says where to
# look. Nothing is changed before the answer.
#   YES=1     does not ask, for a pipeline that has asked already
#   STACKS    names stacks [default: all of the home account]
#   REDRESS_ACCOUNT, REDRESS_REGION   deploy there instead of the home of cdk/config.ts: to another account with the roles
#             of its bootstrap stack, which must trust the account of these credentials
set -eu
cd "$(dirname "$0")/.."

cdk=node_modules/.bin/cdk
aws=../target/venv/bin/aws
made=cdk.out/deploy
stop() {
    printf '%s\n' "$@" >&2
    exit 1
}

region=${REDRESS_REGION:-${AWS_REGION:-${AWS_DEFAULT_REGION:-$($aws configure get region 2>/dev/null || echo us-east-1)}}}
# The CDK command line tells the app this region as its default.
export AWS_REGION="$region" AWS_DEFAULT_REGION="$region"
identity=$($aws sts get-caller-identity --output text --query '[Account,Arn]' 2>&1) || stop \
    'These credentials do not work:' "    $(echo "$identity" | grep .)" \
    'Sign in (`aws sso login`), or set AWS_PROFILE; AWS_REGION says where.'
account=$(echo "$identity" | cut -f 1)
caller=$(echo "$identity" | cut -f 2)

$cdk synth --quiet --output "$made"
# shellcheck disable=SC2086
places=$(node scripts/stacks.mjs "$made" ${STACKS:-})
stacks=$(echo "$places" | cut -d ' ' -f 1 | tr '\n' ' ')
echo "$places" | while read -r name to in; do
    [ "$to" = "${REDRESS_ACCOUNT:-$account}" ] || stop \
        "\`$name\` is deployed to $to, and these credentials are those of $account ($caller)." \
        'Sign in to that account, or, if its bootstrap stack trusts this one, set REDRESS_ACCOUNT to it.'
    # Of another account only its bootstrap roles know.
    [ "$to" = "$account" ] || continue
    why=$($aws ssm get-parameter --region "$in" --name /cdk-bootstrap/hnb659fds/version 2>&1) || case $why in
    *ParameterNotFound*)
        stop "$to is not prepared for CDK in $in. Once for each account and region:" \
            "    cd cdk && node_modules/.bin/cdk bootstrap aws://$to/$in"
        ;;
    esac
done
region=$(echo "$places" | head -n 1 | cut -d ' ' -f 3)
to=$(echo "$places" | head -n 1 | cut -d ' ' -f 2)
echo "Deploying to $to in $region as $caller"

# A change set would say more about replacements, but it is made in the account.
# shellcheck disable=SC2086
$cdk diff --no-change-set --app "$made" $stacks
if [ -z "${YES:-}" ]; then
    printf 'Deploy %s? Only "yes" does. ' "$stacks"
    read -r answer || answer=
    [ "$answer" = yes ] || stop 'Nothing was changed.'
fi
# shellcheck disable=SC2086
$cdk deploy --app "$made" --require-approval never --outputs-file "$made/outputs.json" $stacks

case $region in
cn-*) console=https://$region.console.amazonaws.cn ;;
us-gov-*) console=https://$region.console.amazonaws-us-gov.com ;;
*) console=https://$region.console.aws.amazon.com ;;
esac
cat <<EOT

It is deployed. Look at
  runs        $console/states/home?region=$region#/statemachines
  dashboard   $console/cloudwatch/home?region=$region#dashboards/dashboard/Redress
  messages    the topic \`redress\`; whoever subscribed by e-mail must confirm it once
  outputs     cdk/$made/outputs.json
  smoke test  make smoke
EOT
