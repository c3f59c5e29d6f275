/** Redress watches itself: its own resources and its own roles. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whole } from './configs.ts';
import { type Resource, resources } from './support.ts';
import {
  API,
  by,
  CONTAIN,
  call,
  DENIED,
  FUNCTION,
  flat,
  HOME,
  isMatch,
  KEY,
  MACHINE,
  MEMBER,
  observability,
  ours,
  policies,
  response,
  rules,
  SOMEBODY,
  there,
  told,
} from './watching.ts';

/** A permissions boundary that somebody puts or deletes. */
const BOUNDARY = { roleName: 'web', permissionsBoundary: 'arn:aws:iam::aws:policy/AdministratorAccess' };

const events: [string, any, string[]][] = [
  [
    'a trust policy of a step is changed',
    call('iam', 'UpdateAssumeRolePolicy', { roleName: `redress-${response}-change` }),
    ['Roles'],
  ],
  [
    'a policy is put on a role that CloudFormation named',
    call('iam', 'PutRolePolicy', { roleName: 'RedressIam-WorkflowStarter1A2B', policyName: 'x' }),
    ['Roles'],
  ],
  ['a role is made under its path', call('iam', 'CreateRole', { roleName: 'harmless', path: '/redress/' }), ['Roles']],
  [
    'a role is made below its path',
    call('iam', 'CreateRole', { roleName: 'harmless', path: '/redress/deep/' }),
    ['Roles'],
  ],
  [
    'the policy for people gets a version',
    call('iam', 'CreatePolicyVersion', { policyArn: 'arn:aws:iam::123456789012:policy/redress/People' }),
    ['Roles'],
  ],
  [
    'code of a function is replaced',
    call('lambda', 'UpdateFunctionCode20150331v2', { functionName: FUNCTION }),
    [`FunctionsOf${response.replaceAll('-', '')}`],
  ],
  [
    'a common function gets another setting',
    call('lambda', 'UpdateFunctionConfiguration20150331v2', { functionName: 'notify' }),
    ['CommonFunctions'],
  ],
  [
    'somebody may call the function of answers',
    call('lambda', 'AddPermission20150331v2', { functionName: 'answer-approval' }),
    ['CommonFunctions'],
  ],
  ['a definition is replaced', call('states', 'UpdateStateMachine', { stateMachineArn: MACHINE }), ['Machines']],
  [
    'an execution is stopped',
    call('states', 'StopExecution', { executionArn: `${MACHINE.replace('stateMachine', 'execution')}:x` }),
    ['Machines'],
  ],
  ['a rule is switched off', call('events', 'DisableRule', { name: `${response}-guardduty` }), ['Rules']],
  [
    'a target is taken off',
    call('events', 'RemoveTargets', { rule: `${policies}-cloudtrail`, ids: ['Target0'] }),
    ['Rules'],
  ],
  [
    'a rule of the watch is deleted',
    call('events', 'DeleteRule', { name: 'RedressObservability-WatchRoles' }),
    ['Rules'],
  ],
  ['the bus is deleted', call('events', 'DeleteEventBus', { name: 'redress' }), ['Rules']],
  [
    'a receiver is taken off',
    call('sns', 'Unsubscribe', { subscriptionArn: 'arn:aws:sns:us-east-1:123456789012:redress:0f1e' }),
    ['Messages'],
  ],
  [
    'alarms are deleted',
    call('monitoring', 'DeleteAlarms', { alarmNames: ['other', 'RedressObservability-Failed'] }),
    ['Messages'],
  ],
  [
    'a dead-letter queue is emptied',
    call('sqs', 'PurgeQueue', { queueUrl: 'https://sqs.us-east-1.amazonaws.com/123456789012/x-undelivered' }),
    ['Messages'],
  ],
  [
    'a role that looks writes a policy',
    call(
      'iam',
      'PutRolePolicy',
      { roleName: 'web', policyName: 'own' },
      { userIdentity: ours(`redress-${response}-look`) },
    ),
    ['OtherRoles'],
  ],
  [
    'a role of EventBridge changes IAM',
    call('iam', 'CreateUser', { userName: 'eve' }, { userIdentity: ours('Redress-Starter') }),
    ['OtherCalls', 'OtherRoles'],
  ],
  [
    'a role that changes makes a user',
    call('iam', 'CreateUser', { userName: 'eve' }, { userIdentity: ours(`redress-${policies}-change`) }),
    ['OtherCalls'],
  ],
  [
    'the role that contains writes another policy',
    call(
      'iam',
      'PutRolePolicy',
      { roleName: 'web', policyName: 'own' },
      { userIdentity: ours(`redress-${response}-change`) },
    ),
    ['OtherPolicies'],
  ],
  [
    'a role of Redress is refused something',
    call(
      's3',
      'GetObject',
      {},
      { readOnly: true, errorCode: 'AccessDenied', userIdentity: ours(`redress-${response}-look`) },
    ),
    ['Refused'],
  ],
  [
    'the response role makes a user',
    call('iam', 'CreateUser', { userName: 'eve' }, { userIdentity: there('redress-response-act') }),
    ['OtherCalls'],
  ],
  // A role is known by its account and its whole ARN.
  ...[
    ours('redress-response-act'),
    there('redress-response'),
    there(`redress-${policies}-restore`),
    by(HOME, '/redress/deep/', `redress-${policies}-restore`),
    by(MEMBER, '/redress/deep/', 'redress-response-act'),
    ours(`redress-${policies}-change-2`),
  ].map((userIdentity): [string, any, string[]] => [
    `${userIdentity.sessionContext.sessionIssuer.arn}, which somebody made, attaches a policy`,
    call('iam', 'AttachUserPolicy', { userName: 'eve' }, { userIdentity }),
    ['OtherRoles'],
  ]),
  ...(
    [
      [SOMEBODY],
      [{ type: 'IAMUser' }],
      [by(MEMBER, '/', 'redress-response-act')],
      [by(MEMBER, '/x:role/redress/', 'redress-response-act')],
      // Another watch tells as well of what is under its path, or looks like it.
      [by(HOME, '/x:role/redress/', 'redress-response-act'), 'OtherRoles'],
      [ours('redress-response-act'), 'OtherRoles'],
    ] as [any, string?][]
  ).map(([userIdentity, ...more]): [string, any, string[]] => [
    `a containment is overwritten by ${userIdentity.sessionContext?.sessionIssuer.arn ?? 'a user'}`,
    call('iam', 'PutRolePolicy', CONTAIN, { userIdentity }),
    ['Containments', ...(more as string[])],
  ]),
  ['somebody detaches the denial of AWS', call('iam', 'DetachRolePolicy', DENIED), ['Detachments']],
  ['a release', call('iam', 'DetachRolePolicy', DENIED, { userIdentity: ours(`redress-${response}-restore`) }), []],
  [
    'another policy is detached',
    call('iam', 'DetachRolePolicy', { ...DENIED, policyArn: 'arn:aws:iam::aws:policy/A' }),
    [],
  ],
  ...['DeleteRolePermissionsBoundary', 'PutRolePermissionsBoundary'].flatMap((name): [string, any, string[]][] => [
    [`somebody calls ${name}, which may free a role`, call('iam', name, BOUNDARY), ['Boundaries']],
    [
      `a role of a member that looks like a step calls ${name}`,
      call('iam', name, BOUNDARY, { userIdentity: there(`redress-${response}-change`) }),
      ['Boundaries', 'OtherRoles'],
    ],
    [`a containment by ${name}`, call('iam', name, BOUNDARY, { userIdentity: ours(`redress-${response}-change`) }), []],
    [
      `a boundary that a person approved, by ${name}`,
      call('iam', name, BOUNDARY, { userIdentity: ours('redress-permissions-boundary-restore') }),
      [],
    ],
  ]),
  ...['UpdateStateMachine', 'DeleteStateMachine'].map((name): [string, any, string[]] => [
    `${name} of the check of the rules`,
    call('states', name, { stateMachineArn: MACHINE.replace(response, 'redress-rules') }),
    ['RuleChecks'],
  ]),
  [
    'the schedule of the check is deleted',
    call('scheduler', 'DeleteSchedule', { name: 'RedressObservability-x' }),
    ['Rules'],
  ],
  ...['UpdateAuthorizer', 'CreateAuthorizer', 'UpdateRoute', 'UpdateIntegration', 'DeleteApi'].map(
    (name): [string, any, string[]] => [
      `${name} of the API of answers`,
      call('apigateway', name, { apiId: API, authorizationType: 'NONE' }),
      ['Answers'],
    ],
  ),
  [
    'answers are sent elsewhere',
    call('ssm', 'PutParameter', { name: '/redress/answers-url', overwrite: true }),
    ['Answers'],
  ],
  [
    'the address of answers is deleted',
    call('ssm', 'DeleteParameters', { names: ['x', '/redress/answers-url'] }),
    ['Answers'],
  ],
  ...['DisableKey', 'ScheduleKeyDeletion', 'PutKeyPolicy', 'CreateGrant'].map((name): [string, any, string[]] => [
    `${name} of the key`,
    call('kms', name, { keyId: '0f1e2d3c' }, { resources: [{ type: 'AWS::KMS::Key', ARN: KEY }] }),
    ['Key'],
  ]),
  ['the alias of the key is moved', call('kms', 'UpdateAlias', { aliasName: 'alias/redress' }), ['Key']],
  ...(
    [
      ['cloudtrail', 'StopLogging', 'Trail'],
      ['cloudtrail', 'DeleteTrail', 'Trail'],
      ['cloudtrail', 'UpdateTrail', 'Trail'],
      ['cloudtrail', 'PutEventSelectors', 'Trail'],
      ['guardduty', 'DeleteDetector', 'GuardDuty'],
      ['guardduty', 'UpdateDetector', 'GuardDuty'],
      ['guardduty', 'CreateFilter', 'GuardDuty'],
      ['guardduty', 'CreateIPSet', 'GuardDuty'],
      ['guardduty', 'DisassociateMembers', 'GuardDuty'],
      ['securityhub', 'DisableSecurityHub', 'SecurityHub'],
      ['securityhub', 'DisableSecurityHubV2', 'SecurityHub'],
      ['securityhub', 'CreateAutomationRule', 'SecurityHub'],
      ['securityhub', 'BatchDisableStandards', 'SecurityHub'],
      ['config', 'StopConfigurationRecorder', 'Config'],
      ['config', 'DeleteConfigRule', 'Config'],
      ['access-analyzer', 'DeleteAnalyzer', 'AccessAnalyzer'],
      ['access-analyzer', 'CreateArchiveRule', 'AccessAnalyzer'],
    ] as const
  ).map(([service, name, id]): [string, any, string[]] => [`${service}: ${name}`, call(service, name, {}), [id]]),
  ...[`${HOME}:function:notify`, `arn:aws:lambda:us-east-1:${HOME}:function:notify:page`, 'notify:page'].map(
    (functionName): [string, any, string[]] => [
      `code of ${functionName} is replaced`,
      call('lambda', 'UpdateFunctionCode20150331v2', { functionName }),
      ['CommonFunctions'],
    ],
  ),
  ['a schedule is deleted', call('scheduler', 'DeleteSchedule', { name: 'RedressX-CanarySchedule' }), ['Rules']],
  [
    'a filter of logs is deleted',
    call('logs', 'DeleteMetricFilter', { filterName: 'RedressObservability-CountBreakerOpen' }),
    ['Messages'],
  ],
  // Nobody is told of the ordinary work of Redress.
  ['a containment', call('iam', 'PutRolePolicy', CONTAIN, { userIdentity: ours(`redress-${response}-change`) }), []],
  [
    'a remediation',
    call(
      'iam',
      'PutRolePolicy',
      { roleName: 'web', policyName: 'own' },
      { userIdentity: ours(`redress-${policies}-change`) },
    ),
    [],
  ],
  [
    'a report',
    call('iam', 'GenerateServiceLastAccessedDetails', { arn: 'x' }, { userIdentity: ours(`redress-${response}-look`) }),
    [],
  ],
  [
    'a change of the response role in a member',
    call(
      'iam',
      'PutRolePolicy',
      { roleName: 'web', policyName: 'own' },
      { userIdentity: there('redress-response-act') },
    ),
    [],
  ],
  [
    'a containment in a member',
    call('iam', 'PutRolePolicy', CONTAIN, { userIdentity: there('redress-response-act') }),
    [],
  ],
  ['another API', call('apigateway', 'UpdateRoute', { apiId: 'another' }), []],
  ['another parameter', call('ssm', 'PutParameter', { name: '/web/redress/url' }), []],
  ['another key', call('kms', 'DisableKey', {}, { resources: [{ ARN: 'another' }] }), []],
  [
    'a grant that a service makes',
    call('kms', 'CreateGrant', {}, { resources: [{ ARN: KEY }], userIdentity: { invokedBy: 'lambda.amazonaws.com' } }),
    [],
  ],
  ['a note on a finding', call('securityhub', 'BatchUpdateFindings', {}), []],
  ['another role', call('iam', 'PutRolePolicy', { roleName: 'web', policyName: 'x' }), []],
  ['another function', call('lambda', 'UpdateFunctionCode20150331v2', { functionName: 'web' }), []],
  ['an execution that a rule starts', call('states', 'StartExecution', { stateMachineArn: MACHINE }), []],
  [
    'a change that was refused',
    call('iam', 'DeleteRole', { roleName: `redress-${response}-change` }, { errorCode: 'AccessDenied' }),
    [],
  ],
  [
    'a role that is looked at',
    call('iam', 'GetRole', { roleName: `redress-${response}-change` }, { readOnly: true }),
    [],
  ],
];
for (const [what, event, expected] of events) {
  test(`${what}: ${expected.length > 0 ? 'people are told' : 'nobody is told'}`, () =>
    assert.deepEqual(told(event).sort(), expected));
}

test('each rule tells people, keeps what it could not tell, and fits into the limits of EventBridge', () => {
  assert.ok(rules(observability).length > 10);
  // With a key of the customer the topic does not depend on it.
  const [[topic, made]] = Object.entries(resources(observability!, 'AWS::SNS::Topic')) as [[string, Resource]];
  assert.deepEqual([made.Properties.TopicName, made.Properties.KmsMasterKeyId], ['redress-watch', undefined]);
  const receivers = Object.values(resources(observability!, 'AWS::SNS::Subscription')).map((one) => one.Properties);
  assert.deepEqual(
    receivers.map(({ Endpoint }) => Endpoint).sort(),
    [...whole.subscriptions.emails, ...whole.subscriptions.urls].sort(),
  );
  for (const [id, { Properties }] of rules(observability)) {
    assert.ok(Properties.Targets[0].DeadLetterConfig.Arn, id);
    assert.equal(flat(Properties.Targets[0].Arn), topic);
    assert.ok(JSON.stringify(Properties.EventPattern).length <= 2048, id);
    // No value that somebody can choose freely is in the text.
    const fields = Object.values(Properties.Targets[0].InputTransformer.InputPathsMap).sort();
    assert.deepEqual(fields, [
      '$.account',
      '$.detail.eventID',
      '$.detail.eventName',
      '$.detail.userIdentity.principalId',
      '$.region',
      '$.time',
    ]);
  }
});

/** The rules that match calls of CloudFormation. Their target is a log group. */
const deployed = Object.entries(resources(observability!, 'AWS::Events::Rule')).filter(([id]) =>
  id.startsWith('Deployed'),
);
const ofDeployment = (event: any) => ({
  ...event,
  detail: { ...event.detail, userIdentity: { ...SOMEBODY, invokedBy: 'cloudformation.amazonaws.com' } },
});

test('the calls of a deployment are told together, and each that somebody makes by hand is told by itself', () => {
  const ofDeployments = ['Roles', 'Rules', 'Machines', 'RuleChecks', 'Messages', 'Answers', 'CommonFunctions'];
  for (const [what, event, [id]] of events.filter(([, , [id]]) => ofDeployments.includes(id ?? ''))) {
    assert.deepEqual(told(ofDeployment(event)), [], what);
    const matching = deployed.filter(([, { Properties }]) =>
      isMatch(flat(Properties.EventPattern), ofDeployment(event)),
    );
    assert.ok(
      matching.some(([name]) => name.startsWith(`Deployed${id}`)),
      what,
    );
    // A user agent, which anybody can choose, does not make a deployment.
    const posing = { ...event, detail: { ...event.detail, userAgent: 'cloudformation.amazonaws.com' } };
    assert.deepEqual(told(posing), [id], what);
    assert.ok(!deployed.some(([, { Properties }]) => isMatch(flat(Properties.EventPattern), posing)), what);
  }
  // People hear at once of a change that no deployment makes, even if CloudFormation makes it.
  const off = call('guardduty', 'DeleteDetector', {});
  assert.deepEqual(told(ofDeployment(off)), ['GuardDuty']);
});

test('an alarm tells people that CloudFormation changes Redress, and a log has each call', () => {
  const [made, ...more] = Object.entries(resources(observability!, 'AWS::Logs::LogGroup')).filter(
    ([, { Properties }]) => Properties.LogGroupName === '/aws/events/redress-deployments',
  ) as [string, Resource][];
  const [group, log] = made!;
  assert.deepEqual([more, log.Properties.RetentionInDays], [[], whole.retention.logDays]);
  for (const [id, { Properties }] of deployed) {
    assert.match(JSON.stringify(Properties.Targets[0].Arn), new RegExp(`:log-group:.*${group}`), id);
    assert.ok(JSON.stringify(Properties.EventPattern).length <= 2048, id);
  }
  const [alarm] = Object.values(resources(observability!, 'AWS::CloudWatch::Alarm'))
    .map(({ Properties }) => Properties)
    .filter(({ MetricName }) => MetricName === 'DeploymentCalls');
  assert.deepEqual([alarm.Threshold, alarm.EvaluationPeriods, alarm.Statistic], [1, 1, 'Sum']);
  assert.deepEqual(alarm.AlarmActions, [{ Ref: Object.keys(resources(observability!, 'AWS::SNS::Topic'))[0] }]);
});
