/** A configuration that cannot be deployed says what is wrong with it, all of it, in the words of whoever wrote it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Config } from '../lib/config/types.ts';
import { ConfigError, iamRegionOf, partitionOf, validate } from '../lib/config/validate.ts';
import { readFolders } from '../lib/folder.ts';
import { government, small, whole } from './configs.ts';

const folders = readFolders();

/** What is said of a configuration. */
function problems(config: Config): readonly string[] {
  try {
    validate(config, folders);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.problems;
  }
}

for (const [name, config] of Object.entries({ small, whole, government })) {
  test(`nothing is wrong with the configuration \`${name}\``, () => assert.deepEqual(problems(config), []));
}

const leaked = 'credential-exfiltration';
const cases: Record<string, [Config, RegExp]> = {
  'an account that is none': [{ ...small, home: { account: '1234', region: 'us-east-1' } }, /`home.account` is `1234`; an account has twelve digits/],
  'a region that is none': [{ ...small, home: { region: 'virginia' } }, /`home.region` is `virginia`/],
  'no workflow': [{ ...small, workflows: {} }, /`workflows` is empty/],
  'a workflow that is not there': [{ ...small, workflows: { leak: { mode: 'plan' } } }, /names `leak`; there are `credential-exfiltration`/],
  'a mode that is none': [{ ...small, workflows: { [leaked]: { mode: 'yolo' as 'auto' } } }, /`Mode` cannot be `yolo`; it can be `enrich`, `plan`, `approve`, `auto`/],
  'a window that is too long': [{ ...small, workflows: { [leaked]: { mode: 'auto', parameters: { UndoSeconds: 9_999_999 } } } }, /`UndoSeconds` cannot be `9999999`; it is a whole number from 1 to 2592000/],
  'a parameter that no rule has': [{ ...small, workflows: { [leaked]: { mode: 'auto', parameters: { Patience: 3 } } } }, /there is no parameter `Patience`/],
  'a prefix with a space': [{ ...small, tasks: { ...small.tasks, prefix: 'a b' } }, /`tasks.prefix`/],
  'a known account that is none': [{ ...small, guardrails: { ...small.guardrails, knownAccounts: ['acme'] } }, /neither an account of twelve digits nor an organization/],
  'a pattern with a comma': [{ ...small, approvals: { approvers: ['a,b'], needed: 1 } }, /no comma/],
  'two voices without proof': [{ ...small, approvals: { approvers: [], needed: 2 } }, /all that people say is one voice/],
  'an issuer without TLS': [{ ...small, approvals: { approvers: [], needed: 1, page: { issuer: 'http://x.example', audience: ['a'] } } }, /an OIDC issuer is an https address/],
  'a page for everybody\'s tokens': [{ ...small, approvals: { approvers: [], needed: 1, page: { issuer: 'https://x.example', audience: [] } } }, /a token made for any other application would do/],
  'an e-mail that is none': [{ ...small, subscriptions: { emails: ['on-call'], urls: [] } }, /`on-call`, which is no e-mail address/],
  'messages in the clear': [{ ...small, subscriptions: { emails: [], urls: ['http://x.example'] } }, /over https only/],
  'a retention that CloudWatch has not': [{ ...small, retention: { logDays: 91, cases: 'retain' } }, /CloudWatch Logs takes/],
  'members of nobody': [{ ...whole, pipeline: undefined as never, home: { region: 'us-east-1' } }, /`home.account` must be set where there are `members`/],
  'an external id to guess': [{ ...whole, members: { ...whole.members!, externalId: 'redress' } }, /`members.externalId` must have 16 to 128/],
  'more members than fit': [{ ...whole, members: { ...whole.members!, accounts: Array.from({ length: 101 }, (_, n) => ({ account: `2${String(n).padStart(11, '0')}`, regions: ['us-east-1'] })) } }, /has 101 accounts; the role of a task has room for the names of 100/],
  'the home as a member': [{ ...whole, pipeline: undefined as never, members: { ...whole.members!, accounts: [{ account: '123456789012', regions: ['us-east-1'] }] } }, /is the home; its other regions stand in `members.homeRegions`/],
  'a member that is named twice': [{ ...whole, members: { ...whole.members!, accounts: [...whole.members!.accounts, { account: '210987654321', regions: ['eu-west-1'] }] } }, /`members.accounts\[1\].account` is `210987654321`, which is named before/],
  'production as its own member': [{ ...whole, members: { ...whole.members!, accounts: [{ account: '345678901234', regions: ['us-east-1'] }] } }, /`members.accounts\[0\].account` is `pipeline.production`/],
  'staging as a member of production': [{ ...whole, members: { ...whole.members!, accounts: [{ account: '123456789012', regions: ['us-east-1'] }] } }, /with a `pipeline` that is staging/],
  'the region of production among its others': [{ ...whole, pipeline: { ...whole.pipeline!, production: { account: '345678901234', region: 'eu-central-1' } } }, /`members.homeRegions` names `eu-central-1`, which is `pipeline.production` itself/],
  'production beside staging': [{ ...whole, pipeline: { ...whole.pipeline!, production: { account: '123456789012', region: 'eu-west-1' } } }, /`pipeline.production.account` is `home.account`/],
  'a member in another partition': [{ ...whole, members: { ...whole.members!, homeRegions: ['cn-north-1'] } }, /is in another partition/],
  'a canary every minute': [{ ...government, canary: { everyMinutes: 1, withinMinutes: 5 } }, /`canary.everyMinutes` is `1`/],
  'a canary without its workflow': [{ ...government, workflows: { 'iam-policy-remediation': { mode: 'plan' } } }, /which is not among the `workflows`/],
  'a pipeline of nobody': [{ ...whole, members: undefined as never, home: { region: 'us-east-1' } }, /`home.account` must be set where there is a `pipeline`/],
  'a pipeline that nothing answers': [{ ...whole, canary: undefined as never }, /there is no `canary`/],
  'a pipeline from nowhere': [{ ...whole, pipeline: { ...whole.pipeline!, connectionArn: 'github' } }, /is no ARN of a connection/],
};
for (const [name, [config, said]] of Object.entries(cases)) {
  test(`${name} is refused`, () => {
    const found = problems(config);
    assert.ok(found.some((problem) => said.test(problem)), `${said} is not among\n${found.join('\n')}`);
  });
}

test('members that are production\'s may be in the region of staging', () => {
  const production = { account: '345678901234', region: 'eu-west-1' };
  const config = { ...whole, members: { ...whole.members!, homeRegions: ['us-east-1'] }, pipeline: { ...whole.pipeline!, production } };
  assert.deepEqual(problems(config), []);
});

test('a place that is none is refused, and one for a home that has no account will do for members', () => {
  assert.throws(() => validate(small, folders, { account: '1234', region: 'virginia' }), /`REDRESS_ACCOUNT` is `1234`.*\n.*`REDRESS_REGION` is `virginia`/);
  validate({ ...whole, pipeline: undefined as never, home: { region: 'us-east-1' } }, folders, small.home);
});

test('everything that is wrong is said at once', () => {
  const config = { ...small, home: { account: '1', region: 'x' }, workflows: {} };
  assert.equal(problems(config).length, 3);
});

test('a region tells its partition, and where CloudTrail delivers IAM', () => {
  assert.deepEqual(['us-east-1', 'cn-northwest-1', 'us-gov-east-1'].map(partitionOf), ['aws', 'aws-cn', 'aws-us-gov']);
  assert.deepEqual(['eu-west-1', 'cn-northwest-1', 'us-gov-east-1'].map(iamRegionOf), ['us-east-1', 'cn-north-1', 'us-gov-west-1']);
});
