/** Every function has the manifest's permissions, environment and limits, whatever stack it is in. All run one package. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changes, readTasks } from '../lib/task.ts';
import { government, small, whole } from './configs.ts';
import { home, listed, named, resources, stacksOf, statements } from './support.ts';

const tasks = readTasks();
const stacks = stacksOf(small);
const functions = [...stacks.base.functions, ...stacks.responses.flatMap((stack) => stack.functions)];

test('each task of the manifest is deployed: a common task once, a step of a kind once for each response of the kind', () => {
  const expected = tasks.flatMap((task) => {
    const responses = stacks.responses
      .filter(({ response }) => response.kind === task.kind)
      .map(({ response }) => response.name);
    return task.kind === undefined ? [task.name] : responses.map((name) => `${name}-${task.step}`);
  });
  assert.deepEqual(functions.map((made) => made.functionName).sort(), expected.sort());
});

const boundaries = ['developer-boundary', 'people-boundary'].map((name) => `arn:aws:iam::123456789012:policy/${name}`);

for (const { task, functionName } of functions) {
  test(`the role of ${functionName} has exactly the statements of ${task.name} in the manifest, in their order`, () => {
    const made = statements(home(stacks), `redress-${functionName}`, 'task');
    // This installation has no key of its own, no escalation and no members, so nothing is granted on them.
    const wanted = task.iam.filter(
      ({ resources }) =>
        !resources.every((one) =>
          ['${TokenKey}', '${EscalationTopic}', '${MemberRoles}', '${ActingMemberRoles}'].includes(one),
        ),
    );
    assert.equal(made.length, wanted.length);
    for (const [n, statement] of wanted.entries()) {
      assert.equal(made[n].Effect, statement.effect);
      assert.deepEqual(listed(made[n].Action), statement.actions);
      const conditions = (statement.conditions ?? []).map(({ operator, key, values }) => [
        operator,
        key,
        // Each required boundary once, as an ARN of this account.
        values.flatMap((value) => (value === '${RequiredBoundaries}' ? boundaries : [value])),
      ]);
      const found = Object.entries(made[n].Condition ?? {}).flatMap(([operator, keys]) =>
        Object.entries(keys as object).map(([key, values]) => [operator, key, values]),
      );
      assert.deepEqual(found, conditions);
    }
  });

  test(`the function ${functionName} runs ${task.name}, with the limits and the environment of the manifest`, () => {
    const properties = named(home(stacks), 'AWS::Lambda::Function', 'FunctionName', functionName);
    assert.equal(properties.Handler, task.name);
    assert.equal(properties.Timeout, task.timeoutSeconds);
    assert.equal(properties.MemorySize, task.memoryMiB);
    assert.equal(properties.Runtime, 'provided.al2023');
    assert.deepEqual(properties.Architectures, ['arm64']);
    assert.equal(properties.ReservedConcurrentExecutions, changes(task) ? 5 : undefined);
    const known = [...task.environment, ...(task.settings ?? []).map((setting) => setting.name)];
    const has = Object.keys(properties.Environment?.Variables ?? {});
    assert.deepEqual(
      task.environment.filter((name) => !has.includes(name)),
      [],
    );
    assert.deepEqual(
      has.filter((name) => !known.includes(name)),
      [],
      'and nothing that it does not read',
    );
  });
}

test('every function of every stack runs the same package, which each stack has as one asset', () => {
  for (const made of [stacks, stacksOf(government)]) {
    const code = Object.values(resources(home(made), 'AWS::Lambda::Function')).map(({ Properties }) =>
      JSON.stringify(Properties.Code),
    );
    assert.equal(new Set(code).size, 1);
    const assets = home(made).map(
      (stack) => stack.node.findAll().filter((construct) => construct.node.id === 'Code').length,
    );
    assert.deepEqual(new Set(assets), new Set([1]));
  }
});

test("a role has one policy besides the manifest's: to write its own log", () => {
  for (const { Properties } of Object.values(resources(home(stacks), 'AWS::IAM::Role'))) {
    const names = (Properties.Policies ?? []).map((policy: { PolicyName: string }) => policy.PolicyName);
    if (names.includes('task')) {
      assert.deepEqual(names, ['task', 'log']);
      assert.equal(Properties.ManagedPolicyArns, undefined);
      assert.equal(Properties.Path, '/redress/');
    }
  }
  const others = Object.values(resources(home(stacks), 'AWS::IAM::Policy')).map(({ Properties }) => Properties.Roles);
  assert.equal(others.length, stacks.responses.length, 'CDK adds policies to the roles of the state machines only');
});

test('tasks may call Step Functions about the deployed state machines, and about no others', () => {
  const answers = JSON.stringify(statements(home(stacks), 'redress-answer-approval', 'task'));
  for (const { response } of stacks.responses) {
    assert.ok(answers.includes(`stateMachine:${response.name}"`), response.name);
  }
  assert.ok(!answers.includes('stateMachine:*'));
});

test('settings reach the tasks that read them, and an empty list is left out', () => {
  const variables = (config: typeof small, setting: string) =>
    Object.values(resources(home(stacksOf(config)), 'AWS::Lambda::Function')).flatMap(
      ({ Properties }) => Properties.Environment?.Variables?.[setting] ?? [],
    );
  const read = (setting: string) =>
    functions.filter(({ task }) =>
      [...task.environment, ...(task.settings ?? []).map(({ name }) => name)].includes(setting),
    );
  const { 'permissions-boundary': _, ...responses } = small.responses;
  const bare = { ...small, responses, guardrails: { ...small.guardrails, requiredBoundaries: [] } };
  for (const [setting, value] of [
    ['KNOWN_ACCOUNTS', '210987654321,o-exampleorgid'],
    ['KNOWN_OIDC_OWNERS', 'token.actions.githubusercontent.com/octo-org,gitlab.com/acme'],
    ['KNOWN_NETWORKS', '203.0.113.0/24,2001:db8::/32'],
    ['REQUIRED_BOUNDARIES', 'build-*=developer-boundary,dana=people-boundary'],
  ] as const) {
    assert.ok(read(setting).length > 0, setting);
    assert.deepEqual(variables(bare, setting), []);
    assert.deepEqual(
      variables(whole, setting),
      read(setting).map(() => value),
    );
  }
  assert.deepEqual(new Set(variables(small, 'CHANGES_PER_HOUR')), new Set(['5']));
});

test('with a prefix every name has it, and the ARNs of common functions name functions of the base stack', () => {
  const config = { ...government, tasks: { ...government.tasks, prefix: 'blue-' } };
  const made = stacksOf(config);
  const functions = Object.values(resources(home(made), 'AWS::Lambda::Function')).map(
    ({ Properties }) => Properties.FunctionName as string,
  );
  const machines = Object.values(resources(home(made), 'AWS::StepFunctions::StateMachine')).map(
    ({ Properties }) => Properties,
  );
  assert.ok(
    [...functions, ...machines.map(({ StateMachineName }) => StateMachineName)].every((name) =>
      name.startsWith('blue-'),
    ),
  );
  const arns = machines.flatMap(
    ({ DefinitionSubstitutions }) => JSON.stringify(DefinitionSubstitutions).match(/:function:[\w-]+/g) ?? [],
  );
  assert.ok(arns.length > 0);
  assert.deepEqual(
    arns.map((arn) => arn.replace(':function:', '')).filter((name) => !functions.includes(name)),
    [],
  );
  // A reference is to a log group of the stack itself.
  const watched = Object.values(resources(made.observability!, 'AWS::Logs::MetricFilter'))
    .map(({ Properties }) => Properties.LogGroupName)
    .filter((name) => typeof name === 'string');
  assert.ok(
    watched.every((name) => name.includes('/blue-')),
    watched.join(', '),
  );
});

test('the task that opens cases knows the roles that change something by their whole names, and no others', () => {
  for (const config of [small, whole]) {
    const stacks = stacksOf(config);
    const { Variables } = named(home(stacks), 'AWS::Lambda::Function', 'FunctionName', 'open-case').Environment;
    const acting = stacks.responses.flatMap(({ functions }) => functions).filter(({ task }) => changes(task));
    assert.ok(acting.length > 3);
    assert.deepEqual(
      Variables.ACTING_ROLES.split(',').sort(),
      acting.map(({ functionName }) => `/redress/redress-${functionName}`).sort(),
    );
  }
});
