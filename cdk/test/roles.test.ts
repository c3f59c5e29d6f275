/** What AWS's own services may do for Redress: each role is used, and allows what it is used for and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Stack } from 'aws-cdk-lib';
import { small, whole } from './configs.ts';
import { resources, stacksOf } from './support.ts';

/** What CDK grants a state machine that logs and traces: neither takes a resource. Source: "Logging using CloudWatch Logs". */
const LOGS_AND_TRACES = [
  ...['CreateLogDelivery', 'DeleteLogDelivery', 'DescribeLogGroups', 'DescribeResourcePolicies', 'GetLogDelivery', 'ListLogDeliveries'],
  ...['PutResourcePolicy', 'UpdateLogDelivery'],
]
  .map((name) => `logs:${name}`)
  .concat(['GetSamplingRules', 'GetSamplingTargets', 'PutTelemetryRecords', 'PutTraceSegments'].map((name) => `xray:${name}`));

const text = (value: unknown): string => JSON.stringify(value);
const listed = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

/** The roles of a stack that a service assumes, by their names in the template. */
function rolesOf(stack: Stack, service: string): [string, any][] {
  const found = Object.entries(resources(stack, 'AWS::IAM::Role')).map(([name, { Properties }]): [string, any] => [name, Properties]);
  return found.filter(([, role]) => role.AssumeRolePolicyDocument.Statement.some(({ Principal }: any) => Principal.Service === service));
}

/** Everything that a role allows: its inline policies, and those that CDK puts beside them. */
function statements(stack: Stack, name: string, role: any): any[] {
  assert.equal(role.ManagedPolicyArns, undefined, name);
  const beside = Object.values(resources(stack, 'AWS::IAM::Policy')).filter(({ Properties }) => text(Properties.Roles) === text([{ Ref: name }]));
  const documents = [...(role.Policies ?? []), ...beside.map(({ Properties }) => Properties)];
  return documents.flatMap(({ PolicyDocument }: any) => PolicyDocument.Statement);
}

/** Only for this account: another's events, schedules and state machines cannot borrow it. */
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
  const { response, members } = stacks;

  test(`${config}: an execution role invokes what its definition names, delivers logs and traces, and no more`, () => {
    const machines = Object.values(resources(response, 'AWS::StepFunctions::StateMachine'));
    assert.ok(machines.length >= 2);
    const roles = rolesOf(response, 'states.amazonaws.com');
    assert.equal(roles.length, machines.length);
    for (const [name, role] of roles) {
      isForThisAccount(name, role);
      const run = machines.filter(({ Properties }) => text(Properties.RoleArn) === text({ 'Fn::GetAtt': [name, 'Arn'] }));
      assert.equal(run.length, 1, `${name} is the role of one state machine`);
      const { DefinitionString, DefinitionSubstitutions } = run[0]!.Properties;
      const named = tasks(JSON.parse(DefinitionString)).map((state) => {
        assert.match(state.Resource, /^arn:aws:states:::lambda:invoke(\.waitForTaskToken)?$/, 'what else it may do would be granted nowhere');
        return /^\$\{(\w+)\}$/.exec((state.Arguments ?? state.Parameters).FunctionName)![1]!;
      });
      const functions = [...new Set(named)].map((placeholder) => text(DefinitionSubstitutions[placeholder]));
      const [invoke, rest, ...more] = statements(response, name, role);
      assert.equal(more.length, 0);
      assert.equal(invoke.Action, 'lambda:InvokeFunction');
      assert.deepEqual(listed(invoke.Resource).map(text).sort(), functions.sort(), name);
      assert.deepEqual([[...rest.Action].sort(), rest.Resource], [LOGS_AND_TRACES, '*']);
    }
  });

  test(`${config}: EventBridge reaches what its targets name, with a role for each of them`, () => {
    for (const stack of [response, ...members]) {
      const targets = Object.values(resources(stack, 'AWS::Events::Rule')).flatMap(({ Properties }) => Properties.Targets ?? []);
      const roles = rolesOf(stack, 'events.amazonaws.com');
      for (const target of targets) {
        const isTopicOrLog = target.RoleArn === undefined;
        assert.equal(isTopicOrLog, !/StateMachine|event-bus/.test(text(target.Arn)), text(target.Arn));
      }
      for (const [name, role] of roles) {
        isForThisAccount(name, role);
        const goals = new Set(targets.filter(({ RoleArn }) => text(RoleArn) === text({ 'Fn::GetAtt': [name, 'Arn'] })).map(({ Arn }) => text(Arn)));
        const allowed = statements(stack, name, role).map(({ Effect, Action, Resource, Condition }) => [Effect, Action, text(Resource), Condition]);
        const [goal] = goals;
        const action = stack === response ? 'states:StartExecution' : 'events:PutEvents';
        assert.deepEqual([goals.size, allowed], [1, [['Allow', action, goal, undefined]]], name);
      }
      assert.ok(roles.length > 0, stack.stackName);
    }
  });

  test(`${config}: nobody else has a role, but the pipeline for its smoke test`, () => {
    const known = ['lambda', 'states', 'events', 'scheduler', 'ec2'].map((service) => `${service}.amazonaws.com`);
    const count = known.flatMap((service) => rolesOf(response, service)).length;
    const others = Object.values(resources(response, 'AWS::IAM::Role')).filter(({ Properties }) => Properties.RoleName === 'redress-smoke');
    assert.deepEqual(others.map(({ Properties }) => Object.keys(Properties.AssumeRolePolicyDocument.Statement[0].Principal)), others.map(() => ['AWS']));
    assert.equal(others.length, config === 'whole' ? 1 : 0);
    assert.equal(count + others.length, Object.keys(resources(response, 'AWS::IAM::Role')).length);
    // Tasks have theirs from the manifest.
    const functions = Object.keys(resources(response, 'AWS::Lambda::Function')).length;
    assert.equal(rolesOf(response, 'lambda.amazonaws.com').length, functions);
  });
}

test('the schedule puts the findings of the canary on its bus, and what the finding is about may do nothing', () => {
  const { response } = stacksOf(whole);
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
