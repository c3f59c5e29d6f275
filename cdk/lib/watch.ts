/**
 * What Redress watches of itself: changes of its own resources, and its own roles doing what they are not for. The patterns
 * are those of calls that CloudTrail records; people hear of every match, also of a deployment.
 */
import * as events from 'aws-cdk-lib/aws-events';
import type { EventPattern } from './response/rules.ts';
import { changes, type Task } from './task.ts';
import { RESPONSE_ROLE, ROLE_PATH, roleName } from './task-function.ts';

/** Something to watch for. */
export interface Watch {
  /** A word for the names of rules. */
  readonly id: string;
  /** What a match means, for people. */
  readonly means: string;
  readonly pattern: EventPattern;
}

/** A function and its task. */
export interface WatchedFunction {
  readonly task: Task;
  readonly functionName: string;
}

/** The paths of its roles, and of the role of its canary. */
const PATHS = [ROLE_PATH, '/redress-canary/'];

/** The beginnings of the names of its roles, rules and alarms: those that it chooses, and those of CloudFormation. */
const NAMES = ['redress-', 'Redress'];

/** The beginning of the names of the policies that contain a role. */
const CONTAINMENT = 'redress-contain-';

/** The kind whose steps write policies of such names only. */
const CONTAINING_KIND = 'role-containment';

const anyName = (prefix = '') =>
  [...(prefix === '' ? [] : [`${prefix}redress-`]), ...NAMES].map((name) => ({ prefix: name }));

function calls(source: string | undefined, detail: Record<string, unknown>): EventPattern {
  return {
    ...(source !== undefined && { source: [`aws.${source}`] }),
    'detail-type': ['AWS API Call via CloudTrail'],
    detail,
  };
}

/** A call that only makes a report. */
const REPORT = 'GenerateServiceLastAccessedDetails';

/** Calls that succeeded and changed something. */
const DONE = { readOnly: [false], errorCode: [{ exists: false }] };

/** Sessions of its own roles. */
const OURS = { sessionContext: { sessionIssuer: { arn: [{ wildcard: `arn:*:iam::*:role${ROLE_PATH}*` }] } } };

/** Changes of its roles and policies, in any account: also a new role under its path, and one with a name like its own. */
export function changesOfRoles(prefix?: string): Watch {
  return {
    id: 'Roles',
    means: 'A role or a policy of Redress was made, changed or deleted',
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

/** Changes of the rules that start or forward, of their targets, and of who may write to its bus. */
export function changesOfRules(rules: readonly string[]): Watch {
  const names = [...rules, 'Redress'].map((name) => ({ prefix: name }));
  return {
    id: 'Rules',
    means: 'A rule, a target or a bus of Redress was changed',
    pattern: calls('events', {
      ...DONE,
      $or: [
        { requestParameters: { name: [...names, 'redress'] } },
        { requestParameters: { rule: names } },
        { eventName: ['PutPermission', 'RemovePermission'] },
      ],
    }),
  };
}

/** Changes of functions: of their code, their settings, and who may call them. `names` are beginnings of names. */
export function changesOfFunctions(id: string, names: readonly string[]): Watch {
  const named = names.flatMap((name) => [{ prefix: name }, { wildcard: `arn:*:function:${name}*` }]);
  return {
    id,
    means: 'A function of Redress was changed or deleted',
    pattern: calls('lambda', {
      ...DONE,
      // Calls of a function are no changes.
      eventName: [{ 'anything-but': { prefix: 'Invoke' } }],
      requestParameters: { functionName: named },
    }),
  };
}

/** Changes of state machines, and executions that somebody stops. */
export function changesOfMachines(names: readonly string[]): Watch {
  return {
    id: 'Machines',
    means: 'A state machine of Redress was changed or deleted, or an execution was stopped',
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
    pattern: {
      source: ['aws.sns', 'aws.monitoring', 'aws.cloudwatch', 'aws.dynamodb', 'aws.sqs'],
      'detail-type': ['AWS API Call via CloudTrail'],
      detail: {
        ...DONE,
        $or: [
          { requestParameters: { topicArn: [{ wildcard: `arn:*:${prefix}redress*` }] } },
          { requestParameters: { subscriptionArn: [{ wildcard: `arn:*:${prefix}redress*` }] } },
          { requestParameters: { alarmNames: anyName(prefix) } },
          { requestParameters: { alarmName: anyName(prefix) } },
          {
            requestParameters: { tableName: [{ wildcard: '*Redress-*' }] },
            eventName: [{ 'anything-but': ['PutItem'] }],
          },
          { requestParameters: { queueUrl: [{ wildcard: '*/Redress*' }, { wildcard: '*-undelivered' }] } },
        ],
      },
    },
  };
}

/** The actions of IAM that tasks may call to change something. */
function writes(tasks: readonly Task[]): string[] {
  const actions = tasks
    .filter(changes)
    .flatMap((task) => task.iam.filter(({ effect }) => effect === 'Allow').flatMap(({ actions }) => actions))
    .filter((action) => action.startsWith('iam:') && !/^iam:(Get|List|Simulate|Generate)/.test(action));
  return [...new Set(actions.map((action) => action.slice('iam:'.length)))].sort();
}

/**
 * Its own roles doing what they are not for, in any account: a role that only looks and changes IAM, a call that none of
 * the tasks makes, a policy of another name, and anything that IAM refused.
 */
export function misuse(functions: readonly WatchedFunction[]): Watch[] {
  const acting = functions.filter(({ task }) => changes(task));
  const containing = acting.filter(({ task }) => task.kind === CONTAINING_KIND);
  const issuer = (userName: unknown) => ({
    userIdentity: { sessionContext: { sessionIssuer: { ...OURS.sessionContext.sessionIssuer, userName } } },
  });
  const roles = (made: readonly WatchedFunction[]) => made.map(({ functionName }) => roleName(functionName));
  const means = 'A role of Redress did something that it is not for';
  return [
    {
      id: 'OtherRoles',
      means,
      pattern: calls('iam', {
        readOnly: [false],
        eventName: [{ 'anything-but': [REPORT] }],
        ...issuer([{ 'anything-but': [...roles(acting), RESPONSE_ROLE] }]),
      }),
    },
    {
      id: 'OtherCalls',
      means,
      pattern: calls('iam', {
        readOnly: [false],
        eventName: [{ 'anything-but': [...writes(acting.map(({ task }) => task)), REPORT] }],
        userIdentity: OURS,
      }),
    },
    ...(containing.length > 0
      ? [
          {
            id: 'OtherPolicies',
            means,
            pattern: calls('iam', {
              eventName: ['PutRolePolicy', 'DeleteRolePolicy'],
              requestParameters: { policyName: [{ 'anything-but': { prefix: CONTAINMENT } }] },
              ...issuer(roles(containing)),
            }),
          },
        ]
      : []),
    {
      id: 'Refused',
      means: 'A role of Redress was refused what it asked for: it may be used by somebody else',
      pattern: calls(undefined, {
        errorCode: ['AccessDenied', 'AccessDeniedException', 'Client.UnauthorizedOperation', 'AuthorizationError'],
        userIdentity: OURS,
      }),
    },
  ];
}

/** The pattern as CDK takes it. */
export function patternOf({ pattern: { source, 'detail-type': detailType, detail } }: Watch): events.EventPattern {
  return {
    ...(source && { source: source as string[] }),
    detailType: detailType as string[],
    ...(detail && { detail: { ...detail } }),
  };
}

/** The text of a message about a match. Paths of users may hold quotes, so the caller is named by its id. */
export function told({ means }: Watch): string {
  const field = (path: string) => events.EventField.fromPath(path);
  return `${means}: ${field('$.detail.eventName')} by ${field('$.detail.userIdentity.principalId')} in the account ${field('$.account')}, ${field('$.region')}, at ${field('$.time')}. If this is no deployment of yours, act at once. CloudTrail has it as ${field('$.detail.eventID')}.`;
}
