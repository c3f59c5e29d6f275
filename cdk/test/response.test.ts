/** The promises of the stack of a response, for every response. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readResponses } from '../lib/response/response.ts';
import { readTasks } from '../lib/task.ts';
import { sampled, samples, small, whole } from './configs.ts';
import { listed, named, resources, stacksOf, statements, templateOf } from './support.ts';

const tasks = readTasks();

for (const stack of stacksOf(small).responses) {
  const { response } = stack;

  test(`${response.name} may invoke exactly the functions that its definition names`, () => {
    const made = statements(stack, `redress-${response.name}`, 'tasks');
    assert.equal(made.length, 1);
    assert.equal(made[0].Action, 'lambda:InvokeFunction');
    const functions = resources(stack, 'AWS::Lambda::Function');
    const invoked = listed(made[0].Resource).map((arn: any) =>
      arn['Fn::GetAtt']
        ? functions[arn['Fn::GetAtt'][0]]!.Properties.FunctionName
        : JSON.stringify(arn).match(/:function:([\w-]+)"/)![1],
    );
    const called = response
      .tasks(tasks)
      .filter(({ placeholder }) => response.definition.includes(`\${${placeholder}}`));
    assert.deepEqual(invoked.sort(), called.map(({ functionName }) => functionName).sort());
  });

  test(`${response.name} is Standard, traced and limited in time, and logs no execution data`, () => {
    templateOf(stack).hasResourceProperties('AWS::StepFunctions::StateMachine', {
      StateMachineName: response.name,
      StateMachineType: 'STANDARD',
      TracingConfiguration: { Enabled: true },
      LoggingConfiguration: { IncludeExecutionData: false, Level: 'ALL' },
      DefinitionString: response.definition,
    });
    assert.equal(typeof JSON.parse(response.definition).TimeoutSeconds, 'number');
  });

  test(`${response.name} has a value for every placeholder of its definition`, () => {
    const { DefinitionSubstitutions: values } = named(
      stack,
      'AWS::StepFunctions::StateMachine',
      'StateMachineName',
      response.name,
    );
    const placeholders = new Set([...response.definition.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name));
    assert.deepEqual(Object.keys(values).sort(), [...placeholders].sort());
    assert.equal(values.Kind, response.kind);
    assert.equal(JSON.parse(`"${values.Title}"`), response.title);
  });

  test(`${response.name} is started by its rules, with retries and a queue for undelivered events`, () => {
    for (const rule of response.rules) {
      const made = named(stack, 'AWS::Events::Rule', 'Name', `${response.name}-${rule.id}`);
      assert.equal(made.Description, rule.Description.slice(0, 512));
      assert.deepEqual(made.EventPattern, rule.EventPattern);
      assert.equal(made.Targets.length, rule.Targets.length);
      for (const target of made.Targets) {
        assert.deepEqual(target.RetryPolicy, { MaximumEventAgeInSeconds: 86400, MaximumRetryAttempts: 185 });
        assert.ok(target.DeadLetterConfig.Arn);
        assert.ok(!JSON.stringify(target.InputTransformer).includes('${'), 'every parameter has its value');
        assert.equal(target.InputTransformer.InputTemplate, '{"event": <aws.events.event.json>}');
      }
    }
  });

  test(`the queues of ${response.name} accept messages over TLS only, from their own rule only, and keep them for 14 days`, () => {
    const queues = resources(stack, 'AWS::SQS::Queue');
    assert.equal(Object.keys(queues).length, response.rules.flatMap((rule) => rule.Targets).length);
    for (const { Properties } of Object.values(queues)) {
      assert.equal(Properties.SqsManagedSseEnabled, true);
      assert.equal(Properties.MessageRetentionPeriod, 14 * 86_400);
    }
    for (const { Properties } of Object.values(resources(stack, 'AWS::SQS::QueuePolicy'))) {
      const text = JSON.stringify(Properties.PolicyDocument);
      assert.match(text, /aws:SecureTransport/);
      assert.match(text, /aws:SourceArn/);
    }
  });

  test(`${response.name} is deployed after the base stack`, () => {
    assert.deepEqual(
      stack.dependencies.map((other) => other.stackName),
      ['Redress'],
    );
  });
}

test('a target can have an input of its own, and can be the topic', () => {
  const [stack] = stacksOf(sampled.small, { responses: samples }).responses;
  const { Targets } = named(stack!, 'AWS::Events::Rule', 'Name', 'role-containment-config');
  assert.equal(
    Targets[0].InputTransformer.InputTemplate,
    '{"mode": "approve", "team": "security", "event": <aws.events.event.json>}',
  );
  assert.match(JSON.stringify(Targets[1]), /ImportValue.*Topic/);
  assert.equal(Targets[1].RoleArn, undefined);
  const queues = Object.values(resources(stack!, 'AWS::SQS::Queue')).map(({ Properties }) => Properties.QueueName);
  assert.deepEqual(queues.sort(), [
    'role-containment-config-people-undelivered',
    'role-containment-config-workflow-undelivered',
    'role-containment-guardduty-undelivered',
  ]);
  const [policy] = Object.values(
    resources(stacksOf(sampled.small, { responses: samples }).base, 'AWS::SNS::TopicPolicy'),
  );
  assert.match(JSON.stringify(policy!.Properties.PolicyDocument), /events\.amazonaws\.com/);
});

test('a definition of its own has the steps that it names, of any kind, with roles of its own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'redress-'));
  after(() => rmSync(folder, { recursive: true }));
  const call = (name: string, Next?: string) => ({
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: { FunctionName: `\${${name}}` },
    ...(Next === undefined ? { End: true } : { Next }),
  });
  const States = {
    Open: call('OpenCase', 'Look'),
    Look: call('IamPolicyLook', 'Again'),
    Again: call('FindingOnlyLook'),
  };
  mkdirSync(join(folder, 'own-flow', 'rules'), { recursive: true });
  writeFileSync(
    join(folder, 'own-flow', 'definition.asl.json'),
    JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'Open', TimeoutSeconds: 60, States }),
  );
  const Targets = [
    { Id: 'workflow', Arn: '${StateMachine}' },
    { Id: 'people', Arn: '${Notify}' },
  ];
  writeFileSync(
    join(folder, 'own-flow', 'rules', 'any.json'),
    JSON.stringify({ Description: 'Any.', EventPattern: { source: ['aws.guardduty'] }, Targets }),
  );
  const stacks = stacksOf({ ...small, responses: { 'own-flow': {} } }, { responses: readResponses(folder, folder) });
  const [stack] = stacks.responses;
  assert.equal(stack!.stackName, 'RedressOwnFlow');
  const handlers = Object.values(resources(stack!, 'AWS::Lambda::Function')).map(({ Properties }) => [
    Properties.FunctionName,
    Properties.Handler,
  ]);
  assert.deepEqual(handlers.sort(), [
    ['own-flow-finding-only-look', 'finding-only-look'],
    ['own-flow-iam-policy-look', 'iam-policy-look'],
  ]);
  const rule = named(stack!, 'AWS::Events::Rule', 'Name', 'own-flow-any');
  assert.equal(rule.Targets[0].InputTransformer, undefined, 'the event itself is the input');
  const [permission] = Object.values(resources(stack!, 'AWS::Lambda::Permission'));
  assert.match(JSON.stringify(permission!.Properties), /:function:notify.*"Principal":"events\.amazonaws\.com"/);
  assert.ok(
    !JSON.stringify(statements(stack!, 'redress-own-flow', 'tasks')).includes(':function:notify'),
    'the state machine does not call it',
  );
});

test('with members each rule listens on the central bus too', () => {
  for (const stack of stacksOf(whole).responses) {
    const rules = Object.values(resources(stack, 'AWS::Events::Rule')).map(({ Properties }) => Properties);
    for (const rule of stack.response.rules) {
      const buses = rules
        .filter(({ Name }) => Name === `${stack.response.name}-${rule.id}`)
        .map(({ EventBusName }) => EventBusName);
      assert.deepEqual(buses.sort(), ['redress', undefined], rule.id);
    }
  }
});
