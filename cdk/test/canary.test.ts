/** The canary: it can only plan, and its lane is the workflow of a response. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Match } from 'aws-cdk-lib/assertions';
import { CANARY_KIND, lane } from '../lib/canary.ts';
import { government, whole } from './configs.ts';
import { named, resources, stacksOf, templateOf, withCanary } from './support.ts';

const stack = withCanary(stacksOf(government));

test('the canary is in the stack of the response whose kind answers its finding, and in no other', () => {
  assert.equal(stack.response.kind, CANARY_KIND);
  for (const config of [government, whole]) {
    assert.equal(stacksOf(config).responses.filter(({ canary }) => canary !== undefined).length, 1);
  }
});

test('the canary can only plan, tells nobody on call, and raises an alarm if it does not come back', () => {
  const rules = Object.values(resources(stack, 'AWS::Events::Rule')).filter(({ Properties }) =>
    JSON.stringify(Properties.EventPattern).includes('redress.canary'),
  );
  assert.equal(rules.length, 1);
  const machine = named(stack, 'AWS::StepFunctions::StateMachine', 'StateMachineName', 'redress-canary');
  assert.equal(machine.DefinitionSubstitutions.Mode, 'plan');
  assert.equal(machine.DefinitionSubstitutions.Modes, '{}');
  templateOf(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
    EvaluationPeriods: 4,
    DatapointsToAlarm: 4,
    Period: 300,
    Threshold: 1,
    ComparisonOperator: 'LessThanThreshold',
    TreatMissingData: 'breaching',
    MetricName: 'CanaryPlans',
  });
  const topics = resources(stack, 'AWS::SNS::Topic');
  const silent = Object.keys(topics).find((id) => topics[id]!.Properties.TopicName === 'redress-canary');
  templateOf(stack).hasResourceProperties('AWS::Lambda::Function', {
    FunctionName: 'canary-notify',
    Handler: 'notify',
    Environment: { Variables: Match.objectLike({ TOPIC_ARN: { Ref: silent } }) },
  });
  const sender = Object.values(resources(stack, 'AWS::IAM::Role')).find(({ Properties }) =>
    JSON.stringify(Properties.AssumeRolePolicyDocument).includes('scheduler'),
  );
  assert.equal(
    sender!.Properties.Policies[0].PolicyDocument.Statement[0].Condition.StringEquals['events:source'],
    'redress.canary',
  );
});

test('a plan is counted in the log of the lane, by the state in which it ends', () => {
  const [filter] = Object.values(resources(stack, 'AWS::Logs::MetricFilter')).map(({ Properties }) => Properties);
  assert.equal(filter.FilterPattern, '{ $.type = "SucceedStateEntered" && $.details.name = "Planned" }');
  const group = resources(stack, 'AWS::Logs::LogGroup')[filter.LogGroupName.Ref];
  assert.equal(group!.Properties.LogGroupName, '/aws/vendedlogs/states/redress-canary');
  const [metric] = filter.MetricTransformations;
  assert.deepEqual([metric.MetricNamespace, metric.MetricName, metric.MetricValue], ['Redress', 'CanaryPlans', '1']);
  assert.throws(() => lane('{"States": {"Planned": {"Type": "Pass"}}}'), /has no end `Planned`/);
});

test("the canary's rule takes findings of the canary about its own role in its own account, and no others", () => {
  const rule = Object.values(resources(stack, 'AWS::Events::Rule')).find(({ Properties }) =>
    JSON.stringify(Properties.EventPattern).includes('redress.canary'),
  )!;
  const pattern = rule.Properties.EventPattern;
  const schedule = Object.values(resources(stack, 'AWS::Scheduler::Schedule'))[0]!.Properties;
  const sent = JSON.stringify(schedule.Target.Input);
  assert.deepEqual([pattern.account, pattern.region], [['123456789012'], ['us-gov-west-1']]);
  const { accountId, id, type, resource } = pattern.detail;
  assert.deepEqual(accountId, ['123456789012']);
  assert.deepEqual(id, [{ prefix: 'redress-canary-' }]);
  assert.ok(sent.includes('redress-canary-<aws.scheduler.execution-id>') && sent.includes(type[0]), sent);
  const { userName, principalId } = resource.accessKeyDetails;
  const role = Object.keys(resources(stack, 'AWS::IAM::Role')).find((name) => name.includes('CanaryLeaked'))!;
  assert.deepEqual(userName, [{ Ref: role }]);
  assert.deepEqual(principalId, [{ 'Fn::Join': ['', [{ 'Fn::GetAtt': [role, 'RoleId'] }, ':i-0123456789abcdef0']] }]);
  const smoke = readFileSync(join(import.meta.dirname, '..', 'scripts', 'smoke.py'), 'utf8');
  assert.match(smoke, /finding = f"redress-canary-smoke-/);
});

test('the lane calls the functions of the response, except for the messages', () => {
  const lanes = Object.values(resources(stack, 'AWS::StepFunctions::StateMachine')).map(({ Properties }) => Properties);
  const substitutions = (name: string) =>
    lanes.find(({ StateMachineName }) => StateMachineName === name).DefinitionSubstitutions;
  const [own, canary] = [substitutions(stack.response.name), substitutions('redress-canary')];
  const different = Object.keys(own).filter((name) => JSON.stringify(own[name]) !== JSON.stringify(canary[name]));
  assert.deepEqual([Object.keys(canary), different], [Object.keys(own), ['Mode', 'Notify']]);
});

test('tasks of the response may call Step Functions about the lane as well', () => {
  const { Policies } = named(stacksOf(government).base, 'AWS::IAM::Role', 'RoleName', 'redress-open-case');
  assert.match(JSON.stringify(Policies), /:execution:redress-canary:\*/);
});

test('the lane of the canary is the workflow, but it does not wait for Security Hub', () => {
  const { definition } = stack.response;
  const [plain, made] = [definition, lane(definition)].map((text) => JSON.stringify(JSON.parse(text)));
  assert.notEqual(plain, made);
  assert.equal(plain!.replaceAll('"unwritten":true', '"unwritten":false'), made);
  assert.throws(() => lane('{"States": {"Planned": {"Type": "Succeed"}}}'), /assigns `unwritten` nowhere/);
});
