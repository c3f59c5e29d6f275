/** The stacks of other accounts and regions: which events they forward, and who may assume the response role. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CASE_TAG, Member } from '../lib/stacks/member.ts';
import { changes, reachesMembers, readTasks } from '../lib/task.ts';
import { samples, small, whole } from './configs.ts';
import { home, listed, newApp, resources, stacksOf, statements, templateOf } from './support.ts';

const stacks = stacksOf(whole);
const { base, members, responses } = stacks;
const functions = [...base.functions, ...responses.flatMap((stack) => stack.functions)];
const rules = responses.flatMap(({ response }) => response.rules);

test('a member forwards the events of the responses, what is watched of Redress itself, and nothing else', () => {
  const patterns = rules.map((rule) => JSON.stringify(rule.EventPattern));
  for (const member of members) {
    const forwarded = Object.entries(resources(member, 'AWS::Events::Rule'))
      .filter(([id]) => !id.startsWith('Watch'))
      .map(([, { Properties }]) => JSON.stringify(Properties.EventPattern));
    assert.deepEqual(forwarded.map(sorted).sort(), patterns.map(sorted).sort());
    for (const { Properties } of Object.values(resources(member, 'AWS::Events::Rule'))) {
      assert.equal(Properties.Targets[0].Arn, 'arn:aws:events:us-east-1:123456789012:event-bus/redress');
      assert.ok(Properties.Targets[0].DeadLetterConfig.Arn);
    }
  }
});

const LOOKS = 'redress-response';
const ACTS = 'redress-response-act';
const responseRole = (member: Member, name = LOOKS) =>
  Object.values(resources(member, 'AWS::IAM::Role')).filter(({ Properties }) => Properties.RoleName === name)[0]!
    .Properties;
const withRole = members.filter((member) => member.roles.length > 0);

test('an account has the response roles once, for the central tasks alone, with external id and case', () => {
  assert.deepEqual(
    withRole.map((member) => [member.account, member.region]),
    [['210987654321', 'us-east-1']],
  );
  for (const name of [LOOKS, ACTS]) {
    const role = responseRole(withRole[0]!, name);
    const [assume, tag, ...more] = role.AssumeRolePolicyDocument.Statement;
    assert.deepEqual([assume.Action, tag.Action, more], ['sts:AssumeRole', 'sts:TagSession', []]);
    assert.equal(assume.Condition.StringEquals['sts:ExternalId'], 'an-external-id-for-tests');
    for (const statement of [assume, tag]) {
      assert.equal(statement.Condition.StringLike[`aws:RequestTag/${CASE_TAG}`], '?*');
      assert.deepEqual(statement.Condition['ForAllValues:StringEquals']['aws:TagKeys'], [CASE_TAG]);
      assert.deepEqual(statement.Principal, { AWS: 'arn:aws:iam::123456789012:root' });
    }
  }
});

test('the role of the tasks that look may change nothing, and only tasks that act may assume the other one', () => {
  const allowed = (name: string) =>
    responseRole(withRole[0]!, name)
      .Policies[0].PolicyDocument.Statement.filter((statement: any) => statement.Effect === 'Allow')
      .flatMap((statement: any) => listed(statement.Action) as string[]);
  const writes = (actions: string[]) =>
    actions.filter((action) => !/^(iam:(Get|List|Simulate|Generate)|ec2:Describe)/.test(action));
  assert.deepEqual(writes(allowed(LOOKS)), []);
  assert.ok(writes(allowed(ACTS)).includes('iam:PutRolePolicy'));
  const trusts = (name: string) =>
    JSON.stringify(responseRole(withRole[0]!, name).AssumeRolePolicyDocument.Statement[0].Condition.ArnLike);
  for (const { task, functionName } of functions) {
    const role = `role/redress/redress-${functionName}"`;
    assert.equal(trusts(ACTS).includes(role), reachesMembers(task) && changes(task), functionName);
    assert.equal(trusts(LOOKS).includes(role), reachesMembers(task) && !changes(task), functionName);
  }
});

test('in a member boundaries are put and deleted only if they are required there', () => {
  const statements: any[] = responseRole(withRole[0]!, ACTS).Policies[0].PolicyDocument.Statement;
  const conditions = (action: string) =>
    statements
      .filter(({ Effect, Action }) => Effect === 'Allow' && listed(Action).includes(action))
      .map(({ Condition }) => JSON.stringify(Condition));
  for (const of of ['Role', 'User']) {
    // A containment may have put AWSDenyAll there, which its undo deletes.
    const denial = '{"ArnLike":{"iam:PermissionsBoundary":["arn:*:iam::aws:policy/AWSDenyAll"]}}';
    const [deletes, ...others] = conditions(`iam:Delete${of}PermissionsBoundary`).filter((one) => one !== denial);
    assert.match(deletes!, /iam:PermissionsBoundary.*:iam::210987654321:policy\/developer-boundary/);
    assert.deepEqual(others, []);
  }
});

for (const [name, placeholder] of [
  [LOOKS, '${MemberRoles}'],
  [ACTS, '${ActingMemberRoles}'],
] as const) {
  test(`${name} trusts exactly those roles of the home that may assume it by their own policy`, () => {
    const [assume] = responseRole(withRole[0]!, name).AssumeRolePolicyDocument.Statement;
    const trusted: string[] = listed(assume.Condition.ArnLike['aws:PrincipalArn']) as string[];
    // As `ArnLike` compares: each part of the ARN alone.
    const fits = (arn: string) =>
      trusted.some((pattern) => {
        const [parts, given] = [pattern.split(':'), arn.split(':')];
        const rest = [parts.slice(5).join(':'), given.slice(5).join(':')];
        return rest[0] === rest[1] && parts.slice(0, 5).every((part, n) => part === '*' || part === given[n]);
      });
    assert.ok(!trusted.some((pattern) => pattern.split(':').slice(5).join(':').includes('*')));
    const roles = Object.values(resources(home(stacks), 'AWS::IAM::Role')).map(({ Properties }) => Properties);
    const arn = ({ Path, RoleName }: any) => `arn:aws:iam::123456789012:role${Path}${RoleName}`;
    const admitted = roles.filter((role) => fits(arn(role))).map(({ RoleName }) => RoleName);
    const wanted = functions
      .filter(({ task }) => reachesMembers(task, [placeholder]))
      .map(({ functionName }) => `redress-${functionName}`);
    assert.ok(wanted.length >= 6);
    assert.deepEqual(admitted.sort(), wanted.sort());
    // Roles that somebody else makes, with names that a pattern of the real ones would admit.
    for (const role of wanted) {
      for (const made of [
        `redress/${role}-2`,
        `redress/${role.replace(/-[a-z]+$/, '-own')}`,
        `x:role/redress/${role}`,
        `redress/x/${role}`,
      ]) {
        assert.ok(!fits(`arn:aws:iam::123456789012:role/${made}`), made);
      }
    }
  });
}

test("the response role fits into IAM's limits, and responses whose names do not fit are refused", () => {
  for (const name of [LOOKS, ACTS]) {
    const role = responseRole(withRole[0]!, name);
    assert.ok(JSON.stringify(role.AssumeRolePolicyDocument).length <= 2048);
    assert.ok(JSON.stringify(role.Policies[0].PolicyDocument).length <= 10_240);
  }
  const names = Array.from({ length: 20 }, (_, n) => `a-response-with-a-long-name-${n}`);
  assert.throws(
    () => alone(responses[0]!.functions, names),
    /the trust policy of `redress-response` in a member has \d+ characters; IAM allows 2048: shorten the names/,
  );
});

test('the roles of the tasks that work in members may assume the response roles, and no others', () => {
  for (const { task, functionName } of functions) {
    const assumes = statements(home(stacks), `redress-${functionName}`, 'task').filter((statement) =>
      listed(statement.Action).includes('sts:AssumeRole'),
    );
    const role = changes(task) ? ACTS : LOOKS;
    const expected = reachesMembers(task) ? [`arn:aws:iam::210987654321:role/redress/${role}`] : [];
    assert.deepEqual(
      assumes.flatMap(({ Resource }) => Resource),
      expected,
      functionName,
    );
    const made = Object.values(resources(home(stacks), 'AWS::Lambda::Function')).find(
      ({ Properties }) => Properties.FunctionName === functionName,
    )!;
    const { MEMBER_ACCOUNTS: accounts, MEMBER_EXTERNAL_ID: externalId } = made.Properties.Environment?.Variables ?? {};
    // `open-case` compares the account of an event with the members, and reaches none of them.
    const knows = task.settings?.some(({ name }) => name === 'MEMBER_ACCOUNTS');
    assert.equal(accounts, knows ? '210987654321' : undefined, functionName);
    assert.equal(externalId, reachesMembers(task) ? 'an-external-id-for-tests' : undefined, functionName);
  }
  const without = home(stacksOf(small))
    .map((stack) => JSON.stringify(templateOf(stack).toJSON()))
    .join();
  assert.ok(
    !without.includes('sts:TagSession') && !without.includes('MEMBER_'),
    'without members nobody assumes anything',
  );
});

/** A member with a response role for these functions. */
function alone(made: readonly { task: any; functionName: string }[], names: readonly string[]): Member {
  return new Member(newApp(), 'Alone', {
    env: { account: '210987654321', region: 'us-east-1' },
    centralBusArn: 'arn:aws:events:us-east-1:123456789012:event-bus/redress',
    responses: samples,
    watched: [],
    subscriptions: small.subscriptions,
    response: {
      homeAccount: '123456789012',
      externalId: 'an-external-id-for-tests',
      common: [],
      responses: names.map(() => ({ functions: made })),
    },
  });
}

test('the response role keeps the conditions of the manifest, and statements with different conditions apart', () => {
  const resources = ['arn:${Partition}:iam::${Account}:role/*'];
  const conditions = [{ operator: 'StringEquals', key: 'aws:ResourceTag/team', values: ['web'] }];
  const [task] = readTasks();
  const statement = { effect: 'Allow', resources, why: '' } as const;
  const iam = [
    { ...statement, actions: ['iam:GetRole', 'dynamodb:GetItem'] },
    { ...statement, actions: ['iam:PutRolePolicy'], conditions },
    { ...statement, actions: ['iam:ListRoles'] },
    { ...statement, actions: ['sts:AssumeRole'], resources: ['${MemberRoles}'] },
  ];
  const member = alone([{ task: { ...task!, iam }, functionName: 'it' }], ['it']);
  const Resource = { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::210987654321:role/*']] };
  const made = responseRole(member).Policies[0].PolicyDocument.Statement.map((one: any) => ({
    ...one,
    Resource: typeof one.Resource === 'string' ? Resource : one.Resource,
  }));
  assert.deepEqual(made, [
    { Effect: 'Allow', Action: ['iam:GetRole', 'iam:ListRoles'], Resource },
    {
      Effect: 'Allow',
      Action: 'iam:PutRolePolicy',
      Resource,
      Condition: { StringEquals: { 'aws:ResourceTag/team': ['web'] } },
    },
  ]);
});

test('the response role of the tasks that act denies what the manifest denies', () => {
  const denied = new Set(
    readTasks()
      .flatMap((task) =>
        task.iam.filter((statement) => statement.effect === 'Deny').flatMap((statement) => statement.actions),
      )
      .filter((action) => action.startsWith('iam:')),
  );
  const made: any[] = responseRole(withRole[0]!, ACTS).Policies[0].PolicyDocument.Statement;
  const actions = new Set(
    made.filter((statement) => statement.Effect === 'Deny').flatMap((statement) => statement.Action),
  );
  assert.deepEqual([...actions].sort(), [...denied].sort());
  for (const statement of made) {
    assert.ok(listed(statement.Action).every((action) => /^(iam|ec2):/.test(action as string)));
  }
});

/** JSON with its keys in order: CDK writes them in another order. */
function sorted(text: string): string {
  return JSON.stringify(
    JSON.parse(text, (_, value: unknown) =>
      value !== null && typeof value === 'object' && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort())
        : value,
    ),
  );
}
