/** The roles of AWS services: each is used, and allows its use and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Stack } from 'aws-cdk-lib';
import { small, whole } from './configs.ts';
import { listed, resources, stacksOf, withCanary } from './support.ts';

/** CDK grants these to a state machine that logs and traces. They have no resource. Source: "Logging using CloudWatch Logs". */
const LOGS_AND_TRACES = [
  ...[
    'CreateLogDelivery',
    'DeleteLogDelivery',
    'DescribeLogGroups',
    'DescribeResourcePolicies',
    'GetLogDelivery',
    'ListLogDeliveries',
  ],
  ...['PutResourcePolicy', 'UpdateLogDelivery'],
]
  .map((name) => `logs:${name}`)
  .concat(
    ['GetSamplingRules', 'GetSamplingTargets', 'PutTelemetryRecords', 'PutTraceSegments'].map((name) => `xray:${name}`),
  );

const text = (value: unknown): string => JSON.stringify(value);

/** The roles of a stack that a service assumes, by their names in the template. */
function rolesOf(stack: Stack, service: string): [string, any][] {
  const found = Object.entries(resources(stack, 'AWS::IAM::Role')).map(([name, { Properties }]): [string, any] => [
    name,
    Properties,
  ]);
  return found.filter(([, role]) =>
    role.AssumeRolePolicyDocument.Statement.some(({ Principal }: any) => Principal.Service === service),
  );
}

/** All statements of a role: those of its inline policies, and of the policies that CDK adds. */
function statements(stack: Stack, name: string, role: any): any[] {
  assert.equal(role.ManagedPolicyArns, undefined, name);
  const beside = Object.values(resources(stack, 'AWS::IAM::Policy')).filter(
    ({ Properties }) => text(Properties.Roles) === text([{ Ref: name }]),
  );
  const documents = [...(role.Policies ?? []), ...beside.map(({ Properties }) => Properties)];
  return documents.flatMap(({ PolicyDocument }: any) => PolicyDocument.Statement);
}

/** Only services that act for this account may assume it: no events, schedules and state machines of other accounts. */
function isForThisAccount(name: string, role: any): void {
  const [trust, ...more] = role.AssumeRolePolicyDocument.Statement;
  assert.deepEqual([more.length, Object.keys(trust.Condition?.StringEquals ?? {})], [0, ['aws:SourceAccount']], name);
}

/** The Task states of a definition, those of branches and maps among them. */
function tasks({ States }: any): any[] {
  return Object.values(States).flatMap((state: any) => {
    const inner = [...(state.Branches ?? []), ...[state.ItemProcessor, state.Iterator].filter(Boolean)];
    return [...(state.Type === 'Task' ? [state] : []), ...inner.flatMap(tasks)];
  });
}

for (const [config, stacks] of Object.entries({ small: stacksOf(small), whole: stacksOf(whole) })) {
  const { base, responses, members } = stacks;

  for (const response of responses) {
    test(`${config}: an execution role of ${response.stackName} invokes the functions of its definition, delivers logs and traces, and no more`, () => {
      const machines = Object.values(resources(response, 'AWS::StepFunctions::StateMachine'));
      const roles = rolesOf(response, 'states.amazonaws.com');
      assert.ok(roles.length >= 1);
      assert.equal(roles.length, machines.length);
      for (const [name, role] of roles) {
        isForThisAccount(name, role);
        const run = machines.filter(
          ({ Properties }) => text(Properties.RoleArn) === text({ 'Fn::GetAtt': [name, 'Arn'] }),
        );
        assert.equal(run.length, 1, `${name} is the role of one state machine`);
        const { DefinitionString, DefinitionSubstitutions } = run[0]!.Properties;
        const named = tasks(JSON.parse(DefinitionString)).map((state) => {
          assert.match(
            state.Resource,
            /^arn:aws:states:::lambda:invoke(\.waitForTaskToken)?$/,
            'nothing grants any other integration',
          );
          return /^\$\{(\w+)\}$/.exec((state.Arguments ?? state.Parameters).FunctionName)![1]!;
        });
        const functions = [...new Set(named)].map((placeholder) => text(DefinitionSubstitutions[placeholder]));
        const [invoke, ...others] = statements(response, name, role);
        const ofKey = others.filter(({ Action }) =>
          listed(Action).every((action) => String(action).startsWith('kms:')),
        );
        const [rest, ...more] = others.filter((statement) => !ofKey.includes(statement));
        assert.equal(more.length, 0);
        // The key of its own histories, and of their delivery to the log.
        assert.equal(ofKey.length, run[0]!.Properties.EncryptionConfiguration ? 2 : 0);
        for (const { Action, Condition } of ofKey) {
          assert.ok(listed(Action).every((action) => ['kms:Decrypt', 'kms:GenerateDataKey'].includes(String(action))));
          const [bound] = Object.keys(Condition.StringEquals);
          assert.match(bound!, /^kms:EncryptionContext:(aws:states:stateMachineArn|SourceArn)$/);
        }
        assert.equal(invoke.Action, 'lambda:InvokeFunction');
        assert.deepEqual(listed(invoke.Resource).map(text).sort(), functions.sort(), name);
        assert.deepEqual([[...rest.Action].sort(), rest.Resource], [LOGS_AND_TRACES, '*']);
      }
    });
  }

  test(`${config}: EventBridge reaches the targets of its rules, with a role for each of them`, () => {
    for (const stack of [...responses, ...members]) {
      const targets = Object.values(resources(stack, 'AWS::Events::Rule')).flatMap(
        ({ Properties }) => Properties.Targets ?? [],
      );
      const roles = rolesOf(stack, 'events.amazonaws.com');
      for (const target of targets) {
        const isTopicOrLog = target.RoleArn === undefined;
        assert.equal(isTopicOrLog, !/StateMachine|event-bus/.test(text(target.Arn)), text(target.Arn));
      }
      for (const [name, role] of roles) {
        isForThisAccount(name, role);
        const goals = new Set(
          targets
            .filter(({ RoleArn }) => text(RoleArn) === text({ 'Fn::GetAtt': [name, 'Arn'] }))
            .map(({ Arn }) => text(Arn)),
        );
        const allowed = statements(stack, name, role).map(({ Effect, Action, Resource, Condition }) => [
          Effect,
          Action,
          text(Resource),
          Condition,
        ]);
        const [goal] = goals;
        const action = members.some((member) => member === stack) ? 'events:PutEvents' : 'states:StartExecution';
        assert.deepEqual([goals.size, allowed], [1, [['Allow', action, goal, undefined]]], name);
      }
      assert.ok(roles.length > 0, stack.stackName);
    }
  });

  test(`${config}: there are no other roles, except for the smoke test of the pipeline`, () => {
    const known = ['lambda', 'states', 'events', 'scheduler', 'ec2'].map((service) => `${service}.amazonaws.com`);
    const smoke: any[] = [];
    for (const stack of [base, ...responses]) {
      const count = known.flatMap((service) => rolesOf(stack, service)).length;
      const others = Object.values(resources(stack, 'AWS::IAM::Role')).filter(
        ({ Properties }) => Properties.RoleName === 'redress-smoke',
      );
      assert.equal(count + others.length, Object.keys(resources(stack, 'AWS::IAM::Role')).length, stack.stackName);
      smoke.push(
        ...others.map(({ Properties }) => Object.keys(Properties.AssumeRolePolicyDocument.Statement[0].Principal)),
      );
      // The permissions of tasks come from the manifest.
      const functions = Object.keys(resources(stack, 'AWS::Lambda::Function')).length;
      assert.equal(rolesOf(stack, 'lambda.amazonaws.com').length, functions, stack.stackName);
    }
    assert.deepEqual(smoke, config === 'whole' ? [['AWS']] : []);
  });
}

test('the schedule may put findings of the canary on its bus, and the role in the findings may do nothing', () => {
  const response = withCanary(stacksOf(whole));
  const [schedule, ...more] = Object.values(resources(response, 'AWS::Scheduler::Schedule'));
  const { Arn, RoleArn, EventBridgeParameters } = schedule!.Properties.Target;
  const senders = rolesOf(response, 'scheduler.amazonaws.com');
  const [name, role] = senders[0]!;
  isForThisAccount(name, role);
  assert.deepEqual([more.length, senders.length, RoleArn], [0, 1, { 'Fn::GetAtt': [name, 'Arn'] }]);
  const [statement, ...others] = statements(response, name, role);
  assert.equal(others.length, 0);
  assert.deepEqual([statement.Action, statement.Resource], ['events:PutEvents', Arn]);
  assert.deepEqual(statement.Condition, { StringEquals: { 'events:source': EventBridgeParameters.Source } });
  const [leaked, ...instances] = rolesOf(response, 'ec2.amazonaws.com');
  assert.deepEqual([statements(response, ...leaked!), instances], [[], []]);
});
