/** The promises of the stack of a response, for every response. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTasks } from '../lib/task.ts';
import { samples, sampled, small, whole } from './configs.ts';
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
      arn['Fn::GetAtt'] ? functions[arn['Fn::GetAtt'][0]]!.Properties.FunctionName : JSON.stringify(arn).match(/:function:([\w-]+)"/)![1],
    );
    const called = response.tasks(tasks).filter(({ placeholder }) => response.definition.includes(`\${${placeholder}}`));
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
    const { DefinitionSubstitutions: values } = named(stack, 'AWS::StepFunctions::StateMachine', 'StateMachineName', response.name);
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
        assert.match(target.InputTransformer.InputTemplate, 'Mode' in response.parameters ? /^\{"mode": "approve"/ : /"event": <aws.events.event.json>/);
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
    assert.deepEqual(stack.dependencies.map((other) => other.stackName), ['Redress']);
  });
}

test('a target can have an input of its own, and can be the topic', () => {
  const [stack] = stacksOf(sampled.small, { responses: samples }).responses;
  const { Targets } = named(stack!, 'AWS::Events::Rule', 'Name', 'role-containment-config');
  assert.equal(Targets[0].InputTransformer.InputTemplate, '{"mode": "approve", "team": "security", "event": <aws.events.event.json>}');
  assert.match(JSON.stringify(Targets[1]), /ImportValue.*Topic/);
  assert.equal(Targets[1].RoleArn, undefined);
  const queues = Object.values(resources(stack!, 'AWS::SQS::Queue')).map(({ Properties }) => Properties.QueueName);
  assert.deepEqual(queues.sort(), ['role-containment-config-people-undelivered', 'role-containment-config-workflow-undelivered', 'role-containment-guardduty-undelivered']);
  const [policy] = Object.values(resources(stacksOf(sampled.small, { responses: samples }).base, 'AWS::SNS::TopicPolicy'));
  assert.match(JSON.stringify(policy!.Properties.PolicyDocument), /events\.amazonaws\.com/);
});

test('with members each rule listens on the central bus too', () => {
  for (const stack of stacksOf(whole).responses) {
    const rules = Object.values(resources(stack, 'AWS::Events::Rule')).map(({ Properties }) => Properties);
    for (const rule of stack.response.rules) {
      const buses = rules.filter(({ Name }) => Name === `${stack.response.name}-${rule.id}`).map(({ EventBusName }) => EventBusName);
      assert.deepEqual(buses.sort(), ['redress', undefined], rule.id);
    }
  }
});
