/** The check of the rules: what it compares, and that silence is an alarm. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import jsonata from 'jsonata';
import { matches } from '../lib/response/matching.ts';
import { IS_AS_DEPLOYED } from '../lib/rule-check.ts';
import { small, whole } from './configs.ts';
import { run } from './machine.ts';
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

/** A value of a template, with references as the same marks. */
function marked(value: any): any {
  if (Array.isArray(value)) {
    return value.map(marked);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if ('Fn::Join' in value) {
    return text(value);
  }
  if ('Ref' in value || 'Fn::GetAtt' in value) {
    return `<${Object.values(value).flat().join('.')}>`;
  }
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, marked(inner)]));
}

/** The targets of a rule of a template, without their ids. */
const targetsIn = (rule: any): any[] => rule.Properties.Targets.map(({ Id: _, ...target }: any) => marked(target));

const definitionOf = (stack: any): any => {
  const machine = Object.values(resources(stack, 'AWS::StepFunctions::StateMachine'))
    .map(({ Properties }) => Properties)
    .find(({ StateMachineName }) => StateMachineName === 'redress-rules');
  assert.equal(machine.StateMachineType, 'EXPRESS');
  return JSON.parse(text(machine.DefinitionString));
};

const checked = (stack: any): any[] => definitionOf(stack).States['Check each rule'].Items;

test('every rule of the home is checked, on each bus: those of the responses, and those that watch', () => {
  const items = checked(observability);
  const buses = (name: string) => items.filter(({ Name }) => Name === name).map(({ EventBusName }) => EventBusName);
  for (const { response, workflow } of responses) {
    for (const rule of response.rules) {
      assert.deepEqual(buses(`${workflow.name}-${rule.id}`), ['default', 'redress']);
      const [item] = items.filter(({ Name }) => Name === `${workflow.name}-${rule.id}`);
      assert.deepEqual(item.Pattern, rule.EventPattern);
      assert.equal(item.Targets[0].Arn, `arn:aws:states:us-east-1:123456789012:stateMachine:${workflow.name}`);
    }
  }
  const watching = Object.keys(resources(observability!, 'AWS::Events::Rule'));
  for (const id of watching) {
    const [item, ...more] = items.filter(({ Name }) => Name === `<${id}>`);
    assert.deepEqual([item.EventBusName, more], [id.includes('Elsewhere') ? 'redress' : 'default', []], id);
    assert.ok(item.Pattern['detail-type']);
    assert.deepEqual(item.Targets, targetsIn(resources(observability!, 'AWS::Events::Rule')[id]), id);
  }
  const ofResponses = responses.flatMap(({ response }) => response.rules).length * 2;
  assert.equal(items.length, watching.length + ofResponses);
  const alone = checked(stacksOf({ ...small, observability: true }).observability);
  assert.ok(alone.every(({ EventBusName }) => EventBusName === 'default'));
});

test('the targets of the rules of a response are those of its stack, in which its roles and queues have names', () => {
  for (const stack of responses) {
    const names = Object.fromEntries([
      ...Object.entries(resources(stack, 'AWS::IAM::Role')).map(([id, { Properties }]) => [
        `<${id}.Arn>`,
        `arn:aws:iam::123456789012:role${Properties.Path}${Properties.RoleName}`,
      ]),
      ...Object.entries(resources(stack, 'AWS::SQS::Queue')).map(([id, { Properties }]) => [
        `<${id}.Arn>`,
        `arn:aws:sqs:us-east-1:123456789012:${Properties.QueueName}`,
      ]),
      ...Object.entries(resources(stack, 'AWS::StepFunctions::StateMachine')).map(([id, { Properties }]) => [
        `<${id}>`,
        `arn:aws:states:us-east-1:123456789012:stateMachine:${Properties.StateMachineName}`,
      ]),
    ]);
    const rules = Object.values(resources(stack, 'AWS::Events::Rule')).map(({ Properties }) => Properties);
    for (const item of checked(observability).filter(({ Name }) => Name.startsWith(`${stack.workflow.name}-`))) {
      const [rule] = rules.filter(
        ({ Name, EventBusName = 'default' }) => Name === item.Name && EventBusName === item.EventBusName,
      );
      const targets = JSON.stringify(targetsIn({ Properties: rule }));
      const withNames = targets.replace(/<[^<>"]+>/g, (mark) => names[mark] ?? mark);
      // The transformer's own places begin with `<` as well, and are no references.
      assert.deepEqual(item.Targets, JSON.parse(withNames), item.Name);
    }
  }
});

test('every rule of a member is checked there', () => {
  for (const member of members) {
    const rules = resources(member, 'AWS::Events::Rule');
    const items = checked(member);
    assert.deepEqual(
      items.map(({ Name }) => Name).sort(),
      Object.keys(rules)
        .map((id) => `<${id}>`)
        .sort(),
    );
    for (const [id, rule] of Object.entries(rules)) {
      const [item] = items.filter(({ Name }) => Name === `<${id}>`);
      assert.deepEqual(item.Targets, targetsIn(rule), id);
      assert.equal(item.Targets[0].Arn, 'arn:aws:events:us-east-1:123456789012:event-bus/redress');
    }
  }
});

test('each rule of a response has an event that it must match, at home and in members', () => {
  for (const { response, workflow } of responses) {
    for (const rule of response.rules) {
      const [item] = checked(observability).filter(({ Name }) => Name === `${workflow.name}-${rule.id}`);
      assert.ok(matches(rule.EventPattern, item.Event), item.Name);
      // Source: EventBridge API, "TestEventPattern": the fields that an event must have.
      for (const field of ['id', 'account', 'source', 'time', 'region', 'resources', 'detail-type']) {
        assert.ok(field in item.Event, `${item.Name} ${field}`);
      }
    }
  }
  const rules = responses.flatMap(({ response }) => response.rules);
  for (const member of members) {
    const examples = checked(member).filter(({ Event }) => Event !== undefined);
    assert.equal(examples.length, rules.length);
    assert.ok(examples.every(({ Pattern, Event }) => matches(Pattern, Event)));
  }
});

/** Answers as EventBridge does. A rule can be changed, and a pattern can match otherwise than was thought. */
function eventBridge(items: readonly any[], changed: (item: any) => object = () => ({})) {
  const asked: string[] = [];
  const calls = (call: string, sent: any): unknown => {
    asked.push(call);
    const item = items.find(
      ({ Name, EventBusName }) => Name === (sent.Name ?? sent.Rule) && EventBusName === sent.EventBusName,
    );
    switch (call) {
      case 'eventbridge:describeRule':
        return { State: 'ENABLED', EventPattern: JSON.stringify(item.Pattern), ...changed(item) };
      case 'eventbridge:listTargetsByRule':
        return { Targets: item.Targets };
      case 'eventbridge:testEventPattern':
        return { Result: matches(JSON.parse(sent.EventPattern), JSON.parse(sent.Event)) };
      default:
        throw new Error(call);
    }
  };
  return { calls, asked };
}

test('a check of rules that are as they were deployed succeeds, and EventBridge is asked about each example', async () => {
  const definition = definitionOf(observability);
  const { calls, asked } = eventBridge(checked(observability));
  assert.equal((await run(definition, {}, calls)).error, undefined);
  const examples = checked(observability).filter(({ Event }) => Event !== undefined);
  assert.equal(asked.filter((call) => call.endsWith('testEventPattern')).length, examples.length);
});

const [first] = responses.flatMap(({ response, workflow }) => response.rules.map(({ id }) => `${workflow.name}-${id}`));
const spoilt: Record<string, (item: any) => object> = {
  'is switched off': () => ({ State: 'DISABLED' }),
  'has another pattern': () => ({ EventPattern: '{"source": ["aws.health"]}' }),
};
for (const [what, changed] of Object.entries(spoilt)) {
  test(`a check fails if one rule ${what}`, async () => {
    const { calls } = eventBridge(checked(observability), (item) => (item.Name === first ? changed(item) : {}));
    assert.equal((await run(definitionOf(observability), {}, calls)).error, 'RuleChanged');
  });
}

test('a check fails if EventBridge says that a pattern does not match its example, or does not answer', async () => {
  for (const answer of [() => ({ Result: false }), () => ({}), () => assert.fail('InvalidEventPatternException')]) {
    const { calls } = eventBridge(checked(observability));
    const other = (call: string, sent: any) => (call.endsWith('testEventPattern') ? answer() : calls(call, sent));
    assert.equal((await run(definitionOf(observability), {}, other)).error, 'RuleChanged');
  }
});

test('people hear if no check has succeeded, whatever the reason', () => {
  for (const stack of [observability!, ...members]) {
    const [alarm, ...more] = Object.entries(resources(stack, 'AWS::CloudWatch::Alarm'))
      .filter(([id]) => id.startsWith('RuleCheck'))
      .map(([, { Properties }]) => Properties)
      .filter(({ MetricName }) => MetricName === 'ExecutionsSucceeded');
    assert.deepEqual(more, []);
    assert.deepEqual(
      [alarm.Namespace, alarm.TreatMissingData, alarm.ComparisonOperator, alarm.Threshold],
      ['AWS/States', 'breaching', 'LessThanThreshold', 1],
    );
    assert.equal(alarm.Period * alarm.EvaluationPeriods, 900);
    assert.equal(alarm.AlarmActions.length, 1);
    const [schedule] = Object.entries(resources(stack, 'AWS::Scheduler::Schedule'))
      .filter(([id]) => id.startsWith('RuleCheck'))
      .map(([, made]) => made);
    assert.equal(schedule!.Properties.ScheduleExpression, 'rate(5 minutes)');
  }
});

test('the check reads rules, and may do nothing else', () => {
  const [read] = Object.entries(resources(observability!, 'AWS::IAM::Role'))
    .filter(([id]) => id.startsWith('RuleCheckRole'))
    .map(([, { Properties }]) => Properties.Policies[0].PolicyDocument.Statement);
  assert.deepEqual(
    read.flatMap(({ Action }: any) => listed(Action)),
    ['events:DescribeRule', 'events:ListTargetsByRule', 'events:TestEventPattern'],
  );
});

const workflow = {
  Arn: 'arn:workflow',
  RoleArn: 'arn:role',
  InputTransformer: { InputPathsMap: { event: '$' }, InputTemplate: '{"event": <event>}' },
  DeadLetterConfig: { Arn: 'arn:queue' },
  RetryPolicy: { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86400 },
};
const topic = { Arn: 'arn:topic' };
const plain = { Arn: 'arn:plain', InputTransformer: { InputTemplate: '{"event": <aws.events.event.json>}' } };
const deployed = {
  Pattern: { source: ['aws.iam'], detail: { errorCode: [{ exists: false }] } },
  Targets: [workflow, topic],
  Rule: { State: 'ENABLED', EventPattern: '{"detail": {"errorCode": [{"exists": false}]}, "source": ["aws.iam"]}' },
  Found: {
    Targets: [
      { Id: 'b', ...topic },
      { Id: 'a', ...workflow },
    ],
  },
};
/** What is found if somebody has changed the target that starts the workflow. */
const found = (changed: object) =>
  [
    {
      Found: {
        Targets: [
          { Id: 'a', ...workflow, ...changed },
          { Id: 'b', ...topic },
        ],
      },
    },
    false,
  ] as [object, boolean];
const without = (field: string) => found(Object.fromEntries([[field, undefined]]));
const cases: Record<string, [object, boolean]> = {
  'as it was deployed': [{}, true],
  'with one target alone': [{ Targets: [topic], Found: { Targets: [{ Id: 'a', ...topic }] } }, true],
  'with fields in another order': [
    {
      Found: {
        Targets: [
          { Id: 'a', ...Object.fromEntries(Object.entries(workflow).reverse()) },
          { Id: 'b', ...topic },
        ],
      },
    },
    true,
  ],
  'whose targets have empty values and defaults': [
    {
      Targets: [workflow, topic, plain],
      Found: {
        Targets: [
          { Id: 'a', ...workflow, RetryPolicy: undefined },
          { Id: 'b', ...topic, DeadLetterConfig: {}, RetryPolicy: { MaximumRetryAttempts: 185 } },
          { Id: 'c', ...plain, InputTransformer: { InputPathsMap: {}, ...plain.InputTransformer } },
        ],
      },
    },
    true,
  ],
  'with a schedule beside its pattern': [{ Rule: { ...deployed.Rule, ScheduleExpression: 'rate(1 minute)' } }, false],
  'with more targets than a page has': [{ Found: { ...deployed.Found, NextToken: 'more' } }, false],
  'switched off': [{ Rule: { ...deployed.Rule, State: 'DISABLED' } }, false],
  'with another pattern': [{ Rule: { ...deployed.Rule, EventPattern: '{"source": ["aws.iam"]}' } }, false],
  'with a narrower pattern': [
    { Rule: { ...deployed.Rule, EventPattern: deployed.Rule.EventPattern.replace('false', 'true') } },
    false,
  ],
  'without a target': [{ Found: { Targets: [{ Id: 'b', ...topic }] } }, false],
  'without targets': [{ Found: { Targets: [] } }, false],
  'with one target more': [{ Found: { Targets: [...deployed.Found.Targets, { Id: 'c', Arn: 'arn:more' }] } }, false],
  'with one target twice': [
    {
      Found: {
        Targets: [
          { Id: 'b', ...topic },
          { Id: 'c', ...topic },
        ],
      },
    },
    false,
  ],
  'whose target has another role': found({ RoleArn: 'arn:other' }),
  'whose target has no role': without('RoleArn'),
  'whose target has a fixed input': found({ Input: '"Redress: weekly report"' }),
  'whose target has a part of the event': found({ InputPath: '$.detail' }),
  'whose target has another template': found({
    InputTransformer: { ...workflow.InputTransformer, InputTemplate: '{"event": <event>, "mode": "enrich"}' },
  }),
  'whose target has other paths': found({
    InputTransformer: { ...workflow.InputTransformer, InputPathsMap: { event: '$.detail' } },
  }),
  'whose target has no transformer': without('InputTransformer'),
  'whose target has no dead-letter queue': without('DeadLetterConfig'),
  'whose target has another dead-letter queue': found({ DeadLetterConfig: { Arn: 'arn:other' } }),
  'whose target is not tried again': found({
    RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
  }),
  'whose target is tried for a minute only': found({
    RetryPolicy: { ...workflow.RetryPolicy, MaximumEventAgeInSeconds: 60 },
  }),
};
for (const [what, [changed, expected]] of Object.entries(cases)) {
  test(`a rule ${what} is ${expected ? 'sound' : 'reported'}`, async () => {
    const expression = jsonata(IS_AS_DEPLOYED);
    // Step Functions has this function beside those of JSONata.
    expression.registerFunction('parse', (value: string) => JSON.parse(value));
    // JSON has no `undefined`: Step Functions passes an absent field as absent.
    const input = JSON.parse(JSON.stringify({ ...deployed, ...changed }));
    assert.equal(await expression.evaluate({}, { states: { input } }), expected);
  });
}
