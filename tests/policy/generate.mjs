// Generates policies with many sorts of conditions: a seed gives the same ones each time.

const ACTIONS = [
  'iam:PassRole',
  'iam:Pass*',
  'iam:CreateAccessKey',
  'iam:AttachRolePolicy',
  'iam:Attach*Policy',
  'iam:PutUserPolicy',
  'iam:CreatePolicyVersion',
  'iam:UpdateAssumeRolePolicy',
  'iam:*',
  'sts:AssumeRole',
  'sts:AssumeRoot',
  'lambda:*',
  'lambda:CreateFunction',
  'lambda:InvokeFunction',
  'lambda:UpdateFunctionCode',
  'ec2:RunInstances',
  'ec2:*',
  'ssm:SendCommand',
  'ssm:StartSession',
  'ssm:*',
  'states:*',
  'scheduler:CreateSchedule',
  'glue:*',
  'cloudformation:*',
  'cloudformation:UpdateStack',
  'codebuild:StartBuild',
  'ecs:RunTask',
  'ecs:RegisterTaskDefinition',
  'eks:CreateAccessEntry',
  'sso:*',
  's3:*',
  'logs:*',
  '*',
];
const RESOURCES = [
  '*',
  '*',
  '*',
  '*',
  'arn:aws:iam::123456789012:role/*',
  'arn:aws:iam::*:role/team-*',
  'arn:aws:iam::123456789012:role/A*',
  'arn:aws:iam::123456789012:user/${aws:username}',
  'arn:aws:iam::123456789012:policy/*',
  'arn:aws:lambda:*:*:function:*',
  'arn:aws:lambda:eu-central-1:123456789012:function:dev-*',
  'arn:aws:ec2:*:*:instance/*',
  'arn:aws:ssm:*:*:document/*',
  'arn:aws:ssm:*::document/AWS-RunPatchBaseline',
  'arn:aws:cloudformation:*:*:stack/*',
  'arn:aws:s3:::assets/*',
];
const CONDITIONS = [
  { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
  { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
  { Null: { 'aws:MultiFactorAuthAge': 'true' } },
  { Null: { 'aws:PrincipalArn': 'true' } },
  { Null: { 'aws:PrincipalArn': 'false' } },
  { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } },
  { StringLike: { 'iam:PassedToService': ['ec2.*', 'states.amazonaws.com'] } },
  { StringNotEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
  { StringEqualsIfExists: { 'iam:PassedToService': 'lambda.amazonaws.com' } },
  { ArnEquals: { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/ReadOnlyAccess' } },
  { ArnLike: { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/*' } },
  { ArnNotEquals: { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/AdministratorAccess' } },
  { StringEquals: { 'iam:PermissionsBoundary': 'arn:aws:iam::123456789012:policy/boundary' } },
  { StringLike: { 'iam:PermissionsBoundary': '*' } },
  { StringLike: { 'aws:PrincipalArn': '*' } },
  { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::123456789012:role/*' } },
  { ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::123456789012:role/admin-*' } },
  { StringEquals: { 'aws:PrincipalAccount': '123456789012' } },
  { StringEquals: { 'aws:PrincipalAccount': '999999999999' } },
  { StringEquals: { 'aws:PrincipalTag/team': 'data' } },
  { StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' } },
  { StringEquals: { 'aws:ResourceTag/team': 'data' } },
  { StringNotEquals: { 'aws:ResourceTag/team': 'security' } },
  { StringEquals: { 'aws:ResourceAccount': '${aws:PrincipalAccount}' } },
  { StringEquals: { 'ssm:resourceTag/team': 'data' } },
  { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } },
  { IpAddress: { 'aws:SourceIp': ['0.0.0.0/1', '128.0.0.0/1'] } },
  { NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } },
  { StringEquals: { 'aws:RequestedRegion': ['us-east-1', 'eu-central-1'] } },
  { StringNotEquals: { 'aws:RequestedRegion': 'eu-central-1' } },
  { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] } },
  { 'ForAnyValue:StringEquals': { 'aws:CalledVia': 'cloudformation.amazonaws.com' } },
  { DateGreaterThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } },
  { DateLessThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } },
  { Bool: { 'aws:SecureTransport': 'true' } },
  { Bool: { 'aws:ViaAWSService': 'false' } },
  { StringLike: { 'aws:userid': '*:i-*' } },
  { StringEquals: { 'aws:SourceVpc': 'vpc-0123456789abcdef0' } },
  { StringEquals: { 'sts:ExternalId': 'word' } },
];
const PRINCIPALS = [
  '*',
  { AWS: '*' },
  { AWS: '123456789012' },
  { AWS: 'arn:aws:iam::999999999999:root' },
  { Service: 'ec2.amazonaws.com' },
  { AWS: ['arn:aws:iam::999999999999:role/ci', 'arn:aws:iam::123456789012:root'] },
  { Federated: 'cognito-identity.amazonaws.com' },
  { Federated: 'accounts.google.com' },
  { Federated: 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com' },
  { Federated: 'arn:aws:iam::123456789012:saml-provider/corp' },
];
const OF_TRUST = [
  { StringEquals: { 'sts:ExternalId': 'word' } },
  { StringLike: { 'sts:ExternalId': 'w*' } },
  { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } },
  { StringNotEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } },
  { StringEqualsIfExists: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } },
  { StringEquals: { 'aws:PrincipalAccount': ['123456789012', '210987654321'] } },
  { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/deploy' } },
  { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::123456789012:*' } },
  { ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::999999999999:role/x' } },
  { Null: { 'aws:PrincipalOrgID': 'true' } },
  { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } },
  { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
  { StringEquals: { 'aws:SourceAccount': '123456789012' } },
  { StringEquals: { 'cognito-identity.amazonaws.com:aud': 'eu-central-1:1' } },
  { 'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': 'authenticated' } },
  { StringEquals: { 'accounts.google.com:aud': '1.apps.googleusercontent.com' } },
  { StringLike: { 'accounts.google.com:sub': '*' } },
  { StringEquals: { 'token.actions.githubusercontent.com:repository': 'octo-org/app' } },
  { StringLike: { 'token.actions.githubusercontent.com:repository': '*/app' } },
  { StringEquals: { 'saml:aud': 'https://signin.aws.amazon.com/saml' } },
];

/** Identity policies. */
export function documents(seed, number) {
  const { pick, chance, some } = dice(seed);
  const statement = () => ({
    Effect: chance(0.25) ? 'Deny' : 'Allow',
    [chance(0.06) ? 'NotAction' : 'Action']: some(ACTIONS, 4),
    [chance(0.05) ? 'NotResource' : 'Resource']: some(RESOURCES, 3),
    ...(chance(0.6) && { Condition: conditions(pick, chance, CONDITIONS) }),
  });
  return Array.from({ length: number }, (_, index) => ({
    id: `generated-${index}`,
    document: { Version: '2012-10-17', Statement: Array.from({ length: 1 + (index % 4) }, statement) },
  }));
}

/** Trust policies. */
export function trusts(seed, number) {
  const { pick, chance } = dice(seed + 1);
  const statement = () => {
    const principal = pick(PRINCIPALS);
    const federated = JSON.stringify(principal).includes('saml')
      ? 'sts:AssumeRoleWithSAML'
      : 'sts:AssumeRoleWithWebIdentity';
    return {
      Effect: chance(0.2) ? 'Deny' : 'Allow',
      Principal: principal,
      Action: principal.Federated ? federated : 'sts:AssumeRole',
      ...(chance(0.7) && { Condition: conditions(pick, chance, OF_TRUST) }),
    };
  };
  return Array.from({ length: number }, (_, index) => ({
    id: `trust-${index}`,
    of: 'trust',
    document: { Version: '2012-10-17', Statement: Array.from({ length: 1 + (index % 3) }, statement) },
  }));
}

/** One to three conditions; of two with one operator and key the later one counts. */
function conditions(pick, chance, from) {
  const all = {};
  do {
    for (const [operator, tests] of Object.entries(pick(from))) all[operator] = { ...all[operator], ...tests };
  } while (chance(0.35));
  return all;
}

function dice(seed) {
  let state = seed >>> 0;
  const next = () => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const pick = (from) => from[Math.floor(next() * from.length)];
  const some = (from, most) => [...new Set(Array.from({ length: 1 + Math.floor(next() * most) }, () => pick(from)))];
  return { pick, some, chance: (rate) => next() < rate };
}
