/** What the Response stack promises. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Match } from 'aws-cdk-lib/assertions';
import { lane } from '../lib/canary.ts';
import { readFolders } from '../lib/folder.ts';
import { changes, readTasks } from '../lib/task.ts';
import { government, small, whole } from './configs.ts';
import { resources, stacksOf, templateOf } from './support.ts';

const tasks = readTasks();
const folders = readFolders();
const { response } = stacksOf(small);
const template = templateOf(response);

/** The statements of an inline policy of the role of a function. */
function statements(name: string, policy: string): any[] {
  const role = Object.values(resources(response, 'AWS::IAM::Role')).find(({ Properties }) => Properties.RoleName === `redress-${name}`);
  assert.ok(role, `there is no role of ${name}`);
  const found = role.Properties.Policies.find((inline: { PolicyName: string }) => inline.PolicyName === policy);
  return found.PolicyDocument.Statement;
}

const listed = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

for (const task of tasks) {
  test(`the role of ${task.name} has exactly the statements of the manifest, in their order`, () => {
    const made = statements(task.name, 'task');
    // This installation has no key of its own, nobody to escalate to and no members, so nothing is granted on them.
    const wanted = task.iam.filter(({ resources }) => !resources.every((one) => ['${TokenKey}', '${EscalationTopic}', '${MemberRoles}'].includes(one)));
    assert.equal(made.length, wanted.length);
    for (const [n, statement] of wanted.entries()) {
      assert.equal(made[n].Effect, statement.effect);
      assert.deepEqual(listed(made[n].Action), statement.actions);
      const conditions = (statement.conditions ?? []).flatMap(({ operator, key, values }) => [[operator, key, values]]);
      const found = Object.entries(made[n].Condition ?? {}).flatMap(([operator, keys]) =>
        Object.entries(keys as object).map(([key, values]) => [operator, key, values]),
      );
      assert.deepEqual(found, conditions);
    }
  });

  test(`the function ${task.name} is what the manifest says, and has what it reads in its environment`, () => {
    const [{ Properties }] = Object.values(resources(response, 'AWS::Lambda::Function')).filter(
      ({ Properties }) => Properties.FunctionName === task.name,
    ) as [{ Properties: any }];
    assert.equal(Properties.Timeout, task.timeoutSeconds);
    assert.equal(Properties.Runtime, 'provided.al2023');
    assert.deepEqual(Properties.Architectures, ['arm64']);
    assert.equal(Properties.ReservedConcurrentExecutions, changes(task) ? 5 : undefined);
    const known = [...task.environment, ...(task.settings ?? []).map((setting) => setting.name)];
    const has = Object.keys(Properties.Environment?.Variables ?? {});
    assert.deepEqual(task.environment.filter((name) => !has.includes(name)), []);
    assert.deepEqual(has.filter((name) => !known.includes(name)), [], 'and nothing that it does not read');
  });
}

test('a role has one policy besides the manifest\'s: to write its own log', () => {
  for (const { Properties } of Object.values(resources(response, 'AWS::IAM::Role'))) {
    const names = (Properties.Policies ?? []).map((policy: { PolicyName: string }) => policy.PolicyName);
    if (names.includes('task')) {
      assert.deepEqual(names, ['task', 'log']);
      assert.equal(Properties.ManagedPolicyArns, undefined);
      assert.equal(Properties.Path, '/redress/');
    }
  }
  const others = Object.values(resources(response, 'AWS::IAM::Policy')).map(({ Properties }) => Properties.Roles);
  assert.equal(others.length, folders.length, 'what CDK adds, it adds to the roles of the state machines alone');
});

test('what tasks do to state machines they do to these, and to no others', () => {
  const answers = JSON.stringify(statements('answer-approval', 'task'));
  for (const folder of folders) {
    assert.ok(answers.includes(`stateMachine:${folder.name}`), folder.name);
  }
  assert.ok(!answers.includes('stateMachine:*'));
});

for (const folder of folders) {
  test(`${folder.name} may invoke exactly what its definition names`, () => {
    const made = statements(folder.name, 'tasks');
    assert.equal(made.length, 1);
    assert.equal(made[0].Action, 'lambda:InvokeFunction');
    const named = folder.placeholders().map((placeholder) => tasks.find((task) => task.placeholder === placeholder)!.name);
    const functions = resources(response, 'AWS::Lambda::Function');
    const invoked = listed(made[0].Resource).map((arn: any) => functions[arn['Fn::GetAtt'][0]]!.Properties.FunctionName);
    assert.deepEqual(invoked.sort(), named.sort());
  });

  test(`${folder.name} is Standard, traced, ends, and logs no execution data`, () => {
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      StateMachineName: folder.name,
      StateMachineType: 'STANDARD',
      TracingConfiguration: { Enabled: true },
      LoggingConfiguration: { IncludeExecutionData: false, Level: 'ALL' },
      DefinitionString: folder.definition,
    });
    assert.equal(typeof JSON.parse(folder.definition).TimeoutSeconds, 'number');
  });

  test(`${folder.name} is started by its rules, with retries and a queue of its own for what cannot be delivered`, () => {
    for (const rule of folder.rules) {
      const [made] = Object.values(resources(response, 'AWS::Events::Rule')).filter(
        ({ Properties }) => Properties.Description === rule.Description,
      );
      assert.ok(made, rule.id);
      assert.deepEqual(made.Properties.EventPattern, rule.EventPattern);
      assert.equal(made.Properties.Targets.length, rule.Targets.length);
      for (const target of made.Properties.Targets) {
        assert.deepEqual(target.RetryPolicy, { MaximumEventAgeInSeconds: 86400, MaximumRetryAttempts: 185 });
        assert.ok(target.DeadLetterConfig.Arn);
        assert.ok(!JSON.stringify(target.InputTransformer).includes('${'), 'every parameter has its value');
        assert.ok(target.InputTransformer.InputTemplate.startsWith('{"mode": "approve"'));
      }
    }
  });
}

test('queues take no message in the clear, keep it as long as they can, and only their rule\'s', () => {
  const queues = resources(response, 'AWS::SQS::Queue');
  assert.equal(Object.keys(queues).length, folders.flatMap((folder) => folder.rules).length);
  for (const { Properties } of Object.values(queues)) {
    assert.equal(Properties.SqsManagedSseEnabled, true);
    assert.equal(Properties.MessageRetentionPeriod, 14 * 86_400);
  }
  for (const { Properties } of Object.values(resources(response, 'AWS::SQS::QueuePolicy'))) {
    const text = JSON.stringify(Properties.PolicyDocument);
    assert.match(text, /aws:SecureTransport/);
    assert.match(text, /aws:SourceArn/);
  }
});

test('the case table can be put back to any second, and is not deleted with the stack', () => {
  template.hasResource('AWS::DynamoDB::GlobalTable', {
    DeletionPolicy: 'Retain',
    Properties: {
      Replicas: [Match.objectLike({ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true }, DeletionProtectionEnabled: true })],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }, { AttributeName: 'sk', KeyType: 'RANGE' }],
    },
  });
});

test('without an issuer there is no API, and nobody is told of a page', () => {
  template.resourceCountIs('AWS::ApiGatewayV2::Api', 0);
  assert.ok(!JSON.stringify(template.toJSON()).includes('APPROVAL_URL'));
});

test('with an issuer every route has the authorizer, and the API invokes the alias alone', () => {
  const whole_ = templateOf(stacksOf(whole).response);
  whole_.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
    AuthorizerType: 'JWT',
    JwtConfiguration: { Issuer: 'https://login.example.com', Audience: ['redress'] },
  });
  const routes = Object.values(resources(stacksOf(whole).response, 'AWS::ApiGatewayV2::Route'));
  assert.equal(routes.length, 3);
  assert.ok(routes.every(({ Properties }) => Properties.AuthorizationType === 'JWT' && Properties.AuthorizerId));
  const [alias] = Object.entries(resources(stacksOf(whole).response, 'AWS::Lambda::Alias'));
  assert.equal(alias![1].Properties.Name, 'page');
  const permissions = Object.values(resources(stacksOf(whole).response, 'AWS::Lambda::Permission'));
  const api = permissions.filter(({ Properties }) => Properties.Principal === 'apigateway.amazonaws.com');
  assert.ok(api.length > 0 && api.every(({ Properties }) => Properties.FunctionName.Ref === alias![0]));
  whole_.hasResourceProperties('AWS::Lambda::Function', {
    FunctionName: 'request-approval',
    Environment: { Variables: Match.objectLike({ APPROVAL_URL: 'https://redress.example.com/approvals/{id}', APPROVALS_NEEDED: '2', APPROVERS: '*@example.com' }) },
  });
});

test('people may answer with the command line, and not as the API does', () => {
  const text = JSON.stringify(Object.values(resources(response, 'AWS::IAM::ManagedPolicy')));
  assert.match(text, /"Effect":"Deny","Resource":\{"Fn::Join":\["",\[\{"Fn::GetAtt":\["AnswerApprovalFunction\w+","Arn"\]\},":page"\]\]\}/);
});

test('there is no key of one\'s own unless it is asked for, and then everything uses it', () => {
  template.resourceCountIs('AWS::KMS::Key', 0);
  const { response } = stacksOf(whole);
  templateOf(response).resourceCountIs('AWS::KMS::Key', 1);
  const [key] = Object.keys(resources(response, 'AWS::KMS::Key'));
  for (const [type, property] of [['AWS::SQS::Queue', 'KmsMasterKeyId'], ['AWS::SNS::Topic', 'KmsMasterKeyId'], ['AWS::Logs::LogGroup', 'KmsKeyId'], ['AWS::Lambda::Function', 'KmsKeyArn']] as const) {
    for (const [name, { Properties }] of Object.entries(resources(response, type))) {
      assert.ok(JSON.stringify(Properties[property] ?? '').includes(key!), `${name} does not use the key`);
    }
  }
  const policy = JSON.stringify(Object.values(resources(response, 'AWS::KMS::Key'))[0]!.Properties.KeyPolicy);
  for (const service of ['events.amazonaws.com', 'sns.amazonaws.com', 'cloudwatch.amazonaws.com', 'logs.us-east-1.']) {
    assert.ok(policy.includes(service), `${service} could not use the key, and messages would be lost`);
  }
});

test('alarms can write to the topic, and nobody in the clear', () => {
  const [policy] = Object.values(resources(response, 'AWS::SNS::TopicPolicy'));
  const text = JSON.stringify(policy!.Properties.PolicyDocument);
  assert.match(text, /cloudwatch\.amazonaws\.com/);
  assert.match(text, /aws:SecureTransport[^}]*\}\},"Effect":"Deny"/);
});

test('the central bus is there for members alone, and takes from them what services say', () => {
  template.resourceCountIs('AWS::Events::EventBus', 0);
  const { response } = stacksOf(whole);
  const policies = Object.values(resources(response, 'AWS::Events::EventBusPolicy')).map(({ Properties }) => Properties.Statement);
  const accounts = policies.map((statement) => JSON.stringify(statement.Principal).match(/\d{12}/)?.[0]);
  assert.deepEqual(accounts.sort(), ['123456789012', '210987654321']);
  assert.ok(policies.every((statement) => statement.Condition['ForAllValues:StringLike']['events:source'] === 'aws.*'));
});

test('the canary can only plan, tells nobody who is on call, and is missed when it does not come back', () => {
  const { response } = stacksOf(government);
  const made = templateOf(response);
  const rules = Object.values(resources(response, 'AWS::Events::Rule')).filter(({ Properties }) => JSON.stringify(Properties.EventPattern).includes('redress.canary'));
  assert.equal(rules.length, 1);
  assert.ok(rules[0]!.Properties.Targets[0].InputTransformer.InputTemplate.startsWith('{"mode": "plan"'));
  made.hasResourceProperties('AWS::CloudWatch::Alarm', {
    EvaluationPeriods: 4,
    DatapointsToAlarm: 4,
    Period: 300,
    Threshold: 1,
    ComparisonOperator: 'LessThanThreshold',
    TreatMissingData: 'breaching',
    MetricName: 'CanaryPlans',
  });
  const topics = resources(response, 'AWS::SNS::Topic');
  const silent = Object.keys(topics).find((id) => topics[id]!.Properties.TopicName === 'redress-canary');
  made.hasResourceProperties('AWS::Lambda::Function', {
    FunctionName: 'canary-notify',
    Environment: { Variables: Match.objectLike({ TOPIC_ARN: { Ref: silent } }) },
  });
  const sender = Object.values(resources(response, 'AWS::IAM::Role')).find(({ Properties }) => JSON.stringify(Properties.AssumeRolePolicyDocument).includes('scheduler'));
  assert.equal(sender!.Properties.Policies[0].PolicyDocument.Statement[0].Condition.StringEquals['events:source'], 'redress.canary');
});

test('the lane of the canary is the workflow, but that it owes Security Hub nothing', () => {
  const folder = folders.find(({ name }) => name === 'credential-exfiltration')!;
  const [plain, made] = [folder.definition, lane(folder.definition)].map((text) => JSON.stringify(JSON.parse(text)));
  assert.notEqual(plain, made);
  assert.equal(plain!.replaceAll('"unwritten":true', '"unwritten":false'), made);
  assert.throws(() => lane('{"States": {}}'), /owe nothing/);
});
