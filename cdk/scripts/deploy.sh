#!/bin/sh
# Deploys to AWS with the credentials of this shell: checks them, shows the changes, asks, deploys, and prints addresses.
# Nothing is changed before the answer.
#   YES=1     does not ask, for a pipeline that has asked already. No other value of YES does that
#   STACKS    the names of the stacks [default: all of the home account]
#   REDRESS_ACCOUNT, REDRESS_REGION   the place to deploy to [default: the home of cdk/config.ts]. Another account is
#             deployed to with the roles of its bootstrap stack, which must trust the account of these credentials. Stacks
#             of a member are deployed with that member's credentials; REDRESS_ACCOUNT is then the account of the home
set -eu
cd "$(dirname "$0")/.."

cdk=node_modules/.bin/cdk
aws=../target/venv/bin/aws
outputs=cdk.out/outputs.json
stop() {
    printf '%s\n' "$@" >&2
    exit 1
}

region=${REDRESS_REGION:-${AWS_REGION:-${AWS_DEFAULT_REGION:-$($aws configure get region 2>/dev/null || echo us-east-1)}}}
# The CDK command line tells the app this region as its default.
export AWS_REGION="$region" AWS_DEFAULT_REGION="$region"
identity=$($aws sts get-caller-identity --output text --query '[Account,Arn]' 2>&1) || stop \
    'These credentials do not work:' "    $(echo "$identity" | grep .)" \
    'Sign in (`aws sso login`), or set AWS_PROFILE; AWS_REGION is the region.'
account=$(echo "$identity" | cut -f 1)
caller=$(echo "$identity" | cut -f 2)

# A folder of its own, so that another deployment from this checkout cannot replace the templates that were shown.
mkdir -p cdk.out
made=$(mktemp -d cdk.out/deploy.XXXXXX)
trap 'rm -rf "$made"' EXIT
trap 'exit 1' HUP INT TERM

$cdk synth --quiet --output "$made"
# shellcheck disable=SC2086
places=$(node scripts/stacks.mjs "$made" ${STACKS:-})
stacks=$(echo "$places" | cut -d ' ' -f 1 | tr '\n' ' ')
allowed=${REDRESS_ACCOUNT:-$account}
advice='Sign in to that account, or, if its bootstrap stack trusts this one, set REDRESS_ACCOUNT to it.'
if echo "$places" | grep -q '^RedressMember-'; then
    advice='Sign in to that account, and name no stacks but those of it: REDRESS_ACCOUNT is the account of the home.'
    echo "$places" | grep -qv "^RedressMember-$account-" || allowed=$account
fi
echo "$places" | while read -r name to in version; do
    [ "$to" = "$allowed" ] || stop \
        "\`$name\` is deployed to $to, and these credentials are those of $account ($caller)." "$advice"
    # In another account only its bootstrap roles can read the parameter.
    [ "$to" = "$account" ] || continue
    why=$($aws ssm get-parameter --region "$in" --name "$version" 2>&1) || case $why in
    *ParameterNotFound*)
        stop "$to is not prepared for CDK in $in. Once for each account and region:" \
            "    cd cdk && node_modules/.bin/cdk bootstrap aws://$to/$in"
        ;;
    esac
done
region=$(echo "$places" | head -n 1 | cut -d ' ' -f 3)
to=$(echo "$places" | head -n 1 | cut -d ' ' -f 2)
echo "Deploying to $to in $region as $caller"

# A change set would show replacements too, but it is created in the account.
# shellcheck disable=SC2086
$cdk diff --no-change-set --app "$made" $stacks
if [ "${YES:-}" != 1 ]; then
    printf 'Deploy %s? Only "yes" does. ' "$stacks"
    read -r answer || answer=
    [ "$answer" = yes ] || stop 'Nothing was changed.'
fi
# shellcheck disable=SC2086
$cdk deploy --app "$made" --require-approval never --outputs-file "$made/outputs.json" $stacks
# Without outputs there is no such file.
[ ! -f "$made/outputs.json" ] || mv "$made/outputs.json" "$outputs"

case $region in
cn-*) console=https://$region.console.amazonaws.cn ;;
us-gov-*) console=https://$region.console.amazonaws-us-gov.com ;;
*) console=https://$region.console.aws.amazon.com ;;
esac
cat <<EOT

It is deployed. Look at
  runs        $console/states/home?region=$region#/statemachines
  dashboard   $console/cloudwatch/home?region=$region#dashboards/dashboard/Redress
  messages    the topic \`redress\`; each e-mail subscription must be confirmed once
  outputs     cdk/$outputs
  smoke test  make smoke
EOT
