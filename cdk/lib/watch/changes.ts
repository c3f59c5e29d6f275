/** Changes of Redress's own resources: what decides, what acts, what starts it, and what people hear by. */
import { KEY_ALIAS } from '../key.ts';
import { ROLE_PATH } from '../task-function.ts';
import { calls, DONE, type Watch } from './watch.ts';

/** The paths of its roles, and of the role of its canary. */
const PATHS = [ROLE_PATH, '/redress-canary/'];

/** The beginning of the names of its parameters in Systems Manager. */
const PARAMETERS = '/redress/';

/** The beginnings of the names of its roles, rules and alarms: those that it chooses, and those of CloudFormation. */
const NAMES = ['redress-', 'Redress'];

const anyName = (prefix = '') =>
  [...(prefix === '' ? [] : [`${prefix}redress-`]), ...NAMES].map((name) => ({ prefix: name }));

/** The ARNs of its topics, and of others whose names begin so: those of members have no prefix. */
const anyArn = (prefix = '') =>
  [...new Set([`${prefix}redress`, 'redress'])].map((name) => ({ wildcard: `arn:*:${name}*` }));

/** Changes of its roles and policies, in any account: also a new role under its path, and one with a name like its own. */
export function changesOfRoles(prefix?: string): Watch {
  return {
    id: 'Roles',
    means: 'A role or a policy of Redress was made, changed or deleted',
    isOfDeployments: true,
    pattern: calls('iam', {
      ...DONE,
      $or: [
        { requestParameters: { path: PATHS.map((path) => ({ prefix: path })) } },
        { requestParameters: { roleName: anyName(prefix) } },
        { requestParameters: { policyArn: [{ wildcard: `arn:*:policy${ROLE_PATH}*` }] } },
      ],
    }),
  };
}

/** Changes of the rules that start or forward, of their targets, of its schedules, and of who may write to its bus. */
export function changesOfRules(rules: readonly string[]): Watch {
  const names = [...rules, 'Redress'].map((name) => ({ prefix: name }));
  return {
    id: 'Rules',
    means: 'A rule, a target, a schedule or a bus of Redress was changed',
    isOfDeployments: true,
    pattern: calls(['events', 'scheduler'], {
      ...DONE,
      $or: [
        { requestParameters: { name: [...names, 'redress'] } },
        { requestParameters: { rule: names } },
        // A rule with any name that starts or forwards something as Redress does.
        { requestParameters: { targets: { roleArn: [{ wildcard: `arn:*:role${ROLE_PATH}*` }] } } },
        { eventName: ['PutPermission', 'RemovePermission'] },
      ],
    }),
  };
}

/** Changes of functions: of their code, their settings, and who may call them. `names` are beginnings of names. */
export function changesOfFunctions(id: string, names: readonly string[]): Watch {
  // CloudTrail has the name as it was sent: alone, as an ARN, or as a part of one (`123456789012:function:NAME`).
  const named = names.flatMap((name) => [{ prefix: name }, { wildcard: `*function:${name}*` }]);
  return {
    id,
    means: 'A function of Redress was changed or deleted',
    isOfDeployments: true,
    pattern: calls('lambda', {
      ...DONE,
      // Calls of a function are no changes.
      eventName: [{ 'anything-but': { prefix: 'Invoke' } }],
      requestParameters: { functionName: named },
    }),
  };
}

/** Changes of state machines, and executions that somebody stops. */
export function changesOfMachines(id: string, names: readonly string[]): Watch {
  return {
    id,
    means: 'A state machine of Redress was changed or deleted, or an execution was stopped',
    isOfDeployments: true,
    pattern: calls('states', {
      ...DONE,
      $or: names.flatMap((name) => [
        {
          eventName: [{ 'anything-but': ['StartExecution', 'StopExecution'] }],
          requestParameters: { stateMachineArn: [{ wildcard: `arn:*:stateMachine:${name}` }] },
        },
        {
          eventName: ['StopExecution'],
          requestParameters: { executionArn: [{ wildcard: `arn:*:execution:${name}:*` }] },
        },
      ]),
    }),
  };
}

/** Changes of what people would not hear of otherwise: topics and their subscribers, alarms, queues, the case table. */
export function changesOfMessages(prefix = ''): Watch {
  return {
    id: 'Messages',
    means: 'A topic, an alarm, a queue or the case table of Redress was changed',
    isOfDeployments: true,
    pattern: calls(['sns', 'monitoring', 'cloudwatch', 'dynamodb', 'sqs', 'logs'], {
      ...DONE,
      $or: [
        { requestParameters: { topicArn: anyArn(prefix) } },
        { requestParameters: { subscriptionArn: anyArn(prefix) } },
        { requestParameters: { resourceArn: [...anyArn(prefix), { wildcard: '*/Redress-*' }] } },
        { requestParameters: { alarmNames: anyName(prefix) } },
        { requestParameters: { alarmName: anyName(prefix) } },
        { requestParameters: { muteTargets: { alarmNames: anyName(prefix) } } },
        // Without it EventBridge cannot write to the log of deployments.
        { requestParameters: { policyName: anyName(prefix) } },
        {
          requestParameters: { tableName: [{ wildcard: '*Redress-*' }] },
          eventName: [{ 'anything-but': ['PutItem'] }],
        },
        { requestParameters: { queueUrl: [{ wildcard: '*/Redress*' }, { wildcard: '*-undelivered' }] } },
        // The alarms about the breaker and the canary count lines of logs.
        { requestParameters: { filterName: anyName(prefix) } },
        // Services make streams in them all the time.
        {
          requestParameters: { logGroupName: [{ wildcard: '*/*redress-*' }] },
          eventName: [{ 'anything-but': ['CreateLogStream', 'CreateLogGroup'] }],
        },
        // The alarm about a dead-letter queue ends when somebody moves the messages out of it.
        { requestParameters: { sourceArn: [{ wildcard: 'arn:*:Redress*' }, { wildcard: 'arn:*-undelivered' }] } },
      ],
    }),
  };
}

/** Changes of the API that answers come through: of its routes, its authorizers, its integration and its address. */
export function changesOfAnswers(apiId: string): Watch {
  return {
    id: 'Answers',
    means: 'The API through which people answer, or its address, was changed: a decision can be forged',
    isOfDeployments: true,
    pattern: calls(['apigateway', 'ssm'], {
      ...DONE,
      $or: [
        { requestParameters: { apiId: [apiId] } },
        { requestParameters: { ApiId: [apiId] } },
        { requestParameters: { resourceArn: [{ wildcard: `*/apis/${apiId}*` }] } },
        { requestParameters: { name: [{ prefix: PARAMETERS }, { wildcard: `*parameter${PARAMETERS}*` }] } },
        { requestParameters: { names: [{ prefix: PARAMETERS }] } },
        { requestParameters: { resourceId: [{ prefix: PARAMETERS }] } },
      ],
    }),
  };
}

/** Changes of the key that encrypts the case table, the topics and the settings: without it nothing answers any more. */
export function changesOfKey(keyArn: string): Watch {
  return {
    id: 'Key',
    means: 'The key of Redress was changed, disabled or scheduled for deletion: without it nothing is answered',
    pattern: calls('kms', {
      ...DONE,
      $or: [
        // Services make and retire grants in the name of whoever uses the key through them.
        { resources: { ARN: [keyArn] }, eventName: [{ 'anything-but': ['CreateGrant', 'RetireGrant'] }] },
        {
          resources: { ARN: [keyArn] },
          eventName: ['CreateGrant'],
          userIdentity: { invokedBy: [{ exists: false }] },
        },
        { requestParameters: { aliasName: [KEY_ALIAS] } },
      ],
    }),
  };
}
