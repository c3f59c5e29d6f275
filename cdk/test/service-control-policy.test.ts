/** The service control policies: they deny what the watch tells of, to everybody but the deploying role, and nothing of Redress. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { KEY_ALIAS } from '../lib/key.ts';
import {
  API_ID,
  LONGEST_POLICY,
  namedIn,
  policiesFor,
  type Statement,
  written,
} from '../lib/service-control-policy.ts';
import { OF_CONFIG, ORDINARY } from '../lib/watch/sources.ts';
import { whole } from './configs.ts';
import { compareGolden } from './golden.ts';
import { all, listed, resources, stacksOf } from './support.ts';

const stacks = stacksOf(whole);
const named = namedIn(stacks, 'aws');
const policies = policiesFor(named);
const statements = Object.values(policies).flatMap((policy) => policy.Statement);

/** What AWS has in each service: the actions that change something. */
const ACTIONS = new Map(
  readFileSync(join(import.meta.dirname, '..', '..', 'tasks', 'src', 'policy', 'actions.txt'), 'utf8')
    .split('\n')
    .filter((line) => /^[a-z]/.test(line))
    .map((line): [string, string[]] => {
      const [service, ...levels] = line.split(' ');
      const changing = levels.filter((level) => /^[PWT]:/.test(level)).flatMap((level) => level.slice(2).split(','));
      return [service!, changing];
    }),
);

const globs = new Map<string, RegExp>();
function glob(pattern: string): RegExp {
  const made = globs.get(pattern);
  if (made) {
    return made;
  }
  const parts = pattern.split('*').map((part) => part.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('?', '.'));
  const regex = new RegExp(`^${parts.join('.*')}$`, 's');
  globs.set(pattern, regex);
  return regex;
}

/** A request, as far as these policies look at it. */
interface Asked {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly keys?: Readonly<Record<string, string>>;
}

/** The statements that deny a request. */
function denying({ principal, action, resource, keys = {} }: Asked): Statement[] {
  return statements.filter(({ Action, Resource, Condition }) => {
    const holds = Object.entries(Condition).every(([operator, wanted]) =>
      Object.entries(wanted).every(([key, values]) => {
        switch (operator) {
          case 'ArnNotLike':
            assert.equal(key, 'aws:PrincipalArn');
            return !values.some((value) => glob(value).test(principal));
          case 'StringEquals':
          case 'ForAnyValue:StringEquals':
            return values.includes(keys[key] ?? '');
          default:
            throw new Error(operator);
        }
      }),
    );
    return (
      holds &&
      Action.some((pattern) => glob(pattern).test(action)) &&
      Resource.some((pattern) => glob(pattern).test(resource))
    );
  });
}

const ADMIN = 'arn:aws:iam::123456789012:role/Admin';
const arn = (service: string, rest: string, region = 'us-east-1') =>
  `arn:aws:${service}:${region}:123456789012:${rest}`;
const [response] = stacks.responses.map(({ response }) => response.name);
const KEYS = { 'kms:ResourceAliases': KEY_ALIAS, 'cloudwatch:namespace': 'Redress' };
/** Resources of Redress, of each service. */
const OWN: Record<string, string[]> = {
  apigateway: [`arn:aws:apigateway:us-east-1::/apis/${API_ID}/routes/abc`],
  cloudformation: [arn('cloudformation', 'stack/RedressObservability/0f1e2d3c')],
  cloudwatch: [arn('cloudwatch', 'alarm:RedressObservability-Failed'), arn('cloudwatch', 'dashboard/Redress', '')],
  dynamodb: [arn('dynamodb', 'table/Redress-Cases0F1E2D3C')],
  events: [
    arn('events', `rule/${response}-guardduty`),
    arn('events', `rule/redress/${response}-guardduty`),
    arn('events', 'event-bus/redress'),
  ],
  iam: [
    arn('iam', `role/redress/redress-${response}-change`, ''),
    arn('iam', 'policy/redress/People', ''),
    arn('iam', 'role/redress-canary/redress-canary', ''),
  ],
  kms: [arn('kms', 'key/0f1e2d3c'), arn('kms', KEY_ALIAS)],
  lambda: [arn('lambda', `function:${response}-change`), arn('lambda', 'function:open-case')],
  logs: [
    arn('logs', `log-group:/aws/vendedlogs/states/${response}`),
    arn('logs', 'log-group:/aws/events/redress-deployments'),
  ],
  scheduler: [arn('scheduler', 'schedule/default/RedressObservability-RuleCheckSchedule')],
  sns: [arn('sns', 'redress'), arn('sns', 'redress-watch:0f1e2d3c')],
  sqs: [arn('sqs', `${response}-guardduty-undelivered`), arn('sqs', 'RedressObservability-Untold')],
  ssm: [arn('ssm', 'parameter/redress/answers-url')],
  states: [arn('states', `stateMachine:${response}`), arn('states', 'execution:redress-rules:0f1e2d3c')],
};
const isDenied = (principal: string, action: string) =>
  [...OWN[action.split(':')[0]!]!, '*'].some(
    (resource) => denying({ principal, action, resource, keys: KEYS }).length > 0,
  );

/** What is not denied, and why. */
const ALLOWED: Record<string, [RegExp, string][]> = {
  apigateway: [
    [/Portal|ProductPage|ProductRestEndpoint/, 'a portal is not the API'],
    [/Domain|Certificate|Access|RoutingRule/, 'it has no domain'],
    [/WebACL|RestApiPolicy/, 'for REST APIs'],
  ],
  cloudformation: [
    [
      /StackSet|StackInstances|Type$|Type[A-Z]|Publisher|Generated|ResourceScan|Organizations|UploadBucket/,
      'of no stack',
    ],
    [/Resource(Request)?$|RecordHandlerProgress|SignalResource/, 'of no stack, or a progress'],
  ],
  cloudwatch: [[/Insight|Anomaly|Stream|ServiceLevel|Topology|Link/, 'of no alarm and no dashboard']],
  dynamodb: [
    [
      /Global(Table)?|Replica|Replication|ReservedCapacity|Abac|InjectError|Backup$|BackupJob|Export|ImportTable/,
      'of other tables, or reads',
    ],
  ],
  events: [
    [
      /ApiDestination|Archive|Connection|Endpoint|EventSource|Replay|Partner|AllowVended|CreateEventBus/,
      'of no rule and no bus of it',
    ],
    [/PutEvents/, 'events'],
  ],
  iam: [
    [
      /User|Group|AccessKey|LoginProfile|MFA|Certificate|PublicKey|Credential|ChangePassword|PasswordPolicy/,
      'of users',
    ],
    [
      /Provider|InstanceProfile|ServiceLinkedRole|Alias|Account|Delegation|Root|Federation|STS|SecurityToken/,
      'of no role of it',
    ],
  ],
  kms: [
    [/CustomKeyStore|CreateKey|SynchronizeMultiRegion/, 'of no key of it'],
    [/crypt(From|To)?$|Generate|Derive|Sign$|Verify/, 'uses of the key'],
  ],
  lambda: [
    [/Layer|CodeSigningConfig$|EventSourceMapping|CapacityProvider|Durable/, 'of no function of it'],
    [/Invoke/, 'uses of the function'],
  ],
  logs: [
    [
      /Delivery|Account|Index|Integration|Lookup|Pipeline|Query|ScheduledQuer|Destination|Link|S3Table|Import|BearerToken/,
      'of no group',
    ],
    [/Export|Anomaly|PutResourcePolicy/, 'adds'],
    [/CreateLog|PutLogEvents/, 'writing of logs'],
  ],
  scheduler: [[/Group|agResource/, 'of groups of schedules']],
  sns: [
    [/Platform|SMS|Endpoint|PhoneNumber/, 'of no topic'],
    [/Publish|ConfirmSubscription/, 'messages, and their receivers'],
  ],
  sqs: [[/SendMessage/, 'messages']],
  ssm: [[/^(?!.*Parameter)(?!(Put|Delete)ResourcePolicy)(?!.*Tags)/, 'of no parameter']],
  states: [[/Activity|Start|SendTask|TestState|HTTP|MapRun/, 'uses, and nothing of it']],
};

const changing = (service: string) => ACTIONS.get(service) ?? assert.fail(service);

test('everything that changes a resource of Redress is denied, in every service that the watch looks at', () => {
  const sources = all(stacks)
    .flatMap((stack) => Object.values(resources(stack, 'AWS::Events::Rule')))
    .filter(({ Properties }) => Properties.EventPattern['detail-type'].includes('AWS API Call via CloudTrail'))
    .flatMap(({ Properties }) => Properties.EventPattern.source ?? [])
    .map((source: string) => source.replace(/^aws\./, '').replace('monitoring', 'cloudwatch'));
  const known = [...Object.keys(OWN), ...Object.keys(ORDINARY), 'config'];
  assert.deepEqual(
    [...new Set(sources)].filter((source) => !known.includes(source)),
    [],
  );
  for (const service of Object.keys(OWN)) {
    const reasons = ALLOWED[service] ?? [];
    for (const name of changing(service)) {
      const denied = isDenied(ADMIN, `${service}:${name}`);
      const allowed = reasons.some(([names]) => names.test(name));
      assert.ok(denied || allowed, `${service}:${name} is neither denied nor allowed for a reason`);
    }
    for (const [names] of reasons) {
      assert.ok(
        changing(service).some((name) => names.test(name) && !isDenied(ADMIN, `${service}:${name}`)),
        `${names}`,
      );
    }
  }
});

/** Calls of the services that Redress hears from that the watch tells of, and that make none of them report less. */
const ADDING = [
  /^(Create|Enable|Accept|Invite|Register|Start|Restore|Generate|Send|Link|BatchEnable|Connector|AllowVended|Decline)/,
  /Invitations$|ActionTarget|Insight|^DeleteConnector|^UpdateFindings$|Federation$/,
];

test('everything by which a service reports less is denied, and the work of every day is not', () => {
  const asked = (action: string) => denying({ principal: ADMIN, action, resource: '*' }).length > 0;
  for (const [service, ordinary] of Object.entries(ORDINARY)) {
    for (const name of changing(service)) {
      const denied = asked(`${service}:${name}`);
      if (ordinary.includes(name)) {
        assert.ok(!denied, `${service}:${name} is denied, and it is the work of every day`);
      } else {
        assert.ok(denied || ADDING.some((names) => names.test(name)), `${service}:${name} is not denied`);
      }
    }
  }
  for (const name of OF_CONFIG) {
    assert.ok(asked(`config:${name}`), name);
  }
  for (const action of [
    'guardduty:CreateFilter',
    'guardduty:CreateIPSet',
    'securityhub:CreateAutomationRule',
    'access-analyzer:CreateArchiveRule',
  ]) {
    assert.ok(asked(action), `${action} hides findings`);
  }
});

/** What SECURITY.md names, and what silences an alarm in other ways. */
const MUST: [string, string, Record<string, string>?][] = [
  ...['DisableRule', 'DeleteRule', 'PutRule', 'PutTargets', 'RemoveTargets'].map((name): [string, string] => [
    `events:${name}`,
    arn('events', 'rule/RedressObservability-WatchRoles0F1E2D3C'),
  ]),
  ...['DisableAlarmActions', 'DeleteAlarms', 'PutMetricAlarm', 'SetAlarmState', 'PutAlarmMuteRule'].map(
    (name): [string, string] => [`cloudwatch:${name}`, arn('cloudwatch', 'alarm:redress-canary-missed')],
  ),
  ...['DeleteTopic', 'SetTopicAttributes', 'Unsubscribe'].map((name): [string, string] => [
    `sns:${name}`,
    arn('sns', 'redress:x'),
  ]),
  ...['UpdateStateMachine', 'DeleteStateMachine'].map((name): [string, string] => [
    `states:${name}`,
    arn('states', 'stateMachine:redress-rules'),
  ]),
  ...['UpdateSchedule', 'DeleteSchedule'].map((name): [string, string] => [
    `scheduler:${name}`,
    arn('scheduler', 'schedule/default/RedressMember-210987654321-us-eas-RuleCheckSchedule'),
  ]),
  ['sqs:StartMessageMoveTask', arn('sqs', `${response}-guardduty-undelivered`)],
  ['logs:DeleteMetricFilter', arn('logs', 'log-group:/aws/vendedlogs/states/redress-canary')],
  ['logs:DeleteLogGroup', arn('logs', 'log-group:/aws/events/redress-deployments')],
  ['logs:DeleteResourcePolicy', '*'],
  ['events:RemovePermission', '*'],
  ['cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': 'Redress' }],
  ['iam:PassRole', arn('iam', 'role/redress/redress-canary-notify', '')],
  ['iam:UpdateAssumeRolePolicy', arn('iam', 'role/cdk-redress-deploy-role-123456789012-us-east-1', '')],
  ['iam:CreateRole', arn('iam', 'role/RedressDeployment', '')],
  ['sts:AssumeRole', arn('iam', 'role/cdk-redress-deploy-role-123456789012-us-east-1', '')],
  ['cloudformation:UpdateStack', arn('cloudformation', 'stack/Redress/0f1e2d3c')],
  ['kms:ScheduleKeyDeletion', arn('kms', 'key/0f1e2d3c'), KEYS],
  ['s3:PutObject', 'arn:aws:s3:::cdk-redress-assets-123456789012-us-east-1/0f1e2d3c.zip'],
  ['dynamodb:UpdateItem', arn('dynamodb', 'table/Redress-Cases0F1E2D3C')],
];
for (const [action, resource, keys] of MUST) {
  test(`${action} on ${resource.split(':').slice(5).join(':') || resource} is denied to an administrator, and not to the deploying role`, () => {
    const by = (principal: string) => denying({ principal, action, resource, ...(keys && { keys }) }).length;
    assert.ok(by(ADMIN) > 0 && by('arn:aws:iam::123456789012:root') > 0);
    assert.ok(by(arn('iam', 'role/redress/deep/redress-x', '')) > 0 || action.startsWith('dynamodb:'));
    for (const role of ['RedressDeployment', 'cdk-redress-cfn-exec-role-123456789012-us-east-1']) {
      assert.equal(by(arn('iam', `role/${role}`, '')), 0);
    }
  });
}

test('what is not of Redress is left alone', () => {
  const others: [string, string, Record<string, string>?][] = [
    ['events:PutRule', arn('events', 'rule/billing')],
    ['lambda:UpdateFunctionCode', arn('lambda', 'function:notify-customers')],
    ['sns:Subscribe', arn('sns', 'orders')],
    ['cloudwatch:PutMetricAlarm', arn('cloudwatch', 'alarm:cpu')],
    ['cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': 'Orders' }],
    ['iam:PutRolePolicy', arn('iam', 'role/web', '')],
    ['kms:ScheduleKeyDeletion', arn('kms', 'key/0f1e2d3c'), { 'kms:ResourceAliases': 'alias/orders' }],
    ['dynamodb:PutItem', arn('dynamodb', 'table/Orders')],
    ['cloudformation:UpdateStack', arn('cloudformation', 'stack/Orders/0f1e2d3c')],
    ['sts:AssumeRole', arn('iam', 'role/cdk-hnb659fds-deploy-role-123456789012-us-east-1', '')],
  ];
  for (const [action, resource, keys] of others) {
    assert.deepEqual(denying({ principal: ADMIN, action, resource, ...(keys && { keys }) }), [], action);
  }
});

test("none of Redress's own roles is refused what it is granted", () => {
  let asked = 0;
  for (const stack of all(stacks).filter(({ stackName }) => !/Pipeline|Detection/.test(stackName))) {
    for (const [id, { Properties }] of Object.entries(resources(stack, 'AWS::IAM::Role'))) {
      const principal = arn(
        'iam',
        `role${Properties.Path ?? '/'}${Properties.RoleName ?? `${stack.stackName}-${id}`}`,
        '',
      );
      const granted = (Properties.Policies ?? [])
        .flatMap(({ PolicyDocument }: any) => PolicyDocument.Statement)
        .filter(({ Effect }: any) => Effect === 'Allow')
        .flatMap(({ Action }: any) => listed(Action) as string[]);
      for (const action of granted) {
        // The roles that tasks change are those of others, and the probe changes one of its own.
        const reached = action.startsWith('iam:')
          ? [
              arn('iam', 'role/web', ''),
              arn('iam', 'policy/web', ''),
              arn('iam', 'role/redress-canary/canary-of-redress', ''),
            ]
          : (OWN[action.split(':')[0]!] ?? []);
        for (const resource of [...reached, '*']) {
          asked += 1;
          const by = denying({ principal, action, resource, keys: KEYS }).map(({ Sid }) => Sid);
          assert.deepEqual(by, [], `${principal} ${action} ${resource}`);
        }
      }
    }
  }
  assert.ok(asked > 500, String(asked));
});

/** Types of resources, the property with the name, and the ARN. Resources without a name get one of their stack and id. */
const NAMED: Record<string, [string | undefined, (name: string, made: any) => string]> = {
  'AWS::CloudWatch::Alarm': ['AlarmName', (name) => arn('cloudwatch', `alarm:${name}`)],
  'AWS::CloudWatch::Dashboard': ['DashboardName', (name) => arn('cloudwatch', `dashboard/${name}`, '')],
  'AWS::DynamoDB::GlobalTable': ['TableName', (name) => arn('dynamodb', `table/${name}`)],
  'AWS::Events::EventBus': ['Name', (name) => arn('events', `event-bus/${name}`)],
  'AWS::Events::Rule': [
    'Name',
    (name, { EventBusName }) => arn('events', `rule/${EventBusName === undefined ? '' : 'redress/'}${name}`),
  ],
  'AWS::IAM::ManagedPolicy': ['ManagedPolicyName', (name, { Path }) => arn('iam', `policy${Path}${name}`, '')],
  'AWS::IAM::Role': ['RoleName', (name, { Path }) => arn('iam', `role${Path}${name}`, '')],
  'AWS::Lambda::Function': ['FunctionName', (name) => arn('lambda', `function:${name}`)],
  'AWS::Logs::LogGroup': ['LogGroupName', (name) => arn('logs', `log-group:${name}`)],
  'AWS::SNS::Topic': ['TopicName', (name) => arn('sns', name)],
  'AWS::SQS::Queue': ['QueueName', (name) => arn('sqs', name)],
  'AWS::SSM::Parameter': ['Name', (name) => arn('ssm', `parameter${name}`)],
  'AWS::Scheduler::Schedule': ['Name', (name) => arn('scheduler', `schedule/default/${name}`)],
  'AWS::StepFunctions::StateMachine': ['StateMachineName', (name) => arn('states', `stateMachine:${name}`)],
};

test('every resource of Redress is among those of the policies, whatever its name', () => {
  const patterns = statements.flatMap(({ Resource }) => Resource).filter((resource) => resource !== '*');
  for (const stack of all(stacks).filter(({ stackName }) => !/Pipeline|Detection/.test(stackName))) {
    for (const [type, [property, arnOf]] of Object.entries(NAMED)) {
      for (const [id, { Properties }] of Object.entries(resources(stack, type))) {
        const own = Properties[property!];
        const made = arnOf(typeof own === 'string' ? own : `${stack.stackName}-${id}-0F1E2D3C`, Properties);
        const isProbed = made.endsWith('/canary-of-redress');
        assert.equal(
          patterns.some((pattern) => glob(pattern).test(made)),
          !isProbed,
          made,
        );
      }
    }
  }
});

test('with a prefix the names of the home have it, and those of members have not', () => {
  const [policy] = Object.values(policiesFor({ ...named, prefix: 'staging-', machines: ['staging-x'] }));
  const { Resource } = policy!.Statement[0]!;
  for (const made of ['staging-redress', 'redress-member'].map((name) => arn('sns', name))) {
    assert.ok(
      Resource.some((pattern) => glob(pattern).test(made)),
      made,
    );
  }
  assert.ok(Resource.includes('arn:aws:states:*:*:stateMachine:staging-redress-*'));
});

for (const [name, policy] of Object.entries(policies)) {
  test(`the service control policy \`${name}\` is written as a file, and AWS takes it`, () => {
    const file = join(import.meta.dirname, '..', 'policies', `${name}.json`);
    const text = written(policy);
    compareGolden(file, text);
    assert.deepEqual(JSON.parse(text), policy);
    assert.ok(text.length <= LONGEST_POLICY, `${text.length} characters`);
    for (const { Sid, Effect, Action, Resource } of policy.Statement) {
      assert.match(Sid, /^[A-Za-z0-9]+$/);
      assert.equal(Effect, 'Deny');
      for (const action of Action) {
        // Before September 2025 a service control policy could have a wildcard at the end of an action only.
        assert.match(action, /^[a-z0-9-]+:[A-Za-z]+\*?$/);
        const [service, names] = action.split(':') as [string, string];
        const known = service === 'sts' ? ['AssumeRole'] : changing(service);
        assert.ok(
          known.some((one) => glob(names).test(one)),
          `${action} is no action of AWS that changes something`,
        );
      }
      // The parts that say the service and the type of a resource have no wildcard.
      assert.ok(
        Resource.every(
          (one) => one === '*' || !/[*?]/.test(`${one.split(':')[2]}${one.split(':')[5]?.[0]}`) || /:sqs:/.test(one),
        ),
        String(Resource),
      );
    }
  });
}
