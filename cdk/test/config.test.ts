/** A configuration that cannot be deployed is refused, with all of its problems in its own terms. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Config } from '../lib/config/types.ts';
import { ConfigError, iamRegionOf, partitionOf, validate } from '../lib/config/validate.ts';
import { readResponses } from '../lib/response/response.ts';
import { readTasks } from '../lib/task.ts';
import { government, samples, small, whole } from './configs.ts';

const known = { responses: readResponses(), tasks: readTasks() };

/** The problems of a configuration. */
function problems(config: Config): readonly string[] {
  try {
    validate(config, known);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.problems;
  }
}

for (const [name, config] of Object.entries({ small, whole, government })) {
  test(`the configuration \`${name}\` has no problem`, () => assert.deepEqual(problems(config), []));
}

const changing = known.responses.find(({ kind }) => kind === 'role-containment')!.name;
const telling = known.responses.find(({ parameters }) => !('Mode' in parameters))!.name;
const cases: Record<string, [Config, RegExp]> = {
  'an account that is none': [
    { ...small, home: { account: '1234', region: 'us-east-1' } },
    /`home.account` is `1234`; an account has twelve digits/,
  ],
  'a region that is none': [{ ...small, home: { region: 'virginia' } }, /`home.region` is `virginia`/],
  'no response': [{ ...small, responses: {} }, /`responses` is empty/],
  'a response that does not exist': [
    { ...small, responses: { leak: { mode: 'plan' } } },
    new RegExp(`names \`leak\`, which does not exist; there are .*\`${changing}\``),
  ],
  'a mode that is none': [
    { ...small, responses: { [changing]: { mode: 'yolo' as 'auto' } } },
    /`responses.[\w-]+.mode` is `"yolo"`; it can be `enrich`, `plan`, `approve`, `auto`/,
  ],
  'a window that is too long': [
    { ...small, responses: { [changing]: { mode: 'auto', parameters: { UndoSeconds: 9_999_999 } } } },
    /`UndoSeconds` cannot be `9999999`; it is a whole number from 1 to 2592000/,
  ],
  'a mode for a response that only tells': [
    { ...small, responses: { [telling]: { mode: 'plan' } } },
    new RegExp(`\`responses.${telling}\`: there is no parameter \`Mode\`; there are none`),
  ],
  'a prefix with which names become too long': [
    { ...small, tasks: { ...small.tasks, prefix: 'a-prefix-of-twenty--' } },
    /for which the name `redress-a-prefix-of-twenty--[\w-]+` has \d+ characters; AWS allows 64/,
  ],
  'a response about boundaries without a required boundary': [
    { ...small, guardrails: { ...small.guardrails, requiredBoundaries: [] } },
    /`guardrails.requiredBoundaries` is empty: a response of the kind `permissions-boundary` would hand every change/,
  ],
  'a required boundary with an equals sign': [
    { ...small, guardrails: { ...small.guardrails, requiredBoundaries: [{ pattern: 'a=b', policy: 'c' }] } },
    /`guardrails.requiredBoundaries` has `a=b`; it must not be empty or contain `,`, `=`/,
  ],
  'a parameter that the response does not have': [
    { ...small, responses: { [changing]: { mode: 'auto', parameters: { Patience: 3 } } } },
    /there is no parameter `Patience`/,
  ],
  'a prefix with a space': [{ ...small, tasks: { ...small.tasks, prefix: 'a b' } }, /`tasks.prefix`/],
  'a known account that is none': [
    { ...small, guardrails: { ...small.guardrails, knownAccounts: ['acme'] } },
    /neither an account of twelve digits nor an organization/,
  ],
  'an owner without an issuer': [
    { ...small, guardrails: { ...small.guardrails, knownOidcOwners: ['octo-org'] } },
    /`octo-org`, which is not an OIDC issuer and an owner/,
  ],
  'a network that is none': [
    { ...small, guardrails: { ...small.guardrails, knownNetworks: ['203.0.113.0/33'] } },
    /`203.0.113.0\/33`, which is neither a network in CIDR notation nor/,
  ],
  'a network by a name': [
    { ...small, guardrails: { ...small.guardrails, knownNetworks: ['vpc-0a1b2c3d', 'vpce-office'] } },
    /^(?!.*vpc-0a1b2c3d).*`vpce-office`, which is neither a network/s,
  ],
  'a pattern with a comma': [
    { ...small, approvals: { approvers: ['a,b'], needed: 1 } },
    /must not be empty or contain `,`/,
  ],
  'approvers that nobody named': [
    { ...small, approvals: { approvers: [], needed: 1 } },
    /`approvals.approvers` is empty: name the people who decide, .* or write `\['\*'\]`/,
  ],
  'a page whose people cannot be compared with whoever caused an event': [
    { ...small, approvals: { approvers: ['*'], needed: 1, page: { issuer: 'https://x.example', audience: ['a'] } } },
    /`approvals.page` has neither `sessionClaim` nor the `identityClaim` `email`/,
  ],
  'an issuer without TLS': [
    { ...small, approvals: { approvers: ['*'], needed: 1, page: { issuer: 'http://x.example', audience: ['a'] } } },
    /an OIDC issuer is an https address/,
  ],
  "a page for everybody's tokens": [
    { ...small, approvals: { approvers: ['*'], needed: 1, page: { issuer: 'https://x.example', audience: [] } } },
    /a token for any other application would be accepted/,
  ],
  'messages that nobody receives': [
    { ...small, subscriptions: { emails: [], urls: [], escalationEmails: ['head-of-security@example.com'] } },
    /`subscriptions` has neither `emails` nor `urls`: nobody would hear of a finding/,
  ],
  'limits of a unit that no member is in': [
    {
      ...whole,
      responses: { ...whole.responses, [changing]: { units: { prodution: { mode: 'plan' } } } },
    },
    /`responses.[\w-]+.units` names `prodution`, which is the `unit` of no member; did you mean `production`\?/,
  ],
  'limits of an account that is neither the home nor a member': [
    {
      ...whole,
      responses: { ...whole.responses, [changing]: { accounts: { '210987654322': { mode: 'plan' } } } },
    },
    /names `210987654322`, which is neither the home nor a member; did you mean `210987654321`\?/,
  ],
  'a limit of an account that is no number of changes': [
    {
      ...whole,
      responses: { ...whole.responses, [changing]: { accounts: { '210987654321': { changesPerHour: -1 } } } },
    },
    /`responses.[\w-]+.accounts.210987654321.changesPerHour` is `-1`; it is a whole number from 0 to 1000/,
  ],
  'a mode that is set twice': [
    { ...small, responses: { [changing]: { mode: 'plan', parameters: { Mode: 'auto' } } } },
    /`responses.[\w-]+.parameters` has a mode beside `mode`/,
  ],
  'limits for a response that only tells': [
    { ...whole, responses: { ...whole.responses, [telling]: { units: { production: { mode: 'plan' } } } } },
    new RegExp(`\`responses.${telling}.units.production\` has limits, and \`${telling}\` changes nothing`),
  ],
  'an e-mail address that is none': [
    { ...small, subscriptions: { emails: ['on-call'], urls: [] } },
    /`on-call`, which is not an e-mail address/,
  ],
  'messages without TLS': [{ ...small, subscriptions: { emails: [], urls: ['http://x.example'] } }, /over https only/],
  'a retention that CloudWatch does not have': [
    { ...small, retention: { logDays: 91, cases: 'retain' } },
    /CloudWatch Logs allows/,
  ],
  'members without a home account': [
    { ...whole, pipeline: undefined as never, home: { region: 'us-east-1' } },
    /`home.account` must be set if there are `members`/,
  ],
  'an external id to guess': [
    { ...whole, members: { ...whole.members!, externalId: 'redress' } },
    /`members.externalId` must have 16 to 128/,
  ],
  'more members than fit': [
    {
      ...whole,
      members: {
        ...whole.members!,
        accounts: Array.from({ length: 101 }, (_, n) => ({
          account: `2${String(n).padStart(11, '0')}`,
          regions: ['us-east-1'],
        })),
      },
    },
    /has 101 accounts; the role of a task has room for the names of 100/,
  ],
  'the home as a member': [
    {
      ...whole,
      pipeline: undefined as never,
      members: { ...whole.members!, accounts: [{ account: '123456789012', regions: ['us-east-1'] }] },
    },
    /is the home; its other regions belong in `members.homeRegions`/,
  ],
  'a member that is named twice': [
    {
      ...whole,
      members: {
        ...whole.members!,
        accounts: [...whole.members!.accounts, { account: '210987654321', regions: ['eu-west-1'] }],
      },
    },
    /`members.accounts\[1\].account` is `210987654321`, which is named before/,
  ],
  'production as its own member': [
    { ...whole, members: { ...whole.members!, accounts: [{ account: '345678901234', regions: ['us-east-1'] }] } },
    /`members.accounts\[0\].account` is `pipeline.production`/,
  ],
  'staging as a member of production': [
    { ...whole, members: { ...whole.members!, accounts: [{ account: '123456789012', regions: ['us-east-1'] }] } },
    /with a `pipeline` that is staging/,
  ],
  'the region of production among its others': [
    { ...whole, pipeline: { ...whole.pipeline!, production: { account: '345678901234', region: 'eu-central-1' } } },
    /`members.homeRegions` names `eu-central-1`, which is `pipeline.production` itself/,
  ],
  'production beside staging': [
    { ...whole, pipeline: { ...whole.pipeline!, production: { account: '123456789012', region: 'eu-west-1' } } },
    /`pipeline.production.account` is `home.account`/,
  ],
  'a member in another partition': [
    { ...whole, members: { ...whole.members!, homeRegions: ['cn-north-1'] } },
    /is in another partition/,
  ],
  'a canary every minute': [
    { ...government, canary: { everyMinutes: 1, withinMinutes: 5 } },
    /`canary.everyMinutes` is `1`/,
  ],
  'a canary without a response for its finding': [
    { ...government, responses: { [telling]: {} } },
    /`canary` needs a response of the kind `role-containment` among the `responses`/,
  ],
  'a pipeline without a home account': [
    { ...whole, members: undefined as never, home: { region: 'us-east-1' } },
    /`home.account` must be set if there is a `pipeline`/,
  ],
  'a pipeline without a canary': [{ ...whole, canary: undefined as never }, /there is no `canary`/],
  'a pipeline without a connection': [
    { ...whole, pipeline: { ...whole.pipeline!, connectionArn: 'github' } },
    /is not the ARN of a connection/,
  ],
};
for (const [name, [config, says]] of Object.entries(cases)) {
  test(`${name} is refused`, () => {
    const found = problems(config);
    assert.ok(
      found.some((problem) => says.test(problem)),
      `${says} is not among\n${found.join('\n')}`,
    );
  });
}

test("members that are production's may be in the region of staging", () => {
  const production = { account: '345678901234', region: 'eu-west-1' };
  const config = {
    ...whole,
    members: { ...whole.members!, homeRegions: ['us-east-1'] },
    pipeline: { ...whole.pipeline!, production },
  };
  assert.deepEqual(problems(config), []);
});

test('a wrong place is refused, and a place with an account is enough for members of a home without one', () => {
  assert.throws(
    () => validate(small, known, { account: '1234', region: 'virginia' }),
    /`REDRESS_ACCOUNT` is `1234`.*\n.*`REDRESS_REGION` is `virginia`/,
  );
  validate({ ...whole, pipeline: undefined as never, home: { region: 'us-east-1' } }, known, small.home);
});

test('whoever has a rule about calls of IAM listens where CloudTrail delivers them', () => {
  const members = (accounts: string[][], homeRegions: string[]) => ({
    externalId: 'an-external-id-for-tests',
    accounts: accounts.map((regions, n) => ({ account: `21098765432${n}`, regions })),
    homeRegions,
  });
  const there = { ...small, home: { account: '123456789012', region: 'eu-west-1' } };
  const deaf = /`members\.homeRegions` does not name `us-east-1`, and the home is in `eu-west-1`: CloudTrail delivers/;
  for (const config of [
    there,
    { ...there, members: members([], []) },
    { ...there, members: members([['us-east-1']], ['eu-central-1']) },
  ]) {
    assert.match(problems(config).join(), deaf);
  }
  assert.deepEqual(problems({ ...there, members: members([], ['us-east-1']) }), []);
  assert.deepEqual(problems({ ...there, members: members([['eu-west-1', 'us-east-1']], ['us-east-1']) }), []);
  const [said, ...more] = problems({ ...small, members: members([['us-east-1'], ['eu-west-1']], []) });
  assert.match(said!, /`members\.accounts\[1\]\.regions` of `210987654321` does not name `us-east-1`/);
  assert.deepEqual(more, []);
  const production = { account: '345678901234', region: 'eu-west-1' };
  assert.match(problems({ ...whole, pipeline: { ...whole.pipeline!, production } }).join(), deaf);
  const gov = { ...small, home: { account: '123456789012', region: 'us-gov-east-1' } };
  assert.match(problems(gov).join(), /does not name `us-gov-west-1`/);
  const { name } = known.responses.find(({ kind }) => kind === 'role-containment')!;
  assert.deepEqual(problems({ ...there, responses: { [name]: small.responses[name]! } }), []);
});

test('responses whose names would collide are refused', () => {
  const [sample] = samples;
  const called = (name: string) => Object.assign(Object.create(sample!), { name });
  const config = (...names: string[]) => ({ ...small, responses: Object.fromEntries(names.map((name) => [name, {}])) });
  const said = (...names: string[]) => {
    try {
      validate(config(...names), { ...known, responses: names.map(called) });
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };
  assert.equal(said('a', 'b'), '');
  assert.match(said('a', 'a-look'), /`a-look`, whose role `redress-a-look` is also that of `a`: rename the folder/);
  assert.match(said('a', 'a-start'), /`a-start`, whose role `redress-a-start` is also that of `a`: rename the folder/);
  assert.match(said('open-case'), /whose role `redress-open-case` is also that of a common task/);
  assert.match(said('observability'), /`RedressObservability` is another stack: rename the folder/);
});

test('a response without rules is refused', () => {
  const idle = Object.assign(Object.create(samples[0]!), { rules: [] });
  assert.throws(
    () => validate({ ...small, responses: { [idle.name]: {} } }, { ...known, responses: [idle] }),
    /`role-containment`, which has no `rules\/`: nothing would start it/,
  );
});

test('all problems are reported at once', () => {
  const config = { ...small, home: { account: '1', region: 'x' }, responses: {} };
  assert.equal(problems(config).length, 3);
});

test('a region decides its partition, and the region in which CloudTrail delivers events of IAM', () => {
  assert.deepEqual(['us-east-1', 'cn-northwest-1', 'us-gov-east-1'].map(partitionOf), ['aws', 'aws-cn', 'aws-us-gov']);
  assert.deepEqual(['eu-west-1', 'cn-northwest-1', 'us-gov-east-1'].map(iamRegionOf), [
    'us-east-1',
    'cn-north-1',
    'us-gov-west-1',
  ]);
});
