/** The promises of the base stack, and of the way the stacks of the responses depend on it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Match } from 'aws-cdk-lib/assertions';
import { government, small, whole } from './configs.ts';
import { all, home, resources, stacksOf, templateOf } from './support.ts';

const { base } = stacksOf(small);
const template = templateOf(base);
const withEverything = stacksOf(whole);

test('the case table can be restored to any second, and is kept when the stack is deleted', () => {
  template.hasResource('AWS::DynamoDB::GlobalTable', {
    DeletionPolicy: 'Retain',
    Properties: {
      Replicas: [
        Match.objectLike({
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          DeletionProtectionEnabled: true,
        }),
      ],
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    },
  });
});

test('without an issuer people answer with the command line alone, and no message names a page', () => {
  const routes = Object.values(resources(base, 'AWS::ApiGatewayV2::Route')).map(({ Properties }) => Properties);
  assert.deepEqual(routes.map(({ RouteKey }) => RouteKey).sort(), ['GET /answers/{id}', 'POST /answers/{id}']);
  assert.ok(routes.every(({ AuthorizationType }) => AuthorizationType === 'AWS_IAM'));
  assert.ok(!JSON.stringify(template.toJSON()).includes('APPROVAL_URL'));
});

test('every route has an authorizer, and the API invokes the alias alone', () => {
  const whole_ = templateOf(withEverything.base);
  whole_.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
    AuthorizerType: 'JWT',
    JwtConfiguration: { Issuer: 'https://login.example.com', Audience: ['redress'] },
  });
  const routes = Object.values(resources(withEverything.base, 'AWS::ApiGatewayV2::Route'));
  assert.equal(routes.length, 5);
  for (const { Properties } of routes) {
    const [type, authorizer] = Properties.RouteKey.includes('/answers/') ? ['AWS_IAM', false] : ['JWT', true];
    assert.equal(Properties.AuthorizationType, type, Properties.RouteKey);
    assert.equal(Properties.AuthorizerId !== undefined, authorizer, Properties.RouteKey);
  }
  const [alias] = Object.entries(resources(withEverything.base, 'AWS::Lambda::Alias'));
  assert.equal(alias![1].Properties.Name, 'page');
  const permissions = Object.values(resources(withEverything.base, 'AWS::Lambda::Permission'));
  const api = permissions.filter(({ Properties }) => Properties.Principal === 'apigateway.amazonaws.com');
  assert.ok(api.length > 0 && api.every(({ Properties }) => Properties.FunctionName.Ref === alias![0]));
  whole_.hasResourceProperties('AWS::Lambda::Function', {
    FunctionName: 'request-approval',
    Environment: {
      Variables: Match.objectLike({
        APPROVAL_URL: 'https://redress.example.com/approvals/{id}',
        APPROVALS_NEEDED: '2',
        APPROVERS: '*@example.com',
      }),
    },
  });
});

test('people may answer through the API that authenticates them, and invoke nothing', () => {
  const [policy] = Object.values(resources(base, 'AWS::IAM::ManagedPolicy'));
  const statements: { Effect: string; Action: string | string[] }[] = policy!.Properties.PolicyDocument.Statement;
  const allowed = statements.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => Action);
  assert.ok(
    allowed.includes('execute-api:Invoke') && !allowed.some((action) => action.startsWith('lambda:')),
    `${allowed}`,
  );
  assert.match(JSON.stringify(statements), /\/\$default\/POST\/answers\/\*/);
  assert.match(
    JSON.stringify(statements),
    /"Action":"lambda:InvokeFunction","Effect":"Deny","Resource":\[\{"Fn::GetAtt":\["AnswerApprovalFunction\w+","Arn"\]\},/,
  );
});

test('there is a customer managed key only if it is asked for, and then every stack of the home uses it', () => {
  template.resourceCountIs('AWS::KMS::Key', 0);
  const { base, responses } = withEverything;
  templateOf(base).resourceCountIs('AWS::KMS::Key', 1);
  const [key] = Object.keys(resources(base, 'AWS::KMS::Key'));
  for (const stack of [base, ...responses]) {
    for (const [type, property] of [
      ['AWS::SQS::Queue', 'KmsMasterKeyId'],
      ['AWS::SNS::Topic', 'KmsMasterKeyId'],
      ['AWS::Logs::LogGroup', 'KmsKeyId'],
      ['AWS::Lambda::Function', 'KmsKeyArn'],
    ] as const) {
      for (const [name, { Properties }] of Object.entries(resources(stack, type))) {
        assert.ok(
          JSON.stringify(Properties[property] ?? '').includes(key!),
          `${name} of ${stack.stackName} does not use the key`,
        );
      }
    }
  }
  const policy = JSON.stringify(Object.values(resources(base, 'AWS::KMS::Key'))[0]!.Properties.KeyPolicy);
  for (const service of ['events.amazonaws.com', 'sns.amazonaws.com', 'cloudwatch.amazonaws.com', 'logs.us-east-1.']) {
    assert.ok(policy.includes(service), `${service} could not use the key, and messages would be lost`);
  }
});

test('alarms can publish to the topic, and nobody without TLS', () => {
  const [policy] = Object.values(resources(base, 'AWS::SNS::TopicPolicy'));
  const text = JSON.stringify(policy!.Properties.PolicyDocument);
  assert.match(text, /cloudwatch\.amazonaws\.com/);
  assert.match(text, /aws:SecureTransport[^}]*\}\},"Effect":"Deny"/);
});

test('the central bus exists for members only, and accepts events of AWS services only', () => {
  template.resourceCountIs('AWS::Events::EventBus', 0);
  const policies = Object.values(resources(withEverything.base, 'AWS::Events::EventBusPolicy')).map(
    ({ Properties }) => Properties.Statement,
  );
  const accounts = policies.map((statement) => JSON.stringify(statement.Principal).match(/\d{12}/)?.[0]);
  assert.deepEqual(accounts.sort(), ['123456789012', '210987654321']);
  assert.ok(policies.every((statement) => statement.Condition['ForAllValues:StringLike']['events:source'] === 'aws.*'));
});

test('the base stack exports its table, topic, key and the id of its API, and no stack of a response exports anything', () => {
  for (const config of [small, whole, government]) {
    const { base, responses } = stacksOf(config);
    const exported = Object.keys(templateOf(base).toJSON().Outputs ?? {}).filter((name) => name.startsWith('Exports'));
    assert.ok(
      exported.every((name) => /Cases|Topic|Key|PageApi/.test(name)),
      exported.join(', '),
    );
    for (const stack of responses) {
      assert.deepEqual(Object.keys(templateOf(stack).toJSON().Outputs ?? {}), [], stack.stackName);
    }
  }
});

test("no stack comes near CloudFormation's limit of 500 resources", () => {
  for (const [name, config] of Object.entries({ small, whole, government })) {
    const counts = all(stacksOf(config)).map(
      (stack) => [stack.stackName, Object.keys(templateOf(stack).toJSON().Resources).length] as const,
    );
    console.log(`# ${name}: ${counts.map((count) => count.join(' ')).join(', ')}`);
    for (const [stack, count] of counts) {
      assert.ok(count <= 150, `${stack} has ${count}`);
    }
  }
});

test('people are told of changed boundaries where the response that puts them back is not deployed', () => {
  const events = (config: typeof small) =>
    stacksOf(config)
      .responses.filter(({ response }) =>
        response.rules.some((rule) => JSON.stringify(rule).includes('PermissionsBoundary')),
      )
      .map(({ response }) => response.kind);
  assert.deepEqual(events(small), ['permissions-boundary']);
  const { 'permissions-boundary': _, ...responses } = small.responses;
  const guardrails = { ...small.guardrails, requiredBoundaries: [] };
  assert.deepEqual(events({ ...small, responses, guardrails }), ['iam-activity']);
});

test('an installation has the responses that its configuration names, and the common tasks that they call', () => {
  const leaves = (rules: unknown) => JSON.stringify(rules).includes('"anything-but":{"prefix"');
  const telling = stacksOf(small).responses.find(
    ({ functions, response }) => functions.length === 1 && leaves(response.rules),
  )!.response;
  const alone = { ...small, responses: { [telling.name]: {} } };
  const stacks = stacksOf(alone);
  assert.deepEqual(
    stacks.responses.map(({ response }) => response.name),
    [telling.name],
  );
  const rules = stacks.responses.find(({ response }) => response.name === telling.name)!.response.rules;
  assert.ok(!leaves(rules), 'what it left to others is its own now');
  const names = Object.values(resources(home(stacks), 'AWS::Lambda::Function')).map(
    ({ Properties }) => Properties.FunctionName,
  );
  assert.deepEqual(
    names.sort(),
    ['answer-approval', 'close-case', 'notify', 'open-case', `${telling.name}-look`, 'update-finding'].sort(),
  );
});
