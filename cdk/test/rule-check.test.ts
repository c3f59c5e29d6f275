/** The check of the rules: what it compares, and that silence is an alarm. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import jsonata from 'jsonata';
import { IS_AS_DEPLOYED } from '../lib/rule-check.ts';
import { small, whole } from './configs.ts';
import { listed, resources, stacksOf } from './support.ts';

const { observability, members, responses } = stacksOf(whole);

/** The text of a value with references as marks. */
function text(value: any): string {
  if (typeof value === 'string') {
    return value;
  }
  const [separator, parts] = value['Fn::Join'];
  return parts
    .map((part: any) => (typeof part === 'string' ? part : `<${Object.values(part).flat().join('.')}>`))
    .join(separator);
}

const checked = (stack: any): any[] => {
  const machine = Object.values(resources(stack, 'AWS::StepFunctions::StateMachine'))
    .map(({ Properties }) => Properties)
    .find(({ StateMachineName }) => StateMachineName === 'redress-rules');
  assert.equal(machine.StateMachineType, 'EXPRESS');
  return JSON.parse(text(machine.DefinitionString)).States['Check each rule'].Items;
};

test('every rule of the home is checked, on each bus: those of the responses, and those that watch', () => {
  const items = checked(observability);
  const buses = (name: string) => items.filter(({ Name }) => Name === name).map(({ EventBusName }) => EventBusName);
  for (const { response, workflow } of responses) {
    for (const rule of response.rules) {
      assert.deepEqual(buses(`${workflow.name}-${rule.id}`), ['default', 'redress']);
      const [item] = items.filter(({ Name }) => Name === `${workflow.name}-${rule.id}`);
      assert.deepEqual(item.Pattern, rule.EventPattern);
      assert.deepEqual(item.Targets, [`arn:aws:states:us-east-1:123456789012:stateMachine:${workflow.name}`]);
    }
  }
  const watching = Object.keys(resources(observability!, 'AWS::Events::Rule'));
  for (const id of watching) {
    const [item, ...more] = items.filter(({ Name }) => Name === `<${id}>`);
    assert.deepEqual([item.EventBusName, more], [id.includes('Elsewhere') ? 'redress' : 'default', []], id);
    assert.ok(item.Pattern['detail-type'] && item.Targets.length === 1);
  }
  const ofResponses = responses.flatMap(({ response }) => response.rules).length * 2;
  assert.equal(items.length, watching.length + ofResponses);
  const alone = checked(stacksOf({ ...small, observability: true }).observability);
  assert.ok(alone.every(({ EventBusName }) => EventBusName === 'default'));
});

test('every rule of a member is checked there', () => {
  for (const member of members) {
    const rules = Object.keys(resources(member, 'AWS::Events::Rule'));
    const items = checked(member);
    assert.deepEqual(items.map(({ Name }) => Name).sort(), rules.map((id) => `<${id}>`).sort());
    assert.ok(items.every(({ Targets }) => Targets[0] === 'arn:aws:events:us-east-1:123456789012:event-bus/redress'));
  }
});

test('people hear if no check has succeeded, whatever the reason', () => {
  for (const stack of [observability!, ...members]) {
    const [alarm, ...more] = Object.values(resources(stack, 'AWS::CloudWatch::Alarm'))
      .map(({ Properties }) => Properties)
      .filter(({ MetricName }) => MetricName === 'ExecutionsSucceeded');
    assert.deepEqual(more, []);
    assert.deepEqual(
      [alarm.Namespace, alarm.TreatMissingData, alarm.ComparisonOperator, alarm.Threshold],
      ['AWS/States', 'breaching', 'LessThanThreshold', 1],
    );
    assert.equal(alarm.Period * alarm.EvaluationPeriods, 900);
    assert.equal(alarm.AlarmActions.length, 1);
    const [schedule] = Object.values(resources(stack, 'AWS::Scheduler::Schedule'));
    assert.equal(schedule!.Properties.ScheduleExpression, 'rate(5 minutes)');
  }
});

test('the check reads rules, and may do nothing else', () => {
  const [read] = Object.entries(resources(observability!, 'AWS::IAM::Role'))
    .filter(([id]) => id.startsWith('RuleCheckRole'))
    .map(([, { Properties }]) => Properties.Policies[0].PolicyDocument.Statement);
  assert.deepEqual(
    read.flatMap(({ Action }: any) => listed(Action)),
    ['events:DescribeRule', 'events:ListTargetsByRule'],
  );
});

const deployed = {
  Pattern: { source: ['aws.iam'], detail: { errorCode: [{ exists: false }] } },
  Targets: ['arn:one', 'arn:two'],
  Rule: { State: 'ENABLED', EventPattern: '{"detail": {"errorCode": [{"exists": false}]}, "source": ["aws.iam"]}' },
  Found: { Targets: [{ Arn: 'arn:two' }, { Arn: 'arn:more' }, { Arn: 'arn:one' }] },
};
const cases: Record<string, [object, boolean]> = {
  'as it was deployed': [{}, true],
  'with one target alone': [{ Targets: ['arn:one'], Found: { Targets: [{ Arn: 'arn:one' }] } }, true],
  'with no target that matters': [{ Targets: [] }, true],
  'switched off': [{ Rule: { ...deployed.Rule, State: 'DISABLED' } }, false],
  'with another pattern': [{ Rule: { ...deployed.Rule, EventPattern: '{"source": ["aws.iam"]}' } }, false],
  'with a narrower pattern': [
    { Rule: { ...deployed.Rule, EventPattern: deployed.Rule.EventPattern.replace('false', 'true') } },
    false,
  ],
  'without a target': [{ Found: { Targets: [{ Arn: 'arn:two' }] } }, false],
  'without targets': [{ Found: { Targets: [] } }, false],
};
for (const [what, [changed, expected]] of Object.entries(cases)) {
  test(`a rule ${what} is ${expected ? 'sound' : 'reported'}`, async () => {
    const expression = jsonata(IS_AS_DEPLOYED);
    // Step Functions has this function beside those of JSONata.
    expression.registerFunction('parse', (value: string) => JSON.parse(value));
    const found = await expression.evaluate({}, { states: { input: { ...deployed, ...changed } } });
    assert.equal(found, expected);
  });
}
